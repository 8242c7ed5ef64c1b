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

    def template(self, name: str, prepare: Callable[[str], None]) -> str:
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

    def url(self, name: str) -> str:
        """Return the SQLAlchemy URL of a database."""
        return f"postgresql+psycopg://{_USER}@/{name}?host={self._server.folder}"

    def close(self) -> None:
        """Stop the server and forget everything in it."""
        self._admin.close()
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
