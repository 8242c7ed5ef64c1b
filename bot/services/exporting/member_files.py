"""The ledger `member_files` as rows: every state of every file that nobody has taken back."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.reads import Seen
from bot.services.exporting.people import People
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.services.member_files import STANDS
from bot.storage.models import MemberFileEntry


def rows(session: Session, request: Request) -> Rows:
    """Yield the states of the files within reach, in order of branch and name."""
    entries = session.execute(
        select(MemberFileEntry.__table__)
        .where(STANDS)
        .order_by(MemberFileEntry.member_id, MemberFileEntry.seq)
    ).all()
    first, until = request.days
    whose = People(session, request).of({row.member_id for row in entries})
    labels = labels_of(session, {row.by_id for row in entries})
    known = [row for row in entries if row.member_id in whose and first <= row.on_day < until]
    for row in sorted(known, key=lambda row: (whose[row.member_id][1], whose[row.member_id])):
        yield (
            *whose[row.member_id],
            row.file_class.value,
            row.state.value,
            row.location_code,
            row.on_day,
            labels[row.by_id],
            moment_words(row.at),
        )


EXPORT = Export(rows, dated=True, shows=(Seen.FILES,))
