"""Access tokens: shared by all processes, fetched by one of them at a time, never logged."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from time import monotonic, sleep
from typing import Any, NamedTuple

from bot.channels.answers import TOKEN_CODES, check
from bot.clock import Clock
from bot.domain.ports import Lease, Token, TokenStore
from bot.domain.sending import SendError

_EARLY = timedelta(minutes=5)
_EARLY_SHARE = 10  # never refresh before nine tenths of a token's life
_LEASE = timedelta(seconds=30)
_PATIENCE = 20.0  # seconds to wait for another process's refresh
_POLL = 0.05
_FAILED_FOR = 3.0  # seconds in which a failed fetch is not tried again
_LONGEST = 1024

log = logging.getLogger(__name__)


class Fetched(NamedTuple):
    """What a platform gave.

    Attributes:
        lasts: Seconds it is good for.
    """

    value: str
    lasts: int


Fetch = Callable[[bool], Fetched]


def read_token(answer: Mapping[str, Any]) -> Fetched:
    """Return the token in a platform's answer.

    Raises:
        SendError: The platform refused, or its answer is no token.
    """
    check(answer)
    value, lasts = answer.get("access_token"), answer.get("expires_in")
    if isinstance(value, str) and 0 < len(value) <= _LONGEST and isinstance(lasts, int):
        return Fetched(value, max(0, lasts))
    raise SendError("平台没有给出访问凭证，稍后再试", code="no_token")


class TokenManager:
    """Keeps one account's access token.

    Args:
        key: Name in the store; never part of a secret.
        fetch: Asks the platform; its argument forces a new token where the platform knows how.
    """

    def __init__(
        self, key: str, fetch: Fetch, *, store: TokenStore, lease: Lease, clock: Clock
    ) -> None:
        self._key = key
        self._fetch = fetch
        self._store = store
        self._lease = lease
        self._clock = clock
        self._lock = threading.Lock()
        self._held: Token | None = None
        self._failed: tuple[float, SendError] | None = None

    def get(self) -> Token:
        """Return a token that should work.

        Raises:
            SendError: None could be had; nothing was sent.
        """
        held = self._held
        return held if held is not None and self._is_good(held, None) else self._renew(None)

    def probe(self) -> None:
        """Really ask the platform for a token, whatever is kept; nothing is kept of it.

        Raises:
            SendError: It gave none.
        """
        self._fetch(False)

    def call(self, request: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
        """Return a platform's answer; where it refuses the token, renew and repeat once.

        Args:
            request: Makes the call with a token.

        Raises:
            SendError: From the request, or because no token could be had.
        """
        token = self.get()
        answer = request(token.value)
        code = answer.get("errcode")
        if not isinstance(code, int) or code not in TOKEN_CODES:
            return answer
        log.info("access token refused, renewing", extra={"code": code})
        return request(self._renew(token).value)

    def _is_good(self, token: Token, refused: Token | None) -> bool:
        is_other = refused is None or token.value != refused.value
        return is_other and token.expires_at > self._clock.now()

    def _renew(self, refused: Token | None) -> Token:
        with self._lock:
            until = monotonic() + _PATIENCE
            while monotonic() < until:
                token = self._guarded(refused)
                if token is not None:
                    self._held = token
                    return token
                sleep(_POLL)
        raise SendError("访问凭证正由另一进程更新，稍后再试", code="token_busy")

    def _attempt(self, refused: Token | None) -> Token | None:
        """Return the kept token if it is good, else fetch one if it is our turn."""
        kept = self._store.read(self._key)
        if kept is not None and self._is_good(kept, refused):
            return kept
        self._raise_recent_failure()
        with self._lease.hold(f"token:{self._key}", _LEASE) as got:
            return self._replace(self._store.read(self._key), refused) if got else None

    def _guarded(self, refused: Token | None) -> Token | None:
        """Do the same; a store that fails has sent nothing, so it is safe to try again."""
        try:
            return self._attempt(refused)
        except SendError:
            raise
        except Exception:
            log.exception("access token store failed")
        raise SendError("暂时读不到访问凭证，稍后再试", code="token_store")

    def _replace(self, kept: Token | None, refused: Token | None) -> Token | None:
        if kept is not None and self._is_good(kept, refused):
            return kept  # another process was faster between our look and our lease
        fetched = self._fetched(refused)
        expires_at = self._clock.now() + _life(fetched.lasts)
        version = kept.version if kept else 0
        if self._store.swap(self._key, fetched.value, expires_at, seen_version=version):
            return Token(fetched.value, expires_at, version + 1)
        return None  # somebody stored a fresher one: read again

    def _fetched(self, refused: Token | None) -> Fetched:
        try:
            fetched = self._fetch(False)
            if refused is not None and fetched.value == refused.value:
                return self._fetch(True)
        except SendError as error:
            self._failed = (monotonic(), error)
            raise
        return fetched

    def _raise_recent_failure(self) -> None:
        """Spare the platform, and those who wait, a fetch that has just failed."""
        if self._failed is None or monotonic() - self._failed[0] > _FAILED_FOR:
            return
        error = self._failed[1]
        raise SendError(
            error.reason,
            code=error.code,
            permanent=error.permanent,
            retry_after=error.retry_after,
            pauses_channel=error.pauses_channel,
        )


def _life(seconds: int) -> timedelta:
    """Return for how long a token is used: renewed a little early, however short its life."""
    whole = timedelta(seconds=seconds)
    return whole - min(_EARLY, whole / _EARLY_SHARE)
