"""Insert first: the unique key decides, never a look before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Insert, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.storage.prepared import Prepared, connection_of
from bot.storage.types import Base


def insert_once(session: Session, model: type[Base], values: Mapping[str, Any]) -> Any:
    """Insert a row unless a unique key is taken; return its primary key, or None.

    On PostgreSQL this waits for a simultaneous transaction that holds the same key.
    """
    dialect = connection_of(session).dialect.name
    row = _prepared(dialect, _table(model), tuple(values)).row(session, values)
    return None if row is None else row[0]


def insert_many_once(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert many rows, which all have the same columns, but those whose unique key is taken."""
    if rows:
        dialect = connection_of(session).dialect.name
        _prepared_many(dialect, _table(model), tuple(rows[0])).insert_many(session, rows)


def insert_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns; a key that is taken raises.

    A large import spends most of its transaction here: SQLAlchemy's own way takes twice as long.
    """
    if rows:
        _prepared_insert(_table(model), tuple(rows[0])).insert_many(session, rows)


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


@lru_cache(maxsize=256)
def _prepared_insert(table: Table, _columns: tuple[str, ...]) -> Prepared:
    return Prepared(insert(table))


@lru_cache(maxsize=256)
def _prepared(dialect: str, table: Table, _columns: tuple[str, ...]) -> Prepared:
    return Prepared(_insert_once(dialect, table, True))


@lru_cache(maxsize=256)
def _prepared_many(dialect: str, table: Table, _columns: tuple[str, ...]) -> Prepared:
    return Prepared(_insert_once(dialect, table, False))


@lru_cache(maxsize=256)
def _insert_once(dialect: str, table: Table, returning: bool) -> Insert:
    if dialect == "sqlite":
        statement: Insert = sqlite.insert(table).on_conflict_do_nothing()
    else:
        statement = postgresql.insert(table).on_conflict_do_nothing()
    if returning:
        return statement.returning(*table.primary_key.columns)
    return statement
