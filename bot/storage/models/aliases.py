"""What people are called besides their names, as taught; revoked, never deleted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.types import Base

_BRANCH_WIDE = text("revoked_at IS NULL AND speaker_id IS NULL")
_PERSONAL = text("revoked_at IS NULL AND speaker_id IS NOT NULL")


class Alias(Base):
    """A word that means a member, for a branch or when one person says it.

    Attributes:
        text: Folded, as names are compared.
        unit_id: The branch in which it is understood.
        speaker_id: Whose word it is (老伴); None where the whole branch says so.
        consent: How it was agreed to: `asked` (an answer 记住), `command` (别名 …). The member
            named is told and may object at any time.
        revoked_by_id: Who took it back; the member named, if that was an objection.
    """

    __tablename__ = "alias"
    __table_args__ = (
        Index(
            "uq_alias_branch",
            "unit_id",
            "text",
            unique=True,
            sqlite_where=_BRANCH_WIDE,
            postgresql_where=_BRANCH_WIDE,
        ),
        Index(
            "uq_alias_speaker",
            "speaker_id",
            "text",
            unique=True,
            sqlite_where=_PERSONAL,
            postgresql_where=_PERSONAL,
        ),
        Index("ix_alias_member", "member_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(20))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    speaker_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    taught_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    consent: Mapped[str] = mapped_column(String(12))
    taught_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
