"""What the branches of 2017 held, and who came: written by set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.demo.year_2017.people import Branch, Town
from bot.domain.activity_day import USUAL, activity_day
from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.calendar import ShiftPolicy
from bot.domain.ids import MemberId, UnitId
from bot.domain.meetings import MeetingState, for_period, title_for
from bot.domain.minutes import Act, Part
from bot.domain.periods import Month
from bot.services.importing import bulk
from bot.services.workdays import PublishedWorkdays
from bot.storage.models import AttendanceMark, GatheringEvent, Meeting, MinutesEntry

_WORKDAYS = PublishedWorkdays()
_LASTS = timedelta(hours=2)
_MARKS = (Mark.PRESENT, Mark.LATE, Mark.LEAVE, None)
_CHANCES = (88, 4, 6, 2)
_SHIFTS = tuple(ShiftPolicy)
MinutesLine: TypeAlias = tuple[Part, str, MemberId | None]


@dataclass(frozen=True, slots=True)
class Called:
    """A meeting to write down.

    Attributes:
        key: Gatherings of several meetings share it.
        everyone: All of them came; else most.
        minutes: Lines of its record: (part, words, member).
    """

    unit_id: UnitId
    branch_id: UnitId
    kind: MeetingKind
    starts_at: datetime
    expected: tuple[MemberId, ...] = ()
    key: str = ""
    place: str = "党群服务中心"
    title: str = ""
    lasts: timedelta = _LASTS
    state: MeetingState = MeetingState.CONFIRMED
    everyone: bool = False
    minutes: tuple[MinutesLine, ...] = ()
    revision: int = 1

    @property
    def named(self) -> str:
        """What it is called."""
        return self.title or title_for(self.kind, day_of(self.starts_at))


def hold(session: Session, town: Town, random: Random) -> None:
    """Write the meetings of the branches."""
    write(session, list(_of_branches(town)), random)


def write(session: Session, called: Sequence[Called], random: Random) -> list[int]:
    """Write meetings with their gatherings, marks and records; return their ids."""
    ordered = sorted(called, key=lambda one: (one.starts_at, one.unit_id, one.kind.value))
    keys = [one.key or f"own:{number}" for number, one in enumerate(ordered)]
    gatherings = dict(zip(keys, ordered, strict=True))
    events = dict(
        zip(
            gatherings,
            bulk.add_numbered(
                session, GatheringEvent, GatheringEvent.id, [_event(g) for g in gatherings.values()]
            ),
            strict=True,
        )
    )
    rows = [_meeting(one, events[key]) for one, key in zip(ordered, keys, strict=True)]
    ids = bulk.add_numbered(session, Meeting, Meeting.id, rows)
    held = list(zip(ids, ordered, strict=True))
    marks = [mark for meeting_id, one in held for mark in _marks(meeting_id, one, random)]
    bulk.add(session, AttendanceMark, marks)
    lines = [line for meeting_id, one in held for line in _lines(meeting_id, one)]
    bulk.add(session, MinutesEntry, lines)
    return ids


def _of_branches(town: Town) -> Iterator[Called]:
    for number, branch in enumerate(town.branches):
        yield from _year(branch, _SHIFTS[number % len(_SHIFTS)])
    yield from _lectures(town)
    yield from _oath(town)
    yield from _congress(town)


def _year(branch: Branch, policy: ShiftPolicy) -> Iterator[Called]:
    """Yield what a branch held month by month: the 16th was a rest day four times that year."""
    for number in range(1, 13):
        month = Month(2017, number)
        shifted = activity_day(month, USUAL, policy, _WORKDAYS)
        yield _for_all(branch, MeetingKind.THEME_DAY, at(shifted.day or shifted.original, 15))
        yield _of_committee(branch, at(month.day(5), 10))
        if number % 3 == 2:
            yield _for_all(branch, MeetingKind.GENERAL, at(month.day(22), 15))
    yield _for_all(branch, MeetingKind.ORG_LIFE, at(date(2017, 12, 18), 15))


def _for_all(branch: Branch, kind: MeetingKind, starts_at: datetime, key: str = "") -> Called:
    expected = tuple(person.id for person in branch.on(day_of(starts_at)))
    return Called(branch.id, branch.id, kind, starts_at, expected, key)


def _of_committee(branch: Branch, starts_at: datetime) -> Called:
    seated = tuple(person.id for person in branch.members[:3])
    return Called(branch.id, branch.id, MeetingKind.COMMITTEE, starts_at, seated)


def _lectures(town: Town) -> Iterator[Called]:
    """Yield the lectures: the communities' branches listen together, a leader speaks each quarter."""
    groups = [(town.organ,), *_by_community(town)]
    for quarter, month in enumerate((3, 6, 9, 12)):
        for number, branches in enumerate(groups):
            speaker = town.leaders[(number + quarter) % len(town.leaders)]
            starts_at = at(date(2017, month, 20 + number), 15)
            for branch in branches:
                found = _for_all(branch, MeetingKind.LECTURE, starts_at, f"党课:{month}:{number}")
                yield _with(found, (Part.LECTURER, f"主讲{number}", speaker))


def _with(found: Called, *lines: MinutesLine) -> Called:
    return Called(
        found.unit_id,
        found.branch_id,
        found.kind,
        found.starts_at,
        found.expected,
        found.key,
        minutes=lines,
    )


def _by_community(town: Town) -> list[tuple[Branch, ...]]:
    return [
        tuple(branch for branch in town.branches if branch.community_id == community)
        for community in town.communities
    ]


def _oath(town: Town) -> Iterator[Called]:
    """Yield the renewal of the oath about 1 July, and the day on which who was away made it up."""
    for branch in town.branches:
        first = _for_all(branch, MeetingKind.OATH, at(date(2017, 6, 30), 9))
        yield first
        second = at(date(2017, 12, 20), 9)
        expected = tuple(person.id for person in branch.on(day_of(second)))
        yield Called(
            branch.id,
            branch.id,
            MeetingKind.OATH,
            second,
            expected,
            everyone=True,
            title="重温入党誓词补课",
        )


def _congress(town: Town) -> Iterator[Called]:
    """Yield the study of the 19th Congress, after it had been held."""
    for branch in town.branches:
        found = _for_all(branch, MeetingKind.STUDY, at(date(2017, 11, 8), 15))
        yield Called(
            found.unit_id,
            found.branch_id,
            found.kind,
            found.starts_at,
            found.expected,
            title="集中学习党的十九大精神",
        )


def _event(one: Called) -> dict[str, Any]:
    return {
        "unit_id": one.unit_id,
        "title": one.named,
        "created_by": None,
        "created_at": one.starts_at - timedelta(days=5),
    }


def _meeting(one: Called, event_id: int) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "unit_id": one.unit_id,
        "branch_id": one.branch_id,
        "kind": one.kind,
        "title": one.named,
        "starts_at": one.starts_at,
        "ends_at": one.starts_at + one.lasts,
        "place": one.place,
        "for_period": str(for_period(one.kind, one.starts_at)),
        "state": one.state,
        "seats": None,
        "taken": 0,
        "revision": one.revision,
        "window": {"opens_before": 30, "makeup": 2880},
        "created_at": one.starts_at - timedelta(days=5),
    }


def _marks(meeting_id: int, one: Called, random: Random) -> Iterator[dict[str, Any]]:
    if one.state is MeetingState.CANCELLED:
        return
    drawn = (
        [Mark.PRESENT] * len(one.expected)
        if one.everyone
        else random.choices(_MARKS, _CHANCES, k=len(one.expected))
    )
    for member, mark in zip(one.expected, drawn, strict=True):
        if mark is not None:
            yield {
                "meeting_id": meeting_id,
                "member_id": member,
                "seq": 1,
                "revision": one.revision,
                "mark": mark,
                "said_at": one.starts_at,
                "recorded_at": one.starts_at,
                "source": "organiser",
                "reporter_id": None,
                "reason_kind": "公" if mark is Mark.LEAVE else "",
                "reason": "",
            }


def _lines(meeting_id: int, one: Called) -> Iterator[dict[str, Any]]:
    for seq, (part, words, member) in enumerate(one.minutes, start=1):
        yield {
            "meeting_id": meeting_id,
            "seq": seq,
            "act": Act.WRITE,
            "part": part,
            "text": words,
            "member_id": member,
            "due_on": None,
            "refers_to": None,
            "old": "",
            "reason": "",
            "by_id": None,
            "at": one.starts_at + one.lasts,
        }
