"""Scripted misbehaviour: what goes wrong on the next calls of an endpoint."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.fake_tencent.errors import ApiError, Json, refusal

JSON_TYPE = "application/json; charset=utf-8"

ACTIONS = ("errcode", "http", "body", "delay", "drop", "trickle", "redirect", "big")


@dataclass(slots=True)
class Answer:
    """The bytes that go back for one request."""

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Fault:
    """One scripted misbehaviour; `times` counts down, -1 stays for good."""

    endpoint: str
    times: int
    do: Json


class Faults:
    """The misbehaviour still to come, oldest first."""

    def __init__(self) -> None:
        """Start well-behaved."""
        self._faults: list[Fault] = []

    def add(self, endpoint: str, times: int, do: Json) -> None:
        """Script the next calls of an endpoint; `*` stands for every endpoint.

        Raises:
            ValueError: If nothing in `do` is known.
        """
        if not any(name in do for name in ACTIONS):
            raise ValueError(f"do must hold one of {', '.join(ACTIONS)}")
        self._faults.append(Fault(endpoint, times, do))

    def clear(self) -> None:
        """Behave well from now on."""
        self._faults.clear()

    def take(self, endpoint: str) -> Json | None:
        """Return what goes wrong with this call, if anything."""
        for fault in self._faults:
            if fault.endpoint not in ("*", endpoint) or fault.times == 0:
                continue
            if fault.times > 0:
                fault.times -= 1
            return fault.do
        return None


def instead(do: Json, base: str) -> Answer | None:
    """Return the answer that is given without processing the call, or None to process it."""
    if "errcode" in do:
        body = json.dumps(refusal(ApiError(int(do["errcode"])), base), ensure_ascii=False)
        return Answer(200, body.encode())
    if "redirect" in do:
        return Answer(302, b"", headers=(("Location", str(do["redirect"])),))
    if "big" in do:
        return Answer(200, _big(int(do["big"])))
    if "http" in do or "body" in do:
        kind = JSON_TYPE if do.get("http", 200) == 200 else "text/html"
        return Answer(int(do.get("http", 200)), str(do.get("body", "")).encode(), kind)
    return None


def _big(size: int) -> bytes:
    # A success that a careless client would read to its end and believe.
    head, tail = b'{"errcode":0,"errmsg":"ok","padding":"', b'"}'
    return head + b"x" * max(0, size - len(head) - len(tail)) + tail
