"""Whether this installation can do its work: database, migration level, last tick, backlog."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.clock import Clock
from bot.services.backlog import Backlog, backlog
from bot.services.ports import Readiness
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import TickMark

TICK_SILENT_AFTER = timedelta(minutes=5)
BACKLOG_OLD_AFTER = timedelta(minutes=15)


class DatabaseHealth:
    """The port `Health`.

    Args:
        channels: Those that can send.
    """

    def __init__(self, *, database: Database, clock: Clock, channels: Collection[str]) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels

    def ready(self) -> Readiness:
        """Look at database, migration level, the scheduler's last tick and the backlog."""
        checks: dict[str, tuple[bool, str]] = {}
        for name, look in (
            ("database", self._look_at_database),
            ("migration", self._look_at_migration),
            ("last_tick_age_s", self._look_at_tick),
            ("outbox_backlog", self._look_at_backlog),
            ("oldest_due_s", self._look_at_oldest),
        ):
            checks[name] = _guarded(look)
        return Readiness(all(fine for fine, _ in checks.values()), checks)

    def _look_at_database(self) -> tuple[bool, str]:
        with self._database.reading() as session:
            session.execute(select(1))
        return True, "ok"

    def _look_at_migration(self) -> tuple[bool, str]:
        current = schema.current(self._database)
        return current == schema.newest(), current or "empty"

    def _look_at_tick(self) -> tuple[bool, str]:
        with self._database.reading() as session:
            last = session.scalar(select(TickMark.done_until).where(TickMark.name == "tick"))
        if last is None:
            return False, "never"
        age = self._age(last)
        return age <= TICK_SILENT_AFTER, str(int(age.total_seconds()))

    def _look_at_backlog(self) -> tuple[bool, str]:
        return True, str(self._backlog().waiting)

    def _look_at_oldest(self) -> tuple[bool, str]:
        oldest = self._backlog().oldest_since
        if oldest is None:
            return True, "0"
        age = self._age(oldest)
        return age <= BACKLOG_OLD_AFTER, str(int(age.total_seconds()))

    def _backlog(self) -> Backlog:
        with self._database.reading() as session:
            return backlog(session, self._clock.now(), self._channels)

    def _age(self, moment: datetime) -> timedelta:
        return self._clock.now() - moment


def _guarded(look: Callable[[], tuple[bool, str]]) -> tuple[bool, str]:
    try:
        return look()
    except Exception as error:
        return False, type(error).__name__
