"""Voluntary extras that somebody says to have paid, and that nobody has settled yet."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from bot.domain.dues import EntryKind
from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.storage.models import DuesEntry


@dataclass(frozen=True, slots=True)
class Offer:
    """An extra that waits for the organiser."""

    id: int
    member_id: MemberId
    month: Month
    fen: int


def list_offers(session: Session, members: Collection[MemberId]) -> list[Offer]:
    """Return what waits of some members, the oldest first."""
    settling = aliased(DuesEntry)
    rows = session.execute(
        select(DuesEntry.id, DuesEntry.member_id, DuesEntry.month, DuesEntry.fen)
        .where(
            DuesEntry.member_id.in_(members),
            DuesEntry.kind == EntryKind.OFFER,
            ~exists().where(
                settling.member_id == DuesEntry.member_id,
                settling.month == DuesEntry.month,
                settling.refers_to == DuesEntry.id,
            ),
        )
        .order_by(DuesEntry.id)
    )
    return [Offer(row.id, MemberId(row.member_id), row.month, row.fen) for row in rows]
