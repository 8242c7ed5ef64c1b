"""How much may come in: from one sender, from one address, with one token; in this process alone.

Where Redis is configured, `bot.storage.shared` keeps the same for all processes.
"""

from __future__ import annotations

import threading

from bot.clock import Clock
from bot.domain.sending import Pace

_MOST_KEPT = 20_000  # names; whoever sends from more addresses than that meets a flood's limits


def per_minute(uses: int) -> Pace:
    """Return the pace of so many a minute, all of which may come at once."""
    return Pace(uses, 60 / uses)


class MemoryThrottle:
    """The port `Throttle`, kept in memory (GCRA)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._full_at: dict[str, float] = {}

    def take(self, name: str, pace: Pace) -> float:
        """Take one use; return 0.0 when there was one, else the seconds to wait for it."""
        now = self._clock.now().timestamp()
        room = pace.spacing_s * (pace.burst - 1)
        with self._lock:
            full_at = max(now, self._full_at.get(name, now))
            if full_at - now > room:
                return full_at - now - room
            self._full_at[name] = full_at + pace.spacing_s
            if len(self._full_at) > _MOST_KEPT:
                self._forget(now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop what is whole again; if that is not enough, all of it."""
        self._full_at = {name: at for name, at in self._full_at.items() if at > now}
        if len(self._full_at) > _MOST_KEPT:
            self._full_at.clear()
