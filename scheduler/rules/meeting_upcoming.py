"""The day before a meeting: each person expected is asked, the group reads time and place.

Where a quorum is forecast two days ahead (a general meeting, a vote announced) each is asked three
days ahead instead, on a working day, so that the forecast has answers to go by.

Of a class or activity those who signed up are told, and nobody else.

Example:
    » 张三: 张三您好：16日（周一）15:00 主题党日，社区二楼。来回复 1，来不了回复 2 加原因。回复 为什么 可看依据。
    张三: 2 出差
    » 已记请假：出差。组织委员会看到；会后给您发补学材料。打错了回复 撤销
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.attendance import Mark
from bot.domain.burden import Urgency
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.meetings import MeetingState
from bot.domain.upper_meetings import is_for_all
from bot.services import attendance, meetings, people, quorum, roll, roll_expected, study
from bot.services.invitations import (
    ENDS,
    FACTS,
    FACTS_GROUP,
    LAST,
    PRIVATE,
    SEEN,
    SEEN_GROUP,
    as_one,
    group_text,
    private_text,
    slot_of,
    source_of,
)
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.services.reminders import UPCOMING
from scheduler.rule import Asked, Reason, Reminder, Rule, Setting, Slot, daily

JOINED = "{name}您好：您报名的{title}是明天，{day}（{weekday}）{time}{place}。不去了回复 取消报名，名额让给别人。"
FACTS_JOINED = "您报了名"
ENDS_JOINED = "取消报名后自动停止"
AHEAD = timedelta(days=3)
_EARLY = "T-3"


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every afternoon, for the meetings of the next day."""
    return daily(after, until, meetings.ANNOUNCED_HOUR)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Ask each person expected who has not answered; tell the group once, if it is for all.

    Where a quorum is forecast two days ahead people are asked before that; nobody is asked twice.
    """
    tomorrow = slot.day + timedelta(days=1)
    called = meetings.list_between(session, at(tomorrow), at(tomorrow + timedelta(days=1)))
    marks = attendance.current_marks(session, called)
    yield from _to_joined(session, [m for m in called if m.seats is not None], slot, marks)
    asked_to = [meeting for meeting in called if meeting.seats is None]
    for together in _gatherings(asked_to):
        for_all = [m for m in together if is_for_all(m.kind)]
        if for_all:
            yield _to_group(as_one(for_all), slot)
    early = quorum.list_early(session, asked_to, _early_moments(asked_to, setting))
    yield from _asked(session, asked_to, early, slot, marks, step=LAST)
    yield from _asked_ahead(session, slot, setting)


def _asked_ahead(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Ask about the meetings of the days ahead of which a quorum is forecast."""
    if not setting.workdays.is_workday(slot.day):
        return
    first = last = slot.day + AHEAD
    while not setting.workdays.is_workday(last - AHEAD + timedelta(days=1)):
        last += timedelta(days=1)
    called = meetings.list_between(session, at(first), at(last + timedelta(days=1)))
    called = [meeting for meeting in called if meeting.seats is None]
    early = quorum.list_early(session, called, dict.fromkeys((m.id for m in called), slot.at))
    of_event = {(m.event_id, m.unit_id, m.starts_at) for m in called if m.id in early}
    meant = [m for m in called if (m.event_id, m.unit_id, m.starts_at) in of_event]
    marks = attendance.current_marks(session, meant) if meant else {}
    yield from _asked(session, meant, frozenset(), slot, marks, step=_EARLY)


def _early_moments(called: Sequence[MeetingView], setting: Setting) -> dict[MeetingId, datetime]:
    """Return when people would have been asked ahead about each meeting: no day of rest."""
    found: dict[MeetingId, datetime] = {}
    for meeting in called:
        day = meeting.day - AHEAD
        while not setting.workdays.is_workday(day):
            day -= timedelta(days=1)
        found[meeting.id] = at(day, meetings.ANNOUNCED_HOUR)
    return found


def _asked(
    session: Session,
    called: Sequence[MeetingView],
    early: Collection[MeetingId],
    slot: Slot,
    marks: Mapping[tuple[MeetingId, MemberId], Mark],
    *,
    step: str,
) -> Iterable[Reminder]:
    """Ask everybody expected at some meetings once a gathering, but for gatherings asked early."""
    if not called:
        return
    expected = roll_expected.expected_of(session, called)
    for together in _gatherings(called):
        if any(meeting.id in early for meeting in together):
            continue
        asked: dict[MemberId, tuple[Person, list[MeetingView]]] = {}
        for meeting in together:
            for person in expected[meeting.id]:
                asked.setdefault(person.id, (person, []))[1].append(meeting)
        for person, of_his in asked.values():
            if (of_his[0].id, person.id) not in marks:
                yield _to_member(as_one(of_his), slot, person, step)


def _gatherings(called: Sequence[MeetingView]) -> Iterable[list[MeetingView]]:
    """Put together what a unit holds in one gathering: people are asked once about all of it."""
    found: dict[tuple[int, UnitId, datetime], list[MeetingView]] = {}
    for meeting in called:
        key = (meeting.event_id, meeting.unit_id, meeting.starts_at)
        found.setdefault(key, []).append(meeting)
    return found.values()


def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
    """Return those that were answered, and those whose meeting was moved, cancelled or began.

    Also those of members who died, left or are suspended since; of a class: of those who are not
    signed up any more.
    """
    ids = {_meeting_of(row) for row in asked}
    found = {meeting.id: meeting for meeting in meetings.list_by_ids(session, ids)}
    marks = attendance.current_marks(session, list(found.values()))
    joined = study.joined_by_class(session, [m.id for m in found.values() if m.seats is not None])
    active = roll.active(session, {r.member_id for r in asked if r.member_id}, day_of(now))
    settled = []
    for row in asked:
        meeting = found.get(_meeting_of(row))
        if (
            meeting is None
            or _is_stale(meeting, row, now)
            or (row.member_id is not None and row.member_id not in active)
            or (row.member_id is not None and (meeting.id, row.member_id) in marks)
            or (meeting.seats is not None and row.member_id not in joined.get(meeting.id, {}))
        ):
            settled.append(row.id)
    return settled


def _to_joined(
    session: Session,
    classes: Sequence[MeetingView],
    slot: Slot,
    marks: Mapping[tuple[MeetingId, MemberId], Mark],
) -> Iterable[Reminder]:
    """Remind everybody who signed up for one of some classes, and has not asked leave of it."""
    joined = study.joined_by_class(session, [meeting.id for meeting in classes])
    everybody = {member for members in joined.values() for member in members}
    found = people.list_by_ids(session, everybody, slot.day)
    persons = {p.id: p for p in roll.without_suspended(session, found, slot.day)}
    for meeting in classes:
        for member in joined.get(meeting.id, {}):
            if member in persons and (meeting.id, member) not in marks:
                yield _to_member(meeting, slot, persons[member], LAST)


def _to_member(meeting: MeetingView, slot: Slot, person: Person, step: str) -> Reminder:
    asks = meeting.seats is None
    return Reminder(
        slot=slot_of(meeting, step),
        subject=meeting.subject,
        text=private_text(PRIVATE if asks else JOINED, meeting, person.name),
        reason=Reason(
            source_of(meeting),
            FACTS if asks else FACTS_JOINED,
            ENDS if asks else ENDS_JOINED,
            SEEN,
        ),
        due_at=slot.at,
        expires_at=meeting.starts_at,
        member_id=person.id,
        used={"meeting": meeting.id, "revision": meeting.revision},
    )


def _to_group(meeting: MeetingView, slot: Slot) -> Reminder:
    return Reminder(
        slot=slot_of(meeting, LAST),
        subject=meeting.subject,
        text=group_text(meeting),
        reason=Reason(source_of(meeting), FACTS_GROUP, ENDS, SEEN_GROUP),
        due_at=slot.at,
        expires_at=meeting.starts_at,
        unit_id=meeting.unit_id,
        used={"meeting": meeting.id, "revision": meeting.revision},
    )


def _is_stale(meeting: MeetingView, row: Asked, now: datetime) -> bool:
    return (
        meeting.state is not MeetingState.SCHEDULED
        or row.slot not in (slot_of(meeting, LAST), slot_of(meeting, _EARLY))
        or meeting.starts_at <= now
    )


def _meeting_of(row: Asked) -> MeetingId:
    return MeetingId(int(row.subject.removeprefix("meeting:")))


RULE = Rule(
    name=UPCOMING,
    title="会前提醒",
    source="meetings.announce",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    urgency=Urgency.EVENT_DAY,
)
