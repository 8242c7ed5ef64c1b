"""APScheduler wakes the tick and the dispatcher; the database decides what there is to do."""

from __future__ import annotations

import logging
from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)

TICK_EVERY_S = 20
DISPATCH_EVERY_S = 2
CLEAN_EVERY_S = 3600
SUGGEST_EVERY_S = 600


class Jobs:
    """The timers of one process; nothing is kept in them.

    Args:
        interrupt: Lets a long dispatch come to its end.
        watch: Tells the watchdog that all is well, every `watch_every_s` seconds.
    """

    def __init__(
        self,
        *,
        tick: Callable[[], object],
        dispatch: Callable[[], object],
        clean: Callable[[], object],
        interrupt: Callable[[], None],
        suggest: Callable[[], object] | None = None,
        watch: Callable[[], object] | None = None,
        watch_every_s: int = 300,
    ) -> None:
        self._interrupt = interrupt
        self._timers = BackgroundScheduler(
            timezone="Asia/Shanghai",
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        # Once at the start, so that what fell due while we were away does not wait for the timer.
        self._timers.add_job(_guarded("first tick", tick), id="first tick")
        for name, work, every in (
            ("tick", tick, TICK_EVERY_S),
            ("dispatch", dispatch, DISPATCH_EVERY_S),
            ("clean", clean, CLEAN_EVERY_S),
            ("suggest", suggest, SUGGEST_EVERY_S),
            ("watch", watch, watch_every_s),
        ):
            if work is None:
                continue
            self._timers.add_job(_guarded(name, work), "interval", seconds=every, id=name)

    def start(self) -> None:
        """Start the timers in a thread of their own."""
        self._timers.start()

    def stop(self) -> None:
        """Stop the timers; a request on its way is finished first."""
        self._interrupt()
        self._timers.shutdown(wait=True)


def _guarded(name: str, work: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        except Exception:
            log.exception("job %s failed", name)

    return run
