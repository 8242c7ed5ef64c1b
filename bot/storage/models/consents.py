"""What followers of an Official Account have agreed to be sent: each agreement is good for one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.types import Base


class SubscribeConsent(Base):
    """One agreement to one subscription message.

    Attributes:
        source: The event it came with and its place there: a repeated delivery gives nothing more.
        used_at: Set by conditional update, so that it is used once.
    """

    __tablename__ = "subscribe_consent"
    __table_args__ = (
        UniqueConstraint("source"),
        Index(
            "ix_subscribe_consent_open",
            "space",
            "external_id",
            sqlite_where=text("used_at IS NULL"),
            postgresql_where=text("used_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    space: Mapped[str] = mapped_column(String(80))
    external_id: Mapped[str] = mapped_column(String(120))
    template_id: Mapped[str] = mapped_column(String(120))
    source: Mapped[str] = mapped_column(String(200))
    given_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
