"""Texts of members are kept encrypted for some days, then only the decision stays."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from bot.storage.models import Inbound, UnreadWording


def forget_texts(session: Session, *, now: datetime, keep_days: int) -> int:
    """Drop the sealed texts and stored answers older than the setting; return how many."""
    done = session.connection().execute(
        update(Inbound)
        .where(
            Inbound.received_at < now - timedelta(days=keep_days),
            or_(
                Inbound.sealed_text.is_not(None),
                Inbound.sealed_quote.is_not(None),
                Inbound.answer.is_not(None),
            ),
        )
        .values(sealed_text=None, sealed_quote=None, answer=None)
    )
    return done.rowcount


def forget_unread(session: Session, *, now: datetime, keep_days: int) -> int:
    """Drop what was not understood and has not been said again for so long; return how many."""
    done = session.connection().execute(
        delete(UnreadWording).where(UnreadWording.last_at < now - timedelta(days=keep_days))
    )
    return done.rowcount
