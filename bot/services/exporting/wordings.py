"""The ledger `wordings` as rows: every wording ever taught, and whether it still counts."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.services.exporting.scope import (
    Export,
    Request,
    Rows,
    names_in_order,
    to_the_second,
)
from bot.services.importing import bulk
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.services.importing.wordings import LIVE, OVER
from bot.storage.models import TaughtWording

_AT_ONCE = 5  # units


def rows(session: Session, request: Request) -> Rows:
    """Yield the wordings taught on the days asked for, unit by unit."""
    names = names_in_order(session, request)
    first, until = request.days
    for some in bulk.chunks(list(names), _AT_ONCE):
        place = {unit: at for at, unit in enumerate(some)}
        taught = session.scalars(select(TaughtWording).where(TaughtWording.unit_id.in_(some)))
        found = [one for one in taught if first <= day_of(one.taught_at) < until]
        labels = labels_of(
            session, {member for one in found for member in (one.taught_by, one.revoked_by)}
        )
        for one in sorted(
            found,
            key=lambda one: (
                place[one.unit_id],
                to_the_second(one.taught_at),
                one.wording,
                one.revoked_at is None,
                one.target,
            ),
        ):
            yield (
                names[one.unit_id],
                one.wording,
                one.target,
                OVER if one.revoked_at else LIVE,
                moment_words(one.revoked_at) if one.revoked_at else "",
                labels[one.revoked_by],
                labels[one.taught_by],
                moment_words(one.taught_at),
            )


EXPORT = Export(rows, dated=True, shows=())
