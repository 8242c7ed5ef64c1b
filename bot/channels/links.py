"""Connections over which messages come in, each on a thread of its own for as long as we serve."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from bot.domain.incoming import Answer, Incoming

log = logging.getLogger(__name__)

OnMessage = Callable[[Incoming], Answer]
Listen = Callable[[OnMessage, threading.Event], None]

_PATIENCE = 15.0  # seconds; what is being handled is finished first


class Links:
    """The connections of one process.

    Args:
        ways: Channel name → what keeps its connection until told to stop.
        on_message: Stores and answers a message.
    """

    def __init__(self, ways: Mapping[str, Listen], on_message: OnMessage) -> None:
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(
                target=self._run, args=(name, listen, on_message), name=f"link {name}", daemon=True
            )
            for name, listen in ways.items()
        ]

    def start(self) -> None:
        """Open them."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Close them."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_PATIENCE)

    def _run(self, name: str, listen: Listen, on_message: OnMessage) -> None:
        try:
            listen(on_message, self._stop)
        except Exception:
            log.exception("link %s ended", name)
