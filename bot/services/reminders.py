"""What the bot has said by itself, asked from the side of the person it was said to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import MeetingState
from bot.domain.sending import SendState
from bot.services import attendance, meetings
from bot.services.meetings import MeetingView
from bot.storage.models import Outbox

UPCOMING = "meeting_upcoming"
CHANGED = "meeting_changed"
WAITING = "study_waiting"
_ANSWERABLE_FOR = timedelta(days=8)
_WENT_OUT = (SendState.ACCEPTED, SendState.UNCERTAIN)
_CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a reminder was sent.

    Attributes:
        late_since: When it should have been sent, if it was sent late.
    """

    text: str
    source: str
    facts: str
    ends_when: str
    seen_by: str
    late_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class AskedMeeting:
    """A meeting a member was asked about, in which words."""

    meeting: MeetingView
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
    )


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
