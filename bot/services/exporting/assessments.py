"""The ledger `assessments` as rows: amounts settled and exemptions; no base is there to tell."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.dues import CATEGORY_NAMES
from bot.services.exporting.dues import people_of, yuan_cell
from bot.services.exporting.scope import Request, Table
from bot.services.importing.assessments import BACK
from bot.storage.models import DuesAssessment, DuesExemption


def rows(session: Session, request: Request) -> Table:
    """Return everything settled for those on the rolls, in the columns of the import."""
    people = people_of(session, request)
    settled = session.execute(
        select(
            DuesAssessment.member_id,
            DuesAssessment.effective_month,
            DuesAssessment.monthly_fen,
            DuesAssessment.category,
            DuesAssessment.reason,
        ).order_by(DuesAssessment.member_id, DuesAssessment.effective_month, DuesAssessment.seq)
    )
    table: Table = [
        (
            *people[member],
            str(month),
            CATEGORY_NAMES[category],
            yuan_cell(fen),
            "",
            reason,
            "",
            "",
            None,
        )
        for member, month, fen, category, reason in settled
        if member in people
    ]
    exempted = session.scalars(
        select(DuesExemption).order_by(DuesExemption.member_id, DuesExemption.seq)
    )
    table += [
        (
            *people[row.member_id],
            str(row.from_month),
            "",
            BACK if row.monthly_fen is None else yuan_cell(row.monthly_fen),
            "",
            row.reason,
            str(row.until_month),
            row.superior,
            row.approved_on,
        )
        for row in exempted
        if row.member_id in people
    ]
    return table
