"""The ledger `open_items` as rows: what was to be done, by whom, and what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import MemberId, UnitId
from bot.domain.issues import Did, IssueState, stand
from bot.domain.open_items import KIND_NAMES, ItemAct, ItemKind
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
        steps = _steps(session, some)
        seen = {did.by_id for done in steps.values() for did in done if did.act is ItemAct.CLOSE}
        named = {m for item in items for m in (item.owner_id, item.by_id)} | seen
        labels = labels_of(session, named)
        for item in sorted(items, key=lambda item: place[UnitId(item.unit_id)]):
            standing = stand(steps.get(item.id, ()))
            withdrawn = standing.state is IssueState.WITHDRAWN
            if withdrawn or not first <= day_of(item.at) < until:
                continue
            verified = standing.verified
            closed = standing.done or verified
            seen_by = verified if item.kind is ItemKind.ISSUE else None
            yield (
                names[UnitId(item.unit_id)],
                KIND_NAMES[item.kind],
                item.words,
                labels[item.owner_id],
                item.due_on,
                day_of(item.at),
                day_of(closed.at) if closed else None,
                closed.note if closed else "",
                item.source,
                item.category,
                item.measure,
                standing.progress.note if standing.progress else "",
                labels[seen_by.by_id] if seen_by else "",
                day_of(seen_by.at) if seen_by else None,
                item.number,
                labels[item.by_id],
                moment_words(item.at),
            )


def _steps(session: Session, units: Sequence[UnitId]) -> dict[int, list[Did]]:
    steps = session.scalars(
        select(OpenItemStep)
        .join(OpenItem, OpenItem.id == OpenItemStep.item_id)
        .where(OpenItem.unit_id.in_(units))
        .order_by(OpenItemStep.item_id, OpenItemStep.seq)
    )
    found: dict[int, list[Did]] = defaultdict(list)
    for step in steps:
        by_id = None if step.by_id is None else MemberId(step.by_id)
        found[step.item_id].append(Did(step.act, step.at, by_id, step.note))
    return found


EXPORT = Export(rows, dated=True, shows=())
