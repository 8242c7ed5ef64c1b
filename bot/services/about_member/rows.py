"""Every row about one person, in words; who else stands in it is told by post, never by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, false, func, inspect, or_, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import MemberId
from bot.domain.privacy import FactKind
from bot.files.tables import CellValue
from bot.services import reads
from bot.services.about_member.held import LEDGERS, Held
from bot.services.about_member.words import HEADINGS, value_words
from bot.services.audit_words import action_words
from bot.storage.models import AuditLine, Meeting, Unit
from bot.storage.types import Base

HIMSELF = "本人"
AUDIT_TITLE = "名册留痕"
_SYSTEM = "系统"
_UNITS = frozenset({"unit_id", "cell_id", "from_unit_id", "to_unit_id"})


@dataclass(frozen=True, slots=True)
class Told:
    """What one ledger holds about a person."""

    title: str
    kind: FactKind
    headers: tuple[str, ...]
    rows: list[tuple[CellValue, ...]]


def list_about(session: Session, member_id: MemberId) -> list[Told]:
    """Return every row about a member, ledger by ledger; empty ledgers too."""
    about = [held for held in LEDGERS if held.is_about_people]
    found = {held.title: _rows(session, held, member_id) for held in about}
    words = _Words.load(session, member_id, about, found)
    told = [
        Told(
            held.title, held.kind, headers_of(held), [words.row(held, r) for r in found[held.title]]
        )
        for held in about
    ]
    return [*told, _audit(session, member_id, words)]


def count_acts(session: Session, member_id: MemberId) -> list[tuple[str, int]]:
    """Return how many rows of each ledger a member wrote, reported or decided for others."""
    counts: dict[str, int] = {}
    for held in LEDGERS:
        if not held.acted:
            continue
        acted = or_(*(getattr(held.model, name) == member_id for name in held.acted))
        own = [getattr(held.model, name) != member_id for name in held.about]
        number = session.scalar(select(func.count()).select_from(held.model).where(acted, *own))
        if number:
            counts[held.title] = number
    return sorted(counts.items())


def shown_columns(held: Held) -> list[str]:
    """Return the columns of a ledger that are told, in the order of the table."""
    left_out = {*held.hidden, *held.about, *(() if held.through is None else held.through[:1])}
    left_out -= {"id"} if held.about == ("id",) else set()
    keys = set() if held.about == ("id",) else {"id"}
    return [
        column.key
        for column in held.model.__table__.columns
        if column.key not in left_out and column.key not in keys
    ]


def headers_of(held: Held) -> tuple[str, ...]:
    """Return the headings of a ledger."""
    return tuple(HEADINGS[name] for name in shown_columns(held))


def _whose(model: Any) -> Any:
    """Return the column that names whom a row is about."""
    (held,) = (one for one in LEDGERS if one.model is model)
    return getattr(model, held.about[0])


def where_about(held: Held, member_id: MemberId) -> ColumnElement[bool]:
    """Return which rows of a ledger are about a member."""
    if held.through is not None:
        column, model = held.through
        there: Any = model
        rows = select(there.id).where(_whose(there) == member_id)
        return getattr(held.model, column).in_(rows)  # type: ignore[no-any-return]  # a column
    return or_(false(), *(getattr(held.model, name) == member_id for name in held.about))


def _rows(session: Session, held: Held, member_id: MemberId) -> Sequence[Base]:
    order = inspect(held.model).primary_key
    return session.scalars(
        select(held.model).where(where_about(held, member_id)).order_by(*order)
    ).all()


def _audit(session: Session, member_id: MemberId, words: _Words) -> Told:
    """Return what was done to the roll entry; before and after may speak of others and stay out."""
    lines = session.scalars(
        select(AuditLine).where(AuditLine.subject == f"member:{member_id}").order_by(AuditLine.id)
    )
    rows: list[tuple[CellValue, ...]] = [
        (
            value_words("at", line.at),
            words.person(line.by_id, day_of(line.at)),
            action_words(line.action),
        )
        for line in lines
    ]
    return Told(AUDIT_TITLE, FactKind.ROLL, ("时间", "谁登记", "做了什么"), rows)


@dataclass(frozen=True, slots=True)
class _Words:
    """What ids mean: units and meetings by name, people by post."""

    member_id: MemberId
    units: Mapping[int, str]
    meetings: Mapping[int, str]
    roles: dict[int, list[reads.Held]]

    @classmethod
    def load(
        cls,
        session: Session,
        member_id: MemberId,
        about: Sequence[Held],
        found: Mapping[str, Sequence[Base]],
    ) -> _Words:
        units: set[int] = set()
        meetings: set[int] = set()
        people: set[int] = set()
        for held in about:
            for row in found[held.title]:
                units |= {value for name in _UNITS if (value := getattr(row, name, None))}
                meetings |= {value for name in ("meeting_id",) if (value := getattr(row, name, 0))}
                people |= {value for name in held.acted if (value := getattr(row, name))}
        titles = select(Meeting.id, Meeting.title, Meeting.starts_at).where(
            Meeting.id.in_(meetings)
        )
        names = select(Unit.id, Unit.name).where(Unit.id.in_(units))
        return cls(
            member_id,
            {row.id: row.name for row in session.execute(names)},
            {m: f"{title}（{day_of(at)}）" for m, title, at in session.execute(titles)},
            reads.roles_of(session, people),
        )

    def row(self, held: Held, row: Base) -> tuple[CellValue, ...]:
        day = _day_of(row)
        return tuple(
            self._cell(held, name, getattr(row, name), day) for name in shown_columns(held)
        )

    def _cell(self, held: Held, name: str, value: Any, day: date) -> CellValue:
        if name in held.acted:
            return self.person(value, day)
        if name == "reason" and isinstance(value, dict):
            return str(value.get("source", ""))
        if name in _UNITS:
            return self.units.get(value, "")
        if name == "meeting_id":
            return self.meetings.get(value, "")
        return value_words(name, value)

    def person(self, member_id: int | None, day: date) -> str:
        if member_id is None:
            return _SYSTEM
        if member_id == self.member_id:
            return HIMSELF
        return reads.role_on(self.roles, member_id, day)


def _day_of(row: Base) -> date:
    """Return the day a row was written on, to tell the posts of then."""
    for name in ("at", "recorded_at", "created_at", "taught_at", "imported_at", "bound_at"):
        value = getattr(row, name, None)
        if isinstance(value, datetime):
            return day_of(value)
    return date.max
