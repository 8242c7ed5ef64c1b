"""Who else stands in a row besides the one it is about: `张三`, of namesakes `张三（0111）`."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId
from bot.services.importing import bulk
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column, Line, Source
from bot.services.importing.named import said
from bot.services.officers import OPERATOR
from bot.storage.models import Member, Membership, Unit

BY, AT = "登记人", "登记时间"
SIGNED = (
    Column(BY, "由小助手填；自己加的行留空"),
    Column(AT, "由小助手填；自己加的行留空"),
)
_WRITTEN = re.compile(r"(?P<name>.+?)[（(](?P<tail>\d{4})[)）]")


@dataclass(frozen=True, slots=True)
class Signed:
    """Who wrote something down, and when."""

    by_id: MemberId | None
    at: datetime


@dataclass(slots=True)
class _Person:
    tail: str
    paths: list[str]

    def is_near(self, path: str) -> bool:
        """Tell whether somebody belongs or belonged to a unit, or to one above or below it."""
        return any(path.startswith(own) or own.startswith(path) for own in self.paths)


class Others:
    """Everybody whom some cells may name, on whatever roll.

    Args:
        words: What the cells say.
    """

    def __init__(self, session: Session, words: Collection[str]) -> None:
        self._found: dict[str, dict[MemberId, _Person]] = defaultdict(dict)
        for part in bulk.chunks(sorted({_split(word)[0] for word in words if word})):
            rows = session.execute(
                select(Member.id, Member.name, Member.phone_tail, Unit.path)
                .outerjoin(Membership, Membership.member_id == Member.id)
                .outerjoin(Unit, Unit.id == Membership.unit_id)
                .where(Member.name.in_(part))
            )
            for member_id, name, tail, path in rows:
                person = self._found[name].setdefault(MemberId(member_id), _Person(tail, []))
                if path:
                    person.paths.append(path)

    @classmethod
    def of(cls, session: Session, lines: Sequence[Line], *columns: str) -> Others:
        """Return whom some columns of some lines name."""
        return cls(session, {said(line, column) for line in lines for column in columns})

    def find(self, cells: Cells, column: str, near: str) -> MemberId | None:
        """Return whom a cell names; None where it is empty, or with the mistake noted.

        Args:
            near: Path of the unit the row is about: of namesakes, the one who belongs there.
        """
        text = cells.text(column)
        if not text:
            return None
        fitting = self._fitting(text, near)
        if len(fitting) == 1:
            return fitting[0]
        name = _split(text)[0]
        if fitting:
            words = f"有{len(fitting)}位{name}，请在姓名后面写手机尾号，如 {name}（1234）。"
            cells.wrong(column, words)
        else:
            cells.wrong(column, f"名册里没有{text}，请核对姓名。")
        return None

    def only(self, text: str, near: str) -> MemberId | None:
        """Return the one member a text names, or None."""
        fitting = self._fitting(text, near)
        return fitting[0] if len(fitting) == 1 else None

    def _fitting(self, text: str, near: str) -> list[MemberId]:
        name, tail = _split(text)
        every = self._found.get(name, {})
        fitting = [member for member, one in every.items() if not tail or one.tail == tail]
        here = [member for member in fitting if every[member].is_near(near)]
        return here if len(fitting) > 1 and here else fitting


def signed(cells: Cells, others: Others, source: Source, near: str) -> Signed:
    """Return who wrote a new row down, and when.

    Only the person at the command line, who moves the books of a branch, brings in what somebody
    else wrote; of everybody else it is he himself, now.
    """
    by_id, moment = source.by.member_id, source.now
    if source.by is OPERATOR:
        by_id = others.find(cells, BY, near)
        moment = cells.moment(AT) or source.now
    return Signed(by_id, moment)


def tails_of(session: Session, members: Collection[int]) -> dict[int, str]:
    """Return the phone's tail of those of some members whose name others bear as well."""
    found: dict[int, str] = {}
    for some in bulk.chunks(sorted(members)):
        rows = session.execute(
            select(Member.id, Member.name, Member.phone_tail).where(Member.id.in_(some))
        ).all()
        shared = set(
            session.scalars(
                select(Member.name)
                .where(Member.name.in_({row.name for row in rows}))
                .group_by(Member.name)
                .having(func.count(Member.id) > 1)
            )
        )
        found.update({row.id: row.phone_tail for row in rows if row.name in shared})
    return found


def labels_of(session: Session, members: Collection[int | None]) -> dict[int | None, str]:
    """Return how somebody is named beside whom a row is about: of namesakes with the tail.

    Nobody (None) is named by nothing.
    """
    found: dict[int | None, str] = {None: ""}
    ids = {member for member in members if member is not None}
    tails = tails_of(session, ids)
    for some in bulk.chunks(sorted(ids)):
        for member, name in session.execute(
            select(Member.id, Member.name).where(Member.id.in_(some))
        ):
            found[member] = f"{name}（{tails[member]}）" if tails.get(member) else name
    return found


def _split(text: str) -> tuple[str, str]:
    found = _WRITTEN.fullmatch(text)
    return (found["name"], found["tail"]) if found else (text, "")
