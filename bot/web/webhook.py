"""The webhook: a lean WSGI callable beside the Flask app, since every message passes here."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2s
from http import HTTPStatus
from time import perf_counter_ns
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from bot.clock import Clock
from bot.domain.incoming import Answer, Incoming
from bot.domain.ports import Opened, Receiver, Rejected, Seal, Throttle
from bot.domain.sending import Pace
from bot.logs import bound
from bot.services.ports import Pipeline

PREFIX = "/webhook/"
WAIT = "打开得太快了，请{seconds}秒后再试。"
MAX_BODY = 1024 * 1024  # bytes; the largest real delivery is a few kilobytes
_MAX_LENGTH_DIGITS = 12
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
_UNCOUNTED = ("/healthz", "/readyz", "/metrics", "/static/")
_SILENCE = Answer(text=None)
TOO_FAST = "您发得太快了，这条没有办，请过一分钟再发。"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer.

    Attributes:
        outcome: One word for the log.
        reason: Why, for the log; no secrets, no personal data.
        message_id: The platform's id of the message, where there is one.
    """

    status: int
    outcome: str
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    reason: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Slow:
    """How much may come in.

    Attributes:
        of_sender: Messages of one account; None for any number. What the platforms deliver is not
            counted by address: it all comes from theirs.
        of_address: Pages for one address.
    """

    throttle: Throttle
    of_sender: Pace | None = None
    of_address: Pace | None = None

    def sender(self, message: Incoming) -> bool:
        """Tell whether somebody writes faster than anybody can."""
        name = f"sender:{message.space}:{message.sender_id}"
        return self.of_sender is not None and self.throttle.take(name, self.of_sender) > 0

    def address(self, environ: WSGIEnvironment) -> float:
        """Return how many seconds an address has to wait; what watches over us is never late."""
        path = environ.get("PATH_INFO", "")
        if self.of_address is None or path.startswith(_UNCOUNTED):
            return 0.0
        return self.throttle.take(f"address:{environ.get('REMOTE_ADDR', '')}", self.of_address)


class Webhook:
    """Answers `/webhook/<channel name>` by itself and hands everything else to the pages."""

    def __init__(
        self,
        receivers: Mapping[str, Receiver],
        pipeline: Pipeline,
        clock: Clock,
        fallback: WSGIApplication,
        slow: Slow | None = None,
    ) -> None:
        # WSGI hands paths over as Latin-1; names are looked up in the same dress.
        self._receivers = {
            PREFIX + name.encode().decode("latin-1"): receiver
            for name, receiver in receivers.items()
        }
        self._pipeline = pipeline
        self._clock = clock
        self._fallback = fallback
        self._slow = slow

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request."""
        path = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX):
            wait = 0.0 if self._slow is None else self._slow.address(environ)
            return (
                self._fallback(environ, start_response)
                if not wait
                else _later(wait, start_response)
            )
        receiver = self._receivers.get(path)
        if receiver is None:
            return _send(Reply(404, "unknown"), start_response)
        return _send(self._answer(receiver, environ), start_response)

    def _answer(self, receiver: Receiver, environ: WSGIEnvironment) -> Reply:
        started = perf_counter_ns()
        with bound(channel=receiver.name, delivery=os.urandom(4).hex()):
            method = environ["REQUEST_METHOD"]
            if method == "POST":
                reply = self._deliver(receiver, environ)
            elif method == "GET":
                reply = _verify(receiver, environ.get("QUERY_STRING", ""))
            else:
                reply = Reply(405, "refused", reason="method")
            _note(reply, (perf_counter_ns() - started) // 1000)
        return reply

    def _deliver(self, receiver: Receiver, environ: WSGIEnvironment) -> Reply:
        try:
            body = _read(environ)
            opened = receiver.open(environ.get("QUERY_STRING", ""), body, self._clock.now())
        except Rejected as refusal:
            return _refused(refusal)
        except Exception:
            return _broken()
        if opened.message is None:
            return _sealed(opened.seal, _SILENCE, Reply(200, "ignored", reason=opened.note))
        if self._slow is not None and self._slow.sender(opened.message):
            said = Answer(text=TOO_FAST)
            message_id = _loggable_id(opened.message)
            return _sealed(opened.seal, said, Reply(200, "too fast", message_id=message_id))
        return self._receive(opened, opened.message)

    def _receive(self, opened: Opened, message: Incoming) -> Reply:
        message_id = _loggable_id(message)
        try:
            answer = self._pipeline.receive(message)
        except Exception:
            log.exception("delivery not stored", extra={"message_id": message_id})
            return Reply(500, "failed", message_id=message_id)
        outcome = "silent" if answer.text is None else "answered"
        return _sealed(opened.seal, answer, Reply(200, outcome, message_id=message_id))


def _later(wait: float, start_response: StartResponse) -> Iterable[bytes]:
    body = WAIT.format(seconds=int(wait) + 1).encode()
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Retry-After", str(int(wait) + 1)),
    ]
    start_response(_STATUS_LINES[429], headers)
    return [body]


def _verify(receiver: Receiver, query: str) -> Reply:
    """Answer the platform's check of our address."""
    try:
        return Reply(200, "verified", receiver.verify(query))
    except Rejected as refusal:
        return _refused(refusal)
    except Exception:
        return _broken()


def _read(environ: WSGIEnvironment) -> bytes:
    """Return the body, counted byte by byte.

    Raises:
        Rejected: No honest length (chunked bodies that the server did not undo, no or a strange
            Content-Length), more than `MAX_BODY`, or fewer bytes than announced.
    """
    announced = environ.get("CONTENT_LENGTH") or ""
    if not announced or "HTTP_TRANSFER_ENCODING" in environ:
        raise Rejected(411, "no length")
    if not (announced.isascii() and announced.isdigit()):
        raise Rejected(400, "strange length")
    if len(announced) > _MAX_LENGTH_DIGITS or int(announced) > MAX_BODY:
        raise Rejected(413, "too large")
    return _read_exactly(environ, int(announced))


def _read_exactly(environ: WSGIEnvironment, length: int) -> bytes:
    stream = environ["wsgi.input"]
    parts: list[bytes] = []
    missing = length
    while missing > 0:
        try:
            part = stream.read(missing)
        except OSError as error:
            raise Rejected(400, "connection lost") from error
        if not part:
            raise Rejected(400, "cut short")
        parts.append(part)
        missing -= len(part)
    if missing < 0:
        raise Rejected(413, "more than announced")
    return b"".join(parts)


def _sealed(seal: Seal, answer: Answer, reply: Reply) -> Reply:
    """Seal an answer; what was recorded stays recorded even if that fails."""
    try:
        content_type, body = seal(answer)
    except Exception:
        log.exception("answer not sealed", extra={"message_id": reply.message_id})
        return Reply(200, "unsealed", reason=reply.reason, message_id=reply.message_id)
    return Reply(reply.status, reply.outcome, body, content_type, reply.reason, reply.message_id)


def _refused(refusal: Rejected) -> Reply:
    hostile = 400 <= refusal.status < 500
    return Reply(refusal.status if hostile else 400, "refused", reason=refusal.reason)


def _broken() -> Reply:
    """Answer what broke our own code: never 5xx, which would invite the sender to go on."""
    log.exception("delivery could not be opened")
    return Reply(400, "broken")


def _loggable_id(message: Incoming) -> str:
    """Return the message id; that of an event only as a digest, since it names the sender."""
    if message.event is None:
        return message.message_id
    return "event:" + blake2s(message.message_id.encode(), digest_size=6).hexdigest()


def _note(reply: Reply, microseconds: int) -> None:
    level = logging.INFO if reply.status < 400 else logging.WARNING
    if not log.isEnabledFor(level):
        return
    values = {"outcome": reply.outcome, "status": reply.status, "us": microseconds}
    if reply.message_id:
        values["message_id"] = reply.message_id
    if reply.reason:
        values["reason"] = reply.reason
    log.log(level, "delivery", extra=values)


def _send(reply: Reply, start_response: StartResponse) -> Iterable[bytes]:
    headers = [
        ("Content-Type", reply.content_type),
        ("Content-Length", str(len(reply.body))),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if reply.status == 405:
        headers.append(("Allow", "GET, POST"))
    start_response(_STATUS_LINES.get(reply.status, f"{reply.status} Refused"), headers)
    return [reply.body]
