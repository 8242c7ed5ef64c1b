"""The ledger `decisions` as rows: what stands of every vote, meeting by meeting; totals only."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.decisions import DECISION_NAMES, Stage
from bot.domain.reads import Seen
from bot.services.exporting import held
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.services.importing.decisions import COUNTED, STAGE_WORDS, words_of
from bot.services.importing.others import labels_of
from bot.storage.models import MeetingDecision


def rows(session: Session, request: Request) -> Rows:
    """Yield the decisions of the meetings of the days asked for, in the order they came up."""
    for named in held.batches(session, request):
        last: dict[tuple[int, str], MeetingDecision] = {}
        found = session.scalars(
            select(MeetingDecision)
            .where(MeetingDecision.meeting_id.in_(named))
            .order_by(MeetingDecision.id)
        )
        for row in found:
            last[row.meeting_id, row.title] = row
        people = {m for row in last.values() for m in (row.by_id, *(row.voters or ()))}
        labels = labels_of(session, people)
        place = {meeting: at for at, meeting in enumerate(named)}
        for row in sorted(last.values(), key=lambda row: place[row.meeting_id]):
            if row.stage is Stage.VOID:
                continue
            voted = row.stage is Stage.VOTED
            yield (
                *named[row.meeting_id],
                row.title,
                DECISION_NAMES[row.kind],
                STAGE_WORDS[row.stage],
                *(getattr(row, name) if voted else "" for name in COUNTED),
                "" if row.present is None else row.present,
                "" if row.due is None else row.due,
                row.reason,
                moment_words(row.voted_at) if row.voted_at else "",
                words_of(labels[member] for member in row.voters or ()),
                labels[row.by_id],
                moment_words(row.at),
            )


EXPORT = Export(rows, dated=True, shows=(Seen.MINUTES,))
