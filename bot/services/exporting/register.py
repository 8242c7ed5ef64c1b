"""Plain lists as rows, in the order in which they were written down."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.services.contacts import Party, load_parties
from bot.services.exporting.scope import Request, Row, Rows
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import Unit


@dataclass(frozen=True, slots=True)
class Names:
    """How people, units and places are named."""

    people: Mapping[int | None, str]
    parties: Mapping[str, Party]
    units: Mapping[str, str]

    def unit_of(self, path: str) -> str:
        """Return the name of the unit at the end of a path."""
        return self.units.get(path, "")


def rows(
    session: Session,
    request: Request,
    model: Any,
    people_of: Callable[[Any], Collection[int | None]],
    keys_of: Callable[[Any], Collection[str]],
    cells: Callable[[Any, Names], tuple[str, Sequence[Any]]],
    on: Any = None,
) -> Rows:
    """Yield the rows of a list that were not taken back, of the units within reach.

    Args:
        cells: (row, names) → (path of its unit, its cells without who wrote it down and when).
        on: The column of days a period is asked of.
    """
    query = select(model).where(model.revoked_at.is_(None)).order_by(model.id)
    if on is not None:
        first, until = request.days
        query = query.where(on >= first, on < until)
    found = session.scalars(query).all()
    units = session.execute(select(Unit.path, Unit.name)).all()
    names = Names(
        labels_of(session, {m for row in found for m in (*people_of(row), row.by_id)}),
        load_parties(session, {key for row in found for key in keys_of(row)}),
        dict(units),
    )
    for row in found:
        path, told = cells(row, names)
        if request.reaches(path):
            line: Row = (*told, names.people[row.by_id], moment_words(row.at))
            yield line
