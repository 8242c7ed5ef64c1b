"""The ledger `open_items` as rows: what was to be done, by whom, and what became of it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.open_items import KIND_NAMES, ItemAct
from bot.services.exporting.scope import Export, Request, Rows
from bot.storage.models import Member, OpenItem, OpenItemStep, Unit


def rows(session: Session, request: Request) -> Rows:
    """Yield the items written down on the days asked for, branch by branch; none taken back."""
    first, until = request.days
    steps: dict[int, OpenItemStep] = {}
    for step in session.scalars(select(OpenItemStep).order_by(OpenItemStep.seq)):
        steps[step.item_id] = step
    found = session.execute(
        select(OpenItem, Unit.name, Unit.path, Member.name)
        .join(Unit, Unit.id == OpenItem.unit_id)
        .outerjoin(Member, Member.id == OpenItem.owner_id)
        .order_by(OpenItem.unit_id, OpenItem.number)
    )
    for item, unit, path, owner in found:
        last = steps.get(item.id)
        if not request.reaches(path) or (last and last.act is ItemAct.WITHDRAW):
            continue
        if not first <= day_of(item.at) < until:
            continue
        closed = last if last and last.act is ItemAct.CLOSE else None
        yield (
            unit,
            KIND_NAMES[item.kind],
            item.words,
            owner or "",
            item.due_on,
            day_of(item.at),
            day_of(closed.at) if closed else None,
            closed.note if closed else "",
        )


EXPORT = Export(rows, dated=True, shows=())
