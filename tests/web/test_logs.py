"""What the log shows, and what it never shows."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator

import pytest
import structlog

from bot import logs
from bot.logs import STRUCK, bound, configure, redact

log = logging.getLogger("bot.test")


@pytest.fixture(autouse=True)
def untouched_logging() -> Iterator[None]:
    """Put the process back as it was."""
    root = logging.getLogger()
    before = (list(root.handlers), root.level, sys.excepthook, threading.excepthook)
    flags = (logging.raiseExceptions, logging.logThreads, logging.logProcesses)
    yield
    root.handlers[:], level, sys.excepthook, threading.excepthook = before
    root.setLevel(level)
    logging.raiseExceptions, logging.logThreads, logging.logProcesses = flags
    logging.logMultiprocessing = True
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.fixture
def written() -> Callable[[], list[dict[str, object]]]:
    """Log JSON, and return it read back."""
    stream = io.StringIO()
    configure(json=True, level="debug", stream=stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def terminal() -> io.StringIO:
    """Log for a person, into this."""
    stream = io.StringIO()
    configure(json=False, level=logging.INFO, stream=stream)
    return stream


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("?access_token=Abc-1_2&type=1", "?access_token=***&type=1", id="令牌"),
        pytest.param("corpsecret=xY9", "corpsecret=***", id="企业密钥"),
        pytest.param("send?key=693a-91f6", "send?key=***", id="群机器人"),
        pytest.param("?code=Q1w2&state=x", "?code=***&state=x", id="网页授权"),
        pytest.param("error code=40001", "error code=40001", id="错误码留着"),
        pytest.param("rule_key=dues", "rule_key=dues", id="别的key留着"),
        pytest.param("msg_signature=5c&nonce=1", "msg_signature=***&nonce=1", id="签名"),
        pytest.param("{'secret': 'a b', 'x': 1}", "{'secret': '***', 'x': 1}", id="字典"),
        pytest.param('{"aes_key": "k1", "n": 2}', '{"aes_key": "***", "n": 2}', id="JSON"),
        pytest.param(r"\"token\": \"q\"", r"\"token\": \"***\"", id="转义的JSON"),
        pytest.param("Authorization: Bearer eyJ.x", "Authorization: ***", id="请求头"),
        pytest.param("postgresql://u:pw@h/db", "postgresql://u:***@h/db", id="数据库口令"),
        pytest.param("redis://:pw@h:6379/0", "redis://:***@h:6379/0", id="只有口令"),
        pytest.param("http://h:80/a@b", "http://h:80/a@b", id="端口留着"),
        pytest.param("电话13800138000。", "电话***。", id="手机号"),
        pytest.param("138 0013 8000", "***", id="分段的手机号"),
        pytest.param("138-0013-8000", "***", id="带横线的手机号"),
        pytest.param("11010119900307123X", "***", id="身份证号"),
        pytest.param("6222 0212 3456 7890 123", "***", id="卡号"),
        pytest.param("１３８００１３８０００", "***", id="全角数字"),
        pytest.param("2026-03-12 09:58:00", "2026-03-12 09:58:00", id="时间留着"),
        pytest.param("共1234567890条", "共1234567890条", id="十位数留着"),
    ],
)
def test_it_strikes_out_secrets_and_long_numbers(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_it_redacts_messages_values_and_tracebacks_alike(
    written: Callable[[], list[dict[str, object]]],
) -> None:
    try:
        raise ValueError("GET /gettoken?corpsecret=S3cret for 13800138000")
    except ValueError:
        log.exception(
            "call %s failed", "access_token=T0ken", extra={"secret": "S3cret", "n": 10**17}
        )

    [line] = written()
    assert line["event"] == f"call access_token={STRUCK} failed"
    assert line["secret"] == line["n"] == STRUCK
    assert "ValueError" in str(line["exception"])
    for leak in ("S3cret", "T0ken", "13800138000", "100000000000"):
        assert leak not in json.dumps(line)


def test_it_redacts_what_the_http_library_says(
    written: Callable[[], list[dict[str, object]]],
) -> None:
    logging.getLogger("urllib3.connectionpool").debug(
        '%s "POST %s" %s', "https://qyapi.weixin.qq.com:443", "/send?access_token=T0ken", 200
    )

    assert "T0ken" not in json.dumps(written())


def test_it_redacts_inside_lists_mappings_and_objects(
    written: Callable[[], list[dict[str, object]]],
) -> None:
    class Request:
        def __str__(self) -> str:
            return "corpsecret=S3cret"

    log.info("x", extra={"a": [{"token": "T"}, "key=K", 1.5, None, True], "b": Request()})

    assert written()[0]["a"] == [{"token": STRUCK}, f"key={STRUCK}", 1.5, None, True]
    assert written()[0]["b"] == f"corpsecret={STRUCK}"


def test_it_keeps_the_platforms_message_ids(written: Callable[[], list[dict[str, object]]]) -> None:
    log.info("delivery", extra={"message_id": "1234567890123456789", "outbox_id": 10**15})

    assert written()[0]["message_id"] == "1234567890123456789"
    assert written()[0]["outbox_id"] == 10**15


def test_it_says_when_who_and_how_grave(written: Callable[[], list[dict[str, object]]]) -> None:
    log.warning("闸门关了")

    [line] = written()
    assert list(line) == ["timestamp", "level", "logger", "event"]
    assert str(line["timestamp"]).endswith("+00:00")
    assert (line["level"], line["logger"], line["event"]) == ("warning", "bot.test", "闸门关了")


def test_bound_values_stand_on_every_line_of_the_block_and_on_no_other(
    written: Callable[[], list[dict[str, object]]],
) -> None:
    with bound(delivery="d1"):
        with bound(channel="wecom"):
            log.info("a")
        log.info("b")
    log.info("c")

    a, b, c = written()
    assert (a["delivery"], a["channel"]) == ("d1", "wecom")
    assert b["delivery"] == "d1"
    assert "channel" not in b
    assert "delivery" not in c


def test_loggers_of_structlog_take_the_same_way(
    written: Callable[[], list[dict[str, object]]],
) -> None:
    structlog.get_logger("bot.other").info("hello", token="T", n=3)

    assert written()[0] | {"timestamp": ""} == {
        "timestamp": "",
        "level": "info",
        "logger": "bot.other",
        "event": "hello",
        "token": STRUCK,
        "n": 3,
    }


def test_a_terminal_gets_short_lines_in_shanghai_time(terminal: io.StringIO) -> None:
    record = logging.makeLogRecord(
        {"name": "bot.web", "levelno": 30, "levelname": "WARNING", "msg": "slow", "created": 0.0}
    )
    logging.getLogger().handle(record)

    assert terminal.getvalue() == "08:00:00 WARNING bot.web slow\n"


def test_a_hostile_text_cannot_fake_a_line(terminal: io.StringIO) -> None:
    log.info("a\n08:00:00 ERROR bot fake", extra={"reason": "x\ny"})

    assert terminal.getvalue().count("\n") == 1
    assert r"reason='x\ny'" in terminal.getvalue()


def test_a_terminal_gets_the_traceback_below_the_line(terminal: io.StringIO) -> None:
    try:
        raise KeyError("token=T0ken")
    except KeyError:
        log.exception("broken")

    first, *rest = terminal.getvalue().splitlines()
    assert first.endswith("bot.test broken")
    assert rest[-1] == f"KeyError: 'token={STRUCK}'"


def test_what_nobody_caught_is_logged_and_redacted(
    written: Callable[[], list[dict[str, object]]],
) -> None:
    def fail() -> None:
        raise RuntimeError("secret=S3cret")

    thread = threading.Thread(target=fail, name="tick")
    thread.start()
    thread.join()
    try:
        fail()
    except RuntimeError as error:
        sys.excepthook(RuntimeError, error, error.__traceback__)

    in_thread, uncaught = written()
    assert in_thread["event"] == "uncaught error in thread tick"
    assert uncaught["event"] == "uncaught error"
    assert "S3cret" not in json.dumps([in_thread, uncaught])


def test_an_interrupt_is_no_error(
    written: Callable[[], list[dict[str, object]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "__excepthook__", lambda kind, *_: told.append(kind))

    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)

    assert told == [KeyboardInterrupt]
    assert written() == []


def test_a_thread_that_ends_itself_is_no_error(
    written: Callable[[], list[dict[str, object]]],
) -> None:
    threading.excepthook(threading.ExceptHookArgs((SystemExit, None, None, None)))

    assert written() == []


def test_warnings_go_the_same_way(written: Callable[[], list[dict[str, object]]]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old token=T0ken", DeprecationWarning, stacklevel=1)

    [line] = written()
    assert line["logger"] == "py.warnings"
    assert "T0ken" not in json.dumps(line)


def test_a_level_may_be_a_name(terminal: io.StringIO) -> None:
    configure(json=False, level="error", stream=terminal)

    log.warning("quiet")

    assert terminal.getvalue() == ""


def test_a_stack_is_written_where_one_is_asked_for(
    written: Callable[[], list[dict[str, object]]],
) -> None:
    log.info("here", stack_info=True)

    assert "test_a_stack" in str(written()[0]["stack"])


def test_a_broken_log_call_does_not_stop_the_program(
    written: Callable[[], list[dict[str, object]]],
) -> None:
    log.info("%d of %d", 1)
    log.info("next")

    assert [line["event"] for line in written()] == ["next"]


def test_importing_it_does_not_load_structlog() -> None:
    check = "import sys, bot.logs; sys.exit('structlog' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", check]).returncode == 0
    assert logs.__doc__
