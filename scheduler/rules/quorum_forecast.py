"""Two days and two hours before a vote or a general meeting: how many voters are still missing.

Example:
    » 王敏: 王敏您好：3月支部党员大会（3月14日（周六）10:00）应到有表决权23人，要半数以上（12人）到会。
    | 已答应9，请假4，未答10，还差3。看没答复的人请回复 法定人数 3月支部党员大会
    王敏: 为什么
    » 依据：支部党员大会到会人数要半数以上（《中国共产党支部工作条例（试行）》第十一条）。…
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import at, day_of, local
from bot.domain.burden import Urgency
from bot.domain.decisions import NEED_WORDS, rule_of
from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import MeetingState
from bot.domain.privacy import count, event, say
from bot.services import meetings, quorum, survey
from bot.services.meetings import MeetingView
from bot.services.quorum import Outlook
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = (
    "{name}您好：{title}（{when}）应到有表决权{due}人，要{need}（{needed}人）到会。"
    "已答应{promised}，请假{leave}，未答{unanswered}，还差{short}。看没答复的人请回复 法定人数 {title}"
)
SOURCE = "{kind}到会人数要{need}（{rule}）"
FACTS = "{title}应到有表决权{due}人，已答应{promised}人"
ENDS = "答应的人够了自动停止"
SEEN = "只发给您"
DAYS = timedelta(days=2)
HOURS = timedelta(hours=2)
STEP = timedelta(hours=1)  # a meeting at half past is told of half an hour earlier
FIRST_HOUR, LAST_HOUR = 6, 18
_AHEAD, _SOON = "T-2d", "T-2h"


def slots_ahead(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning, for the meetings of the day after tomorrow."""
    return daily(after, until, ROUND_AT.hour)


def slots_soon(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every hour of the day, for the meetings that begin within the third hour after it."""
    day = day_of(after)
    while at(day) <= until:
        moment = at(day, FIRST_HOUR)
        while moment <= at(day, LAST_HOUR):
            if after < moment <= until:
                yield Slot(moment)
            moment += STEP
        day += timedelta(days=1)


def reminders_ahead(session: Session, slot: Slot, _setting: Setting) -> Iterable[Reminder]:
    """Tell the organisers of meetings two days ahead that have no quorum yet."""
    first = at(slot.day + DAYS)
    return _reminders(session, slot, _AHEAD, first, first + timedelta(days=1))


def reminders_soon(session: Session, slot: Slot, _setting: Setting) -> Iterable[Reminder]:
    """Tell the organisers of meetings two hours ahead that have no quorum yet."""
    return _reminders(session, slot, _SOON, slot.at + HOURS, slot.at + HOURS + STEP)


def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
    """Return those whose quorum is reached, and those whose meeting was moved or has begun."""
    ids = {_meeting_of(row) for row in asked}
    coming = {
        meeting.id: meeting
        for meeting in meetings.list_by_ids(session, ids)
        if meeting.state is MeetingState.SCHEDULED and meeting.starts_at > now
    }
    short = {outlook.meeting.id for outlook in _short(session, list(coming.values()))}
    return [
        row.id
        for row in asked
        if (meeting := coming.get(_meeting_of(row))) is None
        or meeting.id not in short
        or row.slot.rpartition("/")[0] != _start(meeting)
    ]


def _reminders(
    session: Session, slot: Slot, step: str, first: datetime, until: datetime
) -> Iterable[Reminder]:
    called = meetings.list_between(session, first, until)
    short = _short(session, [meeting for meeting in called if meeting.seats is None])
    if not short:
        return
    keepers = survey.keepers(session, {one.meeting.branch_id for one in short}, slot.day)
    for outlook in short:
        keeper = keepers.get(outlook.meeting.branch_id)
        if keeper is not None:
            yield _reminder(outlook, slot, step, *keeper)


def _short(session: Session, called: Sequence[MeetingView]) -> list[Outlook]:
    """Return the outlook of each meeting that is watched and has no quorum yet."""
    of_day: dict[object, list[MeetingView]] = {}
    for meeting in called:
        of_day.setdefault(meeting.day, []).append(meeting)
    return [
        outlook
        for held in of_day.values()
        for outlook in quorum.outlooks(session, held)
        if quorum.is_watched(outlook) and outlook.forecast.short
    ]


def _reminder(outlook: Outlook, slot: Slot, step: str, member_id: MemberId, name: str) -> Reminder:
    meeting, ahead = outlook.meeting, outlook.forecast
    text = say(
        TEXT,
        name=name,
        title=event(meeting.title),
        when=event(meeting.when),
        due=count(ahead.due),
        need=NEED_WORDS[outlook.decision],
        needed=count(ahead.needed),
        promised=count(ahead.promised),
        leave=count(ahead.on_leave),
        unanswered=count(ahead.unanswered),
        short=count(ahead.short),
    )
    return Reminder(
        slot=f"{_start(meeting)}/{step}",
        subject=meeting.subject,
        text=text,
        reason=Reason(
            SOURCE.format(
                kind=meeting.short_title,
                need=NEED_WORDS[outlook.decision],
                rule=rule_of(outlook.decision, meeting.day),
            ),
            FACTS.format(title=meeting.title, due=ahead.due, promised=ahead.promised),
            ENDS,
            SEEN,
        ),
        due_at=slot.at,
        expires_at=meeting.starts_at,
        member_id=member_id,
        used={
            "meeting": meeting.id,
            "due": ahead.due,
            "needed": ahead.needed,
            "promised": ahead.promised,
        },
    )


def _start(meeting: MeetingView) -> str:
    return f"{local(meeting.starts_at):%Y-%m-%dT%H:%M}"


def _meeting_of(row: Asked) -> MeetingId:
    return MeetingId(int(row.subject.removeprefix("meeting:")))


def _rule(
    name: str,
    title: str,
    slots: Callable[[datetime, datetime], Iterable[Slot]],
    reminders: Callable[[Session, Slot, Setting], Iterable[Reminder]],
    urgency: Urgency,
    *,
    joins: bool,
) -> Rule:
    return Rule(
        name=name,
        title=title,
        source="quorum.forecast",
        slots=slots,
        reminders=reminders,
        satisfied=satisfied,
        urgency=urgency,
        joins=joins,
    )


AHEAD = _rule(
    "quorum_ahead", "会前2天的到会人数", slots_ahead, reminders_ahead, Urgency.ORDINARY, joins=True
)
SOON = _rule(
    "quorum_soon", "会前2小时的到会人数", slots_soon, reminders_soon, Urgency.EVENT_DAY, joins=False
)
