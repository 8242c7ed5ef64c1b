"""A smart robot's end of the long connection that behaves as badly as a test asks for.

It speaks the frames of the public description; what that leaves open is marked [D], a decision of
ours, and no test may take it for fact.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

BOT, SECRET = "bot1", "bot-secret"
PATIENCE = 10.0  # seconds of real time

Fault = str | dict[str, Any]
"""`drop before`, `drop after`, `silent`, `garbage`, `big`, `close`, or `{"errcode": n}`."""


@dataclass
class Heard:
    """One frame of the bot: of which connection, what and when."""

    connection: int
    cmd: str
    req_id: str
    body: dict[str, Any]


@dataclass
class FakeRobot:
    """Listens on this machine.

    Attributes:
        heard: Every frame of the bot, in order.
        sent: Proactive messages that were taken.
        faults: cmd → what goes wrong with the next frames of it.
        spoken: Chats that have written to the robot: only there it may write first.
    """

    heard: list[Heard] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    faults: dict[str, deque[Fault]] = field(default_factory=dict)
    spoken: set[str] = field(default_factory=set)
    connections: int = 0
    most_at_once: int = 0
    early: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Start listening."""
        self._lock = threading.RLock()
        self._live: tuple[int, ServerConnection] | None = None
        self._open: set[int] = set()
        self._server: Server = serve(self._connection, "127.0.0.1", 0)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and close what is open."""
        self.hang_up()
        self._server.shutdown()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"

    @property
    def is_live(self) -> bool:
        """Whether a robot is subscribed."""
        return self._live is not None

    def fault(self, cmd: str, *faults: Fault) -> None:
        """Let this go wrong with the next frames of a command."""
        self.faults.setdefault(cmd, deque()).extend(faults)

    def say(
        self, text: str, *, user: str = "zhangsan", chat: str | None = None, msgid: str = ""
    ) -> str:
        """Let somebody write to the robot; return the request id of the callback."""
        return self.push(message(text, user=user, chat=chat, msgid=msgid))

    def push(self, body: dict[str, Any], cmd: str = "aibot_msg_callback") -> str:
        """Hand a callback to the live connection."""
        wait_for(lambda: self.is_live)
        req_id = uuid.uuid4().hex
        self.spoken.add(body.get("chatid") or body.get("from", {}).get("userid", ""))
        self.raw(json.dumps({"cmd": cmd, "headers": {"req_id": req_id}, "body": body}))
        return req_id

    def raw(self, data: str | bytes) -> None:
        """Send anything over the live connection."""
        assert self._live is not None
        self._live[1].send(data)

    def hang_up(self) -> None:
        """Close the live connection, if there is one."""
        live = self._live
        if live is not None:
            live[1].close()

    def answers(self, req_id: str) -> list[Heard]:
        """Return what the bot answered to a callback."""
        return [each for each in self.heard if each.req_id == req_id]

    def count(self, cmd: str) -> int:
        """Return how many frames of a command came in."""
        return sum(each.cmd == cmd for each in self.heard)

    # --- the other end -----------------------------------------------------------------------

    def _connection(self, socket: ServerConnection) -> None:
        with self._lock:
            self.connections += 1
            number = self.connections
            self._open.add(number)
        try:
            for data in socket:
                self._frame(number, socket, json.loads(data))
        except ConnectionClosed:
            pass
        finally:
            with self._lock:
                self._open.discard(number)
                if self._live is not None and self._live[0] == number:
                    self._live = None

    def _frame(self, number: int, socket: ServerConnection, frame: dict[str, Any]) -> None:
        cmd, req_id = frame["cmd"], frame["headers"]["req_id"]
        body = frame.get("body") or {}
        self.heard.append(Heard(number, cmd, req_id, body))
        faults = self.faults.get(cmd)
        fault = faults.popleft() if faults else None
        if fault in ("drop before", "close"):
            socket.close()
            return
        code = fault["errcode"] if isinstance(fault, dict) else self._do(number, socket, cmd, body)
        if fault == "drop after":
            socket.close()
            return
        if fault == "silent":
            return
        if fault == "garbage":
            socket.send("{not json")
        if fault == "big":
            socket.send("x" * 2_000_000)
        message = {"headers": {"req_id": req_id}, "errcode": code, "errmsg": "ok"}
        socket.send(json.dumps(message))

    def _do(self, number: int, socket: ServerConnection, cmd: str, body: dict[str, Any]) -> int:
        if cmd == "aibot_subscribe":
            if (body.get("bot_id"), body.get("secret")) != (BOT, SECRET):
                return 40001  # [D] the code
            self._take_over(number, socket)
            for early in self.early:
                socket.send(json.dumps(early))
        elif cmd == "aibot_send_msg":
            if body["chatid"] not in self.spoken:
                return 40003  # [D] the code
            self.sent.append(body)
        return 0

    def _take_over(self, number: int, socket: ServerConnection) -> None:
        with self._lock:
            old, self._live = self._live, (number, socket)
        if old is not None and old[0] != number:
            event = {"msgtype": "event", "event": {"eventtype": "disconnected_event"}}
            frame = {"cmd": "aibot_event_callback", "headers": {"req_id": "kick"}, "body": event}
            old[1].send(json.dumps(frame))
            old[1].close()


def message(
    text: str, *, user: str = "zhangsan", chat: str | None = None, msgid: str = ""
) -> dict[str, Any]:
    """Return the body of a callback."""
    body: dict[str, Any] = {
        "msgid": msgid or uuid.uuid4().hex,
        "aibotid": BOT,
        "chattype": "single" if chat is None else "group",
        "from": {"userid": user},
        "msgtype": "text",
        "text": {"content": text},
    }
    if chat is not None:
        body["chatid"] = chat
    return body


def wait_for(fine: Callable[[], object]) -> None:
    """Ask until the answer is yes.

    Raises:
        AssertionError: It took too long.
    """
    until = time.monotonic() + PATIENCE
    while not fine():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)
