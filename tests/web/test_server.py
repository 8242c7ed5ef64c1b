"""The real server: slow requests at the end, half-sent bodies, proxies."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bot.clock import ManualClock
from bot.web.server import behind_proxies, serve
from bot.web.webhook import Webhook
from tests.web.conftest import serving
from tests.web.fakes import NOW, FakePipeline, FakeReceiver


class Slow:
    """An application that says when a request is in, and answers when told."""

    def __init__(self) -> None:
        self.entered, self.go_on = threading.Event(), threading.Event()

    def __call__(self, _environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.entered.set()
        self.go_on.wait(20)
        start_response("200 OK", [("Content-Length", "4")])
        return [b"done"]


def tell(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer who asked, and over what."""
    names = ("REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST", "HTTP_X_FORWARDED_FOR")
    body = json.dumps({name: environ.get(name) for name in names}).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


class Running:
    """A server in a thread of its own, to be stopped by the test."""

    def __init__(self, wsgi: Slow, patience: float) -> None:
        self.stop, self.ready, self.port = threading.Event(), threading.Event(), 0
        settings = {
            "stop": self.stop,
            "threads": 2,
            "patience": patience,
            "on_ready": self._on_ready,
        }
        self.thread = threading.Thread(target=serve, args=(wsgi, "127.0.0.1", 0), kwargs=settings)
        self.thread.start()
        assert self.ready.wait(10)

    def _on_ready(self, port: int) -> None:
        self.port = port
        self.ready.set()


@pytest.fixture
def slow() -> Iterator[Slow]:
    wsgi = Slow()
    yield wsgi
    wsgi.go_on.set()


def ask(port: int) -> http.client.HTTPConnection:
    """Send a request and do not wait for the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/")
    return connection


def half_sent(port: int) -> socket.socket:
    """Send the beginning of a POST and keep the rest."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(
        b"POST /webhook/wecom HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf"
    )
    return connection


def test_a_stop_waits_for_the_request_in_flight_and_takes_no_new_one(slow: Slow) -> None:
    server = Running(slow, patience=20)
    with closing(ask(server.port)) as connection:
        assert slow.entered.wait(10)

        server.stop.set()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", server.port)).close()
            except ConnectionRefusedError:
                break
            time.sleep(0.02)
        else:
            pytest.fail("it still listens")
        assert server.thread.is_alive()
        slow.go_on.set()

        assert connection.getresponse().read() == b"done"
    server.thread.join(10)
    assert not server.thread.is_alive()


def test_a_stop_does_not_wait_for_idle_or_half_sent_connections(slow: Slow) -> None:
    slow.go_on.set()
    server = Running(slow, patience=20)
    with closing(ask(server.port)) as idle, half_sent(server.port):
        assert idle.getresponse().read() == b"done"

        started = time.monotonic()
        server.stop.set()
        server.thread.join(15)

    assert not server.thread.is_alive()
    assert time.monotonic() - started < 5


def test_a_stop_waits_no_longer_than_it_was_told_and_says_so(
    slow: Slow, caplog: pytest.LogCaptureFixture
) -> None:
    server = Running(slow, patience=0.2)
    with closing(ask(server.port)):
        assert slow.entered.wait(10)

        server.stop.set()
        server.thread.join(15)

    assert not server.thread.is_alive()
    assert "1 requests unanswered" in caplog.text


def test_half_sent_bodies_do_not_hold_up_others() -> None:
    wsgi = Webhook({"wecom": FakeReceiver()}, FakePipeline(), ManualClock(NOW), tell)
    with serving(wsgi, threads=2) as port:
        halves = [half_sent(port) for _ in range(40)]

        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
            connection.request("POST", "/webhook/wecom", b"whole")
            answer = connection.getresponse()
            assert answer.status == 200
            assert answer.read().decode() == "✓ 张三，已签到。"
        for half in halves:
            half.close()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        pytest.param(
            b"POST /webhook/wecom HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5\r\nhello\r\n0\r\n\r\n",
            b"200",
            id="分块",
        ),
        pytest.param(
            b"POST /webhook/wecom HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"400",
            id="分块写错",
        ),
        pytest.param(
            b"POST /webhook/wecom HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
            b"400",
            id="负的长度",
        ),
        pytest.param(b"POST /webhook/wecom HTTP/1.1\r\nHost: x\r\n\r\n", b"411", id="没有长度"),
        pytest.param(
            b"POST /webhook/wecom HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
            b"413",
            id="太大",
        ),
        pytest.param(b"\x00\xff\r\n\r\n", b"400", id="乱码"),
    ],
)
def test_odd_requests_get_a_plain_answer(request_bytes: bytes, status: bytes) -> None:
    wsgi = Webhook({"wecom": FakeReceiver()}, FakePipeline(), ManualClock(NOW), tell)
    with serving(wsgi) as port, socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(request_bytes)

        assert connection.recv(4096).split()[1] == status


def test_many_at_once_are_all_answered() -> None:
    wsgi = Webhook({"wecom": FakeReceiver()}, FakePipeline(), ManualClock(NOW), tell)
    statuses: list[int] = []

    def deliver(port: int) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            for _ in range(20):
                connection.request("POST", "/webhook/wecom", b"x")
                answer = connection.getresponse()
                answer.read()
                statuses.append(answer.status)

    with serving(wsgi) as port:
        threads = [threading.Thread(target=deliver, args=(port,)) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert statuses == [200] * 320


FORWARDED = {
    "REMOTE_ADDR": "10.1.2.3",
    "REMOTE_HOST": "10.1.2.3",
    "REMOTE_PORT": "50000",
    "SERVER_NAME": "zhibu",
    "SERVER_PORT": "8000",
    "wsgi.url_scheme": "http",
    "HTTP_HOST": "10.0.0.1:8000",
    "HTTP_X_FORWARDED_FOR": "1.1.1.1, 203.0.113.9",
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_HOST": "zhibu.example.cn",
}


@pytest.mark.parametrize(
    ("trusted", "address", "scheme"),
    [
        pytest.param(["10.0.0.0/8"], "203.0.113.9", "https", id="可信网段"),
        pytest.param(["10.1.2.3", "::1"], "203.0.113.9", "https", id="可信地址"),
        pytest.param(["127.0.0.1"], "10.1.2.3", "http", id="不可信"),
        pytest.param([], "10.1.2.3", "http", id="谁都不信"),
    ],
)
def test_only_trusted_proxies_say_who_asked(trusted: list[str], address: str, scheme: str) -> None:
    [body] = behind_proxies(tell, trusted)(dict(FORWARDED), lambda *_: lambda _: None)

    told = json.loads(body)
    assert (told["REMOTE_ADDR"], told["wsgi.url_scheme"]) == (address, scheme)
    if scheme == "http":
        assert told["HTTP_X_FORWARDED_FOR"] is None
        assert told["HTTP_HOST"] == "10.0.0.1:8000"


def test_a_proxy_that_is_no_address_is_refused_at_start() -> None:
    with pytest.raises(ValueError, match="nginx"):
        behind_proxies(tell, ["nginx"])


def test_a_taken_port_is_the_callers_to_tell() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serve(tell, "127.0.0.1", taken.getsockname()[1], stop=threading.Event())


def test_the_queues_warnings_are_switched_off() -> None:
    with serving(tell):
        assert logging.getLogger("waitress.queue").level == logging.ERROR


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(
            b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", id="没听过的编码"
        ),
        pytest.param(b"GET http://[::1/ HTTP/1.1\r\nHost: x\r\n\r\n", id="坏网址"),
    ],
)
def test_what_the_http_layer_cannot_read_is_the_senders_mistake(
    head: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(tell) as port, socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(head)
        status = connection.recv(4096).split()[1]

    assert status == b"400"
    assert caplog.records == []
