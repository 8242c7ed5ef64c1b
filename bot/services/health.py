"""Whether this installation can do its work: database, migration level, last tick, backlog."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.clock import Clock
from bot.domain.sending import SendState
from bot.services import deliveries
from bot.services.backlog import Backlog, backlog, deliveries_since
from bot.services.ports import Readiness, Sample
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import TickMark

TICK_SILENT_AFTER = timedelta(minutes=5)
BACKLOG_OLD_AFTER = timedelta(minutes=15)
LATELY = timedelta(minutes=15)  # what the numbers of deliveries look back
NO_DATABASE = "数据库连不上。请看数据库是否在运行，配置 [database] 的地址对不对。"
OLD_SCHEMA = "数据库的版本和程序不一样。请运行：zhibu upgrade"
NEVER_TICKED = "定时还没有运行过，提醒发不出去。请看 serve 或 work 是否在运行。"
TICK_SILENT = (
    "定时{minutes}分钟没有动静，提醒发不出去。请看 serve 或 work 是否在运行，再看它的日志。"
)
STUCK = "有消息等了{minutes}分钟没有发出去。请看 serve 或 work 是否在运行，再看它的日志。"
UNREADABLE = "数据库里的运行情况读不出来。请看日志。"


class DatabaseHealth:
    """The port `Health`.

    Args:
        channels: Those that can send.
        silent_after: How long ago the last tick may be.
        plugin_faults: How often each package broke in this process.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        channels: Collection[str],
        silent_after: timedelta = TICK_SILENT_AFTER,
        plugin_faults: Callable[[], Mapping[str, int]] = dict,
    ) -> None:
        self._database = database
        self._clock = clock
        self._channels = channels
        self._silent_after = silent_after
        self._plugin_faults = plugin_faults

    def ready(self) -> Readiness:
        """Look at database, migration level, the scheduler's last tick and the backlog."""
        checks: dict[str, tuple[bool, str]] = {}
        for name, look in (
            ("database", self._look_at_database),
            ("migration", self._look_at_migration),
            ("last_tick_age_s", self._look_at_tick),
            ("outbox_backlog", self._look_at_backlog),
            ("oldest_due_s", self._look_at_oldest),
            ("officer_sends_missed", self._look_at_officers),
        ):
            checks[name] = _guarded(look)
        return Readiness(all(fine for fine, _ in checks.values()), checks, _reasons(checks))

    def samples(self) -> Iterator[Sample]:
        """Yield what came of deliveries in the last minutes, and how often plugins broke."""
        with self._database.reading() as session:
            done = deliveries_since(session, self._clock.now() - LATELY)
        for state, of_state in done.items():
            labels = (("state", state.value),)
            yield Sample("deliveries_lately", of_state.count, labels)
            if of_state.count and state is SendState.ACCEPTED:
                yield Sample("delivery_seconds_mean", of_state.mean_s)
                yield Sample("delivery_seconds_max", of_state.longest_s)
        for package, times in self._plugin_faults().items():
            yield Sample("plugin_faults", times, (("package", package),))

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
        return age <= self._silent_after, str(int(age.total_seconds()))

    def _look_at_backlog(self) -> tuple[bool, str]:
        return True, str(self._backlog().waiting)

    def _look_at_oldest(self) -> tuple[bool, str]:
        oldest = self._backlog().oldest_since
        if oldest is None:
            return True, "0"
        age = self._age(oldest)
        return age <= BACKLOG_OLD_AFTER, str(int(age.total_seconds()))

    def _look_at_officers(self) -> tuple[bool, str]:
        since = self._clock.now() - deliveries.LOOKS_BACK
        with self._database.reading() as session:
            return True, str(deliveries.count_missed_by_officers(session, since))

    def _backlog(self) -> Backlog:
        with self._database.reading() as session:
            return backlog(session, self._clock.now(), self._channels)

    def _age(self, moment: datetime) -> timedelta:
        return self._clock.now() - moment


def _reasons(checks: Mapping[str, tuple[bool, str]]) -> tuple[str, ...]:
    """Return why it is not ready; where the database is away, nothing else can be said."""
    if not checks["database"][0]:
        return (NO_DATABASE,)
    if not checks["migration"][0]:
        return (OLD_SCHEMA,)
    return tuple(
        _sentence(name, value)
        for name, (fine, value) in checks.items()
        if not fine and name in ("last_tick_age_s", "oldest_due_s")
    )


def _sentence(name: str, value: str) -> str:
    if not value.isdigit():
        return NEVER_TICKED if value == "never" else UNREADABLE
    sentence = TICK_SILENT if name == "last_tick_age_s" else STUCK
    return sentence.format(minutes=int(value) // 60)


def _guarded(look: Callable[[], tuple[bool, str]]) -> tuple[bool, str]:
    try:
        return look()
    except Exception as error:
        return False, type(error).__name__
