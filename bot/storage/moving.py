"""All of a database, table by table, from one engine to another, with counts and digests.

A backup is a SQLite file, whatever the database was; restored into SQLite or PostgreSQL it is
compared with the file, row by row in digests. Memory stays flat however much there is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.orm import Session

import bot.storage.models  # noqa: F401 - knows every table
from bot.storage.engine import Database
from bot.storage.types import Base

LEFT_BEHIND = frozenset({"stored_token", "stored_lease", "send_bucket", "sign_in_tries"})
"""What belongs to running processes: access tokens above all, which no backup should hold."""
_AT_ONCE = 1000  # rows
Watch = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Digest:
    """What a table holds: how many rows, and SHA-256 over all of them in order."""

    rows: int
    mark: str


def tables() -> list[Table]:
    """Return the tables that are moved, those that others refer to first."""
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_BEHIND]


def is_empty(database: Database) -> bool:
    """Tell whether none of the tables holds a row."""
    with database.reading() as session:
        return not any(session.execute(select(table).limit(1)).first() for table in tables())


def copy(source: Database, target: Database, watch: Watch | None = None) -> dict[str, Digest]:
    """Copy every row as it stands at one moment into empty tables; return what was read.

    One transaction on either side: what fails leaves nothing behind.

    Args:
        watch: Told of each table with its number of rows.
    """
    found: dict[str, Digest] = {}
    with source.reading() as reading, target.writing() as writing:
        for table in tables():
            sums = hashlib.sha256()
            rows = 0
            for some in _chunks(reading, table):
                writing.connection().execute(insert(table), some)
                for row in some:
                    sums.update(_line(row))
                rows += len(some)
            found[table.name] = Digest(rows, sums.hexdigest())
            if watch is not None:
                watch(table.name, rows)
        if not target.is_sqlite:
            _go_on_counting(writing)
    return found


def digests(database: Database) -> dict[str, Digest]:
    """Return what every table holds, as `copy` reads it."""
    found: dict[str, Digest] = {}
    with database.reading() as session:
        for table in tables():
            sums, rows = hashlib.sha256(), 0
            for some in _chunks(session, table):
                for row in some:
                    sums.update(_line(row))
                rows += len(some)
            found[table.name] = Digest(rows, sums.hexdigest())
    return found


def differing(one: Mapping[str, Digest], other: Mapping[str, Digest]) -> list[str]:
    """Return the tables that do not hold the same."""
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name))


def _chunks(session: Session, table: Table) -> Iterator[list[dict[str, Any]]]:
    query = select(table).order_by(*table.primary_key.columns)
    result = session.execute(query.execution_options(yield_per=_AT_ONCE))
    for rows in result.mappings().partitions(_AT_ONCE):
        yield [dict(row) for row in rows]


def _line(row: Mapping[str, Any]) -> bytes:
    """Return a row in one form, whatever engine it comes from."""
    plain = {name: _plain(value) for name, value in row.items()}
    return json.dumps(plain, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if value is None or isinstance(value, str | int | float | bool | list | dict):
        return value
    return str(value)


def _go_on_counting(session: Session) -> None:
    """Let PostgreSQL number new rows behind those that came with their numbers."""
    for table in tables():
        if "id" not in table.primary_key.columns or len(table.primary_key.columns) != 1:
            continue
        last = session.scalar(select(func.max(table.c.id)))
        if last is not None:
            sequence = session.scalar(
                text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": f'"{table.name}"'}
            )
            if sequence is not None:
                session.execute(
                    text("SELECT setval(:name, :last)"), {"name": sequence, "last": last}
                )
