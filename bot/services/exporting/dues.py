"""The ledger `dues` as rows: every line as it was written, corrections and all."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain.reads import Seen
from bot.services.exporting.people import People
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.dues import KIND_WORDS
from bot.storage.models import DuesEntry, Member

_AT_ONCE = 2000


def rows(session: Session, request: Request) -> Rows:
    """Yield the lines of all members within reach, of the months asked for."""
    people = People(session, request)
    payer = aliased(Member)
    first, last = request.months
    found = session.execute(
        select(
            DuesEntry.member_id,
            DuesEntry.month,
            DuesEntry.fen,
            DuesEntry.kind,
            DuesEntry.at,
            DuesEntry.receipt_no,
            payer.name,
            DuesEntry.reason,
            DuesEntry.key,
        )
        .outerjoin(payer, payer.id == DuesEntry.payer_id)
        .where(DuesEntry.month.between(first, last))
        .order_by(DuesEntry.id),
        execution_options={"yield_per": _AT_ONCE},
    )
    for part in found.partitions():
        known = people.of({row[0] for row in part})
        for member, month, fen, kind, moment, receipt, paid_by, reason, key in part:
            if member in known:
                yield (
                    *known[member],
                    str(month),
                    yuan_cell(fen),
                    KIND_WORDS[kind],
                    day_of(moment),
                    receipt,
                    paid_by or "",
                    reason,
                    key,
                )


def yuan_cell(fen: int) -> int | float:
    """Return yuan as a number that Excel adds up."""
    return fen / 100 if fen % 100 else fen // 100


EXPORT = Export(rows, dated=True, shows=(Seen.DUES,))
