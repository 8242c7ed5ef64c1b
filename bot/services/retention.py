"""Texts of members are kept encrypted for some days, then only the decision stays."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, case, delete, or_, select, update
from sqlalchemy.orm import Session

from bot.domain.prompts import LASTS
from bot.storage.models import ChainLine, ChainPaste, Inbound, UnreadWording

TEXTS_AT_LEAST = LASTS  # a question about a message can be answered until then
ANSWERS_AT_LEAST = timedelta(days=1)  # a delivery may be repeated, and gets its first answer


def forget_texts(session: Session, *, now: datetime, keep_days: int) -> int:
    """Drop the sealed texts and stored answers older than the setting; return how many messages.

    Args:
        keep_days: May be 0; what is still needed to work is kept for that long all the same.
    """
    keep = timedelta(days=keep_days)
    _forget_strangers(session, now - keep)
    old_text = Inbound.received_at < now - max(keep, TEXTS_AT_LEAST)
    old_answer = Inbound.received_at < now - max(keep, ANSWERS_AT_LEAST)
    done = session.connection().execute(
        update(Inbound)
        .where(
            or_(
                and_(old_text, Inbound.sealed_text.is_not(None)),
                and_(old_text, Inbound.sealed_quote.is_not(None)),
                and_(old_answer, Inbound.answer.is_not(None)),
            )
        )
        .values(
            sealed_text=None,
            sealed_quote=None,
            answer=case((old_answer, None), else_=Inbound.answer),
        )
    )
    return done.rowcount


def forget_unread(session: Session, *, now: datetime, keep_days: int) -> int:
    """Drop what was not understood and has not been said again for so long; return how many."""
    done = session.connection().execute(
        delete(UnreadWording).where(UnreadWording.last_at < now - timedelta(days=keep_days))
    )
    return done.rowcount


def _forget_strangers(session: Session, before: datetime) -> None:
    """Drop the names in old chains that are nobody's on the roll: they were only text."""
    old = select(ChainPaste.id).where(ChainPaste.at < before)
    session.connection().execute(
        update(ChainLine)
        .where(ChainLine.member_id.is_(None), ChainLine.name != "", ChainLine.paste_id.in_(old))
        .values(name="")
    )
