"""Whom the rows of the ledger `posts` may name: who belongs, or belonged, where the post is held."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind
from bot.domain.rights import ABOVE_ONLY, Role
from bot.domain.units import UnitKind
from bot.domain.upper_meetings import ABOVE
from bot.services.importing import bulk
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Line
from bot.services.importing.named import said
from bot.storage.models import Member, Membership, Unit

NAME, TAIL, UNIT = "姓名", "手机尾号", "任职组织"
_ENROLLED = frozenset({Role.LEADER, Role.STAFF})


class Holders:
    """Whom the rows of a batch may name, and the units."""

    def __init__(
        self,
        units: Mapping[str, tuple[UnitId, str]],
        above: Collection[str],
        people: defaultdict[str, dict[int, tuple[str, MemberKind, list[str]]]],
    ) -> None:
        self.units = units
        self._above = above
        self._people = people
        self.enrolled: list[str] = []

    @classmethod
    def of(cls, session: Session, lines: Sequence[Line]) -> Holders:
        """Return those that some lines name."""
        units: dict[str, tuple[UnitId, str]] = {}
        kinds: dict[str, UnitKind] = {}
        for some in bulk.chunks(sorted({said(line, UNIT) for line in lines})):
            found = session.execute(
                select(Unit.id, Unit.name, Unit.path, Unit.kind).where(Unit.name.in_(some))
            )
            for unit, name, path, unit_kind in found:
                units[name], kinds[name] = (UnitId(unit), path), unit_kind
        people: defaultdict[str, dict[int, tuple[str, MemberKind, list[str]]]] = defaultdict(dict)
        for some in bulk.chunks(sorted({said(line, NAME) for line in lines})):
            rows = session.execute(
                select(Member.id, Member.name, Member.phone_tail, Member.kind, Unit.path)
                .outerjoin(Membership, Membership.member_id == Member.id)
                .outerjoin(Unit, Unit.id == Membership.unit_id)
                .where(Member.name.in_(some))
            )
            for member, name, tail, kind, path in rows:
                paths = people[name].setdefault(member, (tail, kind, []))[2]
                if path:
                    paths.append(path)
        return cls(units, {name for name, kind in kinds.items() if kind in ABOVE}, people)

    def find(self, cells: Cells, role: Role, unit: str) -> MemberId | None:
        """Return who holds a post: somebody who belongs, or belonged, to the branch of its unit.

        A post of a street or community is held by somebody of a branch under it, or on no roll.
        """
        name, tail = cells.text(NAME, longest=40), cells.text(TAIL)
        path = self.units[unit][1]
        every = self._people.get(name, {})
        fitting = [
            member
            for member, (own, kind, paths) in every.items()
            if (not tail or tail == own)
            and (
                (kind is MemberKind.STAFF or bool(paths))
                if role in ABOVE_ONLY
                else any(self._is_there(unit, path, place) for place in paths)
            )
        ]
        if role in ABOVE_ONLY and len(fitting) > 1:
            fitting = [m for m in fitting if every[m][1] is MemberKind.STAFF] or fitting
        if len(fitting) == 1:
            return MemberId(fitting[0])
        if fitting:
            cells.wrong(TAIL, f"{unit}有{len(fitting)}位{name}，请填手机尾号。")
        elif role is Role.OFFICER:
            cells.wrong(NAME, f"没有登记过{name}。先在服务器上运行 zhibu officer add {name}")
        else:
            cells.wrong(NAME, f"{name}不在{unit}的名册里，请核对姓名，或先导入名册。")
        return None

    def find_or_enrol(
        self, session: Session, cells: Cells, role: Role, unit: str
    ) -> MemberId | None:
        """Return who holds a post; staff and leaders above who are on no roll at all are enrolled.

        They come to no branch's roll: nothing is asked of them but to be at what is held above.
        """
        name = cells.text(NAME, longest=40)
        if role not in _ENROLLED or unit not in self._above or self._people.get(name):
            return self.find(cells, role, unit)
        tail = cells.text(TAIL)
        values = {"name": name, "kind": MemberKind.STAFF, "phone_tail": tail}
        made = session.connection().execute(insert(Member).values(**values).returning(Member.id))
        member = MemberId(int(made.scalar_one()))
        self._people[name][member] = (tail, MemberKind.STAFF, [])
        self.enrolled.append(name)
        return member

    def _is_there(self, unit: str, path: str, place: str) -> bool:
        return path.startswith(place) or (unit in self._above and place.startswith(path))
