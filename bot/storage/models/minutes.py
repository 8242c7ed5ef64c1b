"""The record of a meeting, append-only: lines, who was there when it was confirmed, decisions."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.attendance import Mark
from bot.domain.decisions import Stage
from bot.domain.meetings import Decision
from bot.domain.minutes import Act, Part
from bot.storage.types import Base, by_value


class MinutesEntry(Base):
    """One entry of a record: a line, one taken back, a confirmation, a correction.

    Attributes:
        seq: Counts up within a meeting; two writers meet on the unique key.
        member_id: Of chair, recorder, lecturer, and of who has a follow-up in hand.
        refers_to: `seq` of the line taken back or corrected.
        old: What a correction replaces.
    """

    __tablename__ = "minutes_entry"
    __table_args__ = (
        UniqueConstraint("meeting_id", "seq"),
        Index("ix_minutes_entry_by", "by_id", "at"),
        Index("ix_minutes_entry_member", "member_id", "part"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    seq: Mapped[int]
    act: Mapped[Act] = mapped_column(by_value(Act))
    part: Mapped[Part | None] = mapped_column(by_value(Part))
    text: Mapped[str] = mapped_column(String(400), default="")
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    due_on: Mapped[date | None]
    refers_to: Mapped[int | None]
    old: Mapped[str] = mapped_column(String(400), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]


class FrozenAttendance(Base):
    """How one member stood at a meeting, and whether with a vote, when its record was confirmed.

    Attributes:
        seq: Of the confirmation (`MinutesEntry.seq`).
        mark: None for who was absent.
        reason_kind: Of a leave, its kind alone.
    """

    __tablename__ = "frozen_attendance"
    __table_args__ = (UniqueConstraint("meeting_id", "seq", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    seq: Mapped[int]
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    mark: Mapped[Mark | None]
    reason_kind: Mapped[str] = mapped_column(String(8), default="")
    has_vote: Mapped[bool]


class MeetingDecision(Base):
    """A decision put to a meeting; the highest `seq` of a title counts.

    Attributes:
        stage: Announced, voted, blocked for want of a quorum, void.
        yes, no, abstain: Votes in the room, as counted; None until then. Never who voted how.
        written_yes, written_no, written_abstain: Opinions that arrived in writing before.
        present, due: Voters at the vote, and those the quorum is counted from, as they were then.
        voted_at: When it was voted, or until when presence was looked at.
        voters: The ids of those counted as present: what the verdict rested on.
    """

    __tablename__ = "meeting_decision"
    __table_args__ = (UniqueConstraint("meeting_id", "title", "seq"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    title: Mapped[str] = mapped_column(String(80))
    seq: Mapped[int]
    kind: Mapped[Decision] = mapped_column(by_value(Decision))
    stage: Mapped[Stage] = mapped_column(by_value(Stage))
    yes: Mapped[int | None]
    no: Mapped[int | None]
    abstain: Mapped[int | None]
    written_yes: Mapped[int] = mapped_column(default=0)
    written_no: Mapped[int] = mapped_column(default=0)
    written_abstain: Mapped[int] = mapped_column(default=0)
    present: Mapped[int | None]
    due: Mapped[int | None]
    voted_at: Mapped[datetime | None]
    voters: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str] = mapped_column(String(200), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    at: Mapped[datetime]
