"""Reminder ladders of units, as rules read them; dated, inherited."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import UnitId
from bot.domain.ladders import LADDERS, POLICY, Base, Ladder, Ladders
from bot.services import policies
from bot.storage.models import Unit, UnitPolicy

KEYS = tuple(POLICY + rule for rule in LADDERS)


def every(session: Session, ladders: Ladders, rule: str) -> set[Ladder]:
    """Return every ladder of a rule that is or was in force anywhere; one small query.

    What falls on none of them is asked of no unit.
    """
    values = session.scalars(select(UnitPolicy.value).where(UnitPolicy.key == POLICY + rule))
    return ladders.every(rule, values)


def of_units(
    session: Session,
    ladders: Ladders,
    rule: str,
    units: Iterable[UnitId],
    on: date,
    base: Base | None = None,
) -> dict[UnitId, Ladder]:
    """Return the ladder of a rule in force in some units on a day."""
    wanted = set(units)
    rows = session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(wanted)))
    paths = {UnitId(unit): path for unit, path in rows}
    settings = policies.load(session, paths, on, (POLICY + rule,))
    return {unit: ladders.of(rule, settings.get(unit), base) for unit in wanted}


def days_around(ladders: Collection[Ladder]) -> list[int]:
    """Return the days before or after a day that any of some ladders knows, in order."""
    return sorted({day for ladder in ladders for day in ladder.days if not ladder.off})
