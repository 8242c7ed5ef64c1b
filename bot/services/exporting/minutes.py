"""The ledger `minutes` as rows: every entry of every record in order, corrections and all."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.minutes import PART_NAMES
from bot.domain.reads import Seen
from bot.services.exporting import held
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.services.importing.minutes import ACT_WORDS
from bot.services.importing.others import labels_of
from bot.storage.models import MinutesEntry


def rows(session: Session, request: Request) -> Rows:
    """Yield the records of the meetings of the days asked for."""
    for named in held.batches(session, request):
        found = session.scalars(
            select(MinutesEntry).where(MinutesEntry.meeting_id.in_(named))
        ).all()
        labels = labels_of(session, {m for row in found for m in (row.member_id, row.by_id)})
        place = {meeting: at for at, meeting in enumerate(named)}
        for row in sorted(found, key=lambda row: (place[row.meeting_id], row.seq)):
            yield (
                *named[row.meeting_id],
                row.seq,
                ACT_WORDS[row.act],
                "" if row.part is None else PART_NAMES[row.part],
                row.text,
                labels[row.member_id],
                row.due_on,
                "" if row.refers_to is None else row.refers_to,
                row.old,
                row.reason,
                labels[row.by_id],
                moment_words(row.at),
            )


EXPORT = Export(rows, dated=True, shows=(Seen.MINUTES,))
