"""The HTTP side: one server for both platforms and for the test that controls them."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.fake_tencent import api, control
from tests.fake_tencent.calls import Request
from tests.fake_tencent.errors import Json
from tests.fake_tencent.faults import Answer, instead
from tests.fake_tencent.journal import Entry, masked, readable
from tests.fake_tencent.records import Copy
from tests.fake_tencent.world import World

_CONTROL = "_fake"


class FakeServer(ThreadingHTTPServer):
    """The server with its world."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, port: int) -> None:
        """Listen on the loopback; port 0 lets the system choose."""
        super().__init__(("127.0.0.1", port), Handler)
        self.reset({})

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report a bug of ours, but not a client that went away in the middle."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def reset(self, seed: Json) -> None:
        """Begin with a new world."""
        self.world = World(f"http://127.0.0.1:{self.server_address[1]}", seed)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: FakeServer
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a GET."""
        self._serve()

    def do_POST(self) -> None:
        """Answer a POST."""
        self._serve()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the journal holds more than a log line would."""

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        base, _, path = parts.path.removeprefix("/").partition("/")
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers.get("Content-Type", "")
        request = Request(self.command, base, f"/{path}", query, body, kind)
        with contextlib.suppress(ConnectionError):
            if base == _CONTROL:
                self._send(self._controlled(path, request))
            elif base in api.ROUTES:
                self._platform(request)
            else:
                self._send(Answer(404, b""))

    def _controlled(self, name: str, request: Request) -> Answer:
        try:
            wanted: Json = json.loads(request.body) if request.body else {**request.query}
            if name == "reset":
                self.server.reset(wanted.get("seed") or {})
                return _json(200, {})
            result = control.run(self.server.world, name, wanted)
        except (ValueError, KeyError, TypeError) as error:
            return _json(400, {"error": f"{type(error).__name__}: {error}"})
        return Answer(404, b"") if result is None else _json(200, result)

    def _platform(self, request: Request) -> None:
        world, fetching = self.server.world, request.path in api.TOKEN_PATHS
        with world.lock:
            fault = world.faults.take(request.path) or {}
            entry = _note(world, request, fault)
            if fetching:
                world.journal.enter_gettoken()
        try:
            time.sleep(float(fault.get("delay", 0)))
            self._answer(world, request, entry, fault)
        finally:
            if fetching:
                with world.lock:
                    world.journal.leave_gettoken()

    def _answer(self, world: World, request: Request, entry: Entry, fault: Json) -> None:
        if fault.get("drop") == "before":
            self._hang_up()
            return
        with world.lock:
            replaced = instead(fault, request.base)
            processed: tuple[Answer, list[Copy]]
            processed = (replaced, []) if replaced else api.process(world, request)
            _close(entry, *processed)
        if fault.get("drop") == "after":
            self._hang_up()
        else:
            self._send(processed[0], float(fault.get("trickle", 0)))

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _send(self, answer: Answer, bytes_per_second: float = 0) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        if not bytes_per_second:
            self.wfile.write(answer.body)
            return
        for byte in answer.body:
            self.wfile.write(bytes([byte]))
            time.sleep(1 / bytes_per_second)


def _json(status: int, body: Json) -> Answer:
    return Answer(status, json.dumps(body, ensure_ascii=False).encode())


def _note(world: World, request: Request, fault: Json) -> Entry:
    """Count and log a request before anything is done about it."""
    journal = world.journal
    journal.calls[request.path] += 1
    if request.path in api.TOKEN_PATHS:
        journal.gettoken[_secret(request)] += 1
    multipart = request.content_type.startswith("multipart/")
    body = {"bytes": len(request.body)} if multipart else readable(request.body)
    escaped = not multipart and b"\\u" in request.body
    entry = Entry(
        world.clock.now(), request.base, request.method, request.path, masked(request.query),
        body, escaped, fault or None,
    )  # fmt: skip
    journal.entries.append(entry)
    return entry


def _secret(request: Request) -> str:
    found = request.query.get("corpsecret") or request.query.get("secret")
    if found:
        return found
    with contextlib.suppress(ValueError, AttributeError):
        return str(json.loads(request.body).get("secret"))
    return ""


def _close(entry: Entry, answer: Answer, copies: list[Copy]) -> None:
    entry.status = answer.status
    entry.answer = readable(answer.body)
    entry.delivered = [{"place": copy.place, "to": copy.to} for copy in copies]
