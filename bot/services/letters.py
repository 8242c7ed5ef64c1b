"""Letters of introduction as they stand: open, overdue, addressed to whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from bot.domain import regulations, rights
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.periods import Month
from bot.domain.rights import Action, Actor
from bot.domain.transfers import is_overdue, valid_until
from bot.domain.units import UnitChangeKind, UnitKind, is_under, short_name
from bot.services import audit, organisation_changes
from bot.storage.models import Member, Transfer, Unit, UnitChange

_from, _to = aliased(Unit), aliased(Unit)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter of introduction.

    Attributes:
        from_unit_id: None where somebody came from outside.
        to_unit_id: None where the destination is outside.
        to: What people call the destination.
        days: How long it is valid, from the day after its issue.
    """

    id: int
    member_id: MemberId
    name: str
    phone_tail: str
    from_unit_id: UnitId | None
    from_unit: str
    to_unit_id: UnitId | None
    to: str
    letter_no: str
    issued_on: date
    days: int
    dues_until: Month

    @property
    def last_day(self) -> date:
        """The last day on which it is valid."""
        return valid_until(self.issued_on, self.days)

    def is_overdue(self, today: date) -> bool:
        """Tell whether nobody has received it in time."""
        return is_overdue(self.issued_on, self.days, today)


class WhichLetter(DomainError):
    """Several letters are of somebody called so; `choices` are put as one question."""

    def __init__(self, choices: Collection[Letter]) -> None:
        super().__init__("有几封介绍信对得上，请写明是哪一封。")
        self.choices = tuple(choices)


def get(session: Session, letter_id: int) -> Letter:
    """Return a letter by id.

    Raises:
        NotFound
    """
    found = _letters(session, Transfer.id == letter_id)
    if not found:
        raise NotFound("没有找到这封介绍信。")
    return found[0]


def find_of_member(session: Session, member_id: MemberId) -> Letter | None:
    """Return the letter of a member that nobody has answered, if there is one."""
    found = _letters(session, Transfer.member_id == member_id, Transfer.closed_at.is_(None))
    return found[0] if found else None


def list_open(session: Session, *, unit_id: UnitId, by: Actor, now: datetime) -> list[Letter]:
    """Return the letters out of and into a unit that nobody has answered, the oldest first.

    Reading them is written down.

    Raises:
        Forbidden
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    rights.require(by, Action.MANAGE_ROLL, path)
    audit.record(session, by=by, at=now, action="transfer.read", subject=f"unit:{unit_id}")
    found = _letters(session, Transfer.closed_at.is_(None))
    paths = _paths(session, found)
    return [
        letter
        for letter in found
        if any(is_under(paths[u], path) for u in (letter.from_unit_id, letter.to_unit_id) if u)
    ]


def list_expiring(session: Session, first: date, last: date) -> list[Letter]:
    """Return the letters that nobody has answered and whose last day lies in [first, last]."""
    most = timedelta(days=regulations.number("roll.letter.most", first))
    found = _letters(session, Transfer.closed_at.is_(None), Transfer.issued_on >= first - most)
    return [letter for letter in found if first <= letter.last_day <= last]


def still_open(session: Session, ids: Collection[int]) -> set[int]:
    """Return which of some letters nobody has answered."""
    return set(
        session.scalars(
            select(Transfer.id).where(Transfer.id.in_(ids), Transfer.closed_at.is_(None))
        )
    )


def answering(session: Session, found: Collection[Letter]) -> dict[UnitId, UnitId]:
    """Return, by unit of some letters, the one that answers for it today."""
    named = {unit for one in found for unit in (one.from_unit_id, one.to_unit_id) if unit}
    heirs = _heirs(session) if named else {}
    return {unit: _follow(heirs, unit) for unit in named}


def find_to_answer(session: Session, name: str, *, by: Actor, receiving: bool) -> Letter:
    """Return the open letter of somebody of this name that the actor may answer.

    Args:
        receiving: One that has come to a branch of the actor's, or whose receipt he enters;
            else one that a branch of his has issued.

    Raises:
        NotFound: There is none.
        WhichLetter: There are several.
    """
    own = [g.unit_path for g in by.grants if Action.MANAGE_ROLL in rights.RIGHTS[g.role]]
    if not own:
        raise rights.refusal(Action.MANAGE_ROLL)
    named = _letters(session, Transfer.closed_at.is_(None), Member.name == name)
    paths = _paths(session, named)
    found = []
    for letter in named:
        asked = letter.to_unit_id if receiving and letter.to_unit_id else letter.from_unit_id
        if asked is not None and any(is_under(paths[asked], path) for path in own):
            found.append(letter)
    if not found:
        raise NotFound(f"没有{name}等着办的介绍信。要看有哪些，请发 介绍信")
    if len(found) > 1:
        raise WhichLetter(found)
    return found[0]


def find_destination(session: Session, words: str) -> tuple[UnitId, str] | None:
    """Return the branch of ours that words name, or None for one outside.

    Raises:
        NotFound: Several of ours are called so.
    """
    rows = session.execute(
        select(Unit.id, Unit.name)
        .where(Unit.kind == UnitKind.BRANCH, Unit.valid_to.is_(None))
        .order_by(Unit.id)
    ).all()
    wanted = short_name(words)
    exact = [row for row in rows if row.name == words]
    close = exact or [row for row in rows if short_name(row.name) == wanted]
    if len(close) > 1:
        names = "、".join(row.name for row in close[:5])
        raise NotFound(f"“{words}”对得上几个支部：{names}。请写全称。")
    return (UnitId(close[0].id), close[0].name) if close else None


def heir_of(session: Session, unit_id: UnitId | None) -> UnitId | None:
    """Return the unit that has taken over from one that was dissolved; else the unit itself."""
    return None if unit_id is None else _follow(_heirs(session), unit_id)


def _follow(heirs: Mapping[UnitId, UnitId], unit_id: UnitId) -> UnitId:
    seen = {unit_id}
    while (heir := heirs.get(unit_id)) is not None and heir not in seen:
        seen.add(heir)
        unit_id = heir
    return unit_id


def _heirs(session: Session) -> dict[UnitId, UnitId]:
    rows = session.execute(
        select(UnitChange.unit_id, UnitChange.after)
        .where(UnitChange.kind == UnitChangeKind.DISSOLVED, organisation_changes.STANDS)
        .order_by(UnitChange.id)
    )
    return {UnitId(unit_id): UnitId(after["into"]) for unit_id, after in rows if after.get("into")}


def _paths(session: Session, letters: Collection[Letter]) -> dict[UnitId, str]:
    """Return, by unit of some letters, the path of the one that answers for it today."""
    heirs = answering(session, letters)
    rows = session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(heirs.values())))
    found = {UnitId(unit): path for unit, path in rows}
    return {unit: found[heir] for unit, heir in heirs.items()}


def _letters(session: Session, *where: ColumnElement[bool]) -> list[Letter]:
    query: Any = (
        select(
            Transfer.id,
            Transfer.member_id,
            Member.name,
            Member.phone_tail,
            Transfer.from_unit_id,
            func.coalesce(_from.name, Transfer.place),
            Transfer.to_unit_id,
            func.coalesce(_to.name, Transfer.place),
            Transfer.letter_no,
            Transfer.issued_on,
            Transfer.days,
            Transfer.dues_until,
        )
        .join(Member, Member.id == Transfer.member_id)
        .outerjoin(_from, _from.id == Transfer.from_unit_id)
        .outerjoin(_to, _to.id == Transfer.to_unit_id)
        .where(*where)
        .order_by(Transfer.issued_on, Transfer.id)
    )
    return [Letter(*row) for row in session.execute(query)]
