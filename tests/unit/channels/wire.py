"""A tiny server that answers each request as a test says, byte by byte if it must."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

Behaviour = Callable[[socket.socket], None]


def answer(body: object, *, status: str = "200 OK", headers: str = "") -> Behaviour:
    """Answer with a body; what is not bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    def behave(connection: socket.socket) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(data)}\r\n{headers}\r\n"
        connection.sendall(head.encode() + data)

    return behave


def raw(data: bytes) -> Behaviour:
    """Send these bytes and close."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_RDWR)

    return behave


def trickle(data: bytes, stop: threading.Event) -> Behaviour:
    """Send one byte every 50 ms."""

    def behave(connection: socket.socket) -> None:
        for each in data:
            if stop.wait(0.05):
                return
            connection.sendall(bytes([each]))

    return behave


def hang(stop: threading.Event) -> Behaviour:
    """Never answer."""

    def behave(connection: socket.socket) -> None:
        stop.wait(30)

    return behave


def drop(connection: socket.socket) -> None:
    """Close after the request was read; the stream on it would keep a mere close from closing."""
    connection.shutdown(socket.SHUT_RDWR)


class Wire:
    """Listens on this machine; answers by script, then by `default`.

    Attributes:
        requests: Head and body of every request, in order.
    """

    def __init__(self, *script: Behaviour, default: Behaviour = drop) -> None:
        self.script = list(script)
        self.default = default
        self.requests: list[tuple[str, bytes]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Wire:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            stream = connection.makefile("rb")
            while head := self._head(stream.readline):
                length = int(head.lower().partition("content-length:")[2].split("\r\n")[0] or 0)
                self.requests.append((head, stream.read(length)))
                behave = self.script.pop(0) if self.script else self.default
                behave(connection)

    @staticmethod
    def _head(readline: Callable[[], bytes]) -> str:
        lines = []
        while (line := readline()) not in (b"", b"\r\n"):
            lines.append(line.decode("latin-1"))
        return "".join(lines)
