"""What the platforms allow per minute, hour and day."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, fields
from typing import Any

MINUTE = 60
HOUR = 3600
DAY = 86_400


@dataclass(slots=True)
class Limits:
    """The numbers a test may lower."""

    webhook_per_min: int = 20
    member_per_min: int = 30
    member_per_hour: int = 1000
    api_per_min: int = 10_000
    day_per_account: int = 200
    chat_person_times_per_min: int = 20_000
    chat_member_per_min: int = 200
    chat_creations_per_day: int = 1000
    gettoken_failures_per_hour: int = 2000
    oa_token_per_day: int = 2000

    def change(self, wanted: dict[str, Any]) -> None:
        """Replace some numbers.

        Raises:
            KeyError: For a limit that does not exist.
        """
        known = {field.name for field in fields(self)}
        for name, value in wanted.items():
            if name not in known:
                raise KeyError(name)
            setattr(self, name, int(value))


class Windows:
    """Counts of what happened lately, in sliding windows."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._moments: defaultdict[Hashable, list[float]] = defaultdict(list)

    def count(self, key: Hashable, seconds: int, now: float) -> int:
        """Return how often the key was added in the last seconds."""
        moments = self._moments[key]
        return len(moments) - bisect.bisect_right(moments, now - seconds)

    def add(self, key: Hashable, now: float, times: int = 1) -> None:
        """Count something."""
        for _ in range(times):
            bisect.insort(self._moments[key], now)

    def take(self, key: Hashable, limit: int, seconds: int, now: float) -> bool:
        """Count something if the limit leaves room for it, and tell whether it did."""
        if self.count(key, seconds, now) >= limit:
            return False
        self.add(key, now)
        return True
