"""How lines are written into the dues ledger: one key each, appended, never edited."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.dues import MONEY, EntryKind, goes_to_the_centre
from bot.domain.ids import MemberId, UnitId
from bot.domain.money import Fen
from bot.domain.periods import Month
from bot.domain.rights import Actor
from bot.storage.insert import insert_once
from bot.storage.models import DuesEntry, Member


def append_entry(
    session: Session,
    *,
    kind: EntryKind,
    key: str,
    member_id: MemberId,
    month: Month,
    fen: int,
    by: Actor,
    now: datetime,
    refers_to: int | None = None,
    claim: str = "",
    receipt_no: str = "",
    reason: str = "",
    payer_id: MemberId | None = None,
    unit_id: UnitId | None = None,
) -> int | None:
    """Append a line; return its id, or None when its key is taken.

    Args:
        payer_id: Who paid, where that is somebody else.
        unit_id: Whose money it is; needed of lines that count.
    """
    row: int | None = insert_once(
        session,
        DuesEntry,
        {
            "key": key,
            "member_id": member_id,
            "month": month,
            "fen": fen,
            "kind": kind,
            "refers_to": refers_to,
            "claim": claim,
            "payer_id": payer_id,
            "receipt_no": receipt_no,
            "by_id": by.member_id,
            "at": now,
            "reason": reason,
            "unit_id": unit_id,
        },
    )
    return row


def append_declaration(
    session: Session,
    member_id: MemberId,
    month: Month,
    fen: int,
    *,
    claim: str,
    by: Actor,
    now: datetime,
    reason: str = "",
    payer_id: MemberId | None = None,
) -> int | None:
    """Append what a member declares of a month, as the next of its claim; return its id."""
    return append_entry(
        session,
        kind=EntryKind.DECLARE,
        key=next_key(session, "declare", member_id, month),
        member_id=member_id,
        month=month,
        fen=fen,
        by=by,
        now=now,
        claim=claim,
        reason=reason,
        payer_id=payer_id,
    )


def settling_key(entry_id: int) -> str:
    """Return the key of what settles a declaration: it is confirmed or voided, once."""
    return f"settle:{entry_id}"


def next_key(session: Session, what: str, member_id: MemberId, month: Month) -> str:
    """Return the key of a member's next line of a month: two at once make the same key."""
    prefix = f"{what}:{member_id}:{month}:"
    taken = session.scalars(
        select(DuesEntry.id).where(
            DuesEntry.member_id == member_id,
            DuesEntry.month == month,
            DuesEntry.key.startswith(prefix),
        )
    ).all()
    return f"{prefix}{len(taken) + 1}"


def take_turns(session: Session, members: Collection[MemberId]) -> None:
    """Let nobody else touch the dues of these members before this transaction ends.

    Where one transaction writes at a time, as on SQLite, this waits for nothing.
    """
    rows = select(Member.id).where(Member.id.in_(members)).order_by(Member.id)
    session.execute(rows.with_for_update(key_share=True)).all()


@dataclass(frozen=True, slots=True)
class Counted:
    """A line that counts as money of a branch.

    Attributes:
        large: It goes to the centre whole, and is no money of the branch.
    """

    id: int
    member_id: MemberId
    month: Month
    fen: Fen
    kind: EntryKind
    large: bool


def list_counted(session: Session, unit_id: UnitId, *where: ColumnElement[bool]) -> list[Counted]:
    """Return the lines of a branch that count, in order.

    Args:
        where: Which of them.
    """
    rows = session.execute(
        select(
            DuesEntry.id,
            DuesEntry.member_id,
            DuesEntry.month,
            DuesEntry.fen,
            DuesEntry.kind,
            DuesEntry.at,
        )
        .where(DuesEntry.unit_id == unit_id, DuesEntry.kind.in_(MONEY), *where)
        .order_by(DuesEntry.id)
    )
    return [
        Counted(
            row.id,
            MemberId(row.member_id),
            row.month,
            row.fen,
            row.kind,
            row.kind is EntryKind.EXTRA and goes_to_the_centre(row.fen, day_of(row.at)),
        )
        for row in rows
    ]
