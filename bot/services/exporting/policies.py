"""The ledger `policies` as rows: what every unit has settled, day by day; the last word of a day."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing import bulk
from bot.services.importing.policies import load
from bot.services.importing.policy_words import TOPICS
from bot.storage.models import Unit

_AT_ONCE = 500  # units


def rows(session: Session, request: Request) -> Rows:
    """Yield the decisions of the units within reach from the days asked for on, unit by unit."""
    units = session.execute(select(Unit.id, Unit.name, Unit.path).order_by(Unit.id))
    names = {row.id: row.name for row in units if request.reaches(row.path)}
    first, until = request.days
    order = list(TOPICS)
    for some in bulk.chunks(list(names), _AT_ONCE):
        found = load(session, some)
        for unit, key, since in sorted(found, key=lambda k: (k[0], order.index(k[1]), k[2])):
            value, decided_by = found[unit, key, since]
            if first <= since < until:
                yield names[unit], TOPICS[key].title, TOPICS[key].say(value), since, decided_by


EXPORT = Export(rows, dated=True, shows=())
