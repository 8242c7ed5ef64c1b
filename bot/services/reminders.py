"""What the bot has said by itself, asked from the side of the person it was said to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import MeetingState
from bot.domain.sending import SendState
from bot.services import meetings
from bot.storage.models import Outbox

UPCOMING = "meeting_upcoming"
_ANSWERABLE_FOR = timedelta(days=8)
_CLOCKS_DIFFER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a reminder was sent."""

    text: str
    source: str
    facts: str
    ends_when: str
    seen_by: str


def latest_reason(session: Session, member_id: MemberId) -> Reason | None:
    """Return why the last reminder to a member was sent, or None when there was none."""
    row = session.execute(
        select(Outbox.text, Outbox.reason)
        .where(
            Outbox.member_id == member_id,
            Outbox.state.in_((SendState.ACCEPTED, SendState.UNCERTAIN)),
            Outbox.rule != "",
        )
        .order_by(Outbox.finished_at.desc(), Outbox.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None or not row.reason:
        return None
    reason: Mapping[str, Any] = row.reason
    return Reason(
        text=row.text,
        source=str(reason.get("source", "")),
        facts=str((reason.get("facts") or {}).get("words", "")),
        ends_when=str(reason.get("ends_when", "")),
        seen_by=str(reason.get("seen_by", "")),
    )


def find_asked_meeting(session: Session, member_id: MemberId, now: datetime) -> MeetingId | None:
    """Return the one meeting a member was asked about (来回复 1，来不了回复 2) that has not opened.

    Once one can check in, a bare 1 means being there.
    """
    rows = session.scalars(
        select(Outbox.subject)
        .where(
            Outbox.member_id == member_id,
            Outbox.rule == UPCOMING,
            Outbox.state.in_((SendState.ACCEPTED, SendState.UNCERTAIN)),
            Outbox.finished_at > now - _ANSWERABLE_FOR,
            Outbox.finished_at < now + _CLOCKS_DIFFER,
        )
        .order_by(Outbox.id.desc())
        .limit(5)
    )
    ids = {MeetingId(int(subject.removeprefix("meeting:"))) for subject in rows}
    if not ids:
        return None
    coming = [
        meeting
        for meeting in meetings.list_by_ids(session, ids)
        if meeting.state is MeetingState.SCHEDULED and meeting.window.opens_at > now
    ]
    return coming[0].id if len(coming) == 1 else None
