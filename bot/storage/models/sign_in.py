"""Who may open the pages: links and codes, sessions, passwords; no secret itself is kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.types import Base

_WAITING = text("code <> '' AND used_at IS NULL")


class SignIn(Base):
    """A way in that is good once: a link the bot gave, or a computer that waits with a code.

    Attributes:
        token_hash: SHA-256 of what stands in the link, or in the computer's cookie.
        code: What the computer shows; "" of a link.
        member_id: Who enters; of a computer None until the bot was told its code.
        used_at: Set by conditional update, so that it opens once.
    """

    __tablename__ = "sign_in"
    __table_args__ = (
        Index(
            "uq_sign_in_code",
            "code",
            unique=True,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        Index("ix_sign_in_member", "member_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    code: Mapped[str] = mapped_column(String(8), default="")
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ConsoleSession(Base):
    """A browser that is signed in, until when, and whether that was ended.

    Attributes:
        token_hash: SHA-256 of what stands in its cookie.
        how: `link`, `code`, `password` or `wecom`.
        seen_at: When it was last used, give or take some minutes.
    """

    __tablename__ = "console_session"
    __table_args__ = (Index("ix_console_session_member", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    how: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ConsolePassword(Base):
    """A member's password for the pages, set at the command line; only its Argon2 hash is kept."""

    __tablename__ = "console_password"

    member_id: Mapped[int] = mapped_column(
        ForeignKey("member.id"), primary_key=True, autoincrement=False
    )
    hash: Mapped[str] = mapped_column(String(200))
    set_at: Mapped[datetime]
