"""The ledger `series` as rows: meetings that recur; their times are in the sheet of meetings."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.cadence import KIND_NAMES
from bot.domain.series import parse_rule
from bot.services import series
from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing import bulk
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import MeetingSeries

_AT_ONCE = 5  # units


def rows(session: Session, request: Request) -> Rows:
    """Yield the series called on the days asked for, unit by unit."""
    names = names_in_order(session, request)
    first, until = request.days
    for some in bulk.chunks(list(names), _AT_ONCE):
        place = {unit: at for at, unit in enumerate(some)}
        found = session.scalars(
            select(MeetingSeries).where(MeetingSeries.unit_id.in_(some)).order_by(MeetingSeries.id)
        ).all()
        called = series.list_labelled(session, some)
        labels = labels_of(session, {one.created_by for one in found})
        for one in sorted(found, key=lambda one: place[one.unit_id]):
            if first <= day_of(one.created_at) < until:
                yield (
                    names[one.unit_id],
                    KIND_NAMES[one.kind],
                    one.title,
                    parse_rule(one.rule).words,
                    f"{one.start_at:%H:%M}",
                    one.place,
                    one.until,
                    called[one.id][-1],
                    labels[one.created_by],
                    moment_words(one.created_at),
                )


EXPORT = Export(rows, dated=True, shows=())
