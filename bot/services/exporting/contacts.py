"""The ledger `contacts` as rows: who looks after whom, from when, until when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy.orm import Session

from bot.domain.contacts import CONTACT_NAMES
from bot.services.contacts import keys_of, target_of
from bot.services.exporting import register
from bot.services.exporting.register import Names
from bot.services.exporting.scope import Export, Request, Rows
from bot.storage.models import Contact


def rows(session: Session, request: Request) -> Rows:
    """Yield the lines of the matrix."""
    return register.rows(session, request, Contact, people_of, keys_of, _cells)


def people_of(row: Any) -> Collection[int | None]:
    """Return the people of a line or a visit."""
    return (row.member_id, row.to_member_id)


def _cells(row: Any, names: Names) -> tuple[str, Sequence[Any]]:
    path = path_of(keys_of(row), names)
    own = names.parties[f"unit:{row.unit_id}"].name if row.unit_id is not None else ""
    return path, (
        names.unit_of(path),
        CONTACT_NAMES[row.kind],
        names.people[row.member_id],
        own,
        *sides_of(row, names),
        row.valid_from,
        row.valid_to,
    )


def path_of(keys: Collection[str], names: Names) -> str:
    """Return the path of the unit a row is listed under: that of whom it is about, else of who."""
    paths = [names.parties[key].path for key in reversed(list(keys))]
    return next((path for path in paths if path), "")


def sides_of(row: Any, names: Names) -> tuple[str, str, str]:
    """Return whom a row is about in the columns for people, units and places."""
    name = names.parties[target_of(row)].name
    return (
        names.people[row.to_member_id],
        name if row.to_unit_id is not None else "",
        name if row.place_id is not None else "",
    )


EXPORT = Export(rows, dated=False, shows=())
