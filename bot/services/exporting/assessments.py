"""The ledger `assessments` as rows: amounts settled and exemptions; no base is there to tell."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.dues import CATEGORY_NAMES
from bot.domain.reads import Seen
from bot.services.exporting.dues import yuan_cell
from bot.services.exporting.people import People, Whose, in_order
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.assessments import BACK
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import DuesAssessment, DuesExemption


def rows(session: Session, request: Request) -> Rows:
    """Yield what was settled from the months asked for on, member by member."""
    for people in People(session, request).batches():
        if people:
            yield from _settled(session, people, request)
            yield from _exempted(session, people, request)


def _settled(session: Session, people: Mapping[int, Whose], request: Request) -> Rows:
    found = session.execute(
        select(
            DuesAssessment.member_id,
            DuesAssessment.effective_month,
            DuesAssessment.monthly_fen,
            DuesAssessment.category,
            DuesAssessment.reason,
            DuesAssessment.approved_by,
            DuesAssessment.recorded_at,
        )
        .where(
            DuesAssessment.member_id.in_(people),
            DuesAssessment.effective_month.between(*request.months),
        )
        .order_by(DuesAssessment.effective_month, DuesAssessment.seq)
    ).all()
    labels = labels_of(session, {row.approved_by for row in found})
    last = {(row.member_id, row.effective_month): row for row in found}
    ordered = in_order(list(last.values()), people)
    for member, month, fen, category, reason, by, moment in ordered:
        yield (
            *people[member],
            str(month),
            CATEGORY_NAMES[category],
            yuan_cell(fen),
            "",
            reason,
            "",
            "",
            None,
            labels[by],
            moment_words(moment),
        )


def _exempted(session: Session, people: Mapping[int, Whose], request: Request) -> Rows:
    found = session.execute(
        select(DuesExemption.member_id, DuesExemption)
        .where(
            DuesExemption.member_id.in_(people),
            DuesExemption.from_month.between(*request.months),
        )
        .order_by(DuesExemption.seq)
    ).all()
    labels = labels_of(session, {row.by_id for _, row in found})
    for _, row in in_order(found, people):
        yield (
            *people[row.member_id],
            str(row.from_month),
            "",
            BACK if row.monthly_fen is None else yuan_cell(row.monthly_fen),
            "",
            row.reason,
            str(row.until_month),
            row.superior,
            row.approved_on,
            labels[row.by_id],
            moment_words(row.at),
        )


EXPORT = Export(rows, dated=True, shows=(Seen.DUES,))
