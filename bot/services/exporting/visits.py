"""The ledger `visits` as rows: who went where, when, and what was found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy.orm import Session

from bot.services.contacts import target_of
from bot.services.exporting import register
from bot.services.exporting.contacts import path_of, people_of, sides_of
from bot.services.exporting.register import Names
from bot.services.exporting.scope import Export, Request, Rows
from bot.storage.models import Visit


def rows(session: Session, request: Request) -> Rows:
    """Yield the visits of the days asked for."""
    return register.rows(session, request, Visit, people_of, _keys, _cells, Visit.on_day)


def _keys(row: Any) -> Collection[str]:
    return (f"member:{row.member_id}", target_of(row))


def _cells(row: Any, names: Names) -> tuple[str, Sequence[Any]]:
    path = path_of(_keys(row), names)
    person, unit, place = sides_of(row, names)
    return path, (
        names.unit_of(path),
        names.people[row.member_id],
        unit,
        place,
        person,
        row.on_day,
        row.findings,
    )


EXPORT = Export(rows, dated=True, shows=())
