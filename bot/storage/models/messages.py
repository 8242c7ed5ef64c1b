"""Inbound messages, questions the bot waits on, actions that can be undone, the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.domain.prompts import PromptKind
from bot.storage.types import Base, by_value

OFFICIAL = text("substr(space, 1, 3) = 'oa:'")
"""Said of messages to an Official Account in the words of their index."""


class Inbound(Base):
    """A delivery, inserted before anything else happens; its answer is kept for repeats.

    Attributes:
        sealed_text: The text, encrypted, for some days (setting), then only the decision.
        sealed_quote: The text replied to, where the platform gave it apart; kept as long.
        addressed: The platform said that the bot was mentioned; always so in a private chat.
        event: What happened, for an event; a menu or card key stands in `sealed_text`.
        state: `received`, `done`, `failed` (replayable).
        decision: Names of the intents acted on, `!` before one that broke.
    """

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("channel", "message_id"),
        Index("ix_inbound_received_at", "received_at"),
        Index(
            "ix_inbound_official",
            "space",
            "sender_id",
            "received_at",
            sqlite_where=OFFICIAL,
            postgresql_where=OFFICIAL,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(60))
    message_id: Mapped[str] = mapped_column(String(200))
    space: Mapped[str] = mapped_column(String(80))
    chat_id: Mapped[str | None] = mapped_column(String(120))
    sender_id: Mapped[str] = mapped_column(String(120))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    kind: Mapped[str] = mapped_column(String(12))
    sealed_text: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_quote: Mapped[bytes | None] = mapped_column(LargeBinary)
    addressed: Mapped[bool] = mapped_column(default=False)
    event: Mapped[str] = mapped_column(String(12), default="")
    sent_at: Mapped[datetime]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12))
    decision: Mapped[str] = mapped_column(String(120), default="")
    answer: Mapped[str | None] = mapped_column(Text)


class Prompt(Base):
    """A question the bot has put to one person and waits on: a head-count, a choice.

    Attributes:
        payload: What finishes the original request; never read as text.
        closed_at: Set by conditional update, so that an answer counts once.
    """

    __tablename__ = "prompt"
    __table_args__ = (Index("ix_prompt_open", "member_id", "closed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[PromptKind] = mapped_column(by_value(PromptKind))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    chat_id: Mapped[str | None] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class DoneAction(Base):
    """Something a member did, with its inverse, so that 撤销 can take it back for ten minutes.

    Attributes:
        stem: The ledger whose service knows the inverse.
        what: Which kind of action of that ledger, so that 取消签到 finds a check-in.
        inverse: What that service needs.
        title: What it was, for the answer.
        subject_id: Whom it was done for, where that is somebody else: he may take it back too.
        batch: Joins what one message did for several people; taken back together.
    """

    __tablename__ = "done_action"
    __table_args__ = (
        Index("ix_done_action_member", "member_id", "at"),
        Index("ix_done_action_subject", "subject_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    stem: Mapped[str] = mapped_column(String(20))
    what: Mapped[str] = mapped_column(String(20), default="")
    inverse: Mapped[dict[str, Any]]
    title: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    batch: Mapped[str] = mapped_column(String(40), default="", server_default="")


class AuditLine(Base):
    """Who did what to what, when, why: before and after."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject"), Index("ix_audit_at", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    how: Mapped[str] = mapped_column(String(12))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    reason: Mapped[str] = mapped_column(String(200), default="")
