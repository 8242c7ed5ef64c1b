"""Redis, where one is configured: access tokens and incoming limits at hand for all processes.

Nothing lives here alone. Tokens are in the database, limits are kept in each process as well: while
Redis is away they cost a query more, or are counted process by process, and no message is lost.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from bot.clock import Clock
from bot.domain.ports import Throttle, Token, TokenStore
from bot.domain.sending import Pace

if TYPE_CHECKING:
    from redis import Redis

PREFIX = "zhibu:"
RESTS_S = 5.0  # after a failure nobody asks for so long: a dead server must not cost each message
_PATIENCE_S = 0.3
_KEPT_S = 60  # a copy of a token that could not be replaced is old for no longer
Found = TypeVar("Found")

log = logging.getLogger(__name__)

_TAKE = """
local moment = redis.call('TIME')
local now = moment[1] + moment[2] / 1000000
local full_at = tonumber(redis.call('GET', KEYS[1])) or now
if full_at < now then full_at = now end
local room = tonumber(ARGV[1])
if full_at - now > room then return tostring(full_at - now - room) end
full_at = full_at + tonumber(ARGV[2])
redis.call('SET', KEYS[1], string.format('%.6f', full_at), 'PX',
    math.ceil((full_at - now) * 1000) + 1)
return '0'
"""


class Shared:
    """A Redis that may be away at any time."""

    def __init__(self, url: str) -> None:
        from redis import Redis  # only where one is configured is it installed

        self._client: Redis = Redis.from_url(
            url, socket_timeout=_PATIENCE_S, socket_connect_timeout=_PATIENCE_S
        )
        self._lock = threading.Lock()
        self._rests_until = 0.0

    def ask(self, work: Callable[[Redis], Found], otherwise: Callable[[], Found]) -> Found:
        """Return what Redis says, or what is said without it."""
        from redis.exceptions import RedisError

        if time.monotonic() < self._rests_until:
            return otherwise()
        try:
            return work(self._client)
        except (RedisError, OSError, ValueError):
            self._rest()
            return otherwise()

    def ping(self) -> bool:
        """Tell whether it answers, also while it rests."""
        from redis.exceptions import RedisError

        try:
            return bool(self._client.ping())
        except (RedisError, OSError):
            return False

    def close(self) -> None:
        """Let go of every connection."""
        self._client.close()

    def _rest(self) -> None:
        with self._lock:
            is_news = time.monotonic() >= self._rests_until
            self._rests_until = time.monotonic() + RESTS_S
        if is_news:
            log.warning("redis is away; tokens come from the database, limits are per process")


class SharedThrottle:
    """The port `Throttle` for all processes together, told by the clock of Redis.

    Args:
        alone: Counts in this process while Redis is away.
    """

    def __init__(self, shared: Shared, alone: Throttle) -> None:
        self._shared = shared
        self._alone = alone

    def take(self, name: str, pace: Pace) -> float:
        """Take one use; return 0.0 when there was one, else the seconds to wait for it."""
        room = pace.spacing_s * (pace.burst - 1)

        def of_all(client: Redis) -> float:
            said: Any = client.eval(_TAKE, 1, f"{PREFIX}limit:{name}", room, pace.spacing_s)
            return float(said)

        return self._shared.ask(of_all, lambda: self._alone.take(name, pace))


class SharedTokens:
    """The port `TokenStore`: the database's, with a copy in Redis that spares the query.

    Args:
        kept: Where tokens really are; the versions that let one of many refresh are there.
    """

    def __init__(self, shared: Shared, kept: TokenStore, clock: Clock) -> None:
        self._shared = shared
        self._kept = kept
        self._clock = clock

    def read(self, key: str) -> Token | None:
        """Return the token kept under a key."""
        found = self._shared.ask(lambda client: _opened(client.get(_name(key))), lambda: None)
        return found or self._copied(key)

    def swap(self, key: str, value: str, expires_at: datetime, *, seen_version: int) -> bool:
        """Store a token if nobody stored one since `seen_version` was read."""
        done = self._kept.swap(key, value, expires_at, seen_version=seen_version)
        # Also after a loss: what was read may have been an old copy, and would be read again.
        self._copied(key)
        return done

    def _copied(self, key: str) -> Token | None:
        token = self._kept.read(key)
        if token is None:
            return None
        left = int((token.expires_at - self._clock.now()).total_seconds())
        if left > 0:
            text = json.dumps([token.value, token.expires_at.isoformat(), token.version])
            self._shared.ask(
                lambda client: client.set(_name(key), text, ex=min(_KEPT_S, left)), lambda: None
            )
        return token


def _name(key: str) -> str:
    return f"{PREFIX}token:{key}"


def _opened(stored: Any) -> Token | None:
    """Return a token from its copy.

    Raises:
        ValueError: It is none.
    """
    if stored is None:
        return None
    value, expires_at, version = json.loads(stored)
    return Token(value, datetime.fromisoformat(expires_at), version)
