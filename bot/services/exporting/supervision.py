"""The ledger `supervision` as rows: every number that was fixed, and every correction of one."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing import bulk
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import SupervisionFact

_AT_ONCE = 20  # units


def rows(session: Session, request: Request) -> Rows:
    """Yield the numbers fixed on the days asked for, branch by branch."""
    names = names_in_order(session, request)
    for some in bulk.chunks(list(names), _AT_ONCE):
        place = {unit: at for at, unit in enumerate(some)}
        query = select(SupervisionFact).where(SupervisionFact.unit_id.in_(some))
        found = session.scalars(request.of_days(query, SupervisionFact.at)).all()
        labels = labels_of(session, {row.by_id for row in found})
        for row in sorted(
            found,
            key=lambda row: (place[row.unit_id], row.check, row.indicator.name, row.seq),
        ):
            yield (
                names[row.unit_id],
                row.check,
                row.indicator.value,
                row.seq,
                row.done,
                row.of,
                row.reason,
                labels[row.by_id],
                moment_words(row.at),
            )


EXPORT = Export(rows, dated=True, shows=())
