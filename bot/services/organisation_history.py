"""Where organisations were in the tree, and what they were called, on any day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import UnitId
from bot.domain.units import UnitChangeKind, child_path, ids_of
from bot.services.organisation_changes import STANDS
from bot.storage.models import Unit, UnitChange

Parents = Sequence[tuple[date, UnitId | None]]


@dataclass(frozen=True, slots=True)
class PathsOn:
    """The tree as it was.

    Attributes:
        now: Unit → its path today.
        parents: Units that were moved → (from which day, parent), the first from the beginning.
        above: Unit → its parent today.
    """

    now: Mapping[UnitId, str]
    parents: Mapping[UnitId, Parents]
    above: Mapping[UnitId, UnitId | None]

    def path(self, unit_id: UnitId, on: date) -> str:
        """Return the path of a unit on a day."""
        if not self.parents:
            return self.now[unit_id]
        parent = self._parent(unit_id, on)
        return child_path("" if parent is None else self.path(parent, on), unit_id)

    def between(
        self, unit_id: UnitId, since: date, until: date | None
    ) -> list[tuple[date, date | None, str]]:
        """Return the paths of a unit from a day to a day (exclusive), each with its days."""
        days = sorted(
            {
                day
                for moves in self.parents.values()
                for day, _ in moves
                if day > since and (until is None or day < until)
            }
        )
        found: list[tuple[date, date | None, str]] = []
        for start, end in zip([since, *days], [*days, until], strict=True):
            path = self.path(unit_id, start)
            if found and found[-1][2] == path:
                found[-1] = (found[-1][0], end, path)
            else:
                found.append((start, end, path))
        return found

    def ever_under(self, unit_id: UnitId) -> set[UnitId]:
        """Return a unit and those that lie, or have ever lain, under it."""
        days = {day for moves in self.parents.values() for day, _ in moves} or {date.max}
        return {
            unit
            for unit in self.now
            if any(unit_id in ids_of(self.path(unit, day)) for day in days)
        }

    def _parent(self, unit_id: UnitId, on: date) -> UnitId | None:
        moves = self.parents.get(unit_id)
        if moves is None:
            return self.above[unit_id]
        return [parent for day, parent in moves if day <= on][-1]


def load(session: Session) -> PathsOn:
    """Return the tree with its history: two queries, however large it is."""
    units = session.execute(select(Unit.id, Unit.path, Unit.parent_id)).all()
    moved: dict[UnitId, list[tuple[date, UnitId | None]]] = defaultdict(list)
    rows = session.execute(
        select(UnitChange.unit_id, UnitChange.on_day, UnitChange.before, UnitChange.after)
        .where(UnitChange.kind == UnitChangeKind.MOVED, STANDS)
        .order_by(UnitChange.on_day, UnitChange.id)
    )
    for unit_id, day, before, after in rows:
        moves = moved[UnitId(unit_id)]
        if not moves:
            moves.append((date.min, _unit(before["parent"])))
        moves.append((day, _unit(after["parent"])))
    return PathsOn(
        now={UnitId(unit.id): unit.path for unit in units},
        parents=dict(moved),
        above={UnitId(unit.id): _unit(unit.parent_id) for unit in units},
    )


def name_on(session: Session, unit_id: UnitId, on: date) -> str:
    """Return what a unit was called on a day."""
    name = session.scalars(select(Unit.name).where(Unit.id == unit_id)).one()
    renamed = session.execute(
        select(UnitChange.on_day, UnitChange.before)
        .where(UnitChange.unit_id == unit_id, UnitChange.kind == UnitChangeKind.RENAMED, STANDS)
        .order_by(UnitChange.on_day.desc(), UnitChange.id.desc())
    )
    for day, before in renamed:
        if on >= day:
            break
        name = before["name"]
    return name


def _unit(found: int | None) -> UnitId | None:
    return None if found is None else UnitId(found)
