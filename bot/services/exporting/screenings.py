"""The ledger `screenings` as rows: every screening of every unit, the earlier ones too."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.weak_branches import Need
from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing import bulk
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.services.weak_branches import stands
from bot.storage.models import UnitScreening

_AT_ONCE = 500  # units


def rows(session: Session, request: Request) -> Rows:
    """Yield the screenings of the days asked for, unit by unit, in order."""
    names = names_in_order(session, request)
    first, until = request.days
    for some in bulk.chunks(list(names), _AT_ONCE):
        place = {unit: at for at, unit in enumerate(some)}
        found = session.scalars(
            select(UnitScreening).where(UnitScreening.unit_id.in_(some), stands(UnitScreening))
        ).all()
        labels = labels_of(session, {row.by_id for row in found})
        for row in sorted(found, key=lambda row: (place[row.unit_id], row.year, row.seq)):
            if first <= row.on_day < until:
                yield (
                    names[row.unit_id],
                    row.on_day,
                    *("有" if need.name in row.met else "没有" for need in Need),
                    labels[row.by_id],
                    moment_words(row.at),
                )


EXPORT = Export(rows, dated=True, shows=())
