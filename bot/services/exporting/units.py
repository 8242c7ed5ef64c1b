"""The ledger `units` as rows."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.units import FORM_NAMES, UNIT_NAMES, UnitKind
from bot.services.exporting.scope import Export, Request, Rows, depth_of
from bot.services.importing.activity_days import activity_words
from bot.services.importing.units import own_activity_days
from bot.storage.models import Unit


def rows(session: Session, request: Request) -> Rows:
    """Yield the units that exist or existed, parents before children."""
    found = session.execute(
        select(
            Unit.id,
            Unit.name,
            Unit.kind,
            Unit.parent_id,
            Unit.path,
            Unit.live_from,
            Unit.form,
            Unit.valid_from,
            Unit.valid_to,
        ).order_by(Unit.id)
    ).all()
    names = {unit.id: unit.name for unit in found}
    days = own_activity_days(session)
    ordered = sorted(found, key=lambda unit: depth_of(unit.path))
    return (
        (
            unit.name,
            names.get(unit.parent_id, "") if unit.parent_id is not None else "",
            UNIT_NAMES[unit.kind],
            activity_words(days[unit.id]) if days.get(unit.id) else "",
            unit.live_from,
            FORM_NAMES[unit.form] if unit.kind is UnitKind.BRANCH else "",
            unit.valid_from,
            unit.valid_to,
        )
        for unit in ordered
        if request.reaches(unit.path)
    )


EXPORT = Export(rows, dated=False, shows=())
