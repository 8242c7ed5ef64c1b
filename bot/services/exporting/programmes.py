"""The ledger `programmes` as rows: every plan of study ever laid, in the order it was laid."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing import bulk
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.services.importing.programmes import NO, YES
from bot.storage.models import StudyProgramme

_AT_ONCE = 500  # units


def rows(session: Session, request: Request) -> Rows:
    """Yield the plans laid on the days asked for, unit by unit."""
    names = names_in_order(session, request)
    first, until = request.days
    for some in bulk.chunks(list(names), _AT_ONCE):
        place = {unit: at for at, unit in enumerate(some)}
        found = session.scalars(
            select(StudyProgramme)
            .where(StudyProgramme.unit_id.in_(some))
            .order_by(StudyProgramme.id)
        ).all()
        labels = labels_of(session, {row.by_id for row in found})
        for row in sorted(found, key=lambda row: place[row.unit_id]):
            if first <= day_of(row.at) < until:
                yield (
                    names[row.unit_id],
                    row.title,
                    YES if row.own_word else NO,
                    labels[row.by_id],
                    moment_words(row.at),
                )


EXPORT = Export(rows, dated=True, shows=())
