"""Which roll calls are finished: appended by the organiser's word, void once a meeting moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import MeetingState
from bot.services.meetings import MeetingView
from bot.storage.insert import insert_once
from bot.storage.models import RollClosing


class ClosedMeanwhile(DomainError):
    """Somebody else has closed or opened the roll call at the same moment."""

    def __init__(self, title: str) -> None:
        super().__init__(f"{title}的点名刚刚有人动过，请看一下 名单 再办。")


def list_closed(session: Session, meetings: Sequence[MeetingView]) -> set[MeetingId]:
    """Return those whose roll call is finished, one query for all; a confirmed record is one."""
    of = {meeting.id: meeting for meeting in meetings}
    last = (
        select(RollClosing.meeting_id, func.max(RollClosing.seq).label("seq"))
        .where(RollClosing.meeting_id.in_(of))
        .group_by(RollClosing.meeting_id)
        .subquery()
    )
    rows = session.execute(
        select(RollClosing.meeting_id, RollClosing.revision, RollClosing.closed).join(
            last,
            and_(
                RollClosing.meeting_id == last.c.meeting_id,
                RollClosing.seq == last.c.seq,
            ),
        )
    )
    stated = {
        MeetingId(meeting)
        for meeting, revision, closed in rows
        if closed and revision == of[MeetingId(meeting)].revision
    }
    return stated | {m.id for m in meetings if m.state is MeetingState.CONFIRMED}


def append(
    session: Session,
    meeting: MeetingView,
    *,
    closed: bool,
    by_id: MemberId | None,
    now: datetime,
) -> None:
    """Write down that a roll call is finished, or open again.

    Raises:
        ClosedMeanwhile: Two at once; the other one got in first.
    """
    last = session.scalar(
        select(func.max(RollClosing.seq)).where(RollClosing.meeting_id == meeting.id)
    )
    row = insert_once(
        session,
        RollClosing,
        {
            "meeting_id": meeting.id,
            "seq": (last or 0) + 1,
            "revision": meeting.revision,
            "closed": closed,
            "by_id": by_id,
            "at": now,
        },
    )
    if row is None:
        raise ClosedMeanwhile(meeting.title)
