"""Who may read which calendar by which address; the address itself is nowhere in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.types import Base

_OPEN = text("revoked_at IS NULL")


class CalendarFeed(Base):
    """One address of one calendar: a member's own, or a unit's; never changed but to end it.

    Attributes:
        salt: With the server's key it gives the token again for who asks for it; it alone does not.
        token_hash: SHA-256 of the token, by which a request is found.
        member_id, unit_id: Whose calendar it is: one of the two.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = (
        Index(
            "uq_calendar_feed_member",
            "member_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(
            "uq_calendar_feed_unit",
            "unit_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    salt: Mapped[str] = mapped_column(String(32))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
