"""For whom a notice is: everybody of a unit, or some of its people, named or picked out.

Whom words picked out is settled once, when the notice is shown: who then confirms the head-count
sends it to those very people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.audiences import Audience, Circle, Standing
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Role
from bot.services import attendance, cells, meetings, people, roll
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.storage.models import Member, Post, Unit

_FRESH = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some people a notice is for.

    Attributes:
        label: What they are called: 支委, 第一党小组, 3月党课请假的人.
    """

    persons: tuple[Person, ...]
    label: str


class NobodyThere(DomainError):
    """The words pick nobody out."""

    def __init__(self, label: str) -> None:
        super().__init__(f"现在没有{label}，通知没有对象，什么也没有发。")


def choose(session: Session, unit_id: UnitId, audience: Audience, now: datetime) -> Chosen:
    """Return whom some words pick out of a unit and the units under it, each once.

    Raises:
        NobodyThere
        DomainError: There is no such cell, or no meeting they could speak of.
    """
    found = _choose(session, unit_id, audience, now)
    persons = tuple(roll.without_suspended(session, found.persons, day_of(now)))
    if not persons:
        raise NobodyThere(found.label)
    return Chosen(persons, found.label)


def of_ids(session: Session, ids: Sequence[MemberId], on: date) -> list[Person]:
    """Return those chosen of whom anything is still expected, in the order of the roll."""
    return roll.without_suspended(session, people.list_by_ids(session, ids, on), on)


def everybody(session: Session, unit_id: UnitId, on: date) -> list[Person]:
    """Return who is on the roll of a unit and of the units under it, each once."""
    return people.list_in_units(session, _units(session, unit_id), on)


def _choose(session: Session, unit_id: UnitId, audience: Audience, now: datetime) -> Chosen:
    on = day_of(now)
    if audience.circle is Circle.AT_MEETING:
        assert audience.standing is not None
        return _at_meeting(session, unit_id, audience.standing, now)
    if audience.circle is Circle.CELL:
        cell = cells.find_cell(session, unit_id, audience.cell)
        if cell is None:
            raise DomainError(f"没有找到“{audience.cell}”这个党小组，什么也没有发。")
        return Chosen(tuple(people.list_in_units(session, [cell.id], on)), cell.name)
    everyone = everybody(session, unit_id, on)
    if audience.circle is Circle.POSTS:
        holders = _holders(session, _units(session, unit_id), audience.roles, on)
        known = [person for person in everyone if person.id in holders]
        rest = people.list_by_ids(session, holders - {person.id for person in known}, on)
        return Chosen((*known, *rest), audience.label)
    if audience.circle is Circle.KIND:
        return Chosen(tuple(p for p in everyone if p.kind is audience.kind), audience.label)
    ids = {person.id for person in everyone}
    if audience.circle is Circle.CATEGORY:
        query = select(Member.id).where(Member.id.in_(ids), Member.category == audience.category)
        wanted = {MemberId(member) for member in session.scalars(query)}
    else:
        stands = roll.standings(session, ids, on)
        wanted = {member for member in ids if stands[member].mobile}
    return Chosen(tuple(p for p in everyone if p.id in wanted), audience.label)


def _at_meeting(session: Session, unit_id: UnitId, standing: Standing, now: datetime) -> Chosen:
    meeting = _meeting_meant(session, unit_id, standing, now)
    called = attendance.roll_call(session, meeting)
    answered = attendance.current_marks(session, [meeting])
    silent = tuple(p for p in called.missing if (meeting.id, p.id) not in answered)
    persons = {
        Standing.ON_LEAVE: (*called.leave, *called.asked),
        Standing.THERE: called.present,
        Standing.NOT_THERE: (*called.missing, *called.absent, *called.leave, *called.asked),
        Standing.SILENT: silent,
    }[standing]
    return Chosen(tuple(persons), f"{meeting.title}{standing.value}")


def _meeting_meant(
    session: Session, unit_id: UnitId, standing: Standing, now: datetime
) -> MeetingView:
    """Return the meeting some words speak of: who has not answered, the next; who came, the last."""
    begun = [
        meeting
        for meeting in meetings.list_latest(session, unit_id, now)
        if meeting.seats is None and meeting.starts_at > now - _FRESH
    ]
    coming = [m for m in meetings.list_called(session, unit_id, now) if m.seats is None]
    first = begun if standing in (Standing.THERE, Standing.NOT_THERE) else coming
    then = [] if standing is Standing.THERE else coming if first is begun else begun
    found = next(iter([*first, *then]), None)
    if found is None:
        raise DomainError(f"最近没有会，不知道“{standing.value}”说的是哪个会，什么也没有发。")
    return found


def _holders(
    session: Session, units: Sequence[UnitId], roles: frozenset[Role], on: date
) -> set[MemberId]:
    rows = session.scalars(
        select(Post.member_id).where(
            Post.unit_id.in_(units),
            Post.role.in_(roles),
            Post.valid_from <= on,
            or_(Post.valid_to.is_(None), Post.valid_to > on),
        )
    )
    return {MemberId(member) for member in rows}


def _units(session: Session, unit_id: UnitId) -> list[UnitId]:
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    return [
        UnitId(unit) for unit in session.scalars(select(Unit.id).where(Unit.path.startswith(path)))
    ]
