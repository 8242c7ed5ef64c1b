"""Wordings: what nobody's reading fitted, and what an organiser taught instead."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.types import Base


class UnreadWording(Base):
    """Something people of a branch said to the bot and nothing recognised; never who said it.

    Attributes:
        mark: Keyed digest of the wording, so that the same words meet in one row.
        sealed_text: The wording, names and numbers masked, encrypted.
        suggestion: What a suggester took it for; shown, never acted on.
        suggested_at: When one was asked.
    """

    __tablename__ = "unread_wording"
    __table_args__ = (
        UniqueConstraint("unit_id", "mark"),
        Index("ix_unread_wording_last_at", "last_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    mark: Mapped[str] = mapped_column(String(64))
    sealed_text: Mapped[bytes] = mapped_column(LargeBinary)
    times: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    suggestion: Mapped[str] = mapped_column(String(60), default="")
    suggested_at: Mapped[datetime | None]


class TaughtWording(Base):
    """A whole wording that stands for a sentence the bot reads; revoked, never deleted.

    Attributes:
        unit_id: The branch it holds in, or the street: then in everything under it.
        wording: In the one form that messages are compared in.
        target: The sentence read instead.
    """

    __tablename__ = "taught_wording"
    __table_args__ = (
        Index(
            "uq_taught_wording_live",
            "unit_id",
            "wording",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    wording: Mapped[str] = mapped_column(String(60))
    target: Mapped[str] = mapped_column(String(60))
    taught_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    taught_at: Mapped[datetime]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    revoked_at: Mapped[datetime | None]
