"""Of whom and of when figures are made: a unit with all that belonged to it, and a year."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.clock import at, day_of
from bot.domain.ids import UnitId
from bot.domain.units import UnitForm, UnitKind, ids_of
from bot.services import organisation_history
from bot.services.organisation_history import PathsOn
from bot.storage.models import Unit

_DAY = timedelta(days=1)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Place:
    """A unit as it stands in the tree."""

    id: UnitId
    name: str
    kind: UnitKind
    form: UnitForm
    valid_from: date
    valid_to: date | None

    def exists_on(self, day: date) -> bool:
        """Tell whether it existed on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Scope:
    """What figures are made of.

    Attributes:
        path: Of the unit today.
        places: The unit and all that lies, or ever lay, under it.
        shared: What several figures are read from, read once.
    """

    unit_id: UnitId
    path: str
    year: int
    now: datetime
    places: Mapping[UnitId, Place]
    history: PathsOn
    shared: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """What the unit is called."""
        return self.places[self.unit_id].name

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, 1, 1)

    @property
    def last(self) -> date:
        """The last day of the year."""
        return date(self.year, 12, 31)

    @property
    def until(self) -> date:
        """The last day that is told of: that of the year, or today."""
        return min(self.last, day_of(self.now))

    @property
    def begins(self) -> datetime:
        """The first moment."""
        return at(self.first)

    @property
    def ends(self) -> datetime:
        """The moment after the last."""
        return at(self.last + _DAY)

    def is_within(self, moment: datetime) -> bool:
        """Tell whether a moment lies in the year, by Shanghai days."""
        return self.begins <= moment < self.ends

    def reaches(self, unit_id: UnitId, on: date) -> bool:
        """Tell whether a unit lay under this one on a day: what was before a move stays there."""
        return unit_id in self.places and self.unit_id in ids_of(self.history.path(unit_id, on))

    def under(self, column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
        """Return the condition that a unit lies, or once lay, under this one."""
        now = self.history.now
        moved = [unit for unit in self.places if not now[unit].startswith(self.path)]
        below = select(Unit.id).where(or_(Unit.path.startswith(self.path), Unit.id.in_(moved)))
        return column.in_(below)

    def named(self, unit_id: UnitId) -> str:
        """Return what a unit is called; "" of one that never belonged here."""
        place = self.places.get(unit_id)
        return "" if place is None else place.name

    def branches_on(self, day: date) -> list[Place]:
        """Return the branches under it that existed on a day."""
        return [
            place
            for place in self.places.values()
            if place.kind is UnitKind.BRANCH
            and place.exists_on(day)
            and self.reaches(place.id, day)
        ]

    def once(self, name: str, read: Callable[[], _T]) -> _T:
        """Return what several figures need, read by the first that asks."""
        if name not in self.shared:
            self.shared[name] = read()
        return cast("_T", self.shared[name])


def scope_of(session: Session, unit_id: UnitId, year: int, now: datetime) -> Scope:
    """Return the scope of a unit and a year."""
    history = organisation_history.load(session)
    ever = history.ever_under(unit_id)
    rows = session.execute(
        select(Unit.id, Unit.name, Unit.kind, Unit.form, Unit.valid_from, Unit.valid_to).order_by(
            Unit.id
        )
    )
    places = {
        UnitId(row.id): Place(
            UnitId(row.id), row.name, row.kind, row.form, row.valid_from, row.valid_to
        )
        for row in rows
        if row.id in ever
    }
    return Scope(unit_id, history.now[unit_id], year, now, places, history)
