"""The fake platform in the hands of a test."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from tests.fake_tencent.errors import Json
from tests.fake_tencent.receivers import Policy, Receiver

_ROOT = Path(__file__).parents[2]
_PATIENCE = 600.0
"""Seconds for one control call: a push may wait for several tries of the bot."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver a callback."""

    status: int | None
    elapsed: float
    reply: str | None
    error: str | None
    timestamp: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one callback: `reply` is what the bot answered, decrypted."""

    user: str
    msg_id: str
    create_time: int
    done: bool
    reply: str | None
    user_saw: str | None
    attempts: tuple[Attempt, ...]
    stream: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """How the bot answered the check of its address."""

    ok: bool
    status: int | None
    elapsed: float
    error: str | None
    expected: str
    body: str


class FakeTencent:
    """A running fake platform; leave the `with` block and it ends."""

    def __init__(self) -> None:
        """Prepare; the process starts with the `with` block or `start`."""
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        """Start the platform."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the platform."""
        self.stop()

    def start(self) -> None:
        """Start the process and wait until it listens."""
        command = [sys.executable, "-m", "tests.fake_tencent", "--until-stdin-closes"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=_ROOT, stdin=pipe, stdout=pipe, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            raise RuntimeError("the fake platform did not start")
        self.port = int(json.loads(line)["port"])

    def stop(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        process.communicate()

    @property
    def url(self) -> str:
        """Return the address without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def qyapi(self) -> str:
        """Return what stands for https://qyapi.weixin.qq.com."""
        return f"{self.url}/qyapi"

    @property
    def wxapi(self) -> str:
        """Return what stands for https://api.weixin.qq.com."""
        return f"{self.url}/wxapi"

    # --- control ---

    def reset(self, seed: Mapping[str, Any] | None = None) -> None:
        """Begin anew; the keys of the seed replace those of `seed.SEED`."""
        self._post("reset", seed=dict(seed or {}))

    def clock(self, *, advance: float = 0, at: float | None = None) -> float:
        """Move the fake clock by seconds, or set it, and return its time."""
        moved = self._post("clock", advance=advance, **({} if at is None else {"set": at}))
        return float(moved["now"])

    def log(self, endpoint: str = "") -> list[Json]:
        """Return the requests to an endpoint such as `/cgi-bin/message/send`, or all."""
        entries: list[Json] = self._get("log", endpoint=endpoint)["entries"]
        return entries

    def delivered(self, *, user: str = "", chat: str = "", key: str = "") -> list[Json]:
        """Return what a person, an app or robot chat, or a webhook group received, or all."""
        place = {"user": user, "chat": chat, "key": key}
        asked = {name: value for name, value in place.items() if value}
        copies: list[Json] = self._get("delivered", **asked)["copies"]
        return copies

    def counters(self) -> Json:
        """Return `calls` per endpoint, `gettoken` per secret, `most_concurrent_gettoken`."""
        return self._get("counters")

    def revoke(self, secret: str, code: int = 0) -> None:
        """Refuse the live tokens of a secret from now on: 40014, for the OA 40001, or `code`."""
        self._post("revoke", secret=secret, **{"as": code})

    def ip(self, *, allow: bool) -> None:
        """Allow or refuse our address."""
        self._post("ip", allow=allow)

    def limits(self, **limits: int) -> None:
        """Lower limits; their names are the fields of `limits.Limits`."""
        self._post("limits", **limits)

    def fault(self, endpoint: str, do: Mapping[str, Any], *, times: int = 1) -> None:
        """Let the next calls of an endpoint go wrong; `times=-1` until `clear_faults`."""
        self._post("fault", endpoint=endpoint, times=times, do=dict(do))

    def clear_faults(self) -> None:
        """Behave well again."""
        self._post("fault", clear=True)

    def webhook(self, key: str, state: str) -> None:
        """Make a webhook ok, disabled, absent or removed."""
        self._post("webhook", key=key, state=state)

    def consent(self, openid: str, template_id: str, times: int = 1) -> None:
        """Let a follower agree to subscription messages."""
        self._post("consent", openid=openid, template_id=template_id, times=times)

    def oauth(self, *, userid: str = "", external: str = "") -> str:
        """Return the code a browser brings after the login of a member or an outsider."""
        return str(self._post("oauth", userid=userid, external=external)["code"])

    def report_to(self, receiver: Receiver) -> None:
        """Set where the Official Account reports on template messages."""
        self._post("receiver", **asdict(receiver))

    # --- callbacks ---

    def push(self, receiver: Receiver, *, policy: Policy | None = None, **said: Any) -> Delivery:
        """Let a person say or do something, and return how the bot took it.

        Args:
            said: `user`, and one of `text`, `image`, `voice`, `event` (with `event_key` and
                `fields`), for a robot also `mixed`, and `chat` and `quote` beside them.
                `msg_id`, `create_time` (seconds) and `plaintext` override what is made up.
        """
        return self._push(receiver, policy, said)[0]

    def hold(self, receiver: Receiver, *, policy: Policy | None = None, **said: Any) -> None:
        """Hold something back; it is delivered right after the next `push_all`."""
        self._push(receiver, policy, {**said, "mode": "reorder"})

    def push_all(
        self, receiver: Receiver, *, policy: Policy | None = None, **said: Any
    ) -> list[Delivery]:
        """Push something and then all that was held, and return them in that order."""
        return self._push(receiver, policy, said)

    def duplicate(
        self, receiver: Receiver, *, copies: int = 2, policy: Policy | None = None, **said: Any
    ) -> list[Delivery]:
        """Deliver the same thing several times at once."""
        return self._push(receiver, policy, {**said, "mode": "duplicate", "copies": copies})

    def same_second(
        self,
        receiver: Receiver,
        messages: Sequence[Mapping[str, Any]],
        *,
        policy: Policy | None = None,
        **said: Any,
    ) -> list[Delivery]:
        """Deliver different things with one CreateTime, one after the other."""
        several = [dict(message) for message in messages]
        return self._push(receiver, policy, {**said, "mode": "same_second", "messages": several})

    def burst(
        self,
        receiver: Receiver,
        users: Sequence[str],
        *,
        copies: int = 1,
        policy: Policy | None = None,
        **said: Any,
    ) -> list[Delivery]:
        """Let many people do the same at one moment, each delivered `copies` times."""
        crowd = {"mode": "burst", "users": list(users), "copies": copies}
        return self._push(receiver, policy, {**said, **crowd})

    def replay(
        self, receiver: Receiver, *, msg_id: str | None = None, policy: Policy | None = None
    ) -> Delivery:
        """Send the bytes of the last callback, or of the last with an id, again."""
        return self._push(receiver, policy, {"mode": "replay", "msg_id": msg_id})[0]

    def verify(self, receiver: Receiver) -> Verified:
        """Check the bot's address as the platform does when it is entered."""
        return Verified(**self._post("verify", **asdict(receiver)))

    def _push(
        self, receiver: Receiver, policy: Policy | None, said: Mapping[str, Any]
    ) -> list[Delivery]:
        stubborn = asdict(policy or Policy())
        answer = self._post("push", **asdict(receiver), **said, policy=stubborn)
        return [_delivery(result) for result in answer["results"]]

    def _post(self, name: str, **wanted: Any) -> Json:
        return self._ask("POST", name, json.dumps(wanted))

    def _get(self, name: str, **query: str) -> Json:
        return self._ask("GET", f"{name}?{urlencode(query)}", None)

    def _ask(self, method: str, name: str, body: str | None) -> Json:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        try:
            connection.request(method, f"/_fake/{name}", body.encode() if body else None)
            response = connection.getresponse()
            answer: Json = json.loads(response.read() or b"{}")
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(answer.get("error", f"status {response.status}"))
        return answer


def _delivery(result: Json) -> Delivery:
    attempts = tuple(Attempt(**attempt) for attempt in result["attempts"])
    return Delivery(**{**result, "attempts": attempts, "stream": tuple(result["stream"])})
