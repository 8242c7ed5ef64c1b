"""A real Redis for the tests: on a socket in /tmp, without a file on disk."""

from __future__ import annotations

import shutil
from types import TracebackType
from typing import Self

from redis import Redis
from redis.exceptions import RedisError

from tests.support.process import MissingProgram, Server


class RedisServer:
    """One server; every test gets it empty."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise MissingProgram("Redis", "redis-server")
        self._server = Server("redis")
        socket = self._server.folder / "redis.sock"
        self.url = f"unix://{socket}"
        self._server.start(
            [
                program,
                *("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"),
                *("--save", "", "--appendonly", "no", "--dir", str(self._server.folder)),
            ],
            stop="KILL",
            ready=self._answers,
        )

    def clear(self) -> None:
        """Forget every key."""
        with Redis.from_url(self.url) as client:
            client.flushall()

    def close(self) -> None:
        """Stop the server."""
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

    def _answers(self) -> bool:
        try:
            with Redis.from_url(self.url) as client:
                return bool(client.ping())
        except RedisError:
            return False
