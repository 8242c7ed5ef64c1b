"""The ledger `dues` as rows: every line as it was written, corrections and all."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.services.exporting.scope import Request, Table
from bot.services.importing import named
from bot.services.importing.dues import KIND_WORDS
from bot.storage.models import DuesEntry, Member, Membership, Unit


def rows(session: Session, request: Request) -> Table:
    """Return the lines of all members within reach, in the columns of the import."""
    people = people_of(session, request)
    payer = aliased(Member)
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
        .order_by(DuesEntry.id)
    )
    return [
        (
            *people[member],
            str(month),
            yuan_cell(fen),
            KIND_WORDS[kind],
            day_of(moment),
            receipt,
            paid_by or "",
            reason,
            key,
        )
        for member, month, fen, kind, moment, receipt, paid_by, reason, key in found
        if member in people
    ]


def people_of(session: Session, request: Request) -> dict[int, tuple[str, str, str]]:
    """Return (name, branch, tail where it is needed) of everybody within reach, by member.

    Of somebody who has moved, the branch of the latest membership.
    """
    found = session.execute(
        select(Member.id, Member.name, Member.phone_tail, Unit.name.label("unit"), Unit.path)
        .join(Membership, Membership.member_id == Member.id)
        .join(Unit, Unit.id == Membership.unit_id)
        .order_by(Membership.valid_to.is_(None), Membership.valid_to, Membership.id)
    ).all()
    latest = {row.id: row for row in found}
    shared = named.tails((row.unit, row.name) for row in latest.values())
    return {
        row.id: (row.name, row.unit, row.phone_tail if (row.unit, row.name) in shared else "")
        for row in latest.values()
        if request.reaches(row.path)
    }


def yuan_cell(fen: int) -> int | float:
    """Return yuan as a number that Excel adds up."""
    return fen / 100 if fen % 100 else fen // 100
