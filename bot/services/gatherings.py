"""One gathering: several meetings one after the other, or one lecture of several branches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.cadence import MeetingKind
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.meetings import check_new, check_words, title_for
from bot.domain.rights import Action, Actor
from bot.domain.units import UnitKind
from bot.domain.upper_meetings import may_hold
from bot.services import audit, meetings, roll_expected
from bot.services.groups import find_unit
from bot.services.meetings import Entry, MeetingView, NotABranch
from bot.storage.models import Unit

MOST_DAYS = 7  # of one event


class CellApart(DomainError):
    """A cell meeting is held by a cell, other meetings by the branch: they are no one gathering."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__("党小组会是小组的会，请单独建，例如：建会 党小组会 3月12日 15:00 二楼")


class HeldApart(DomainError):
    """One is held by a branch, the other by the street: they are no one gathering."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__("这几个会不是同一级开的，请分开建。")


@dataclass(frozen=True, slots=True)
class Gathering:
    """Meetings called under one event.

    Attributes:
        expected: How many persons, each once.
        units: Names of the branches, where there are several.
    """

    meetings: tuple[MeetingView, ...]
    expected: int
    units: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What it is called: `支部党员大会、党课`."""
        return "、".join(dict.fromkeys(meeting.short_title for meeting in self.meetings))


def call(
    session: Session,
    *,
    kinds: Sequence[MeetingKind],
    starts_at: datetime,
    place: str,
    by: Actor,
    now: datetime,
    unit: UnitId | None = None,
) -> Gathering:
    """Call several meetings of the actor's branch as one gathering, each with its own record.

    They begin together: one after the other is held, nobody knows when the second begins.

    Raises:
        Forbidden, InThePast, TooFarAhead, TooLong, NotABranch, AlreadyCalled
        CellApart: One of them is a cell meeting.

    Source:
        meetings.together
    """
    if MeetingKind.CELL in kinds:
        raise CellApart
    unit_id, _ = meetings.place_for(session, kinds[0], by, unit)
    if any(not may_hold(meetings.kind_of(session, unit_id), kind) for kind in kinds):
        raise HeldApart
    return _call(session, [(kind, unit_id) for kind in kinds], starts_at, place, by, now)


def call_days(
    session: Session,
    *,
    kind: MeetingKind,
    starts_at: datetime,
    last: date,
    place: str,
    by: Actor,
    now: datetime,
    unit: UnitId | None = None,
) -> Gathering:
    """Call what takes several days: one event, a meeting of each day with its own roll call.

    Args:
        last: The last Shanghai day, included.

    Raises:
        Forbidden, InThePast, TooFarAhead, TooLong, NotABranch, OnlyAbove, AlreadyCalled
        DomainError: It ends before it begins, or takes longer than a week.

    Source:
        meetings.above
    """
    unit_id, _ = meetings.place_for(session, kind, by, unit)
    days = (last - day_of(starts_at)).days
    if not 0 < days < MOST_DAYS:
        raise DomainError(f"最后一天要在第一天以后、{MOST_DAYS}天以内，请核对日期。")
    check_new(starts_at, now)
    title = title_for(kind, day_of(starts_at))
    check_words(title, place)
    event_id = meetings.open_event(session, unit_id=unit_id, title=title, by=by, now=now)
    made = []
    for number in range(days + 1):
        begins = starts_at + timedelta(days=number)
        own = title_for(kind, day_of(begins))
        entry = Entry(unit_id, unit_id, kind, own, begins, place, event_id=event_id)
        made.append(meetings.enter(session, entry, by=by, now=now))
        audit.record(session, by=by, at=now, action="meeting.call", subject=made[-1].subject)
    due = roll_expected.expected_of(session, made)
    return Gathering(tuple(made), len({person.id for of in due.values() for person in of}))


def call_jointly(
    session: Session,
    *,
    kind: MeetingKind,
    units: Sequence[str],
    starts_at: datetime,
    place: str,
    by: Actor,
    now: datetime,
) -> Gathering:
    """Call one meeting that several branches hold together; each has its own roll and record.

    It fills the period of each, and is one lecture of its lecturer.

    Args:
        units: Names of the branches, as written.

    Raises:
        NotFound: There is no such unit, or the name fits several.
        Forbidden: The actor may not call meetings in one of them.
        NotABranch, InThePast, TooFarAhead, TooLong, AlreadyCalled

    Source:
        meetings.together
    """
    found = {unit.id: unit for unit in (find_unit(session, name) for name in units)}
    for unit in found.values():
        rights.require(by, Action.CALL_MEETING, unit.path)
    ids = [UnitId(unit_id) for unit_id in found]
    rows = session.execute(select(Unit.id, Unit.kind, Unit.name).where(Unit.id.in_(ids))).all()
    if any(row.kind is not UnitKind.BRANCH for row in rows):
        raise NotABranch
    made = _call(session, [(kind, unit_id) for unit_id in ids], starts_at, place, by, now)
    named = {row.id: row.name for row in rows}
    return Gathering(made.meetings, made.expected, tuple(named[unit_id] for unit_id in ids))


def _call(
    session: Session,
    wanted: Sequence[tuple[MeetingKind, UnitId]],
    starts_at: datetime,
    place: str,
    by: Actor,
    now: datetime,
) -> Gathering:
    check_new(starts_at, now)
    titles = [title_for(kind, day_of(starts_at)) for kind, _ in wanted]
    for title in titles:
        check_words(title, place)
    event_id = meetings.open_event(
        session, unit_id=wanted[0][1], title="、".join(dict.fromkeys(titles)), by=by, now=now
    )
    made = []
    for (kind, unit_id), title in zip(wanted, titles, strict=True):
        entry = Entry(unit_id, unit_id, kind, title, starts_at, place, event_id=event_id)
        made.append(meetings.enter(session, entry, by=by, now=now))
        audit.record(session, by=by, at=now, action="meeting.call", subject=made[-1].subject)
    due = roll_expected.expected_of(session, made)
    expected = {person.id for persons in due.values() for person in persons}
    return Gathering(tuple(made), len(expected))
