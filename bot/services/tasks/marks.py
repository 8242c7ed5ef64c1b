"""Marks of attendance that wait for a decision: one query for all kinds of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, literal_column, select
from sqlalchemy.orm import Session

from bot.domain.attendance import Mark
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.services.attendance_marks import is_in_force
from bot.services.meetings import LIVE
from bot.services.tasks.leaf import Scope
from bot.storage.models import AttendanceMark, Meeting, Member, Unit

_REMEMBERED = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class WaitingMark:
    """A mark in force that somebody has to decide.

    Attributes:
        unit_id: The unit that holds the meeting.
    """

    meeting_id: MeetingId
    unit_id: UnitId
    member_id: MemberId
    name: str
    at: datetime


def find(session: Session, scope: Scope, marks: Collection[Mark]) -> list[WaitingMark]:
    """Return what waits of some kinds, of meetings of the last quarter, the oldest first.

    The kinds stand in the query as they do in the index, `ix_attendance_mark_waiting`.
    """
    kinds: list[ColumnElement[str]] = [
        literal_column(f"'{mark.value}'") for mark in sorted(marks, key=lambda m: m.value)
    ]
    rows = session.execute(
        select(
            AttendanceMark.meeting_id,
            AttendanceMark.member_id,
            AttendanceMark.recorded_at,
            Meeting.unit_id,
            Member.name,
        )
        .join(Meeting, Meeting.id == AttendanceMark.meeting_id)
        .join(Member, Member.id == AttendanceMark.member_id)
        .join(Unit, Unit.id == Meeting.unit_id)
        .where(
            AttendanceMark.mark.in_(kinds),
            AttendanceMark.decided_by_id.is_(None),
            is_in_force(),
            AttendanceMark.revision == Meeting.revision,
            AttendanceMark.recorded_at <= scope.now,
            Meeting.state.in_(LIVE),
            Meeting.starts_at > scope.now - _REMEMBERED,
            scope.holds(Unit.path),
        )
        .order_by(AttendanceMark.recorded_at, AttendanceMark.id)
    )
    return [
        WaitingMark(
            MeetingId(row.meeting_id),
            UnitId(row.unit_id),
            MemberId(row.member_id),
            row.name,
            row.recorded_at,
        )
        for row in rows
    ]
