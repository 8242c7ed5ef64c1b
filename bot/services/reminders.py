"""What the bot has said by itself, asked from the side of the person it was said to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import MeetingState
from bot.domain.sending import UNFINISHED, SendState
from bot.services import attendance, meetings
from bot.services.meetings import MeetingView
from bot.storage.models import Outbox

UPCOMING = "meeting_upcoming"
CHANGED = "meeting_changed"
WAITING = "study_waiting"
DIGEST = "desk_digest"
_ANSWERABLE_FOR = timedelta(days=8)
_NUMBERED_FOR = timedelta(days=4)
"""How long a number still answers the morning's note, unless there is a newer one."""
_WENT_OUT = (SendState.ACCEPTED, SendState.UNCERTAIN)
_CLOCKS_DIFFER = timedelta(minutes=1)
_MANY = 500  # subjects; of more, all that these rules said is read: a query has only so many values


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a reminder was sent.

    Attributes:
        rung: The how manieth it is, and who settled the days; empty where it has no ladder.
        late_since: When it should have been sent, if it was sent late.
    """

    text: str
    source: str
    facts: str
    ends_when: str
    seen_by: str
    rung: str = ""
    late_since: datetime | None = None


@dataclass(frozen=True, slots=True, order=True)
class Told:
    """Somebody was told of something on a day."""

    on: date
    member_id: MemberId


@dataclass(frozen=True, slots=True)
class AskedMeeting:
    """A meeting a member was asked about, in which words."""

    meeting: MeetingView
    text: str


@dataclass(frozen=True, slots=True)
class MorningNote:
    """What waits for somebody, as told in the morning.

    Attributes:
        orders: What its numbers stand for, in the words of commands.
    """

    orders: tuple[str, ...]
    text: str


def latest_reasons(session: Session, member_id: MemberId) -> list[Reason]:
    """Return why the last message sent to a member by itself was sent: one reason a thing it says.

    What has no reason (a receipt) is no reminder.
    """
    rows = session.execute(
        select(Outbox.key, Outbox.batch_id, Outbox.text, Outbox.reason, Outbox.late_since)
        .where(
            Outbox.member_id == member_id,
            Outbox.state.in_(_WENT_OUT),
            Outbox.rule != "",
        )
        .order_by(Outbox.finished_at.desc(), Outbox.id.desc())
        .limit(20)
    ).all()
    with_reason = [row for row in rows if row.reason]
    if not with_reason:
        return []
    batch = with_reason[0].batch_id
    same = [row for row in with_reason if row.batch_id == batch] if batch else with_reason[:1]
    return [
        _reason(row.text, row.reason, row.late_since)
        for row in sorted(same, key=lambda row: str(row.key))
    ]


def _reason(text: str, reason: Mapping[str, Any], late_since: datetime | None) -> Reason:
    return Reason(
        text=text,
        source=str(reason.get("source", "")),
        facts=str((reason.get("facts") or {}).get("words", "")),
        ends_when=str(reason.get("ends_when", "")),
        seen_by=str(reason.get("seen_by", "")),
        late_since=late_since,
        rung=str((reason.get("facts") or {}).get("rung", "")),
    )


def told_between(
    session: Session,
    of: Collection[tuple[str, str, str]],
    since: datetime,
    until: datetime,
) -> dict[tuple[str, str, str], set[Told]]:
    """Return who was told of what, and on which day; one query for any number of things.

    What waits to be sent before `until` counts; what was dropped told nobody.

    Args:
        of: (rule, subject, period), as they stand in the outbox.
        since, until: Aware; of the delivery.
    """
    subjects = {subject for _, subject, _ in of}
    rows = session.execute(
        select(
            Outbox.rule,
            Outbox.subject,
            Outbox.slot,
            Outbox.member_id,
            Outbox.state,
            Outbox.due_at,
            Outbox.finished_at,
        ).where(
            Outbox.subject.in_(subjects) if len(subjects) <= _MANY else true(),
            Outbox.rule.in_({rule for rule, _, _ in of}),
            Outbox.due_at >= since,
            Outbox.due_at < until,
            Outbox.member_id.is_not(None),
            Outbox.state.in_((*_WENT_OUT, *UNFINISHED)),
        )
    )
    found: dict[tuple[str, str, str], set[Told]] = {}
    for row in rows:
        key = (row.rule, row.subject, row.slot.partition("/")[0])
        if key in of:
            went_at = row.finished_at if row.state in _WENT_OUT else row.due_at
            one = Told(day_of(went_at or row.due_at), MemberId(row.member_id))
            found.setdefault(key, set()).add(one)
    return found


def list_told(
    session: Session, rule: str, members: Collection[MemberId], since: datetime
) -> list[tuple[str, str]]:
    """Return (slot, subject) of what a rule has told any of some members, in order.

    Args:
        since: Aware; nothing due earlier is looked at. What was dropped told nobody.
    """
    rows = session.execute(
        select(Outbox.slot, Outbox.subject)
        .where(
            Outbox.member_id.in_(members),
            Outbox.rule == rule,
            Outbox.due_at >= since,
            Outbox.state.in_(_WENT_OUT),
        )
        .order_by(Outbox.id)
    )
    return [(row.slot, row.subject) for row in rows]


def last_told(
    session: Session, rule: str, subjects: Collection[str], since: datetime
) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return the facts of the last reminder of a rule about each subject and period.

    Args:
        since: Nothing queued earlier is looked at. What was dropped before it left told nobody.

    Returns:
        (subject, period) → what the rule used.
    """
    rows = session.execute(
        select(Outbox.subject, Outbox.slot, Outbox.reason)
        .where(
            Outbox.subject.in_(subjects),
            Outbox.rule == rule,
            Outbox.created_at >= since,
            Outbox.state.not_in((SendState.VOID, SendState.EXPIRED)),
        )
        .order_by(Outbox.id)
    )
    return {
        (subject, slot.partition("/")[0]): (reason or {}).get("facts") or {}
        for subject, slot, reason in rows
    }


def latest_note(session: Session, member_id: MemberId, now: datetime) -> MorningNote | None:
    """Return the last morning note that a number may still answer."""
    row = session.execute(
        select(Outbox.reason, Outbox.text)
        .where(
            Outbox.member_id == member_id,
            Outbox.rule == DIGEST,
            Outbox.state.in_(_WENT_OUT),
            Outbox.finished_at > now - _NUMBERED_FOR,
            Outbox.finished_at < now + _CLOCKS_DIFFER,
        )
        .order_by(Outbox.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    facts = (row.reason or {}).get("facts") or {}
    return MorningNote(tuple(facts.get("orders", ())), row.text)


def list_asked(session: Session, member_id: MemberId, now: datetime) -> list[AskedMeeting]:
    """Return the meetings a bare answer (来回复 1，来不了回复 2) may be about, in order of time.

    Those not answered yet, else those that were: somebody may change their mind. Once one can
    check in, a bare 1 means being there; a class one has signed up for asks nothing.
    """
    rows = session.execute(
        select(Outbox.subject, Outbox.text)
        .where(
            Outbox.member_id == member_id,
            Outbox.rule.in_((UPCOMING, CHANGED)),
            Outbox.state.in_(_WENT_OUT),
            Outbox.finished_at > now - _ANSWERABLE_FOR,
            Outbox.finished_at < now + _CLOCKS_DIFFER,
        )
        .order_by(Outbox.id.desc())
        .limit(20)
    )
    texts: dict[MeetingId, str] = {}
    for subject, text in rows:
        texts.setdefault(MeetingId(int(subject.removeprefix("meeting:"))), text)
    if not texts:
        return []
    coming = [
        meeting
        for meeting in meetings.list_by_ids(session, texts)
        if meeting.state is MeetingState.SCHEDULED
        and meeting.seats is None
        and meeting.window.opens_at > now
    ]
    marks = attendance.current_marks(session, coming)
    open_ = [meeting for meeting in coming if (meeting.id, member_id) not in marks]
    asked = sorted(open_ or coming, key=lambda meeting: (meeting.starts_at, meeting.id))
    return [AskedMeeting(meeting, texts[meeting.id]) for meeting in asked]
