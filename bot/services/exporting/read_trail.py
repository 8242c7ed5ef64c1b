"""The ledger `reads` as rows: who has read what about whom, line by line."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.reads import Seen
from bot.services.audit_words import HOW_WORDS
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import ReadLine, Unit

_AT_ONCE = 2000


def rows(session: Session, request: Request) -> Rows:
    """Yield the reads of the days asked for, in order.

    Raises:
        Forbidden: Only the person at the command line takes all of them out.
    """
    request.require_operator()
    units = dict(session.execute(select(Unit.id, Unit.name)).all())
    first, until = request.days
    found = session.scalars(
        select(ReadLine)
        .where(ReadLine.on_day >= first, ReadLine.on_day < until)
        .order_by(ReadLine.id),
        execution_options={"yield_per": _AT_ONCE},
    )
    for part in found.partitions():
        labels = labels_of(session, {m for line in part for m in (line.by_id, line.member_id)})
        for line in part:
            yield (
                moment_words(line.at),
                labels[line.by_id],
                HOW_WORDS.get(line.how, ""),
                line.what.value,
                "" if line.unit_id is None else units[line.unit_id],
                labels[line.member_id],
            )


EXPORT = Export(rows, dated=True, shows=(Seen.READS,))
