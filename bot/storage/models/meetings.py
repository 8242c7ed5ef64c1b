"""Events and the meetings (sessions) within them."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text, true
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.cadence import MeetingKind
from bot.domain.meetings import MeetingState
from bot.storage.types import Base, by_value


class MeetingSeries(Base):
    """A meeting that recurs (每月第一个周五); each time is a meeting of its own.

    Attributes:
        rule: The recurrence as its own text (`month:1:4`).
        until: The last day, inclusive.
    """

    __tablename__ = "meeting_series"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[MeetingKind]
    title: Mapped[str] = mapped_column(String(80))
    rule: Mapped[str] = mapped_column(String(20))
    start_at: Mapped[time]
    place: Mapped[str] = mapped_column(String(80))
    until: Mapped[date]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime]


class GatheringEvent(Base):
    """One gathering; it may hold several meetings of different kinds, each with its own record.

    Attributes:
        series_id: The series it is one time of, if any.
    """

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    title: Mapped[str] = mapped_column(String(80))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime]
    series_id: Mapped[int | None] = mapped_column(ForeignKey("meeting_series.id"), index=True)


class Meeting(Base):
    """A session of one kind: called, moved, held or cancelled under one id.

    Attributes:
        unit_id: Whose meeting it is: a branch, or a cell for cell meetings.
        branch_id: The branch it belongs to (the unit itself, or the cell's branch).
        for_period: The period it counts for (`2026Q1`, `2026-03`, `2026`), apart from when it is held.
        seats: Places of a study class; None for meetings, which one does not sign up for.
        taken: Seats given away; moved only by conditional update.
        revision: Grows with every move, so that reminders and receipts of an older time are void.
        timed: Whether the time of day is known; a past meeting may be entered by its day alone,
            then it starts with the day.
    """

    __tablename__ = "meeting"
    __table_args__ = (
        Index(
            "uq_meeting_called",
            "unit_id",
            "kind",
            "starts_at",
            unique=True,
            sqlite_where=text("state <> 'cancelled'"),
            postgresql_where=text("state <> 'cancelled'"),
        ),
        Index("ix_meeting_branch_start", "branch_id", "starts_at"),
        Index("ix_meeting_unit_kind", "unit_id", "kind", "for_period"),
        Index("ix_meeting_starts_at", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    branch_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[MeetingKind]
    title: Mapped[str] = mapped_column(String(80))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(80))
    for_period: Mapped[str] = mapped_column(String(10))
    state: Mapped[MeetingState] = mapped_column(by_value(MeetingState))
    seats: Mapped[int | None]
    taken: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=1)
    timed: Mapped[bool] = mapped_column(default=True, server_default=true())
    window: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class MeetingChange(Base):
    """What was changed about a meeting, by whom, why: before and after, never overwritten."""

    __tablename__ = "meeting_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    action: Mapped[str] = mapped_column(String(12))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(String(200), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


class MeetingTopic(Base):
    """Whether a meeting had Party building on its agenda, as somebody stated it; the highest `seq`
    counts.

    Attributes:
        party_building: False where the statement was taken back.
        words: The item of the agenda, "" where none was written.
    """

    __tablename__ = "meeting_topic"
    __table_args__ = (UniqueConstraint("meeting_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    seq: Mapped[int]
    party_building: Mapped[bool]
    words: Mapped[str] = mapped_column(String(200), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


class StatedCount(Base):
    """How many were at a meeting as somebody stated it, without names; the highest `seq` counts.

    Attributes:
        present: None where the statement was taken back.
    """

    __tablename__ = "stated_count"
    __table_args__ = (UniqueConstraint("meeting_id", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    seq: Mapped[int]
    present: Mapped[int | None]
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
