"""Who is expected at meetings, each by the roll of the day it is held, by set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.cadence import MeetingKind
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.rights import COMMITTEE
from bot.domain.roll import kind_on
from bot.domain.study import SignupAction
from bot.services.excused import suspended_at
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.services.study_seats import list_steps
from bot.storage.models import Member, Membership, Post


def expected_of(
    session: Session, meetings: Sequence[MeetingView]
) -> dict[MeetingId, tuple[Person, ...]]:
    """Return who is expected at some meetings, each by the roll of the day it is held."""
    days = [meeting.day for meeting in meetings]
    places = _places(session, {meeting.unit_id for meeting in meetings}, min(days), max(days))
    seats = [m for m in meetings if m.kind is MeetingKind.COMMITTEE]
    held = _posts(session, {m.branch_id for m in seats}, min(days), max(days)) if seats else {}
    out = suspended_at(session, meetings)
    joined = _joined(session, [m.id for m in meetings if m.seats is not None])
    found: dict[MeetingId, tuple[Person, ...]] = {}
    for meeting in meetings:
        there = {
            place.person.id: _as_of(place, meeting.day)
            for place in places.get(meeting.unit_id, ())
            if place.person.id not in out[meeting.id]
            and place.since <= meeting.day
            and (place.until is None or meeting.day < place.until)
        }
        if meeting.kind is MeetingKind.COMMITTEE:
            seated = {
                member
                for member, since, until in held.get(meeting.branch_id, ())
                if since <= meeting.day and (until is None or meeting.day < until)
            }
            there = {member: person for member, person in there.items() if member in seated}
        if meeting.seats is not None:
            signed = joined.get(meeting.id, set())
            there = {member: person for member, person in there.items() if member in signed}
        found[meeting.id] = tuple(there.values())
    return found


def _joined(session: Session, classes: Sequence[MeetingId]) -> dict[MeetingId, set[MemberId]]:
    """Return who has seats in each of some classes: they alone are expected there."""
    steps = list_steps(session, classes, None, (SignupAction.JOIN,))
    return {meeting: {step.member_id for step in found} for meeting, found in steps.items()}


def _as_of(place: _Place, day: date) -> Person:
    """Return somebody as he was on a day: full, or still probationary."""
    return replace(place.person, kind=kind_on(place.person.kind, place.full_since, day))


@dataclass(frozen=True, slots=True)
class _Place:
    """Somebody's place in a unit, from a day to a day (exclusive)."""

    person: Person
    full_since: date | None
    since: date
    until: date | None


def _places(
    session: Session, units: Collection[UnitId], first: date, last: date
) -> dict[UnitId, list[_Place]]:
    """Return who belonged to some branches or cells at any time within some days."""
    rows = session.execute(
        select(
            Member.id,
            Member.name,
            Member.kind,
            Membership.unit_id,
            Membership.cell_id,
            Member.phone_tail,
            Member.full_since,
            Membership.valid_from,
            Membership.valid_to,
        )
        .join(Membership, Membership.member_id == Member.id)
        .where(
            or_(Membership.unit_id.in_(units), Membership.cell_id.in_(units)),
            Membership.valid_from <= last,
            or_(Membership.valid_to.is_(None), Membership.valid_to > first),
        )
        .order_by(Member.id)
    )
    found: dict[UnitId, list[_Place]] = defaultdict(list)
    for row in rows:
        branch, cell = UnitId(row.unit_id), None if row.cell_id is None else UnitId(row.cell_id)
        person = Person(MemberId(row.id), row.name, row.kind, branch, cell, row.phone_tail)
        for unit in (branch, cell):
            if unit is not None and unit in units:
                place = _Place(person, row.full_since, row.valid_from, row.valid_to)
                found[unit].append(place)
    return found


def _posts(
    session: Session, branches: Collection[UnitId], first: date, last: date
) -> dict[UnitId, list[tuple[MemberId, date, date | None]]]:
    """Return who sat on the committees of some branches at any time within some days."""
    rows = session.execute(
        select(Post.unit_id, Post.member_id, Post.valid_from, Post.valid_to).where(
            Post.unit_id.in_(branches),
            Post.role.in_(COMMITTEE),
            Post.valid_from <= last,
            or_(Post.valid_to.is_(None), Post.valid_to > first),
        )
    )
    found: dict[UnitId, list[tuple[MemberId, date, date | None]]] = defaultdict(list)
    for unit, member, since, until in rows:
        found[UnitId(unit)].append((MemberId(member), since, until))
    return found
