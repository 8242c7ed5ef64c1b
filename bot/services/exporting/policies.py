"""The ledger `policies` as rows: what every unit has settled, day by day; the last word of a day."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing import bulk
from bot.services.importing.policies import load
from bot.services.importing.policy_words import BY_KEY, value_words

_AT_ONCE = 500  # units


def rows(session: Session, request: Request) -> Rows:
    """Yield the decisions of the units within reach from the days asked for on, unit by unit."""
    names = names_in_order(session, request)
    place = {unit: at for at, unit in enumerate(names)}
    first, until = request.days
    order = list(BY_KEY)
    for some in bulk.chunks(list(names), _AT_ONCE):
        found = load(session, some)
        for unit, key, since in sorted(found, key=lambda k: (place[k[0]], order.index(k[1]), k[2])):
            value, decided_by, reason = found[unit, key, since]
            if first <= since < until:
                said = value_words(key, value)
                yield names[unit], BY_KEY[key].name, said, since, decided_by, reason


EXPORT = Export(rows, dated=True, shows=())
