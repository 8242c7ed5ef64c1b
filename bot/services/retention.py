"""Texts of members are kept encrypted for some days, then only the decision stays."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bot.storage.models import ChainLine, ChainPaste, Inbound


def forget_texts(session: Session, *, now: datetime, keep_days: int) -> int:
    """Drop the sealed texts and stored answers older than the setting; return how many."""
    before = now - timedelta(days=keep_days)
    _forget_strangers(session, before)
    done = session.connection().execute(
        update(Inbound)
        .where(
            Inbound.received_at < before,
            or_(Inbound.sealed_text.is_not(None), Inbound.answer.is_not(None)),
        )
        .values(sealed_text=None, answer=None)
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
