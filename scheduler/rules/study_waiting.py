"""Seats that came free for who waited, and the day before a class who still waits in vain.

Whoever frees a seat has the bot tell it at once; what was not told then is told here.

Example:
    » 赵六: 赵六您好：明天的党校培训班（3月20日（周五）14:00）没有空出名额，您排第1位，先不用来。有人退了马上告诉您。
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import at, local
from bot.domain.burden import Urgency
from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import MeetingState
from bot.domain.privacy import Fact, FactKind, event, say
from bot.services import meetings, people, roll, study, study_offers
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.services.reminders import WAITING
from bot.services.study_offers import Given
from scheduler.rule import Asked, Reason, Reminder, Rule, Setting, Slot, daily

STILL = (
    "{name}您好：明天的{title}（{when}）没有空出名额，您排第{position}位，先不用来。"
    "有人退了马上告诉您。"
)
SOURCE = "您在{title}的候补名单上（本产品设定）"
FACTS = "名额还是满的"
ENDS = "轮到您或不等了自动停止"
SEEN = "只发给您"
_CAUGHT_UP = timedelta(days=3)


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every afternoon."""
    return daily(after, until, meetings.ANNOUNCED_HOUR)


def reminders(session: Session, slot: Slot, _setting: Setting) -> Iterable[Reminder]:
    """Tell who got seats lately, unless that was told; and who waits for a class of tomorrow."""
    yield from _promoted(session, slot)
    tomorrow = slot.day + timedelta(days=1)
    called = meetings.list_between(session, at(tomorrow), at(tomorrow + timedelta(days=1)))
    classes = [meeting for meeting in called if meeting.seats is not None]
    waiting = study.waiting_by_class(session, [meeting.id for meeting in classes])
    persons = _persons(session, {m for found in waiting.values() for m in found}, slot)
    for meeting in classes:
        for position, member in enumerate(waiting.get(meeting.id, ()), start=1):
            if member in persons:
                yield _still(meeting, persons[member], position, slot)


def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
    """Return those who waited no more, or gave up what they got; and of classes that began."""
    ids = {_meeting_of(row) for row in asked}
    found = {meeting.id: meeting for meeting in meetings.list_by_ids(session, ids)}
    joined = study.joined_by_class(session, ids)
    waiting = study.waiting_by_class(session, ids)
    settled = []
    for row in asked:
        meeting = found.get(_meeting_of(row))
        promoted = row.slot.startswith(study_offers.PROMOTED)
        holds: Collection[MemberId] = (joined if promoted else waiting).get(_meeting_of(row), ())
        if (
            meeting is None
            or meeting.state is not MeetingState.SCHEDULED
            or meeting.starts_at <= now
            or row.member_id not in holds
            or not (promoted or row.slot == _slot(meeting))
        ):
            settled.append(row.id)
    return settled


def _promoted(session: Session, slot: Slot) -> Iterable[Reminder]:
    given = study_offers.list_untold(session, slot.at - _CAUGHT_UP, slot.at)
    found = {m.id: m for m in meetings.list_by_ids(session, {one.meeting_id for one in given})}
    joined = study.joined_by_class(session, found)
    persons = _persons(session, {one.member_id for one in given}, slot)
    for one in given:
        meeting = found[one.meeting_id]
        holds = one.member_id in joined.get(meeting.id, {}) and one.member_id in persons
        if holds and meeting.state is MeetingState.SCHEDULED and meeting.starts_at > slot.at:
            yield _got(meeting, one, persons[one.member_id], slot)


def _got(meeting: MeetingView, one: Given, person: Person, slot: Slot) -> Reminder:
    return Reminder(
        slot=one.slot,
        subject=meeting.subject,
        text=one.words(meeting, person.name),
        reason=Reason(
            study_offers.SOURCE.format(title=meeting.title),
            study_offers.FACTS,
            study_offers.ENDS,
            study_offers.SEEN,
        ),
        due_at=slot.at,
        expires_at=meeting.starts_at,
        member_id=person.id,
        used={"meeting": meeting.id, "step": one.step_id},
    )


def _still(meeting: MeetingView, person: Person, position: int, slot: Slot) -> Reminder:
    return Reminder(
        slot=_slot(meeting),
        subject=meeting.subject,
        text=say(
            STILL,
            name=person.name,
            title=event(meeting.title),
            when=event(meeting.when),
            position=Fact(FactKind.SIGNUP, str(position)),
        ),
        reason=Reason(SOURCE.format(title=meeting.title), FACTS, ENDS, SEEN),
        due_at=slot.at,
        expires_at=meeting.starts_at,
        member_id=person.id,
        used={"meeting": meeting.id, "position": position},
    )


def _persons(session: Session, members: Collection[MemberId], slot: Slot) -> dict[MemberId, Person]:
    found = people.list_by_ids(session, members, slot.day)
    return {p.id: p for p in roll.without_suspended(session, found, slot.day)}


def _slot(meeting: MeetingView) -> str:
    return f"{local(meeting.starts_at):%Y-%m-%dT%H:%M}/waits"


def _meeting_of(row: Asked) -> MeetingId:
    return MeetingId(int(row.subject.removeprefix("meeting:")))


RULE = Rule(
    name=WAITING,
    title="候补",
    source="study.waiting",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    urgency=Urgency.EVENT_DAY,
)
