"""Who may use the HTTP API, what was already done over it, and who has tried to sign in in vain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.types import Base

PURPOSE = 60  # characters that say what a token is for


class ApiToken(Base):
    """A token of the API; never changed but to end it, and to note its use.

    Attributes:
        member_id: As whom it acts, with the posts held at the moment of each request.
        purpose: What it is for, in the words of who made it.
        token_hash: SHA-256 of the secret part, which has 256 random bits of its own.
        scopes: What it opens, as they are written.
        used_at: When it was last used, to within an hour.
    """

    __tablename__ = "api_token"
    __table_args__ = (Index("ix_api_token_member", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    purpose: Mapped[str] = mapped_column(String(PURPOSE))
    token_hash: Mapped[str] = mapped_column(String(64))
    scopes: Mapped[list[str]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]


class ApiRequest(Base):
    """A write that was done over the API; the key lets it happen once.

    Attributes:
        key: The caller's `Idempotency-Key`.
        asked: SHA-256 of method, path and body, so that a key is not used for two things.
        answer: The first answer, given again to a repeat.
    """

    __tablename__ = "api_request"
    __table_args__ = (
        UniqueConstraint("token_id", "key"),
        Index("ix_api_request_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_id: Mapped[int] = mapped_column(ForeignKey("api_token.id"))
    key: Mapped[str] = mapped_column(String(80))
    asked: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any] | None]
    at: Mapped[datetime]


class SignInTries(Base):
    """How often somebody has tried to sign in in vain, by account and by address.

    Attributes:
        name: A digest of the account or the address, so that no list of either is kept.
        locked_until: Until when no try counts, not even the right one.
    """

    __tablename__ = "sign_in_tries"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    failed: Mapped[int]
    last_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]
