"""The webhook, every way an HTTP request can arrive at it."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bot.clock import ManualClock
from bot.domain.incoming import Answer, Event, Kind
from bot.domain.ports import Opened, Rejected
from bot.services.incoming_limits import MemoryThrottle, per_minute
from bot.web.webhook import MAX_BODY, TOO_FAST, Slow, Webhook
from tests.web.fakes import NOW, FakePipeline, FakeReceiver, a_message, plain_seal


@dataclass
class Browser:
    """Calls a WSGI application and remembers the answer."""

    wsgi: Webhook
    status: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: bytes = b"", environ: dict[str, object] | None = None
    ) -> bytes:
        """Send one request; `environ` replaces values of the WSGI environment, None removes."""
        values: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "msg_signature=abc&nonce=1",
            "CONTENT_LENGTH": str(len(body)) if method == "POST" else "",
            "wsgi.input": io.BytesIO(body),
            **(environ or {}),
        }
        values = {key: value for key, value in values.items() if value is not None}
        return b"".join(self.wsgi(values, self._start))

    def _start(self, status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
        self.status, self.headers = status, dict(headers)


def pages(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Stand in for the Flask application."""
    start_response("200 OK", [])
    return [b"page " + environ["PATH_INFO"].encode()]


@pytest.fixture
def pipeline() -> FakePipeline:
    return FakePipeline()


@pytest.fixture
def receiver() -> FakeReceiver:
    return FakeReceiver()


@pytest.fixture
def browser(receiver: FakeReceiver, pipeline: FakePipeline) -> Browser:
    receivers = {"wecom": receiver, "三支部": FakeReceiver("三支部")}
    return Browser(Webhook(receivers, pipeline, ManualClock(NOW), pages))


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    """Return what the webhook logged, with all values."""
    caplog.set_level(logging.DEBUG, "bot.web.webhook")
    return lambda: [{**vars(each), "text": each.getMessage()} for each in caplog.records]


class NotGiven:
    """A body that must not be read."""

    def read(self, _size: int = -1) -> bytes:
        raise AssertionError("the body was read")


class Broken:
    """A body whose sender went away."""

    def read(self, _size: int = -1) -> bytes:
        raise ConnectionResetError


class Overflowing:
    """A body that gives more than it is asked for."""

    def read(self, size: int = -1) -> bytes:
        return b"x" * (size + 1)


def test_it_answers_the_platforms_check_with_the_exact_bytes(browser: Browser) -> None:
    body = browser.ask("GET", "/webhook/wecom")

    assert body == b"\xe7echo:msg_signature=abc&nonce=1"
    assert browser.status == "200 OK"
    assert browser.headers["Content-Length"] == str(len(body))


def test_it_hands_a_delivery_to_the_pipeline_and_seals_the_answer(
    browser: Browser, receiver: FakeReceiver, pipeline: FakePipeline
) -> None:
    body = browser.ask("POST", "/webhook/wecom", b"<xml/>")

    assert receiver.seen == [("msg_signature=abc&nonce=1", b"<xml/>", NOW)]
    assert pipeline.received == [a_message()]
    assert body.decode() == "✓ 张三，已签到。"
    assert browser.status == "200 OK"
    assert browser.headers["Content-Type"] == "application/xml"
    assert browser.headers["X-Content-Type-Options"] == "nosniff"


def test_it_answers_silence_when_the_pipeline_is_silent(
    browser: Browser, pipeline: FakePipeline
) -> None:
    pipeline.answer = Answer(None)

    assert browser.ask("POST", "/webhook/wecom", b"x") == b"silence"
    assert browser.status == "200 OK"


def test_it_answers_silence_when_nothing_in_the_delivery_is_for_us(
    browser: Browser,
    receiver: FakeReceiver,
    pipeline: FakePipeline,
    lines: Callable[[], list[dict[str, Any]]],
) -> None:
    receiver.opened = Opened(None, plain_seal, note="unknown type")

    assert browser.ask("POST", "/webhook/wecom", b"x") == b"silence"
    assert browser.status == "200 OK"
    assert pipeline.received == []
    assert lines()[-1]["reason"] == "unknown type"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("status", "shown"),
    [(403, "403 Forbidden"), (400, "400 Bad Request"), (500, "400 Bad Request")],
)
def test_it_refuses_without_a_word_what_is_not_authentic(
    browser: Browser, receiver: FakeReceiver, method: str, status: int, shown: str
) -> None:
    receiver.error = Rejected(status, "signature differs")

    assert browser.ask(method, "/webhook/wecom", b"x") == b""
    assert browser.status == shown


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_never_answers_5xx_when_opening_breaks(
    browser: Browser, receiver: FakeReceiver, pipeline: FakePipeline, method: str
) -> None:
    receiver.error = RecursionError("too deep")

    assert browser.ask(method, "/webhook/wecom", b"x") == b""
    assert browser.status == "400 Bad Request"
    assert pipeline.received == []


def test_it_answers_500_only_when_nothing_was_stored(
    browser: Browser, pipeline: FakePipeline, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    pipeline.error = OSError("disk full")

    assert browser.ask("POST", "/webhook/wecom", b"x") == b""
    assert browser.status == "500 Internal Server Error"
    failed = next(line for line in lines() if line["text"] == "delivery not stored")
    assert failed["message_id"] == "1234567890123456789"
    assert failed["exc_info"]


def test_it_answers_200_when_what_was_recorded_cannot_be_sealed(
    browser: Browser, receiver: FakeReceiver
) -> None:
    def broken(answer: Answer) -> tuple[str, bytes]:
        raise ValueError

    receiver.opened = Opened(a_message(), broken)

    assert browser.ask("POST", "/webhook/wecom", b"x") == b""
    assert browser.status == "200 OK"


@pytest.mark.parametrize(
    "path", ["/webhook/nobody", "/webhook/", "/webhook/wecom/", "/webhook/WECOM"]
)
def test_it_knows_no_other_names(browser: Browser, receiver: FakeReceiver, path: str) -> None:
    assert browser.ask("POST", path, b"x") == b""
    assert browser.status == "404 Not Found"
    assert receiver.seen == []


def test_it_knows_a_channel_with_a_chinese_name(browser: Browser) -> None:
    browser.ask("GET", "/webhook/三支部".encode().decode("latin-1"))

    assert browser.status == "200 OK"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "X"])
def test_it_refuses_other_methods_and_names_the_right_ones(browser: Browser, method: str) -> None:
    assert browser.ask(method, "/webhook/wecom") == b""
    assert browser.status == "405 Method Not Allowed"
    assert browser.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("path", ["/", "/rehearsal", "/webhook", "/healthz", "/webhooks/wecom"])
def test_it_hands_everything_else_to_the_pages(browser: Browser, path: str) -> None:
    assert browser.ask("GET", path) == b"page " + path.encode()


@pytest.mark.parametrize(
    ("length", "status"),
    [
        pytest.param(None, "411", id="没有长度"),
        pytest.param("", "411", id="长度是空的"),
        pytest.param("-1", "400", id="负数"),
        pytest.param("+5", "400", id="带加号"),
        pytest.param("5, 5", "400", id="写了两次"),
        pytest.param("٥", "400", id="不是ASCII数字"),
        pytest.param("1e3", "400", id="指数"),
        pytest.param(str(MAX_BODY + 1), "413", id="超过上限一个字节"),
        pytest.param("9" * 5000, "413", id="五千位数字"),
    ],
)
def test_it_refuses_a_strange_length_without_reading(
    browser: Browser, receiver: FakeReceiver, length: str | None, status: str
) -> None:
    environ: dict[str, object] = {"CONTENT_LENGTH": length, "wsgi.input": NotGiven()}

    assert browser.ask("POST", "/webhook/wecom", b"", environ) == b""
    assert browser.status.startswith(status)
    assert receiver.seen == []


def test_it_refuses_a_chunked_body_that_the_server_left_as_it_came(browser: Browser) -> None:
    environ: dict[str, object] = {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "wsgi.input": NotGiven(),
    }

    browser.ask("POST", "/webhook/wecom", b"5\r\nhello\r\n0\r\n\r\n", environ)

    assert browser.status == "411 Length Required"


def test_it_takes_a_body_of_exactly_the_limit(browser: Browser, receiver: FakeReceiver) -> None:
    browser.ask("POST", "/webhook/wecom", b"x" * MAX_BODY)

    assert browser.status == "200 OK"
    assert len(receiver.seen[0][1]) == MAX_BODY


@pytest.mark.parametrize(
    ("stream", "status"),
    [
        pytest.param(io.BytesIO(b"abc"), "400", id="少于所说"),
        pytest.param(Broken(), "400", id="中途断开"),
        pytest.param(Overflowing(), "413", id="多于所说"),
    ],
)
def test_it_counts_the_bytes_itself(
    browser: Browser, receiver: FakeReceiver, stream: object, status: str
) -> None:
    environ: dict[str, object] = {"CONTENT_LENGTH": "10", "wsgi.input": stream}

    browser.ask("POST", "/webhook/wecom", b"", environ)

    assert browser.status.startswith(status)
    assert receiver.seen == []


def test_it_reads_a_body_that_comes_in_pieces(browser: Browser, receiver: FakeReceiver) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(2, size or 0))

    environ: dict[str, object] = {"CONTENT_LENGTH": "5", "wsgi.input": Slow(b"hello")}

    browser.ask("POST", "/webhook/wecom", b"", environ)

    assert receiver.seen[0][1] == b"hello"


def test_it_reads_no_further_than_the_announced_length(
    browser: Browser, receiver: FakeReceiver
) -> None:
    stream = io.BytesIO(b"hello" + b"x" * 5_000_000)

    environ: dict[str, object] = {"CONTENT_LENGTH": "5", "wsgi.input": stream}

    browser.ask("POST", "/webhook/wecom", b"", environ)

    assert receiver.seen[0][1] == b"hello"


def test_it_logs_ids_and_outcome_but_nothing_personal_and_no_query(
    browser: Browser, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    browser.ask("POST", "/webhook/wecom", b"<xml>secret body</xml>")

    [line] = lines()
    assert line["message_id"] == "1234567890123456789"
    assert line["outcome"] == "answered"
    assert line["status"] == 200
    assert line["us"] >= 0
    for private in ("zhangsan", "签到", "秘密", "张三", "secret body", "msg_signature", "nonce"):
        assert private not in repr(line)


def test_it_logs_an_events_id_as_a_digest_since_it_names_the_sender(
    browser: Browser, receiver: FakeReceiver, lines: Callable[[], list[dict[str, Any]]]
) -> None:
    event = a_message(kind=Kind.EVENT, event=Event.ENTER, message_id="zhangsan-account:1773:enter")
    receiver.opened = Opened(event, plain_seal)

    browser.ask("POST", "/webhook/wecom", b"x")

    assert lines()[0]["message_id"].startswith("event:")
    assert "zhangsan" not in repr(lines())


def test_it_logs_no_line_where_none_is_wanted(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "bot.web.webhook")

    browser.ask("POST", "/webhook/wecom", b"x")

    assert caplog.records == []


def _slow(receiver: FakeReceiver, pipeline: FakePipeline) -> Browser:
    clock = ManualClock(NOW)
    limits = Slow(MemoryThrottle(clock), of_sender=per_minute(2), of_address=per_minute(2))
    return Browser(Webhook({"wecom": receiver}, pipeline, clock, pages, limits))


def test_who_writes_faster_than_anybody_can_is_told_so_and_nothing_is_done(
    receiver: FakeReceiver, pipeline: FakePipeline
) -> None:
    browser = _slow(receiver, pipeline)

    answers = [browser.ask("POST", "/webhook/wecom", b"<xml/>").decode() for _ in range(3)]
    receiver.opened = Opened(a_message(sender_id="another"), plain_seal)
    other = browser.ask("POST", "/webhook/wecom", b"<xml/>").decode()

    assert answers == ["✓ 张三，已签到。", "✓ 张三，已签到。", TOO_FAST]
    assert browser.status == "200 OK"
    assert other == "✓ 张三，已签到。"
    assert len(pipeline.received) == 3


def test_an_address_that_opens_pages_without_end_has_to_wait(
    receiver: FakeReceiver, pipeline: FakePipeline
) -> None:
    browser = _slow(receiver, pipeline)
    here: dict[str, object] = {"REMOTE_ADDR": "10.0.0.7"}

    for _ in range(2):
        browser.ask("GET", "/", environ=here)
        assert browser.status == "200 OK"
    refused = browser.ask("GET", "/", environ=here).decode()

    assert browser.status.startswith("429")
    assert 0 < int(browser.headers["Retry-After"]) <= 60
    assert "太快" in refused
    for path in ("/healthz", "/metrics", "/static/zhibu.css"):
        browser.ask("GET", path, environ=here)
        assert browser.status == "200 OK"
    browser.ask("GET", "/", environ={"REMOTE_ADDR": "10.0.0.8"})
    assert browser.status == "200 OK"
    browser.ask("POST", "/webhook/wecom", b"<xml/>", environ=here)
    assert browser.status == "200 OK"
