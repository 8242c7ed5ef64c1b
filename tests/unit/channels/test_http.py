"""The HTTP client, against a server that misbehaves."""

from __future__ import annotations

import logging
import socket
import threading
import time
import traceback
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.channels.http import Http
from bot.domain.sending import SendError
from tests.unit.channels.wire import Behaviour, Wire, answer, drop, hang, raw, trickle

SECRET = "s3cr3t-access-token"
DEADLINE = 0.4
AMPLE = 20.0
"""Seconds for what comes at once, on a busy machine as well."""


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def _http(deadline: float = DEADLINE) -> Http:
    return Http(connect=deadline, deadline=deadline, allow_insecure=True)


def _fail(base: str, *, sends: bool = True, deadline: float = DEADLINE) -> SendError:
    with pytest.raises(SendError) as failure:
        _http(deadline).post(f"{base}/cgi-bin/x", {"access_token": SECRET}, b"{}", sends=sends)
    return failure.value


def _all_words(error: BaseException | None) -> str:
    """Return everything an exception and those behind it could tell a log."""
    words = []
    while error is not None:
        words += ["".join(traceback.format_exception_only(error)), repr(error), repr(vars(error))]
        error = error.__context__ or error.__cause__
    return "\n".join(words)


def test_it_posts_and_reads_json() -> None:
    with Wire(answer({"errcode": 0, "名": "张三"})) as wire:
        got = _http().post(f"{wire.base}/a", {"k": "a b+c&d"}, "签到".encode(), sends=True)

    assert got == {"errcode": 0, "名": "张三"}
    head, body = wire.requests[0]
    assert head.startswith("POST /a?k=a+b%2Bc%26d HTTP/1.1\r\n")
    assert body.decode() == "签到"


def test_it_keeps_a_connection() -> None:
    with Wire(default=answer({"errcode": 0})) as wire:
        http = _http()
        for _ in range(3):
            http.get(f"{wire.base}/a", {"b": "1"})

    assert len(wire.requests) == 3


LOST: dict[str, Behaviour] = {
    "502": answer(b"<html>", status="502 Bad Gateway"),
    "500空": answer(b"", status="500 Oops"),
    "不是JSON": answer(b"not json"),
    "空": answer(b""),
    "一列": answer([1]),
    "十万层": answer(b"[" * 100_000),
    "重定向": answer(b"", status="302 Found", headers="Location: http://127.0.0.1:1/\r\n"),
    "不回就断": drop,
    "回一半就断": raw(b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"errcode"'),
    "头一半就断": raw(b"HTTP/1.1 200"),
    "不是HTTP": raw(b"SSH-2.0-OpenSSH\r\n\r\n"),
    "太大": answer(b" " * (1024 * 1024 + 1) + b"{}"),
    "头太多": raw(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n{}"),
    "声称压缩": answer(b"{}x", headers="Content-Encoding: gzip\r\n"),
}


@pytest.mark.parametrize("behaviour", LOST.values(), ids=LOST)
def test_a_lost_answer_to_a_send_is_uncertain(behaviour: Behaviour) -> None:
    with Wire(default=behaviour) as wire:
        failure = _fail(wire.base, deadline=AMPLE)

    assert failure.uncertain
    assert not failure.permanent
    assert len(wire.requests) == 1
    assert SECRET not in _all_words(failure)
    assert failure.__context__ is None


@pytest.mark.parametrize("behaviour", LOST.values(), ids=LOST)
def test_a_lost_answer_to_a_question_may_be_asked_again(behaviour: Behaviour) -> None:
    with Wire(default=behaviour) as wire:
        failure = _fail(wire.base, sends=False, deadline=AMPLE)

    assert not failure.uncertain
    assert not failure.permanent


def test_a_server_that_hangs_ends_at_the_deadline(stop: threading.Event) -> None:
    with Wire(default=hang(stop)) as wire:
        started = time.monotonic()
        failure = _fail(wire.base)

    assert failure.uncertain
    assert failure.code == "timeout"
    assert failure.pauses_channel  # the next request would hang, too
    assert failure.retry_after == timedelta(seconds=30)
    assert time.monotonic() - started < DEADLINE + 1
    assert SECRET not in _all_words(failure)


@pytest.mark.parametrize("skipped", [0, 40], ids=["头", "正文"])
def test_a_trickle_ends_at_the_deadline(stop: threading.Event, skipped: int) -> None:
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n" + b" " * 48 + b"{}"

    def behave(connection: socket.socket) -> None:
        connection.sendall(whole[:skipped])
        trickle(whole[skipped:], stop)(connection)

    with Wire(default=behave) as wire:
        started = time.monotonic()
        failure = _fail(wire.base)

    assert failure.uncertain
    assert time.monotonic() - started < DEADLINE + 1


def test_nobody_listening_is_safe_to_try_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"

    failure = _fail(base)

    assert not failure.uncertain
    assert not failure.permanent
    assert failure.pauses_channel
    assert SECRET not in _all_words(failure)


def test_a_name_that_does_not_exist_is_safe_to_try_again() -> None:
    failure = _fail("https://zhibu.invalid")

    assert not failure.uncertain
    assert SECRET not in _all_words(failure)


def test_a_failed_handshake_is_safe_to_try_again() -> None:
    with Wire(default=drop) as wire:
        failure = _fail(wire.base.replace("http:", "https:"))

    assert not failure.uncertain
    assert SECRET not in _all_words(failure)


def test_a_refusal_by_a_gateway_is_a_matter_of_configuration() -> None:
    with Wire(answer(b"", status="404 Not Found")) as wire:
        failure = _fail(wire.base)

    assert failure.pauses_channel
    assert not failure.uncertain
    assert "api_base" in failure.reason


def test_too_many_requests_rest_for_a_minute() -> None:
    with Wire(answer(b"", status="429 Too Many Requests")) as wire:
        failure = _fail(wire.base)

    assert failure.retry_after == timedelta(minutes=1)
    assert failure.pauses_channel


BASES = ["http://qyapi.weixin.qq.com", "http://10.0.0.1", "ftp://127.0.0.1", "127.0.0.1", ""]


@pytest.mark.parametrize("base", BASES)
def test_only_https_or_this_machine_is_called(base: str) -> None:
    assert _fail(base).permanent


def test_this_machine_needs_permission_too() -> None:
    with Wire() as wire, pytest.raises(SendError):
        Http().get(f"{wire.base}/a", {})

    assert wire.requests == []


def test_the_librarys_debug_log_holds_no_query(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), Wire(default=answer({"errcode": 0})) as wire:
        _http().get(f"{wire.base}/cgi-bin/gettoken", {"corpsecret": SECRET})

    assert "/cgi-bin/gettoken" in caplog.text
    assert SECRET not in caplog.text


def test_an_idle_connection_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.http._IDLE", 0.0)

    with Wire(default=answer({"errcode": 0})) as wire:
        http = _http()
        http.get(f"{wire.base}/a", {})
        http.get(f"{wire.base}/a", {})

    assert len(wire.requests) == 2


def test_it_lets_an_address_know_and_sends_nothing_but_the_request() -> None:
    with Wire(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")) as wire:
        _http(AMPLE).touch(f"{wire.base}/ping/{SECRET}")

    head, body = wire.requests[0]
    assert head.startswith(f"GET /ping/{SECRET} HTTP/1.1\r\n")
    assert body == b""


@pytest.mark.parametrize("status", ["302 Found", "404 Not Found", "500 Oops"])
def test_an_address_that_does_not_answer_well_was_not_told(
    status: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bad = f"HTTP/1.1 {status}\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"
    with Wire(raw(bad.encode())) as wire, pytest.raises(SendError) as failure:
        _http(AMPLE).touch(f"{wire.base}/ping/{SECRET}")

    assert len(wire.requests) == 1
    assert SECRET not in _all_words(failure.value)
    assert SECRET not in caplog.text


def test_it_lets_no_address_know_over_plain_http() -> None:
    with pytest.raises(SendError):
        Http(allow_insecure=True).touch("http://watchdog.example.org/ping")
