"""What one channel refused of a member goes another way, where the member has one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from bot.domain.ids import MemberId
from bot.domain.sending import SendState, numbered_parts
from bot.services.outbox import Routes, addresses_of
from bot.storage.insert import insert_many_once
from bot.storage.models import Outbox

_KEY = 160


def stand_in(session: Session, routes: Routes, ids: Collection[int], now: datetime) -> int:
    """Queue refused texts of members once more on another of their channels; return how many.

    Each goes another way once: what is refused there as well stays refused. What may have arrived
    is never among them.
    """
    refused = session.scalars(
        select(Outbox).where(
            Outbox.id.in_(ids),
            Outbox.state == SendState.REFUSED,
            Outbox.member_id.is_not(None),
            Outbox.instead_of.is_(None),
        )
    ).all()
    by_channel: dict[str, list[Outbox]] = {}
    for row in refused:
        by_channel.setdefault(row.channel, []).append(row)
    queued = 0
    for channel, rows in by_channel.items():
        members = {MemberId(row.member_id) for row in rows if row.member_id is not None}
        ways = addresses_of(session, routes, members, now=now, but=channel)
        fresh = [
            _row(row, *ways[MemberId(row.member_id or 0)], now)
            for row in rows
            if row.member_id in ways
        ]
        insert_many_once(session, Outbox, [part for parts in fresh for part in parts])
        queued += len(fresh)
    return queued


def has_stand_in() -> ColumnElement[bool]:
    """Return the condition that a row of the outbox went another way: that one tells the end."""
    other = aliased(Outbox)
    return select(other.id).where(other.instead_of == Outbox.id).exists()


def _row(row: Outbox, way: Any, address: str, now: datetime) -> list[dict[str, Any]]:
    key = f"{row.key}>{way.channel}"[:_KEY]
    parts = numbered_parts(row.text, way.max_bytes)
    return [
        {
            "key": key if number == 1 else f"{key}#{number}"[-_KEY:],
            "state": SendState.QUEUED,
            "channel": way.channel,
            "address": address,
            "thread": f"{way.channel}|{address}",
            "member_id": row.member_id,
            "text": text,
            "rule": row.rule,
            "slot": row.slot,
            "subject": row.subject,
            "reason": row.reason,
            "card": row.card if len(parts) == 1 else None,
            "instead_of": row.id,
            "due_at": now,
            "not_before": now,
            "expires_at": row.expires_at,
            "late_since": row.late_since,
            "created_at": now,
            "tries": 0,
            "maybe_sent": False,
            "detail": "",
        }
        for number, text in enumerate(parts, start=1)
    ]
