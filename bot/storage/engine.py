"""The database: one engine, transactions that are always ours, and a fair gate for SQLite."""

from __future__ import annotations

import fcntl
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

_SHORT, _MOST_COURTEOUS = 0.01, 0.5  # seconds
_SQLITE_WAITS = 30  # seconds for a lock that another process holds


class WriteGate:
    """A first-come-first-served gate in front of SQLite's single writer.

    SQLite's own busy handler sleeps and starves late comers; here threads queue in order, the
    dispatcher may step to the front, and a file lock lets processes take turns.
    """

    def __init__(self, lock_file: Path | None) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False
        self._courteous_until = 0.0
        self._file: IO[bytes] | None = lock_file.open("ab") if lock_file else None

    @contextmanager
    def enter(self, *, first: bool = False) -> Iterator[None]:
        """Wait for one's turn; `first` goes before all who wait.

        Whoever held up others that way for long lets them go on for as long before the next time:
        a broadcast, which is one long transaction after the other, would stop everybody else.
        """
        if first:
            self._be_courteous()
        self._acquire(first)
        began = time.monotonic()
        try:
            if self._file is not None:
                fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                if self._file is not None:
                    fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            if first:
                self._owes(time.monotonic() - began)
            self._release()

    def _be_courteous(self) -> None:
        if self._waiting:
            time.sleep(max(0.0, self._courteous_until - time.monotonic()))

    def _owes(self, held: float) -> None:
        if held > _SHORT and self._waiting:
            self._courteous_until = time.monotonic() + min(held, _MOST_COURTEOUS)

    def _acquire(self, first: bool) -> None:
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Event()
            if first:
                self._waiting.appendleft(turn)
            else:
                self._waiting.append(turn)
        turn.wait()

    def _release(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


class Database:
    """Opens transactions; everything that is stored goes through `reading` or `writing`.

    Args:
        url: SQLAlchemy URL, `sqlite:///path/to/zhibu.db` or `postgresql+psycopg://…`.
        scratch: A SQLite file that may be lost with the machine: commits do not wait for the
            disk. Rehearsals and conversation files only.
        engine: One that is open on this database already; its compiled statements are shared.
    """

    def __init__(self, url: str, *, scratch: bool = False, engine: Engine | None = None) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        make = (
            _postgresql_engine if not self.is_sqlite else partial(_sqlite_engine, scratch=scratch)
        )
        self.engine = engine or make(url)
        self._reading = _sessions(_reading(self.engine))
        self._writing = self.engine.execution_options(zhibu_write=True)
        self._gate = WriteGate(_lock_file(url)) if self.is_sqlite else None

    @contextmanager
    def writing(self, *, first: bool = False) -> Iterator[Session]:
        """Open one transaction that commits at the end and rolls back on any exception.

        Args:
            first: Step to the front of SQLite's queue (the dispatcher).
        """
        gate = self._gate.enter(first=first) if self._gate else nullcontext()
        # A session that joins a connection's transaction costs half of one that begins its own.
        with (
            gate,
            self._writing.connect() as connection,
            connection.begin(),
            Session(connection, expire_on_commit=False, autoflush=False) as session,
        ):
            yield session
            if session.in_transaction():
                session.commit()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open one transaction that sees a single moment and changes nothing."""
        with self._reading() as session:
            yield session
            session.rollback()

    def is_trouble(self, error: BaseException) -> bool:
        """Tell whether an error is the database's (gone, locked, full), not the program's.

        What runs on the driver itself (`bot.storage.prepared`) raises the driver's own.
        """
        driver = self.engine.dialect.loaded_dbapi
        if isinstance(error, PoolTimeout):
            return True
        cause = error.orig if isinstance(error, DBAPIError) else error
        is_bug = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR  # bad SQL
        return isinstance(cause, (driver.OperationalError, driver.InterfaceError)) and not is_bug

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()


def _reading(engine: Engine) -> Engine:
    """Return the engine for reading; PostgreSQL has to be told to keep to a single moment."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _sessions(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False, autoflush=False)


def _sqlite_engine(url: str, scratch: bool) -> Engine:
    path = make_url(url).database
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        connect_args={"timeout": _SQLITE_WAITS, "check_same_thread": False},
        hide_parameters=True,
    )
    waits_for_disk = "OFF" if scratch else "FULL"

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        # The driver must not open transactions by itself: with its default a row written inside
        # a savepoint survives the rollback around it.
        connection.isolation_level = None
        cursor = connection.cursor()
        _write_ahead(cursor)
        for pragma in (f"synchronous={waits_for_disk}", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("zhibu_write", False)
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _write_ahead(cursor: Any) -> None:
    """Let readers and the writer of a file not wait for each other (WAL).

    SQLite waits for nobody while it changes the mode of a new file: where several processes open
    it at once, all but one are told that it is locked, and have to ask again.
    """
    end = time.monotonic() + _SQLITE_WAITS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def _postgresql_engine(url: str) -> Engine:
    return create_engine(url, pool_size=8, max_overflow=8, hide_parameters=True)


def _lock_file(url: str) -> Path | None:
    path = make_url(url).database
    return Path(path + ".lock") if path and path != ":memory:" else None
