"""The meetings of the year so far, held and confirmed, with who came: written by set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.demo.district import MAIN_BRANCH
from bot.demo.roll import Branch, Person, Roll
from bot.domain.activity_day import activity_day
from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.calendar import ShiftPolicy, shift
from bot.domain.ids import MemberId, UnitId
from bot.domain.meetings import MeetingState, for_period, title_for
from bot.domain.periods import Month, months_between
from bot.services.importing import bulk
from bot.services.workdays import PublishedWorkdays
from bot.storage.models import AttendanceMark, GatheringEvent, Meeting

_PLACES = ("社区党群服务中心", "党员活动室", "社区二楼会议室")
_LASTS = timedelta(hours=2)
_WORKDAYS = PublishedWorkdays()
_MARKS = (Mark.PRESENT, Mark.LATE, Mark.LEAVE, None)
_CHANCES = (84, 5, 7, 4)
_BEHIND = 0.12  # of what was due this month or quarter is still to be held


@dataclass(frozen=True, slots=True)
class _Held:
    """A meeting that took place."""

    unit_id: UnitId
    branch: Branch
    kind: MeetingKind
    starts_at: datetime
    expected: tuple[Person, ...]


def load(session: Session, roll: Roll, random: Random, now: datetime) -> None:
    """Write the meetings from 1 January up to now."""
    today = day_of(now)
    held = [
        meeting
        for branch in roll.branches
        for meeting in _year(branch, today)
        if meeting.starts_at + _LASTS < now and not _is_behind(meeting, today, random)
    ]
    held.sort(key=lambda meeting: (meeting.starts_at, meeting.unit_id, meeting.kind.value))
    events = [_event(meeting) for meeting in held]
    event_ids = bulk.add_numbered(session, GatheringEvent, GatheringEvent.id, events)
    rows = [
        _meeting(meeting, event_id, random)
        for event_id, meeting in zip(event_ids, held, strict=True)
    ]
    ids = bulk.add_numbered(session, Meeting, Meeting.id, rows)
    marks = [
        mark
        for meeting_id, meeting in zip(ids, held, strict=True)
        for mark in _marks(meeting_id, meeting, random)
    ]
    bulk.add(session, AttendanceMark, marks)


def _year(branch: Branch, today: date) -> Iterator[_Held]:
    """Yield what a branch has due from January to this month, on days that suit it."""
    usual, policy = branch.activity_day
    for month in months_between(Month(today.year, 1), Month.of(today)):
        shifted = activity_day(month, usual, policy, _WORKDAYS)
        day = shifted.day or shifted.original
        yield _for_all(branch, MeetingKind.THEME_DAY, at(day, 15))
        if branch.committee:
            starts_at = at(_near(month, 5), 10)
            yield _Held(branch.id, branch, MeetingKind.COMMITTEE, starts_at, branch.committee)
        for cell_id in branch.cells:
            members = tuple(person for person in branch.members if person.cell_id == cell_id)
            yield _Held(cell_id, branch, MeetingKind.CELL, at(_near(month, 9), 19), members)
        if month.number % 3 == 2:
            yield _for_all(branch, MeetingKind.GENERAL, at(_near(month, 12), 15))
        if month.number % 3 == 0:
            yield _for_all(branch, MeetingKind.LECTURE, at(_near(month, 20), 15))


def _for_all(branch: Branch, kind: MeetingKind, starts_at: datetime) -> _Held:
    day = day_of(starts_at)
    expected = tuple(person for person in branch.members if person.since <= day)
    return _Held(branch.id, branch, kind, starts_at, expected)


def _near(month: Month, number: int) -> date:
    return shift(month.day(number), ShiftPolicy.NEXT_WORKDAY, _WORKDAYS).day or month.day(number)


def _is_behind(meeting: _Held, today: date, random: Random) -> bool:
    """Leave something for the reminders: some duties of the running period are open.

    The main branch has not held this quarter's general meeting; it is the one that is coming.
    """
    period = for_period(meeting.kind, meeting.starts_at)
    chance = random.random()
    if today > period.last:
        return False
    if meeting.branch.name == MAIN_BRANCH:
        return meeting.kind is MeetingKind.GENERAL
    return chance < _BEHIND


def _event(meeting: _Held) -> dict[str, Any]:
    return {
        "unit_id": meeting.unit_id,
        "title": title_for(meeting.kind, day_of(meeting.starts_at)),
        "created_by": meeting.branch.secretary,
        "created_at": meeting.starts_at - timedelta(days=5),
    }


def _meeting(meeting: _Held, event_id: int, random: Random) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "unit_id": meeting.unit_id,
        "branch_id": meeting.branch.id,
        "kind": meeting.kind,
        "title": title_for(meeting.kind, day_of(meeting.starts_at)),
        "starts_at": meeting.starts_at,
        "ends_at": meeting.starts_at + _LASTS,
        "place": random.choice(_PLACES),
        "for_period": str(for_period(meeting.kind, meeting.starts_at)),
        "state": MeetingState.CONFIRMED,
        "seats": None,
        "taken": 0,
        "revision": 1,
        "window": {"opens_before": 30, "makeup": 2880},
        "created_at": meeting.starts_at - timedelta(days=5),
    }


def _marks(meeting_id: int, meeting: _Held, random: Random) -> Iterator[dict[str, Any]]:
    marks = _draw(meeting.expected, random)
    for person, mark in zip(meeting.expected, marks, strict=True):
        if mark is not None:
            yield _mark(meeting_id, meeting, person, mark, random)


def _draw(expected: Sequence[Person], random: Random) -> list[Mark | None]:
    return random.choices(_MARKS, _CHANCES, k=len(expected))


def _mark(
    meeting_id: int, meeting: _Held, person: Person, mark: Mark, random: Random
) -> dict[str, Any]:
    minutes = random.randint(2, 25)
    said_at = {
        Mark.PRESENT: meeting.starts_at - timedelta(minutes=minutes),
        Mark.LATE: meeting.starts_at + timedelta(minutes=minutes),
    }.get(mark, meeting.starts_at - timedelta(hours=minutes))
    by: MemberId = person.id if person.bound else meeting.branch.organiser
    return {
        "meeting_id": meeting_id,
        "member_id": person.id,
        "seq": 1,
        "revision": 1,
        "mark": mark,
        "said_at": said_at,
        "recorded_at": said_at,
        "source": "self" if person.bound else "organiser",
        "reporter_id": by,
        "reason_kind": random.choice(("公", "事", "病")) if mark is Mark.LEAVE else "",
        "reason": "",
    }
