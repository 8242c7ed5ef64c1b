"""Redis holds nothing alone: it spares queries and counts for all, and may go away at any time."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis

from bot.clock import ManualClock, SystemClock
from bot.config import parse
from bot.domain.ports import Token
from bot.domain.sending import Pace
from bot.main import shared_of
from bot.services.incoming_limits import MemoryThrottle, per_minute
from bot.storage import shared as module
from bot.storage.engine import Database
from bot.storage.shared import Shared, SharedThrottle, SharedTokens
from bot.storage.tokens import DatabaseTokens
from tests.support.redis import RedisServer
from tests.support.world import THURSDAY

SOON = THURSDAY + timedelta(hours=2)
PACE = Pace(3, 60.0)
NOWHERE = "redis://127.0.0.1:1/0"


class CountedTokens(DatabaseTokens):
    """A store that counts how often it is asked."""

    asked = 0

    def read(self, key: str) -> Token | None:
        """Return the token kept under a key."""
        self.asked += 1
        return super().read(key)


@pytest.fixture
def redis(redis_url: str) -> Iterator[Shared]:
    """Return a Redis that is there."""
    opened = Shared(redis_url)
    yield opened
    opened.close()


@pytest.fixture
def gone() -> Iterator[Shared]:
    """Return a Redis that is not."""
    opened = Shared(NOWHERE)
    yield opened
    opened.close()


@pytest.fixture
def kept(database: Database) -> CountedTokens:
    """Return where tokens really are."""
    return CountedTokens(database)


# --- tokens -----------------------------------------------------------------------------------


def test_a_copy_spares_the_query(redis: Shared, kept: CountedTokens) -> None:
    tokens = SharedTokens(redis, kept, ManualClock(THURSDAY))
    assert tokens.swap("wecom", "secret", SOON, seen_version=0)
    kept.asked = 0

    found = [SharedTokens(redis, kept, ManualClock(THURSDAY)).read("wecom") for _ in range(3)]

    assert found == [Token("secret", SOON, 1)] * 3
    assert kept.asked == 0


def test_who_loses_the_race_puts_an_old_copy_right(
    redis: Shared, kept: CountedTokens, redis_url: str
) -> None:
    tokens = SharedTokens(redis, kept, ManualClock(THURSDAY))
    tokens.swap("wecom", "first", SOON, seen_version=0)
    kept.swap("wecom", "second", SOON, seen_version=1)  # by a process that could not reach Redis
    stale = tokens.read("wecom")

    lost = tokens.swap("wecom", "third", SOON, seen_version=1)

    assert stale is not None
    assert (stale.value, lost) == ("first", False)
    assert tokens.read("wecom") == Token("second", SOON, 2)


def test_a_copy_lasts_no_longer_than_its_token_and_a_minute(
    redis: Shared, kept: CountedTokens, redis_url: str
) -> None:
    tokens = SharedTokens(redis, kept, ManualClock(THURSDAY))
    tokens.swap("long", "a", SOON, seen_version=0)
    tokens.swap("short", "b", THURSDAY + timedelta(seconds=9), seen_version=0)
    tokens.swap("over", "c", THURSDAY, seen_version=0)

    with Redis.from_url(redis_url) as client:
        left = [client.ttl(f"zhibu:token:{key}") for key in ("long", "short", "over")]
    assert left[2] == -2  # there is none
    assert 0 < left[1] <= 9 < left[0] <= 60


def test_without_redis_tokens_come_from_the_database(gone: Shared, kept: CountedTokens) -> None:
    tokens = SharedTokens(gone, kept, ManualClock(THURSDAY))

    assert tokens.read("wecom") is None
    assert tokens.swap("wecom", "secret", SOON, seen_version=0)
    assert tokens.read("wecom") == Token("secret", SOON, 1)


def test_what_somebody_else_wrote_there_is_not_taken_for_a_token(
    redis: Shared, kept: CountedTokens, redis_url: str
) -> None:
    tokens = SharedTokens(redis, kept, ManualClock(THURSDAY))
    tokens.swap("wecom", "secret", SOON, seen_version=0)
    with Redis.from_url(redis_url) as client:
        client.set("zhibu:token:wecom", "not json")

    assert tokens.read("wecom") == Token("secret", SOON, 1)


# --- limits -----------------------------------------------------------------------------------


def test_processes_share_one_allowance(redis_url: str) -> None:
    clock = ManualClock(THURSDAY)
    opened = [Shared(redis_url) for _ in range(2)]
    throttles = [SharedThrottle(each, MemoryThrottle(clock)) for each in opened]

    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda n: throttles[n % 2].take("sender:a", PACE), range(20)))

    for each in opened:
        each.close()
    assert sum(wait == 0.0 for wait in waits) == PACE.burst
    assert all(wait <= PACE.spacing_s for wait in waits)


def test_each_name_has_its_own_and_it_fills_up_again(redis: Shared) -> None:
    throttle = SharedThrottle(redis, MemoryThrottle(SystemClock()))
    quick = Pace(1, 0.05)

    first, second, other = (throttle.take(name, quick) for name in ("a", "a", "b"))
    while throttle.take("a", quick) > 0:
        pass

    assert (first, other) == (0.0, 0.0)
    assert 0 < second <= 0.05


def test_without_redis_each_process_counts_for_itself(gone: Shared) -> None:
    throttle = SharedThrottle(gone, MemoryThrottle(ManualClock(THURSDAY)))

    waits = [throttle.take("sender:a", PACE) for _ in range(4)]

    assert [wait == 0.0 for wait in waits] == [True, True, True, False]


def test_a_redis_that_dies_is_left_alone_for_a_while_and_then_asked_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING, "bot.storage.shared")
    with RedisServer() as server:
        opened = Shared(server.url)
        throttle = SharedThrottle(opened, MemoryThrottle(ManualClock(THURSDAY)))
        assert throttle.take("sender:a", PACE) == 0.0
        url = server.url
    asked: list[int] = []

    def work(client: Redis) -> str:
        asked.append(1)
        client.ping()
        return "redis"

    without = [opened.ask(work, lambda: "alone") for _ in range(3)]
    monkeypatch.setattr(module, "RESTS_S", 0.0)
    opened._rests_until = 0.0
    again = opened.ask(work, lambda: "alone")

    assert url.startswith("unix://")
    assert (without, again) == (["alone"] * 3, "alone")
    assert len(asked) == 2
    assert len(caplog.records) == 2
    assert not opened.ping()
    opened.close()


def test_in_memory_old_names_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.services.incoming_limits._MOST_KEPT", 3)
    clock = ManualClock(THURSDAY)
    throttle = MemoryThrottle(clock)
    for name in "abc":
        throttle.take(name, per_minute(1))
    clock.advance(timedelta(minutes=2))
    throttle.take("d", per_minute(1))
    waits = [throttle.take("d", per_minute(1)), throttle.take("a", per_minute(1))]
    flood = [throttle.take(f"f{n}", per_minute(1)) for n in range(10)]

    assert waits == [60.0, 0.0]
    assert flood == [0.0] * 10


def test_it_is_used_only_where_it_is_configured(redis_url: str, tmp_path: Path) -> None:
    without = shared_of(parse({}, tmp_path))
    opened = shared_of(parse({"redis": {"url": redis_url}}, tmp_path))

    assert without is None
    assert opened is not None
    assert opened.ping()
    opened.close()
