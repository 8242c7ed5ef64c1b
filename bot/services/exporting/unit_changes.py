"""The ledger `unit_changes` as rows: what happened to every organisation, day by day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.units import FORM_NAMES, UNIT_CHANGE_NAMES, UnitForm
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import Unit, UnitChange

_AT_ONCE = 1000


def rows(session: Session, request: Request) -> Rows:
    """Yield the changes of the days asked for, in the order of days."""
    units = session.execute(select(Unit.id, Unit.name, Unit.path)).all()
    names = {unit.id: unit.name for unit in units}
    within = {unit.id for unit in units if request.reaches(unit.path)}
    first, until = request.days
    found = session.scalars(
        select(UnitChange)
        .where(UnitChange.on_day >= first, UnitChange.on_day < until)
        .order_by(UnitChange.on_day, UnitChange.id),
        execution_options={"yield_per": _AT_ONCE},
    )
    for part in found.partitions():
        labels = labels_of(session, {change.by_id for change in part})
        for change in part:
            if change.unit_id in within:
                yield (
                    names[change.unit_id],
                    UNIT_CHANGE_NAMES[change.kind],
                    change.on_day,
                    _words(change.before, names),
                    _words(change.after, names),
                    change.reason,
                    labels[change.by_id],
                    moment_words(change.at),
                )


def _words(state: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Return what the records said, in words: name, parent, form, who takes over."""
    said = []
    if state.get("name"):
        said.append(str(state["name"]))
    for key, word in (("parent", "上级"), ("into", "并入")):
        if state.get(key) in names:
            said.append(f"{word}{names[state[key]]}")
    if state.get("form"):
        said.append(FORM_NAMES[UnitForm(state["form"])])
    return "，".join(said)


EXPORT = Export(rows, dated=True, shows=())
