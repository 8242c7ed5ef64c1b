"""A smart robot's long connection (智能机器人长连接): works without a public address, both ways.

The platform keeps one connection of a robot and closes the older one when a newer comes. So of
all our processes the one that holds a lease connects; it alone is told messages, and it alone
sends. Frames are JSON: `{cmd, headers: {req_id}, body}`, answered by `{headers, errcode}`.

The platform repeats nothing here. What could not be stored is tried again by us, and an answer
that was not confirmed is given once more under the same id, which replaces and does not double it.
"""

from __future__ import annotations

import json
import logging
import random
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from bot.channels.answers import check_sent
from bot.channels.channel import Parts
from bot.channels.jsontext import Malformed, read_object
from bot.channels.messages import Unreadable
from bot.channels.robot_messages import (
    MAX_REPLY,
    RobotReader,
    greeting_of,
    part_of,
    stream_of,
    string_of,
)
from bot.channels.text import clean
from bot.config import WecomRobotConfig
from bot.domain.incoming import Answer, Event, Incoming
from bot.domain.sending import Pace, SendError, Sent

log = logging.getLogger(__name__)

OnMessage = Callable[[Incoming], Answer]

GROUP = "group:"
"""Stands before the address of a chat group: people and groups are asked for in different ways."""

# The platform takes 30 a minute and 1000 an hour of one chat, answers included; of these some are
# left for answers.
CHAT_PACE = Pace.within((20, 60), (700, 3600))

_MAX_FRAME = 1_000_000  # bytes
_SINGLE, _GROUP = 1, 2
_TRIES = 3
_MOST_OWED = 200
_OFFLINE = "机器人的长连接暂时没有连上，连上后自动再发"
_LOST = "请求已发出，但没有收到有效的回执"
_TOO_MANY = (45009, 45033, -1)


@dataclass(frozen=True, slots=True)
class Tempo:
    """How long things take, in seconds.

    Attributes:
        ping: Between two signs of life of ours; the platform closes after a minute without.
        silent: Without a frame for so long the connection is dead, whatever TCP says.
        lease: How long a process that died keeps others from connecting.
        kicked: Wait before connecting again where another connection of the robot took over.
        again: Wait before an answer that was too many is given again.
    """

    open: float = 10
    answer: float = 10
    ping: float = 30
    silent: float = 75
    lease: float = 60
    renew: float = 15
    look: float = 1
    kicked: float = 60
    again: float = 61
    backoff: tuple[float, ...] = (1, 2, 5, 15, 30, 60)


class _Over(Exception):
    """The connection is to be closed.

    Attributes:
        wait: Seconds before the next try, None for the usual.
    """

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass(slots=True)
class _Owed:
    """An answer that the platform has not confirmed yet.

    Attributes:
        due: When it is given (again), by the machine's steady clock.
    """

    frame: str
    due: float
    tries: int = 0


@dataclass(slots=True)
class _Line:
    """One connection that is subscribed.

    Attributes:
        pending: Request id → where its answer is waited for; None ends the waiting.
    """

    socket: Any
    pending: dict[str, SimpleQueue[Mapping[str, Any] | None]] = field(default_factory=dict)


class RobotLink:
    """Both ways of one robot over its long connection.

    Args:
        tempo: How long things take; tests hurry.
    """

    max_recipients = 1
    max_bytes = MAX_REPLY
    duplicate_window: timedelta | None = None
    pace: Pace | None = None
    address_pace: Pace | None = CHAT_PACE

    def __init__(
        self, config: WecomRobotConfig, reader: RobotReader, parts: Parts, tempo: Tempo = Tempo()
    ) -> None:
        assert config.secret is not None
        assert config.bot_id is not None
        self.name = config.name
        self._url = config.ws_url
        self._bot_id = config.bot_id
        self._secret = config.secret
        self._reader = reader
        self._lease = parts.lease
        self._clock = parts.clock
        self._tempo = tempo
        self._holder = uuid.uuid4().hex
        self._line: _Line | None = None
        self._owed: dict[str, _Owed] = {}
        self._failed = 0

    # --- the way out -------------------------------------------------------------------------

    @property
    def is_ready(self) -> bool:
        """Tell whether this process holds the live connection."""
        return self._line is not None

    def compose(self, addresses: Sequence[str], text: str) -> str:
        """Return the body of a message to one person or one group.

        Raises:
            SendError: The text is longer than the platform takes.
        """
        (address,) = addresses
        content = clean(text)
        if len(content.encode()) > MAX_REPLY:
            raise SendError("文字太长，请改短再发", code="too_long", permanent=True)
        is_group = address.startswith(GROUP)
        body = {
            "chatid": address.removeprefix(GROUP),
            "chat_type": _GROUP if is_group else _SINGLE,
            "msgtype": "markdown",
            "markdown": {"content": content},
        }
        return json.dumps(body, ensure_ascii=False)

    def send(self, body: str) -> Sent:
        """Hand one composed body to the platform over the live connection."""
        line = self._line
        if line is None:
            raise _offline()
        check_sent(self._request(line, "aibot_send_msg", json.loads(body)))
        return Sent()

    def _request(self, line: _Line, cmd: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        req_id = uuid.uuid4().hex
        answer: SimpleQueue[Mapping[str, Any] | None] = SimpleQueue()
        line.pending[req_id] = answer
        try:
            if self._line is not line:
                raise _offline()
            try:
                line.socket.send(_frame(cmd, req_id, body))
            except Exception:
                raise SendError(_LOST, code="closed", uncertain=True) from None
            try:
                got = answer.get(timeout=self._tempo.answer)
            except Empty:
                got = None
        finally:
            line.pending.pop(req_id, None)
        if got is None:
            raise SendError(_LOST, code="timeout", uncertain=True)
        return got

    # --- the way in --------------------------------------------------------------------------

    def listen(self, on_message: OnMessage, stop: threading.Event) -> None:
        """Keep the connection until told to stop, while no other process has it."""
        while not stop.is_set():
            if not self._keep_lease():
                stop.wait(self._tempo.look)
                continue
            wait = None
            try:
                self._session(on_message, stop)
            except _Over as over:
                log.warning("robot connection over: %s", over, extra={"channel": self.name})
                wait = over.wait
            except Exception as error:
                # What a library raises may hold addresses; its kind says enough.
                kind = type(error).__name__
                log.warning("robot connection failed: %s", kind, extra={"channel": self.name})
            self._rest(wait, stop)
        self._give_back_lease()

    def _session(self, on_message: OnMessage, stop: threading.Event) -> None:
        """Connect, subscribe and serve until it ends."""
        from websockets.sync.client import connect

        with connect(
            self._url,
            open_timeout=self._tempo.open,
            close_timeout=1,
            max_size=_MAX_FRAME,
            ping_interval=None,
            proxy=None,
        ) as socket:
            line = _Line(socket)
            early = self._subscribe(socket)
            log.info("robot connected", extra={"channel": self.name})
            self._line, self._failed = line, 0
            try:
                for frame in early:
                    self._take(line, frame, on_message)
                self._serve(line, on_message, stop)
            finally:
                self._line = None
                for waiting in list(line.pending.values()):
                    waiting.put(None)

    def _subscribe(self, socket: Any) -> list[Mapping[str, Any]]:
        """Say who we are; return what the platform told before it answered."""
        early: list[Mapping[str, Any]] = []
        req_id = uuid.uuid4().hex
        body = {"bot_id": self._bot_id, "secret": self._secret.get_secret_value()}
        socket.send(_frame("aibot_subscribe", req_id, body))
        until = monotonic() + self._tempo.answer
        while (left := until - monotonic()) > 0:
            frame = _read(socket.recv(timeout=left))
            if _req_id(frame) == req_id:
                code = frame.get("errcode")
                if code != 0:
                    raise _Over(f"subscribe refused: {code!r}", self._tempo.kicked)
                return early
            early.append(frame)
        raise _Over("subscribe was not answered")

    def _serve(self, line: _Line, on_message: OnMessage, stop: threading.Event) -> None:
        now = monotonic()
        pinged = renewed = heard = now
        for owed in self._owed.values():
            owed.due = now
        while not stop.is_set():
            with suppress(TimeoutError):
                frame = _read(line.socket.recv(timeout=self._tempo.look))
                heard = monotonic()
                self._take(line, frame, on_message)
            now = monotonic()
            if now - heard > self._tempo.silent:
                raise _Over("nothing heard")
            if now - renewed >= self._tempo.renew:
                if not self._keep_lease():
                    raise _Over("another process has the lease")
                renewed = now
            if now - pinged >= self._tempo.ping:
                line.socket.send(_frame("ping", uuid.uuid4().hex))
                pinged = now
            self._pay(line, now)

    def _take(self, line: _Line, frame: Mapping[str, Any], on_message: OnMessage) -> None:
        """Deal with one frame."""
        cmd, req_id = string_of(frame, "cmd"), _req_id(frame)
        if not cmd:
            self._confirmed(line, req_id, frame)
            return
        body = part_of(frame, "body")
        if cmd == "aibot_event_callback" and _event(body) == "disconnected_event":
            raise _Over("another connection of this robot took over", self._tempo.kicked)
        if cmd not in ("aibot_msg_callback", "aibot_event_callback"):
            return
        try:
            message = self._reader.read(body, int(self._clock.now().timestamp()))
        except Unreadable as note:
            log.info("robot frame left alone: %s", note, extra={"channel": self.name})
            return
        answer = self._stored(message, on_message)
        if answer is not None and answer.text is not None:
            self._owe(req_id, message, answer.text)

    def _stored(self, message: Incoming, on_message: OnMessage) -> Answer | None:
        """Let a message be handled; nobody delivers it again, so it is tried again here."""
        for again in range(_TRIES):
            try:
                return on_message(message)
            except Exception:
                log.exception("robot message not stored", extra={"try": again + 1})
                threading.Event().wait(self._tempo.look * again)
        return None

    # --- answers -----------------------------------------------------------------------------

    def _owe(self, req_id: str, message: Incoming, text: str) -> None:
        if message.event is Event.ENTER:
            cmd, body = "aibot_respond_welcome_msg", greeting_of(text)
        elif message.event is None:
            cmd, body = "aibot_respond_msg", stream_of(message.message_id, text)
        else:
            return
        if len(self._owed) >= _MOST_OWED:
            self._owed.pop(next(iter(self._owed)))
        self._owed[req_id] = _Owed(_frame(cmd, req_id, body), monotonic())

    def _pay(self, line: _Line, now: float) -> None:
        """Give the answers that are due; one that is not confirmed in time is given again."""
        for req_id, owed in list(self._owed.items()):
            if owed.due > now:
                continue
            if owed.tries >= _TRIES:
                del self._owed[req_id]
                continue
            owed.tries += 1
            owed.due = now + self._tempo.again
            line.socket.send(owed.frame)

    def _confirmed(self, line: _Line, req_id: str, frame: Mapping[str, Any]) -> None:
        waiting = line.pending.get(req_id)
        if waiting is not None:
            waiting.put(frame)
        owed = self._owed.get(req_id)
        if owed is not None and frame.get("errcode") not in _TOO_MANY:
            del self._owed[req_id]

    # --- the lease ---------------------------------------------------------------------------

    @property
    def _lease_name(self) -> str:
        return f"robot:{self._bot_id}"

    def _keep_lease(self) -> bool:
        lasting = timedelta(seconds=self._tempo.lease)
        try:
            return self._lease.keep(self._lease_name, self._holder, lasting)
        except Exception:
            log.exception("lease of the robot connection not kept")
            return False

    def _give_back_lease(self) -> None:
        try:
            self._lease.give_back(self._lease_name, self._holder)
        except Exception:
            log.exception("lease of the robot connection not given back")

    def _rest(self, wait: float | None, stop: threading.Event) -> None:
        """Wait before the next try.

        Who cannot connect lets another process try. Where the platform sent us away nobody may
        come back at once: the lease is kept, so that we do not drive each other out in turns.
        """
        if wait is None:
            self._give_back_lease()
            backoff = self._tempo.backoff
            wait = backoff[min(self._failed, len(backoff) - 1)]
        self._failed += 1
        until = monotonic() + wait * random.uniform(1, 1.3)  # noqa: S311 - spreads tries
        while not stop.is_set() and monotonic() < until:
            stop.wait(min(self._tempo.renew, max(0.0, until - monotonic())))
            if wait == self._tempo.kicked:
                self._keep_lease()


def _offline() -> SendError:
    wait = timedelta(seconds=5)
    return SendError(_OFFLINE, code="offline", retry_after=wait, pauses_channel=True)


def _frame(cmd: str, req_id: str, body: Mapping[str, Any] | None = None) -> str:
    frame: dict[str, Any] = {"cmd": cmd, "headers": {"req_id": req_id}}
    if body is not None:
        frame["body"] = body
    return json.dumps(frame, ensure_ascii=False)


def _read(data: str | bytes) -> Mapping[str, Any]:
    """Return a frame; what is none of ours is an empty one."""
    try:
        return read_object(data)
    except Malformed:
        return {}


def _req_id(frame: Mapping[str, Any]) -> str:
    return string_of(part_of(frame, "headers"), "req_id")


def _event(body: Mapping[str, Any]) -> str:
    return string_of(part_of(body, "event"), "eventtype")
