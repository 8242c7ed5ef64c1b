"""Messages as they are kept: sealed, and put together again to be read or handled once more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.domain.checkin_code import scanned
from bot.domain.ids import InboundId
from bot.domain.incoming import Event, Incoming, Kind
from bot.storage.models import Inbound
from bot.storage.sealing import TextSeal

BROKE = "!"
"""Stands before the name of an intent that broke, in a kept decision."""

COLUMNS = (
    Inbound.id,
    Inbound.channel,
    Inbound.message_id,
    Inbound.space,
    Inbound.chat_id,
    Inbound.sender_id,
    Inbound.kind,
    Inbound.event,
    Inbound.addressed,
    Inbound.sealed_text,
    Inbound.sealed_quote,
    Inbound.sent_at,
    Inbound.decision,
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept message, opened.

    Attributes:
        decision: Names of the intents acted on when it was handled, without marks.
        done: Of these, the ones that did not break.
    """

    id: InboundId
    message: Incoming
    decision: tuple[str, ...]
    done: frozenset[str]


def words_of(message: Incoming) -> str:
    """Return what a message says: a menu item or a button by its key, a scanned code as typed."""
    if message.event in (Event.SCAN, Event.FOLLOW):
        return scanned(message.event_key)
    key = message.event in (Event.MENU, Event.CARD)
    return message.event_key if key else message.text


def claim_failed(session: Session, seal: TextSeal, inbound_id: InboundId) -> Kept | None:
    """Take a failed message to handle it in this transaction; None if there is nothing to take."""
    row = session.execute(
        update(Inbound)
        .where(
            Inbound.id == inbound_id,
            Inbound.state == "failed",
            Inbound.sealed_text.is_not(None),
        )
        .values(state="again")
        .returning(*COLUMNS)
    ).one_or_none()
    kept = None if row is None else open_row(row, seal)
    if row is not None and kept is None:
        session.execute(update(Inbound).where(Inbound.id == inbound_id).values(state="failed"))
    return kept


def open_row(row: Sequence[Any], seal: TextSeal) -> Kept | None:
    """Put a message together again; None when its text was sealed with another key.

    Args:
        row: The values of `COLUMNS`.
    """
    (inbound_id, channel, message_id, space, chat_id, sender_id, kind) = row[:7]
    event, addressed, sealed_text, sealed_quote, sent_at, decision = row[7:]
    text = seal.open(sealed_text)
    if text is None:
        return None
    names = tuple(name for name in decision.split(",") if name)
    message = Incoming(
        channel=channel,
        space=space,
        message_id=message_id,
        chat_id=chat_id,
        sender_id=sender_id,
        sent_at=sent_at,
        text="" if event else text,
        mentions_bot=addressed,
        quoted_text=seal.open(sealed_quote) if sealed_quote else None,
        kind=Kind(kind),
        event=Event(event) if event else None,
        event_key=text if event else "",
    )
    return Kept(
        InboundId(inbound_id),
        message,
        tuple(name.removeprefix(BROKE) for name in names),
        frozenset(name for name in names if not name.startswith(BROKE)),
    )
