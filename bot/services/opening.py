"""The opening state: what was already so when a branch began with the bot, as imported.

It keeps things from being asked for that were done before; nothing of it is money received, a
recorded meeting or a study. `study_hours` adds `class_hours` to what the bot has counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.cadence import MeetingKind
from bot.domain.ids import MemberId, UnitId
from bot.domain.periods import Month
from bot.domain.rights import Action, Actor
from bot.services import people, scopes
from bot.services.people import Person
from bot.storage.models import OpeningDues, OpeningHours, OpeningMeeting, Unit


@dataclass(frozen=True, slots=True)
class HeldBefore:
    """A meeting held before the branch began."""

    unit_id: UnitId
    kind: MeetingKind
    for_period: str
    held_on: date


@dataclass(frozen=True, slots=True)
class Summary:
    """What was so in a branch before it began.

    Attributes:
        people: Those on its roll now.
        paid: Up to which month, and who; by month.
        hours: Class hours of this year, in the order of the roll.
    """

    unit: str
    people: tuple[Person, ...]
    paid: tuple[tuple[Month, tuple[Person, ...]], ...]
    held: tuple[HeldBefore, ...]
    hours: tuple[tuple[Person, int], ...]


def summarise(
    session: Session, *, by: Actor, unit: str | None, today: date, example: str
) -> Summary:
    """Return the opening state of the branch meant, with its cells.

    Args:
        example: What to write, with `{unit}` where the branch belongs.

    Raises:
        Forbidden, NotFound, WhichBranch
    """
    branch = scopes.branch_meant(session, by, Action.CONFIRM_DUES, unit, example)
    everybody = people.list_members(session, branch, today)
    members = [person.id for person in everybody]
    until, hours = dues_until(session, members), class_hours(session, members, today.year)
    by_month: dict[Month, list[Person]] = defaultdict(list)
    for person in everybody:
        if person.id in until:
            by_month[until[person.id]].append(person)
    cells = session.scalars(select(Unit.id).where(Unit.parent_id == branch)).all()
    return Summary(
        unit=scopes.names_of(session, [branch])[branch],
        people=tuple(everybody),
        paid=tuple((month, tuple(paid)) for month, paid in sorted(by_month.items())),
        held=tuple(list_held(session, [branch, *(UnitId(cell) for cell in cells)])),
        hours=tuple((person, hours[person.id]) for person in everybody if person.id in hours),
    )


def dues_until(session: Session, members: Collection[MemberId]) -> dict[MemberId, Month]:
    """Return up to which month, inclusive, some members had paid elsewhere."""
    rows = session.execute(
        select(OpeningDues.member_id, OpeningDues.until_month)
        .where(OpeningDues.member_id.in_(members))
        .order_by(OpeningDues.seq)
    )
    latest = {MemberId(member): until for member, until in rows}
    return {member: until for member, until in latest.items() if until is not None}


def months_settled(
    session: Session, members: Collection[MemberId], months: Iterable[Month]
) -> dict[MemberId, frozenset[Month]]:
    """Return which of some months each member had paid elsewhere.

    Source:
        dues.opening
    """
    asked = list(months)
    until = dues_until(session, members)
    return {
        member: frozenset(m for m in asked if member in until and m <= until[member])
        for member in members
    }


def filled(
    session: Session, kind: MeetingKind, periods: Collection[str]
) -> set[tuple[UnitId, str]]:
    """Return which units had held a meeting of a kind for a period before they began.

    Source:
        meetings.opening
    """
    rows = session.execute(
        select(OpeningMeeting.unit_id, OpeningMeeting.for_period, OpeningMeeting.held_on)
        .where(OpeningMeeting.kind == kind, OpeningMeeting.for_period.in_(periods))
        .order_by(OpeningMeeting.seq)
    )
    latest = {(UnitId(unit), period): held_on for unit, period, held_on in rows}
    return {key for key, held_on in latest.items() if held_on is not None}


def list_held(session: Session, units: Sequence[UnitId]) -> list[HeldBefore]:
    """Return what some units had held before they began, by day."""
    rows = session.execute(
        select(
            OpeningMeeting.unit_id,
            OpeningMeeting.kind,
            OpeningMeeting.for_period,
            OpeningMeeting.held_on,
        )
        .where(OpeningMeeting.unit_id.in_(units))
        .order_by(OpeningMeeting.seq)
    )
    latest = {(unit, kind, period): held_on for unit, kind, period, held_on in rows}
    held = [
        HeldBefore(UnitId(unit), kind, period, held_on)
        for (unit, kind, period), held_on in latest.items()
        if held_on is not None
    ]
    return sorted(held, key=lambda item: (item.held_on, item.unit_id, item.kind.value))


def class_hours(session: Session, members: Collection[MemberId], year: int) -> dict[MemberId, int]:
    """Return the class hours (学时) some members had in a year before the bot counted any.

    Members without any are absent.

    Source:
        study.opening
    """
    rows = session.execute(
        select(OpeningHours.member_id, OpeningHours.hours)
        .where(OpeningHours.member_id.in_(members), OpeningHours.year == year)
        .order_by(OpeningHours.seq)
    )
    latest = {MemberId(member): hours for member, hours in rows}
    return {member: hours for member, hours in latest.items() if hours}


def years_of(session: Session, member: MemberId) -> set[int]:
    """Return the years of which class hours of a member were ever brought in."""
    years = select(OpeningHours.year).where(OpeningHours.member_id == member)
    return set(session.scalars(years))
