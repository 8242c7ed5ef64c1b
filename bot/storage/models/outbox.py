"""What is to be said: one row a person or group, and the frozen batches they are sent in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, String, Text, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.sending import UNFINISHED, SendState
from bot.storage.types import Base

PLATFORM_ID = 120  # characters kept of what a platform calls a message
DETAIL = 200

_SENT = text("batch_id IS NOT NULL")
_INSTEAD = text("instead_of IS NOT NULL")
_LATE = text("late_since IS NOT NULL")
_FAILED = text("state IN ('refused', 'uncertain')")
_UNFINISHED = text(f"state IN ({', '.join(repr(state.value) for state in UNFINISHED)})")


class Outbox(Base):
    """One text for one address.

    Attributes:
        key: `rule:slot:subject:recipient`, or the key of an answer; unique among rows not void.
        thread: Channel and address: within it one row at a time is under way, the oldest first
            but for those that were put off.
        rule, subject: Who is asked again, just before sending, whether it still makes sense.
        reason: Rule, source, facts used, what ends it, who sees it.
        card: Title and buttons, where the channel shows them (`bot.domain.cards`).
        instead_of: The row that was refused on another channel, of one that stands in for it.
        claim: Of the dispatcher that holds the row; every later write is conditional on it.
        maybe_sent: An answer was lost; it may be repeated only under the duplicate check.
        batch_id: The frozen request the row is sent in.
        due_at: Decides the order within a thread, and never changes.
        not_before: When it may be tried (again).
        late_since: When it should have left, of what leaves, or lapsed, because nobody was there.
        detail: What the platform said, in plain Chinese.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "uq_outbox_key",
            "key",
            unique=True,
            sqlite_where=text("state <> 'void'"),
            postgresql_where=text("state <> 'void'"),
        ),
        Index(
            "ix_outbox_due", "due_at", "id", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED
        ),
        Index(
            "ix_outbox_thread",
            "thread",
            "due_at",
            "id",
            sqlite_where=_UNFINISHED,
            postgresql_where=_UNFINISHED,
        ),
        Index("ix_outbox_late", "late_since", sqlite_where=_LATE, postgresql_where=_LATE),
        Index("ix_outbox_failed", "finished_at", sqlite_where=_FAILED, postgresql_where=_FAILED),
        Index("ix_outbox_instead", "instead_of", sqlite_where=_INSTEAD, postgresql_where=_INSTEAD),
        Index("ix_outbox_subject", "subject"),
        Index("ix_outbox_member", "member_id", "created_at"),
        Index("ix_outbox_batch_id", "batch_id", sqlite_where=_SENT, postgresql_where=_SENT),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(160))
    state: Mapped[SendState]
    channel: Mapped[str] = mapped_column(String(60))
    address: Mapped[str] = mapped_column(String(120))
    thread: Mapped[str] = mapped_column(String(190))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    text: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(String(40), default="")
    slot: Mapped[str] = mapped_column(String(60), default="")
    subject: Mapped[str] = mapped_column(String(60), default="")
    reason: Mapped[dict[str, Any] | None]
    card: Mapped[str | None] = mapped_column(Text)
    instead_of: Mapped[int | None]
    due_at: Mapped[datetime]
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    late_since: Mapped[datetime | None]
    created_at: Mapped[datetime]
    claim: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    maybe_sent: Mapped[bool] = mapped_column(default=False)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_batch.id"))
    finished_at: Mapped[datetime | None]
    platform_id: Mapped[str | None] = mapped_column(String(PLATFORM_ID))
    detail: Mapped[str] = mapped_column(String(DETAIL), default="")


def is_unfinished(row: type[Outbox] = Outbox) -> ColumnElement[bool]:
    """Tell that a row is queued or under way, in the words of the indexes.

    SQLite takes an index of some of the rows only where the query repeats its condition as it
    stands, without bound values; otherwise every query reads all that was ever sent.
    """
    return row.state.in_([literal_column(f"'{state.value}'") for state in UNFINISHED])


class OutboxBatch(Base):
    """A request frozen before its first try, so that a resend repeats it byte for byte."""

    __tablename__ = "outbox_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    first_try_at: Mapped[datetime | None]


class SendBucket(Base):
    """A limiter shared by all processes (GCRA).

    Attributes:
        full_at: Unix seconds until which the allowance is used up.
    """

    __tablename__ = "send_bucket"

    name: Mapped[str] = mapped_column(String(190), primary_key=True)
    full_at: Mapped[float]


class ChannelState(Base):
    """What all processes must know of a channel: until when it rests, and why."""

    __tablename__ = "channel_state"

    channel: Mapped[str] = mapped_column(String(60), primary_key=True)
    paused_until: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(String(200), default="")
