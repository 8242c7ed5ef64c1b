"""A PostgreSQL of our own that keeps what it commits, unlike the one of the tests."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import psycopg

from tests.support.postgres import find_programs
from tests.support.process import Server

_USER = "zhibu"
_SETTINGS = {
    "listen_addresses": "",  # the socket only
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "jit": "off",
}


class DurablePostgres:
    """Hands out databases; everything else is as PostgreSQL comes."""

    def __init__(self) -> None:
        programs = find_programs()
        self._server = Server("bench-pg", user="postgres")
        self._folder = self._server.folder
        data = self._folder / "data"
        self._server.run(
            [
                str(programs / "initdb"),
                f"--pgdata={data}",
                f"--username={_USER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
            ]
        )
        settings = {**_SETTINGS, "unix_socket_directories": str(self._folder)}
        command = [str(programs / "postgres"), "-D", str(data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        self._server.start(command, stop="INT", ready=self._answers)

    def create(self, name: str, template: str = "template0") -> str:
        """Create a database, in place of any older one of this name; return its address."""
        with self._connect() as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            admin.execute("CHECKPOINT")
        return f"postgresql+psycopg://{_USER}@/{name}?host={self._folder}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._folder), user=_USER, dbname="postgres", autocommit=True
        )

    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True
