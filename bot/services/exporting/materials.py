"""The ledger `materials` as rows: what stands of everything ever put there to read."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing import bulk
from bot.services.importing.cells import moment_words
from bot.services.importing.materials import LIVE, OVER
from bot.services.importing.others import labels_of
from bot.storage.models import StudyMaterial, StudyProgramme

_AT_ONCE = 20  # units


def rows(session: Session, request: Request) -> Rows:
    """Yield the material of the units within reach, in the order it was first put there."""
    names = names_in_order(session, request)
    first, until = request.days
    for some in bulk.chunks(list(names), _AT_ONCE):
        last: dict[tuple[int, str], StudyMaterial] = {}
        found = session.scalars(
            select(StudyMaterial).where(StudyMaterial.unit_id.in_(some)).order_by(StudyMaterial.id)
        )
        for row in found:
            last[row.unit_id, row.title] = row
        plans = dict(
            session.execute(
                select(StudyProgramme.id, StudyProgramme.title).where(
                    StudyProgramme.unit_id.in_(some)
                )
            ).all()
        )
        labels = labels_of(session, {row.by_id for row in last.values()})
        place = {unit: at for at, unit in enumerate(some)}
        for row in sorted(last.values(), key=lambda row: place[row.unit_id]):
            if first <= day_of(row.at) < until:
                yield (
                    names[row.unit_id],
                    row.title,
                    row.link or "",
                    plans.get(row.programme_id or 0, ""),
                    LIVE if row.link else OVER,
                    labels[row.by_id],
                    moment_words(row.at),
                )


EXPORT = Export(rows, dated=True, shows=())
