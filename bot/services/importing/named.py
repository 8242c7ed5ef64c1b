"""Whom a row of a ledger is about: branch, full name and, of namesakes, the phone's tail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId, UnitId
from bot.domain.units import UnitKind
from bot.services.anonymous import REFUSED
from bot.services.importing import bulk
from bot.services.importing.cells import Cells, plain, squeeze
from bot.services.importing.ledger import Column, Line, Problems
from bot.storage.models import Anonymised, Member, Membership, Unit

NAME, UNIT, TAIL = "姓名", "党组织", "手机尾号"
COLUMNS = (
    Column(NAME, "党员姓名，和名册上一样", required=True, aliases=("党员姓名",)),
    Column(UNIT, "所在支部的全称", required=True, aliases=("所在支部", "支部", "党支部")),
    Column(TAIL, "同名的人才要填", aliases=("手机后四位", "尾号")),
)


@dataclass(frozen=True, slots=True)
class Named:
    """A member of a branch.

    Attributes:
        anonymous: He was made anonymous: a row may say what is on record, and add nothing.
    """

    id: MemberId
    unit_id: UnitId
    unit_path: str
    anonymous: bool = False


class Book:
    """Everybody of some names who belongs or belonged to a branch, found by what a row says.

    Those who have moved on are found as well: an export of last year names them.

    Args:
        names, units: Those that the rows name.
    """

    def __init__(self, session: Session, names: Collection[str], units: Collection[str]) -> None:
        self._units: set[str] = set()
        self._found: dict[tuple[str, str], dict[int, tuple[str, Named]]] = defaultdict(dict)
        self._of_unit: dict[tuple[UnitId, str], set[MemberId]] = defaultdict(set)
        for part in bulk.chunks(sorted(units)):
            self._units.update(
                session.scalars(
                    select(Unit.name).where(Unit.name.in_(part), Unit.kind == UnitKind.BRANCH)
                )
            )
        for part in bulk.chunks(sorted(names)):
            rows = session.execute(
                select(
                    Member.id,
                    Member.name,
                    Member.phone_tail,
                    Unit.id,
                    Unit.name,
                    Unit.path,
                    Anonymised.member_id,
                )
                .outerjoin(Anonymised, Anonymised.member_id == Member.id)
                .join(Membership, Membership.member_id == Member.id)
                .join(Unit, Unit.id == Membership.unit_id)
                .where(Member.name.in_(part))
                .order_by(Membership.valid_to.is_(None), Membership.id)
            )
            for member_id, name, tail, unit_id, unit, path, anonymous in rows:
                self._of_unit[UnitId(unit_id), name].add(MemberId(member_id))
                person = Named(MemberId(member_id), UnitId(unit_id), path, anonymous is not None)
                self._found[unit, name][member_id] = (tail, person)

    @classmethod
    def of(cls, session: Session, lines: Sequence[Line], *others: str) -> Book:
        """Return the book of some lines.

        Args:
            others: Further columns that hold names.
        """
        names = {said(line, column) for line in lines for column in (NAME, *others)}
        return cls(session, names, {said(line, UNIT) for line in lines})

    def only(self, unit_id: UnitId, name: str) -> MemberId | None:
        """Return the one member of a branch called so, or None."""
        found = self._of_unit.get((unit_id, name), set())
        return next(iter(found)) if len(found) == 1 else None

    def find(self, cells: Cells) -> Named | None:
        """Return whom a row is about, or None with the mistake noted."""
        name, unit = cells.required(NAME, longest=40), cells.required(UNIT)
        tail = cells.text(TAIL)
        if not name or not unit:
            return None
        if unit not in self._units:
            cells.wrong(UNIT, f"没有登记过“{unit}”，请写名册里的全称。")
            return None
        every = list(self._found.get((unit, name), {}).values())
        fitting = [person for own, person in every if not tail or own in ("", tail)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            cells.wrong(TAIL, f"{unit}有{len(fitting)}位{name}，请填手机尾号。")
        elif every:
            cells.wrong(TAIL, f"和名册里{name}的尾号对不上。")
        else:
            cells.wrong(NAME, f"{unit}的名册里没有{name}。")
        return None


def check_known(person: Named, line: int, problems: Problems) -> None:
    """Note that nothing more is written about somebody who was made anonymous."""
    if person.anonymous:
        problems.add(line, NAME, REFUSED)


def said(line: Line, column: str) -> str:
    """Return what a cell says, as `Cells.text` would."""
    return squeeze(plain(line.cells.get(column)))


def person_of(line: Line) -> str:
    """Return what tells whose line it is: the lines of one member stay together."""
    return f"{said(line, UNIT)}/{said(line, NAME)}"
