"""Calls an outer service while all is well; that the calls end is the alarm."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.domain.sending import SendError

log = logging.getLogger(__name__)


class Watchdog:
    """Pings once a round. Silence says more than a ping that comes whatever happens.

    Args:
        is_well: Whether timers, dispatcher and database do their work.
        ping: Raises `SendError` when the service could not be told.
    """

    def __init__(self, *, is_well: Callable[[], bool], ping: Callable[[], None]) -> None:
        self._is_well = is_well
        self._ping = ping
        self._failing = False

    def run(self) -> bool:
        """Ping if all is well; return whether it got through. A failure is logged once, not each."""
        if not self._is_well():
            return False
        try:
            self._ping()
        except SendError as error:
            if not self._failing:
                log.warning(
                    "watchdog could not be reached (%s); not told again until it is", error.code
                )
            self._failing = True
            return False
        if self._failing:
            log.info("watchdog is reached again")
        self._failing = False
        return True
