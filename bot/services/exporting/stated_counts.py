"""The ledger `stated_counts` as rows: the number that stands for every meeting that has one."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.services.exporting import held
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import StatedCount


def rows(session: Session, request: Request) -> Rows:
    """Yield the numbers of the meetings of the days asked for."""
    for named in held.batches(session, request):
        last = {
            row.meeting_id: row
            for row in session.scalars(
                select(StatedCount)
                .where(StatedCount.meeting_id.in_(named))
                .order_by(StatedCount.seq)
            )
        }
        labels = labels_of(session, {row.reporter_id for row in last.values()})
        for meeting, words in named.items():
            row = last.get(meeting)
            if row is not None and row.present is not None:
                yield (*words, row.present, labels[row.reporter_id], moment_words(row.at))


EXPORT = Export(rows, dated=True, shows=())
