"""The HTTP client for platform calls: bounded in time and size, silent about secrets.

Access tokens and webhook keys travel in the query string, so no URL may reach a log or an
exception. Every failure becomes a `SendError` that is raised outside the `except` block, which
leaves no chained exception of the library behind.
"""

from __future__ import annotations

import http.client
import io
import json
import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3
from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from bot.config import is_allowed_base
from bot.domain.sending import SendError

if TYPE_CHECKING:
    import socket

MAX_ANSWER = 1024 * 1024
_IDLE = 10.0  # seconds; a connection idle for longer may be half closed, which loses requests
_POOLED = 8
_CONFIGURATION_PAUSE = timedelta(minutes=10)
_UNREACHABLE_PAUSE = timedelta(seconds=30)
_JSON_KIND = "application/json; charset=utf-8"
_TIMEOUT = "timeout"
_LOST = "请求已发出，但没有收到有效的回执"


class Http:
    """Calls platform interfaces that speak JSON.

    Args:
        connect: Seconds a connection may take.
        deadline: Seconds until the last byte of the answer, counted from the start.
        allow_insecure: Let plain http to this machine through (tests).

    Attributes:
        told_at: What time it was by the clock of the last server that answered, to the second.
    """

    def __init__(
        self, *, connect: float = 3.0, deadline: float = 12.0, allow_insecure: bool = False
    ) -> None:
        self._connect = connect
        self._deadline = deadline
        self._allow_insecure = allow_insecure
        self.told_at: datetime | None = None
        self._pools = urllib3.PoolManager(maxsize=_POOLED, retries=False)
        self._pools.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def get(self, url: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Return the JSON object a platform answers; nothing was sent by it to anybody.

        Args:
            url: Without a query.

        Raises:
            SendError: Anything that went wrong, never `uncertain`.
        """
        return self._json("GET", url, query, None, sends=False)

    def post(
        self, url: str, query: Mapping[str, str], body: bytes, *, sends: bool
    ) -> dict[str, Any]:
        """Return the JSON object a platform answers to a JSON body.

        Args:
            url: Without a query.
            sends: The call delivers something to people, so that a lost answer is `uncertain`.

        Raises:
            SendError: Anything that went wrong before a JSON object was received.
        """
        return self._json("POST", url, query, body, sends=sends)

    def upload(
        self, url: str, query: Mapping[str, str], name: str, content: bytes
    ) -> dict[str, Any]:
        """Return the JSON object a platform answers to a file; nobody gets it by that.

        Args:
            name: The file's name, as people see it.

        Raises:
            SendError: Anything that went wrong, never `uncertain`.
        """
        fields = {"media": (name, content, "application/octet-stream")}
        body, kind = urllib3.encode_multipart_formdata(fields)
        return self._json("POST", url, query, body, sends=False, kind=kind)

    def download(self, url: str, query: Mapping[str, str], most: int) -> bytes | dict[str, Any]:
        """Return a file, or the JSON object that says why there is none.

        Args:
            most: Bytes it may have.

        Raises:
            SendError: Anything that went wrong, never `uncertain`.
        """
        self._check(url)
        status, data, kind = self._exchange(
            "GET", f"{url}?{urlencode(query)}", None, sends=False, most=most
        )
        if status != HTTPStatus.OK:
            raise _bad_status(status, sends=False)
        # A refusal comes with status 200 as well: only the kind of the answer tells it from a file.
        if not kind.lower().startswith(("application/json", "text/")):
            return data
        answer = _parsed(data)
        if answer is None:
            raise SendError(f"{_LOST}（不是 JSON）", code="not_json")
        return answer

    def touch(self, url: str) -> None:
        """Let an address know that we are there; what it answers is not looked at.

        Raises:
            SendError: It could not be reached, or did not answer 2xx.
        """
        if not is_allowed_base(url, allow_insecure=self._allow_insecure):
            raise SendError("地址必须是 https", code="ping_url", permanent=True)
        _call.hidden = True
        try:
            status, _, _ = self._exchange("GET", url, None, sends=False)
        finally:
            _call.hidden = False
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise SendError("没有应答成功", code=status)

    def _check(self, url: str) -> None:
        if not is_allowed_base(url, allow_insecure=self._allow_insecure):
            raise SendError("接口地址必须是 https", code="api_base", permanent=True)

    def _json(
        self,
        method: str,
        url: str,
        query: Mapping[str, str],
        body: bytes | None,
        *,
        sends: bool,
        kind: str = _JSON_KIND,
    ) -> dict[str, Any]:
        self._check(url)
        whole = f"{url}?{urlencode(query)}" if query else url
        status, data, _ = self._exchange(method, whole, body, sends=sends, kind=kind)
        if status != HTTPStatus.OK:
            raise _bad_status(status, sends=sends)
        answer = _parsed(data)
        if answer is None:
            raise SendError(f"{_LOST}（不是 JSON）", code="not_json", uncertain=sends)
        return answer

    def _exchange(
        self,
        method: str,
        url: str,
        body: bytes | None,
        *,
        sends: bool,
        kind: str = _JSON_KIND,
        most: int = MAX_ANSWER,
    ) -> tuple[int, bytes, str]:
        _call.deadline = monotonic() + self._deadline
        _call.written = False
        try:
            return self._request(method, url, body, kind, most)
        except (HTTPError, OSError, http.client.HTTPException, ValueError) as error:
            code = _code(error)
        raise _failure(code, written=_call.written, sends=sends)

    def _request(
        self, method: str, url: str, body: bytes | None, kind: str, most: int
    ) -> tuple[int, bytes, str]:
        response = self._pools.request(
            method,
            url,
            body=body,
            headers={"Content-Type": kind, "User-Agent": "zhibu"},
            redirect=False,
            preload_content=False,
            decode_content=False,
            timeout=urllib3.Timeout(connect=self._connect, read=self._deadline),
        )
        try:
            data = response.read(most + 1)
        except BaseException:
            response.close()
            raise
        if len(data) > most:
            response.close()
            raise http.client.HTTPException
        response.release_conn()
        self.told_at = _date_of(response) or self.told_at
        return response.status, data, response.headers.get("Content-Type", "")


class _Call(threading.local):
    """The exchange this thread is in.

    Attributes:
        hidden: The whole address is a secret, not only its query.
    """

    deadline: float = 0.0
    written: bool = False
    hidden: bool = False


_call = _Call()


class _Deadlined(io.RawIOBase):
    """A socket's stream whose every read ends at the exchange's deadline, so that trickles end."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = _call.deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_Deadlined(self.fp.detach(), sock))


class _Watched(HTTPConnection):
    """A connection that notes when a request began to be written."""

    response_class = _Answer
    _used_at = 0.0

    def connect(self) -> None:
        super().connect()
        self._used_at = monotonic()

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _call.written = True
        self._used_at = monotonic()
        self.sock.settimeout(max(0.001, _call.deadline - self._used_at))
        super().send(data)

    @property
    def is_connected(self) -> bool:
        return monotonic() - self._used_at < _IDLE and super().is_connected


class _SecureWatched(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureWatched


class _WithoutQueries(logging.Filter):
    """Cuts query strings, and paths that are secrets, off what the library logs of requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_shown(arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


def _shown(arg: str) -> str:
    return "/" if _call.hidden and arg.startswith("/") else arg.partition("?")[0]


for _library_logger in ("urllib3.connectionpool", "urllib3.connection"):
    logging.getLogger(_library_logger).addFilter(_WithoutQueries())


def _date_of(response: BaseHTTPResponse) -> datetime | None:
    try:
        moment = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _code(error: Exception) -> str:
    seen = (error, *error.args)
    is_late = any(
        isinstance(each, (TimeoutError, urllib3.exceptions.TimeoutError)) for each in seen
    )
    return _TIMEOUT if is_late else "network"


def _failure(code: str, *, written: bool, sends: bool) -> SendError:
    """Say what a failed exchange means; where nobody answers, the next request would hang, too."""
    if not written:
        return SendError(
            "连不上平台，请求没有发出，稍后再试",
            code=f"connect_{code}",
            retry_after=_UNREACHABLE_PAUSE,
            pauses_channel=True,
        )
    hangs = code == _TIMEOUT
    return SendError(
        _LOST,
        code=code,
        uncertain=sends,
        retry_after=_UNREACHABLE_PAUSE if hangs else None,
        pauses_channel=hangs,
    )


def _bad_status(status: int, *, sends: bool) -> SendError:
    """Say what an HTTP status other than 200 means; a 4xx came from before the platform's logic."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return SendError(
            "平台要求放慢", code=status, retry_after=timedelta(minutes=1), pauses_channel=True
        )
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return SendError(
            f"接口地址不对或被网关拒绝（HTTP {status}），请检查 api_base",
            code=status,
            retry_after=_CONFIGURATION_PAUSE,
            pauses_channel=True,
        )
    return SendError(f"{_LOST}（HTTP {status}）", code=status, uncertain=sends)


def _parsed(data: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
