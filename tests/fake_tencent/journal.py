"""The memory of a test run: every request, its answer and what people received."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.fake_tencent.errors import Json
from tests.fake_tencent.records import Copy

_MASKED = ("access_token", "corpsecret", "secret")
_SHOWN_BYTES = 100_000


def fingerprint(secret: str) -> str:
    """Return a short label by which equal secrets can be recognised but not read."""
    return "masked:" + hashlib.sha256(secret.encode()).hexdigest()[:12]


def masked(values: Mapping[str, Any]) -> Json:
    """Return a query, body or answer with the labels of secrets in place of the secrets."""
    return {
        name: fingerprint(value) if name in _MASKED and isinstance(value, str) else value
        for name, value in values.items()
    }


def readable(data: bytes) -> Any:
    """Return a body as a test wants to read it: an object, else text, else its size."""
    if len(data) > _SHOWN_BYTES:
        return {"bytes": len(data)}
    try:
        found = json.loads(data)
    except ValueError:
        found = None
    if isinstance(found, dict):
        return masked(found)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"bytes": len(data)}


@dataclass(slots=True)
class Entry:
    """One request and what became of it."""

    at: float
    base: str
    method: str
    path: str
    query: Json
    body: Any
    escaped: bool
    """Chinese was sent as escapes; WeCom documents 40033 for that, we only note it [D]."""
    fault: Json | None = None
    status: int = 0
    answer: Any = None
    delivered: list[Json] = field(default_factory=list)


class Journal:
    """Requests, deliveries and counters since the last reset."""

    def __init__(self) -> None:
        """Start empty."""
        self.entries: list[Entry] = []
        self.copies: list[Copy] = []
        self.calls: Counter[str] = Counter()
        self.gettoken: Counter[str] = Counter()
        self._fetching = 0
        self._most_fetching = 0

    def counters(self) -> Json:
        """Return calls per endpoint, token calls per secret, and the most at one time."""
        return {
            "calls": dict(self.calls),
            "gettoken": dict(self.gettoken),
            "most_concurrent_gettoken": self._most_fetching,
        }

    def enter_gettoken(self) -> None:
        """Count one more token call that is under way."""
        self._fetching += 1
        self._most_fetching = max(self._most_fetching, self._fetching)

    def leave_gettoken(self) -> None:
        """Count one token call less."""
        self._fetching -= 1

    def log(self, endpoint: str) -> list[Json]:
        """Return the requests to an endpoint, or all for an empty one."""
        return [asdict(entry) for entry in self.entries if endpoint in ("", entry.path)]

    def delivered(self, place: str, to: str) -> list[Json]:
        """Return what a place received; all places for an empty one."""
        return [
            asdict(copy)
            for copy in self.copies
            if not place or (copy.place == place and copy.to.lower() == to.lower())
        ]
