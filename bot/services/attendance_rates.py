"""Attendance by person, unit and period: 应到, 实到, the rate. No ranking anywhere.

A person's figures are for himself and for who records his attendance; units beside each other
are for the street's officers. However many meetings: the same few queries.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain import rights
from bot.domain.errors import Forbidden
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Action, Actor
from bot.domain.roll_call import NOBODY, Tally, total
from bot.services import meetings, people, roll_books, scopes
from bot.services.meetings import MeetingView
from bot.services.naming import Named
from bot.services.roll_books import Book
from bot.storage.models import Membership

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """The Shanghai days asked about, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Rate:
    """Attendance of some meetings.

    Attributes:
        meetings: How many were held and counted.
        unfinished: Names of those left out, since their roll call leaves somebody open.
        tally: Of one person, or of everybody (人次).
    """

    meetings: int
    unfinished: tuple[str, ...]
    tally: Tally


def of_self(session: Session, *, by: Actor, days: Days, now: datetime) -> Rate:
    """Return one's own attendance, in every branch one has belonged to."""
    assert by.member_id is not None
    return _of_member(session, by.member_id, days, now)


def of_person(session: Session, person: Named, *, by: Actor, days: Days, now: datetime) -> Rate:
    """Return a member's attendance.

    Raises:
        Forbidden: It is somebody else, and not of the actor's to record.
    """
    if person.id != by.member_id:
        rights.require(by, Action.RECORD_ATTENDANCE, person.path)
    return _of_member(session, person.id, days, now)


def of_unit(session: Session, unit_id: UnitId, *, by: Actor, days: Days, now: datetime) -> Rate:
    """Return the attendance of a branch with its cells, of one cell, or of all below a unit.

    Raises:
        Forbidden
    """
    rights.require(by, Action.VIEW_LISTS, meetings.path_of(session, unit_id))
    branches = [branch for branch, _ in scopes.list_branches_below(session, unit_id)]
    held = _held(session, branches or [unit_id], days, now)
    return _rate(roll_books.load(session, held), lambda book: book.tally)


def of_branches(
    session: Session, *, by: Actor, days: Days, now: datetime
) -> list[tuple[str, Rate]]:
    """Return the attendance of every branch an officer answers for, in the order of the units.

    Raises:
        Forbidden: The actor manages no units.
    """
    if not rights.holds(by, Action.MANAGE_UNITS):
        raise Forbidden("各支部的出勤率由街道党务专干来看。看本支部的请回复 出勤率")
    unit_id = people.scope_of(by, Action.MANAGE_UNITS)
    branches = scopes.list_branches_below(session, unit_id)
    books = roll_books.load(session, _held(session, [b for b, _ in branches], days, now))
    return [
        (
            name,
            _rate([b for b in books if b.meeting.branch_id == branch], lambda book: book.tally),
        )
        for branch, name in branches
    ]


def list_books(session: Session, member_id: MemberId, *, days: Days, now: datetime) -> list[Book]:
    """Return the roll calls somebody was expected at, in whichever branch, in order.

    Only that member's marks are in them. Where he is by now does not matter.
    """
    rows = session.scalars(
        select(Membership.unit_id).where(
            Membership.member_id == member_id, Membership.valid_from <= days.last
        )
    )
    held = _held(session, {UnitId(unit) for unit in rows}, days, now)
    books = roll_books.load(session, held, members=[member_id])
    return [book for book in books if book.one(member_id) is not None]


def _of_member(session: Session, member_id: MemberId, days: Days, now: datetime) -> Rate:
    mine = list_books(session, member_id, days=days, now=now)
    settled = [book for book in mine if book.roll.closed or not _open(book, member_id)]
    unfinished = tuple(book.meeting.title for book in mine if book not in settled)
    return Rate(
        len(settled),
        unfinished,
        total((book.one(member_id) or NOBODY for book in settled), NOBODY),
    )


def _open(book: Book, member_id: MemberId) -> bool:
    counted = book.one(member_id)
    return counted is not None and counted.open > 0


def _rate(books: Sequence[Book], counted: Callable[[Book], Tally]) -> Rate:
    settled = [book for book in books if book.is_settled]
    unfinished = tuple(book.meeting.title for book in books if not book.is_settled)
    return Rate(len(settled), unfinished, total(map(counted, settled), NOBODY))


def _held(
    session: Session, units: Collection[UnitId], days: Days, now: datetime
) -> list[MeetingView]:
    """Return what units held within some days and is over, in order; no classes."""
    found = meetings.list_of_units(session, units, at(days.first), min(at(days.last + _DAY), now))
    return [m for m in found if m.seats is None and m.ends_at <= now]
