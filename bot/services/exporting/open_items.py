"""The ledger `open_items` as rows: what was to be done, by whom, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import UnitId
from bot.domain.open_items import KIND_NAMES, ItemAct
from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing import bulk
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import OpenItem, OpenItemStep

_AT_ONCE = 20  # units


def rows(session: Session, request: Request) -> Rows:
    """Yield the items written down on the days asked for, branch by branch; none taken back."""
    names = names_in_order(session, request)
    first, until = request.days
    for some in bulk.chunks(list(names), _AT_ONCE):
        place = {unit: at for at, unit in enumerate(some)}
        items = session.scalars(
            select(OpenItem).where(OpenItem.unit_id.in_(some)).order_by(OpenItem.number)
        ).all()
        steps = _last_steps(session, some)
        labels = labels_of(session, {m for item in items for m in (item.owner_id, item.by_id)})
        for item in sorted(items, key=lambda item: place[UnitId(item.unit_id)]):
            last = steps.get(item.id)
            withdrawn = last is not None and last.act is ItemAct.WITHDRAW
            if withdrawn or not first <= day_of(item.at) < until:
                continue
            closed = last if last is not None and last.act is ItemAct.CLOSE else None
            yield (
                names[UnitId(item.unit_id)],
                KIND_NAMES[item.kind],
                item.words,
                labels[item.owner_id],
                item.due_on,
                day_of(item.at),
                day_of(closed.at) if closed else None,
                closed.note if closed else "",
                item.number,
                labels[item.by_id],
                moment_words(item.at),
            )


def _last_steps(session: Session, units: Sequence[UnitId]) -> dict[int, OpenItemStep]:
    steps = session.scalars(
        select(OpenItemStep)
        .join(OpenItem, OpenItem.id == OpenItemStep.item_id)
        .where(OpenItem.unit_id.in_(units))
        .order_by(OpenItemStep.seq)
    )
    return {step.item_id: step for step in steps}


EXPORT = Export(rows, dated=True, shows=())
