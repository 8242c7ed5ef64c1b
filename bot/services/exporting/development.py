"""The ledger `development` as rows: every entry of every case that nobody has taken back."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.development import CaseAct, Entry, standing_entries
from bot.domain.ids import UnitId
from bot.domain.reads import Seen
from bot.services import development
from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing import bulk
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import DevelopmentCase, DevelopmentEntry

_AT_ONCE = 20  # units


def rows(session: Session, request: Request) -> Rows:
    """Yield the entries of the days asked for, branch by branch, case by case, in order."""
    names = names_in_order(session, request)
    first, until = request.days
    for some in bulk.chunks(list(names), _AT_ONCE):
        place = {unit: at for at, unit in enumerate(some)}
        views = development.load(session, DevelopmentCase.unit_id.in_(some))
        signs = {
            row.id: row
            for row in session.execute(
                select(DevelopmentEntry.id, DevelopmentEntry.by_id, DevelopmentEntry.at).where(
                    DevelopmentEntry.case_id.in_([view.id for view in views])
                )
            )
        }
        labels = labels_of(session, {row.by_id for row in signs.values()})
        for view in sorted(views, key=lambda view: (place[view.unit_id], view.number)):
            for entry in sorted(standing_entries(view.entries), key=_order):
                if not first <= entry.on < until:
                    continue
                sign = signs[entry.id]
                yield (
                    view.name,
                    names[UnitId(view.unit_id)],
                    view.number,
                    entry.act.value,
                    entry.step,
                    entry.on,
                    entry.until,
                    entry.amount,
                    entry.words,
                    labels[sign.by_id],
                    moment_words(sign.at),
                )


_ACTS = list(CaseAct)


def _order(entry: Entry) -> tuple[object, ...]:
    """Order entries so that what a later one rests on comes first."""
    closing = entry.act is CaseAct.CLOSED
    return (closing, entry.on, entry.step or 0, _ACTS.index(entry.act), entry.words)


EXPORT = Export(rows, dated=True, shows=(Seen.DEVELOPMENT,))
