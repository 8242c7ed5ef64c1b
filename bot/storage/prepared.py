"""Statements of the hot path: written with SQLAlchemy, compiled once, run on the driver itself.

SQLAlchemy's own way of running a statement costs several times what the database takes for a
row, and every message runs seven of them. What is prepared keeps SQLAlchemy's columns, types and
dialects; it gives up named rows, Python-side defaults and lists of values in `IN`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import JSON, Column, Connection, Dialect, Enum, Executable, Insert, LargeBinary
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.types import TypeEngine

from bot.storage.types import MonthText, UtcMoment

_Convert = Callable[[Any], Any] | None
_FEW_VALUES = (UtcMoment, MonthText, Enum)
"""Types of which many rows have few values; equal ones are stored the same."""


class Prepared:
    """A statement that is compiled the first time it runs on a dialect.

    Args:
        statement: A select, or an insert or update with or without RETURNING; its values come
            from `bindparam`, or by name of the column.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, session: Session, values: Mapping[str, Any]) -> None:
        """Run it for what it does."""
        self._execute(session, values)

    def insert_many(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run an insert for each of some rows, which all have the same keys."""
        connection = connection_of(session)
        compiled = self._compile(connection.dialect, rows[0]).remembering()
        driver: Any = connection.connection.driver_connection
        if compiled.as_one:
            driver.execute(compiled.as_one, [compiled.together(rows)])
        else:
            driver.cursor().executemany(compiled.sql, [compiled.bind(row) for row in rows])

    def rows(self, session: Session, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run it and return its rows, in Python's types."""
        cursor, compiled = self._execute(session, values)
        return [compiled.read(row) for row in cursor.fetchall()]

    def row(self, session: Session, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Run it and return its only row, or None."""
        cursor, compiled = self._execute(session, values)
        row = cursor.fetchone()
        return None if row is None else compiled.read(row)

    def _execute(self, session: Session, values: Mapping[str, Any]) -> tuple[Any, _Compiled]:
        connection = connection_of(session)
        compiled = self._compile(connection.dialect, values)
        # A bare driver cursor: what the driver raises passes through as it is.
        driver = connection.connection.driver_connection
        return driver.execute(compiled.sql, compiled.bind(values)), compiled  # type: ignore[union-attr]  # open

    def _compile(self, dialect: Dialect, values: Mapping[str, Any]) -> _Compiled:
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compile(self._statement, dialect, values)
        return compiled


class _Compiled(NamedTuple):
    sql: str
    positional: bool
    binds: tuple[tuple[str, _Convert], ...]
    constants: Mapping[str, Any]
    reads: tuple[tuple[int, Callable[[Any], Any]], ...]
    repeated: frozenset[str] = frozenset()
    as_one: str = ""

    def remembering(self) -> _Compiled:
        """Return it for many rows: the moments and states of which there are few it converts once.

        That is half of what a row of the outbox costs before the database has seen it.
        """
        binds = (
            (name, cache(convert) if convert is not None and name in self.repeated else convert)
            for name, convert in self.binds
        )
        return self._replace(binds=tuple(binds))

    def bind(self, values: Mapping[str, Any]) -> Sequence[Any] | Mapping[str, Any]:
        if self.constants:
            values = {**self.constants, **values}
        if self.positional:
            return [
                values[name] if convert is None else convert(values[name])
                for name, convert in self.binds
            ]
        return {
            name: values[name] if convert is None else convert(values[name])
            for name, convert in self.binds
        }

    def together(self, rows: Sequence[Mapping[str, Any]]) -> str:
        """Return the values of many rows as `as_one` takes them."""
        names = [f"c{n}" for n in range(len(self.binds))]
        values = [list(self.bind(row).values()) for row in rows]  # type: ignore[union-attr]  # by name
        return json.dumps([dict(zip(names, row, strict=True)) for row in values], default=_as_text)

    def read(self, row: Sequence[Any]) -> tuple[Any, ...]:
        values = list(row)
        for place, convert in self.reads:
            values[place] = convert(values[place])
        return tuple(values)


def connection_of(session: Session) -> Connection:
    """Return the connection that a session's transaction runs on.

    A session begins a savepoint of its own only when it is asked for its connection itself.
    """
    bound = session.bind
    if (
        isinstance(bound, Connection)
        and bound.in_transaction()
        and not session.in_nested_transaction()
    ):
        return bound
    return session.connection()


@contextmanager
def savepoint(session: Session) -> Iterator[None]:
    """Take back what was written inside the block if it raises; the transaction goes on.

    The session's own savepoints do the same at several times the cost.
    """
    driver: Any = connection_of(session).connection.driver_connection
    driver.execute("SAVEPOINT attempt")
    try:
        yield
        session.flush()
    except BaseException:
        session.expunge_all()
        driver.execute("ROLLBACK TO SAVEPOINT attempt")
        driver.execute("RELEASE SAVEPOINT attempt")
        raise
    driver.execute("RELEASE SAVEPOINT attempt")


def _compile(statement: Executable, dialect: Dialect, values: Mapping[str, Any]) -> _Compiled:
    compiled = statement.compile(  # type: ignore[attr-defined]  # every statement has it
        dialect=dialect, column_keys=list(values)
    )
    assert isinstance(compiled, SQLCompiler)
    assert not compiled.post_compile_params, str(compiled)
    assert not compiled.update_prefetch, str(compiled)
    constants = {column.key: _constant(column) for column in compiled.insert_prefetch}
    names = compiled.positiontup if compiled.positional else list(compiled.binds)
    assert names is not None
    types = {name: compiled.binds[name].type for name in names}
    return _Compiled(
        sql=str(compiled),
        positional=compiled.positional,
        binds=tuple((name, _binder(types[name], dialect)) for name in names),
        constants={name: compiled.binds[name].value for name in names if name not in values}
        | constants,
        reads=tuple(
            (place, convert)
            for place, column in enumerate(getattr(statement, "exported_columns", ()))
            if (convert := _reader(column.type, dialect)) is not None
        ),
        repeated=frozenset(name for name in names if isinstance(types[name], _FEW_VALUES)),
        as_one="" if compiled.positional else _as_one(statement, names, types, dialect),
    )


def _as_one(
    statement: Executable, names: Sequence[str], types: Mapping[str, TypeEngine[Any]], to: Dialect
) -> str:
    """Return an insert into PostgreSQL that takes all its rows as one value.

    It costs database and driver a fraction of a statement a row. What is too long is refused as
    ever: the types stand where the values are read, and nothing is cast, which would cut it.
    """
    has_bytes = any(isinstance(types[name], LargeBinary) for name in names)
    if not isinstance(statement, Insert) or has_bytes:
        return ""
    table: Any = statement.table
    quote = to.identifier_preparer
    into = ", ".join(quote.format_column(table.c[name]) for name in names)
    is_json = [isinstance(types[name], JSON) for name in names]
    read = ", ".join(
        f"c{n} {'TEXT' if is_json[n] else types[name].compile(dialect=to)}"
        for n, name in enumerate(names)
    )
    found = ", ".join(f"c{n}::JSON" if is_json[n] else f"c{n}" for n in range(len(names)))
    once = " ON CONFLICT DO NOTHING" if statement._post_values_clause is not None else ""
    return (
        f"INSERT INTO {quote.format_table(table)} ({into})"  # noqa: S608  # names of our own model
        f" SELECT {found} FROM json_to_recordset(%s::JSON) AS given({read}){once}"
    )


def _as_text(value: Any) -> str:
    """Return a moment, a day or a JSON value as the database reads it."""
    # psycopg hands JSON over wrapped; it is there only where PostgreSQL is used, so not imported.
    return json.dumps(value.obj) if type(value).__name__ == "Json" else str(value)


def _constant(column: Column[Any]) -> Any:
    """Return a column's default, which has to be a plain value."""
    default = column.default
    assert isinstance(default, ScalarElementColumnDefault), str(column)
    return default.arg


def _binder(kind: TypeEngine[Any], dialect: Dialect) -> _Convert:
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    if not isinstance(kind, JSON) or convert is None:
        return convert
    nothing = convert(None)  # most rows have none: that is worked out once
    return lambda value: nothing if value is None else convert(value)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> _Convert:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
