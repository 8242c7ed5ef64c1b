"""The ledger `publications` as rows: what a branch was told of its dues; totals only."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.services.exporting.dues import yuan_cell
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import DuesPublication, Unit

_AT_ONCE = 1000


def rows(session: Session, request: Request) -> Rows:
    """Yield what was told on the days asked for, branch by branch."""
    units = session.execute(select(Unit.id, Unit.name, Unit.path))
    names = {unit.id: unit.name for unit in units if request.reaches(unit.path)}
    query = select(DuesPublication).order_by(DuesPublication.unit_id, DuesPublication.id)
    query = request.of_days(query, DuesPublication.at)
    found = session.scalars(query, execution_options={"yield_per": _AT_ONCE})
    for part in found.partitions():
        labels = labels_of(session, {one.by_id for one in part})
        for one in part:
            if one.unit_id in names:
                yield (
                    names[one.unit_id],
                    str(one.first_month),
                    str(one.last_month),
                    one.payers,
                    "没有说金额" if one.total_fen is None else yuan_cell(one.total_fen),
                    labels[one.by_id],
                    moment_words(one.at),
                )


EXPORT = Export(rows, dated=True, shows=())
