"""After a meeting nobody is recorded at: the organiser is asked whether it was held.

Example:
    » 王敏: 王敏您好：3月12日的支部党员大会还没有到会登记。
    | 开了请回复：补录 3月12日 支部党员大会 到会5人（人数换成实际的）。
    | 没开请回复：取消会议 3月支部党员大会
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.attendance import THERE
from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import MeetingState
from bot.domain.privacy import event, say
from bot.domain.wording import day_words
from bot.services import attendance, meetings, survey
from bot.services.meetings import MeetingView
from scheduler import around_meeting
from scheduler.around_meeting import Rung
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = (
    "{name}您好：{day}的{short}还没有到会登记。\n"
    "开了请回复：补录 {day} {short} 到会5人（人数换成实际的）。\n没开请回复：取消会议 {title}"
)
SOURCE = "安排了的会，登记了到会才算开过（本产品设定）"
FACTS = "{title}{day}该开，没有人登记到会"
YESTERDAY = "昨天"
ENDS = "登记或取消后自动停止"
SEEN = "只发给您"


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning, for the meetings of the days before."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Ask the organiser about each meeting that was called, is over and left no trace."""
    due = around_meeting.list_due(session, RULE.name, slot, setting)
    rungs = {meeting.id: rung for meeting, rung in due}
    unheld = _unheld(session, [meeting for meeting, _ in due])
    if not unheld:
        return
    keepers = survey.keepers(session, {meeting.branch_id for meeting in unheld}, slot.day)
    for meeting in unheld:
        keeper = keepers.get(meeting.branch_id)
        if keeper is not None:
            yield _reminder(meeting, slot, rungs[meeting.id], *keeper)


def satisfied(session: Session, asked: Sequence[Asked], _now: datetime) -> Collection[int]:
    """Return those whose meeting was recorded, moved or cancelled."""
    ids = {_meeting_of(row) for row in asked}
    called = [
        meeting
        for meeting in meetings.list_by_ids(session, ids)
        if meeting.state is MeetingState.SCHEDULED
    ]
    open_ = {meeting.id: meeting.revision for meeting in _unheld(session, called)}
    return [
        row.id
        for row in asked
        if row.slot.rpartition("/")[0] != f"{_meeting_of(row)}/r{open_.get(_meeting_of(row))}"
    ]


def _unheld(session: Session, called: Sequence[MeetingView]) -> list[MeetingView]:
    meant = [meeting for meeting in called if meeting.seats is None]
    marks = attendance.current_marks(session, meant) if meant else {}
    held = {meeting_id for (meeting_id, _), mark in marks.items() if mark in THERE}
    return [meeting for meeting in meant if meeting.id not in held]


def _reminder(
    meeting: MeetingView, slot: Slot, rung: Rung, member_id: MemberId, name: str
) -> Reminder:
    days = (slot.day - meeting.day).days
    text = say(
        TEXT,
        name=name,
        day=event(day_words(meeting.day)),
        short=event(meeting.short_title),
        title=event(meeting.title),
    )
    return Reminder(
        slot=f"{meeting.id}/r{meeting.revision}/{rung.step.name}",
        subject=meeting.subject,
        text=text,
        reason=Reason(
            SOURCE,
            FACTS.format(
                title=meeting.title, day=YESTERDAY if days == 1 else day_words(meeting.day)
            ),
            ENDS,
            SEEN,
        ),
        due_at=slot.at,
        expires_at=rung.useful_until,
        member_id=member_id,
        used={
            "meeting": meeting.id,
            "revision": meeting.revision,
            **rung.ladder.facts(rung.step),
        },
    )


def _meeting_of(row: Asked) -> MeetingId:
    return MeetingId(int(row.subject.removeprefix("meeting:")))


RULE = Rule(
    name="meeting_unheld",
    title="会开了没有",
    source="meetings.unheld",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
