"""What the process says about itself: JSON lines in production, short lines on a terminal.

Modules log through the standard library (`logging.getLogger(__name__)`, values in `extra={…}`)
or through structlog, which ends there too and is loaded by `configure` only.
Nothing leaves the process before secrets and long numbers were struck out, not even the text of
an exception or a debug line of a library.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from json import JSONEncoder
from types import MappingProxyType, TracebackType
from typing import IO
from zoneinfo import ZoneInfo

STRUCK = "***"

# Ids that only the platform or we give out; long numbers in them are wanted.
_ID_KEYS = frozenset(
    {"message_id", "delivery", "inbound_id", "outbox_id", "batch_id", "platform_id", "timestamp"}
)
_SECRET_KEY = re.compile(r"secret|token|aes_?key|passw|signature|authorization|cookie|^key$", re.I)
# `access_token=…`, `"corpsecret": "…"`, `aes_key='…'`, also inside an escaped JSON text.
_NAMED = re.compile(
    r"((?:secret|token|aes_?key|password|passwd|signature|echostr|authorization|cookie"
    r"|(?<![a-z_])key(?==)|(?<=[?&])code(?==))\\?[\"']?\s*[=:]\s*)"
    r"(?:(\\?\")[^\"\\\n]+|(\\?')[^'\\\n]+|(?:bearer\s+)?[^\s\"'&,;)}\]\\]+)",
    re.I,
)
_IN_ADDRESS = re.compile(r"(://[^\s:/@]*:)[^\s/@]+(?=@)")
# Phone, ID and card numbers, written in one piece or in the usual groups.
_NUMBERS = re.compile(
    r"\d{11,}x?"
    r"|(?<!\d)1\d\d[ -]\d{4}[ -]\d{4}(?!\d)"
    r"|(?<!\d)(?:\d{4}[ -]){3}\d{1,4}(?:[ -]?\d{1,4})?",
    re.I,
)
_SHORTEST_NUMBER = 11
_LONG = 10 ** (_SHORTEST_NUMBER - 1)
_ENCODER = JSONEncoder(ensure_ascii=False)
_WALL = ZoneInfo("Asia/Shanghai")
_NOTHING: Mapping[str, object] = MappingProxyType({})
_BOUND: ContextVar[Mapping[str, object]] = ContextVar("bound", default=_NOTHING)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"taskName"}

_Line = dict[str, object]


def redact(text: str) -> str:
    """Return a text without secrets, tokens, passwords and long runs of digits."""
    if "=" in text or ":" in text:
        text = _IN_ADDRESS.sub(rf"\1{STRUCK}", _NAMED.sub(rf"\1\2\3{STRUCK}", text))
    return _NUMBERS.sub(STRUCK, text) if len(text) >= _SHORTEST_NUMBER else text


@contextmanager
def bound(**values: object) -> Iterator[None]:
    """Add values, such as the id of a delivery, to every line logged inside the block."""
    token = _BOUND.set({**_BOUND.get(), **values})
    try:
        yield
    finally:
        _BOUND.reset(token)


def configure(
    *, json: bool, level: int | str = logging.INFO, stream: IO[str] | None = None
) -> None:
    """Send everything that is logged, warned or left uncaught to one redacted stream.

    Args:
        json: One JSON object a line; otherwise short lines for a person at a terminal.
        level: Lowest level that is written, a number or a name such as `INFO`.
        stream: Where to write; standard error unless told.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Formatter(_ENCODER.encode if json else _short_line))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper() if isinstance(level, str) else level)
    logging.captureWarnings(True)
    logging.raiseExceptions = not json  # a broken log call would print its arguments unredacted
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # unused
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread
    _route_structlog()


def _route_structlog() -> None:
    """Send loggers of structlog through the standard library, so that all lines take one way."""
    import structlog  # 80 ms that commands without logs need not pay

    structlog.configure(
        processors=[structlog.stdlib.render_to_log_args_and_kwargs],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


class _Formatter(logging.Formatter):
    """Turns a record into plain redacted values, and those into a line.

    structlog's own formatter does the same through a chain of processors in 52 µs a line; this
    one takes 33, and the webhook writes a line a message.
    """

    def __init__(self, render: Callable[[_Line], str]) -> None:
        super().__init__()
        self._render = render

    def format(self, record: logging.LogRecord) -> str:
        """Return the redacted line of a record."""
        line = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat("T", "milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_BOUND.get(),
        }
        for key, value in vars(record).items():
            if key not in _STANDARD:
                line[key] = value
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = record.stack_info
        return self._render({key: _clean(key, value) for key, value in line.items()})


def _clean(key: str, value: object) -> object:
    """Return a value fit for the log; whatever is not plain data becomes redacted text."""
    if isinstance(value, str):
        return _clean_text(key, value)
    if value is None or isinstance(value, (bool, float)):
        return value
    if isinstance(value, int):
        return value if abs(value) < _LONG or key in _ID_KEYS else STRUCK
    if isinstance(value, Mapping):
        return {str(name): _clean(str(name), item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(key, item) for item in value]
    return _clean_text(key, str(value))


def _clean_text(key: str, text: str) -> str:
    if key in _ID_KEYS:
        return text
    return STRUCK if _is_secret(key) else redact(text)


@lru_cache(maxsize=256)
def _is_secret(key: str) -> bool:
    return _SECRET_KEY.search(key) is not None


def _short_line(line: _Line) -> str:
    """Render `09:58:02 WARNING bot.web.webhook delivery channel=wecom`, then any traceback."""
    moment = datetime.fromisoformat(str(line.pop("timestamp"))).astimezone(_WALL)
    below = [str(line.pop(key)) for key in ("exception", "stack") if key in line]
    level = str(line.pop("level")).upper()
    head = f"{moment:%H:%M:%S} {level:<7} {line.pop('logger')} {_one_line(line.pop('event'))}"
    values = (f"{key}={_one_line(value)}" for key, value in line.items())
    return "\n".join([" ".join([head, *values]), *below])


def _one_line(value: object) -> str:
    """Keep a text from faking further lines."""
    text = str(value)
    return text if text.isprintable() else repr(text)


def _log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("bot").critical("uncaught error", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None:
        return
    name = args.thread.name if args.thread else "unknown"
    info = (args.exc_type, args.exc_value, args.exc_traceback)
    logging.getLogger("bot").critical("uncaught error in thread %s", name, exc_info=info)
