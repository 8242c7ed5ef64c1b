"""Many marks of one meeting at once, and taking them back: one statement each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from bot.domain.attendance import Mark
from bot.domain.ids import MemberId
from bot.domain.rights import Actor
from bot.services.meetings import MeetingView
from bot.storage.insert import insert_many_once
from bot.storage.models import AttendanceMark


@dataclass(frozen=True, slots=True)
class NewMark:
    """A mark to be appended after the one that stands.

    Attributes:
        seq: Number of the last mark, 0 where there is none.
        reporter_id: Who said so; None for who appends it.
    """

    member_id: MemberId
    seq: int
    mark: Mark
    said_at: datetime
    reason_kind: str = ""
    reason: str = ""
    left_at: datetime | None = None
    reporter_id: MemberId | None = None


def append_all(
    session: Session,
    meeting: MeetingView,
    marks: Sequence[NewMark],
    *,
    source: str,
    by: Actor,
    now: datetime,
) -> list[int]:
    """Append marks and return the ids of those written; where another got in first, that stands."""
    rows = [
        {
            "meeting_id": meeting.id,
            "member_id": mark.member_id,
            "seq": mark.seq + 1,
            "revision": meeting.revision,
            "mark": mark.mark,
            "said_at": mark.said_at,
            "recorded_at": now,
            "source": source,
            "reporter_id": mark.reporter_id or by.member_id,
            "reason_kind": mark.reason_kind,
            "reason": mark.reason,
            "decided_by_id": by.member_id,
            "left_at": mark.left_at,
        }
        for mark in marks
    ]
    insert_many_once(session, AttendanceMark, rows)
    keys = [(row["meeting_id"], row["member_id"], row["seq"]) for row in rows]
    if not keys:
        return []
    key = tuple_(AttendanceMark.meeting_id, AttendanceMark.member_id, AttendanceMark.seq)
    return list(
        session.scalars(
            select(AttendanceMark.id)
            .where(
                key.in_(keys),
                AttendanceMark.source == source,
                AttendanceMark.reporter_id == by.member_id,
                AttendanceMark.recorded_at == now,
            )
            .order_by(AttendanceMark.id)
        )
    )


def take_back(
    session: Session, ids: Collection[int], *, by: Actor, now: datetime, source: str
) -> None:
    """Let what stood before these marks stand again, unless something newer was said since.

    Args:
        source: Of the counter-mark, where nothing stood before.
    """
    undone = session.scalars(select(AttendanceMark).where(AttendanceMark.id.in_(ids))).all()
    before = _before(session, undone)
    # Where a newer mark stands it has the number of this one, and stays.
    insert_many_once(
        session,
        AttendanceMark,
        [_counter_mark(mark, before.get(mark.member_id), by, now, source) for mark in undone],
    )


def _before(session: Session, marks: Sequence[AttendanceMark]) -> dict[int, AttendanceMark]:
    """Return the marks that stood before these, where the meeting has not moved since."""
    if not marks:
        return {}
    key = tuple_(AttendanceMark.meeting_id, AttendanceMark.member_id, AttendanceMark.seq)
    wanted = [(mark.meeting_id, mark.member_id, mark.seq - 1) for mark in marks]
    found = session.scalars(select(AttendanceMark).where(key.in_(wanted)))
    revision = marks[0].revision
    return {mark.member_id: mark for mark in found if mark.revision == revision}


def _counter_mark(
    mark: AttendanceMark, before: AttendanceMark | None, by: Actor, now: datetime, source: str
) -> Mapping[str, Any]:
    return {
        "meeting_id": mark.meeting_id,
        "member_id": mark.member_id,
        "seq": mark.seq + 1,
        "revision": mark.revision,
        "mark": before.mark if before else Mark.WITHDRAWN,
        "said_at": before.said_at if before else now,
        "recorded_at": now,
        "source": before.source if before else source,
        "reporter_id": before.reporter_id if before else by.member_id,
        "reason_kind": before.reason_kind if before else "",
        "reason": before.reason if before else "",
        "decided_by_id": before.decided_by_id if before else by.member_id,
        "left_at": before.left_at if before else None,
    }
