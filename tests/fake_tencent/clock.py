"""The clock of the fake platform, which a test moves instead of sleeping."""

from __future__ import annotations

import time


class FakeClock:
    """A clock that runs like the machine's, shifted by what a test asked for."""

    def __init__(self) -> None:
        """Start at the machine's time."""
        self._shift = 0.0

    def now(self) -> float:
        """Return the seconds since 1970 in the platform's world."""
        return time.time() + self._shift

    def advance(self, seconds: float) -> None:
        """Move on by a number of seconds."""
        self._shift += seconds

    def set(self, moment: float) -> None:
        """Move to a moment given in seconds since 1970."""
        self._shift = moment - time.time()
