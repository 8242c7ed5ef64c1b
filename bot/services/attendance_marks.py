"""How marks of attendance are written: one number after the other, the highest one in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.attendance import Mark
from bot.domain.ids import MemberId
from bot.domain.rights import Actor
from bot.services.meetings import MeetingView
from bot.storage.insert import insert_once
from bot.storage.models import AttendanceMark

SELF, ORGANISER = "self", "organiser"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is on record for a member at a meeting.

    Attributes:
        seq: Number of the last mark; 0 where none was ever made.
        mark: The mark in force; None after a withdrawal or a move of the meeting.
        source: Who said it: `self`, `organiser`, ….
    """

    seq: int
    mark: Mark | None = None
    source: str = ""


def find_standing(session: Session, meeting: MeetingView, member_id: MemberId) -> Standing:
    """Return what is on record for a member at a meeting."""
    row = session.execute(
        select(
            AttendanceMark.seq,
            AttendanceMark.mark,
            AttendanceMark.source,
            AttendanceMark.revision,
        )
        .where(AttendanceMark.meeting_id == meeting.id, AttendanceMark.member_id == member_id)
        .order_by(AttendanceMark.seq.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return Standing(0)
    if row.mark is Mark.WITHDRAWN or row.revision != meeting.revision:
        return Standing(row.seq)
    return Standing(row.seq, row.mark, row.source)


def append_mark(
    session: Session,
    meeting: MeetingView,
    mark: Mark,
    *,
    seq: int,
    member_id: MemberId,
    by: Actor,
    said_at: datetime,
    now: datetime,
    source: str = SELF,
    reason_kind: str = "",
    reason: str = "",
) -> int | None:
    """Append a mark; return its id, or None when its number is taken."""
    row: int | None = insert_once(
        session,
        AttendanceMark,
        {
            "meeting_id": meeting.id,
            "member_id": member_id,
            "seq": seq,
            "revision": meeting.revision,
            "mark": mark,
            "said_at": said_at,
            "recorded_at": now,
            "source": source,
            "reporter_id": by.member_id,
            "reason_kind": reason_kind,
            "reason": reason,
        },
    )
    return row
