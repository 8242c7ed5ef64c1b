"""One HTTP request to the bot, bounded in time as a whole."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from tests.fake_tencent.records import Outgoing

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came back: a status and a body, or an error."""

    elapsed: float
    status: int | None = None
    body: bytes = b""
    error: str | None = None


class _Deadline:
    """Ends a connection when its time is up, however slowly the other side trickles."""

    def __init__(self, connection: HTTPConnection, seconds: float) -> None:
        self.passed = False
        self._socket: socket.socket = connection.sock
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def _end(self) -> None:
        self.passed = True
        with contextlib.suppress(OSError):  # the other side was faster
            self._socket.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self._timer.cancel()


def check_loopback(url: str) -> None:
    """Refuse to talk to anything but this machine.

    Raises:
        ValueError: If the URL leads elsewhere.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK:
        raise ValueError("the fake platform only calls http addresses of the loopback")


def exchange(request: Outgoing, timeout: float) -> Exchange:
    """Send a request and wait for the whole answer, at most `timeout` seconds."""
    check_loopback(request.url)
    parts = urlsplit(request.url)
    connection = HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout)
    started = time.monotonic()
    deadline: _Deadline | None = None
    try:
        connection.connect()
        deadline = _Deadline(connection, timeout)
        status, body = _ask(connection, request, f"{parts.path or '/'}?{parts.query}")
        error = "timeout" if deadline.passed else None
    except (OSError, HTTPException) as problem:
        late = isinstance(problem, TimeoutError) or (deadline is not None and deadline.passed)
        status, body, error = None, b"", "timeout" if late else type(problem).__name__
    finally:
        if deadline is not None:
            deadline.stop()
        connection.close()
    elapsed = round(time.monotonic() - started, 3)
    return Exchange(elapsed, None if error else status, body, error)


def _ask(connection: HTTPConnection, request: Outgoing, target: str) -> tuple[int, bytes]:
    headers = {"Connection": "close", "User-Agent": "Mozilla/4.0", "Pragma": "no-cache"}
    if request.content_type:
        headers["Content-Type"] = request.content_type
    connection.request(request.method, target, request.body or None, headers)
    response = connection.getresponse()
    return response.status, response.read()
