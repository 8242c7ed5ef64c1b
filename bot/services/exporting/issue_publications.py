"""The ledger `issue_publications` as rows: what people were told of issues being put right."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import IssuePublication, Unit

_AT_ONCE = 1000


def rows(session: Session, request: Request) -> Rows:
    """Yield what was told on the days asked for, unit by unit."""
    units = session.execute(select(Unit.id, Unit.name, Unit.path))
    names = {unit.id: unit.name for unit in units if request.reaches(unit.path)}
    query = select(IssuePublication).order_by(IssuePublication.unit_id, IssuePublication.id)
    query = request.of_days(query, IssuePublication.at)
    found = session.scalars(query, execution_options={"yield_per": _AT_ONCE})
    for part in found.partitions():
        labels = labels_of(session, {one.by_id for one in part})
        for one in part:
            if one.unit_id in names:
                yield (
                    names[one.unit_id],
                    one.source,
                    one.text,
                    one.readers,
                    "群里" if one.to_group else "转发或张贴",
                    labels[one.by_id],
                    moment_words(one.at),
                )


EXPORT = Export(rows, dated=True, shows=())
