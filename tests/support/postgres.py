"""A real PostgreSQL for the tests: started on a socket in /tmp, thrown away afterwards."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from tests.support.process import MissingProgram, Server

_USER = "zhibu"
_SETTINGS = {
    "listen_addresses": "",  # the socket only
    "max_connections": "200",
    "shared_buffers": "64MB",
    # Nobody needs these rows after a power cut.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "jit": "off",
}
_MOST_USES = 100  # deleted rows stay in the files, since nothing cleans up after them
# Whoever is in the middle of something (a killed process, a forgotten session) may hold locks.
_DISCONNECT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""
# Each table with its sequence, and whether a row was ever written to it: most tests use a few.
_TABLES = """
    SELECT name.relname, number.oid::regclass::text, pg_relation_size(name.oid) > 0
    FROM pg_class name
    LEFT JOIN (
        pg_depend JOIN pg_class number ON number.oid = pg_depend.objid AND number.relkind = 'S'
    ) ON refobjid = name.oid AND deptype IN ('a', 'i') AND classid = 'pg_class'::regclass
    WHERE name.relkind = 'r' AND name.relnamespace = 'public'::regnamespace
        AND name.relname <> 'alembic_version'
"""


class PostgresServer:
    """Hands out empty databases, and copies of prepared ones."""

    def __init__(self) -> None:
        programs = find_programs()
        self._server = Server("pg", user="postgres")
        folder = self._server.folder
        data = folder / "data"
        self._server.run(
            [
                str(programs / "initdb"),
                f"--pgdata={data}",
                f"--username={_USER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ]
        )
        settings = {**_SETTINGS, "unix_socket_directories": str(folder)}
        command = [str(programs / "postgres"), "-D", str(data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._server.start(command, stop="QUIT", ready=self._answers)
        self._admin = self._connect()
        self._templates: dict[str, str] = {}
        self._numbers = count(1)
        self._returned: dict[str, list[str]] = {}
        self._borrowed: dict[str, str] = {}
        self._uses: dict[str, int] = {}
        self._cleaners: dict[str, psycopg.Connection] = {}

    def create(self, template: str | None = None) -> str:
        """Create a database and return its SQLAlchemy URL.

        Args:
            template: Database to copy, as returned by `template`; without it, an empty one.
        """
        name = f"test_{next(self._numbers)}"
        self._admin.execute(f'CREATE DATABASE {name} TEMPLATE "{template or "template0"}"')
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        name = url.partition("?")[0].rpartition("/")[2]
        self._admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def template(self, name: str, prepare: Callable[[str], object]) -> str:
        """Return the database that `prepare` filled, preparing it the first time it is asked for.

        Args:
            name: What it holds; the same name is prepared once.
            prepare: Fills the empty database behind the URL it is given, and disconnects.
        """
        if name not in self._templates:
            url = self.create()
            prepare(url)
            self._templates[name] = url.partition("?")[0].rpartition("/")[2]
        return self._templates[name]

    def borrow(self, name: str, prepare: Callable[[str], object]) -> str:
        """Return a database that `prepare` filled with tables and no rows, to be given back.

        Emptying takes a fortieth of the time that making and dropping a database takes.
        """
        waiting = self._returned.setdefault(name, [])
        url = waiting.pop() if waiting else self.create(self.template(name, prepare))
        self._borrowed[url] = name
        return url

    def give_back(self, url: str) -> None:
        """Empty a borrowed database for the next who asks.

        One whose tables changed, or that was used often, is left to go with the server: dropping
        it would wait for the disk.
        """
        name = self._borrowed.pop(url)
        self._uses[url] = self._uses.get(url, 0) + 1
        if self._uses[url] < _MOST_USES and _emptied(self._cleaner(url)):
            self._returned[name].append(url)
        else:
            self._cleaners.pop(url).close()

    def url(self, name: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://{_USER}@/{name}?host={self._server.folder}"

    def close(self) -> None:
        """Stop the server and forget everything in it."""
        for connection in (self._admin, *self._cleaners.values()):
            connection.close()
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _cleaner(self, url: str) -> psycopg.Connection:
        """Return the connection that empties a database; it knows the tables from the last time."""
        if url not in self._cleaners:
            plain = url.replace("postgresql+psycopg://", "postgresql://")
            self._cleaners[url] = psycopg.connect(plain, autocommit=True)
        return self._cleaners[url]

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._server.folder), user=_USER, dbname="postgres", autocommit=True
        )

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True


def _emptied(connection: psycopg.Connection) -> bool:
    """Remove every row and let the numbers begin anew; False when the tables are not all there."""
    connection.execute(_DISCONNECT)
    found = connection.execute(_TABLES).fetchall()
    if not found:
        return False
    steps = ["SET LOCAL session_replication_role = replica"]  # no foreign keys
    for table, sequence, written in found:
        if written:
            steps.append(f'DELETE FROM "{table}"')
            steps += [f"SELECT setval('{sequence}', 1, false)"] if sequence else []
    with connection.transaction():
        connection.execute("; ".join(steps).encode())
    return True


def find_programs() -> Path:
    """Return the folder of the newest PostgreSQL server's programs.

    Raises:
        MissingProgram: When none is installed.
    """
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]),
    )
    if not found:
        raise MissingProgram("PostgreSQL", "postgresql")
    return found[-1].parent
