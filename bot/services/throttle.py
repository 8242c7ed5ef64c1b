"""Tries to sign in: after a few in vain there is a pause, longer each time, for all processes.

    throttle.check(session, names, now)      # before the password is looked at
    throttle.failed(session, names, now)     # it was wrong
    throttle.succeeded(session, names)       # it was right: what was before is forgotten

`names` are those of the account and of the address, `throttle.names_of(account, address)`: the
first stops guessing one password from many machines, the second guessing many from one. They are
counted in a transaction of their own, so that a refusal rolls nothing back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.storage.insert import insert_many_once
from bot.storage.models import SignInTries

FREE = {"account": 5, "address": 20}  # tries before the first pause; an office shares an address
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(hours=24)
_MOST_DOUBLED = 7


class TooManyTries(DomainError):
    """Nobody may try now, not even with the right password.

    Attributes:
        wait: How long.
    """

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        minutes = max(1, -(-int(wait.total_seconds()) // 60))
        super().__init__(f"试了太多次，请{minutes}分钟后再试。密码忘了请管理员重设。")


def names_of(account: str, address: str) -> tuple[str, str]:
    """Return what tries are counted under: digests, so that neither is kept."""
    return f"account:{_digest(account)}", f"address:{_digest(address)}"


def check(session: Session, names: Sequence[str], now: datetime) -> None:
    """Refuse while a pause lasts.

    Raises:
        TooManyTries
    """
    until = session.scalar(
        select(func.max(SignInTries.locked_until)).where(
            SignInTries.name.in_(names), SignInTries.locked_until > now
        )
    )
    if until is not None:
        raise TooManyTries(until - now)


def failed(session: Session, names: Sequence[str], now: datetime) -> None:
    """Count a try in vain; from the one after the free ones on, each doubles the pause."""
    connection = session.connection()
    fresh = [{"name": name, "failed": 0, "last_at": now} for name in sorted(names)]
    insert_many_once(session, SignInTries, fresh)
    old = SignInTries.last_at < now - FORGOTTEN_AFTER
    for name in sorted(names):  # two names: one row each, always in this order
        count = connection.scalar(
            update(SignInTries)
            .where(SignInTries.name == name)
            .values(failed=case((old, 1), else_=SignInTries.failed + 1), last_at=now)
            .returning(SignInTries.failed)
        )
        pause = _pause(int(count or 0) - FREE[name.partition(":")[0]])
        connection.execute(
            update(SignInTries)
            .where(SignInTries.name == name)
            .values(locked_until=None if pause is None else now + pause)
        )


def succeeded(session: Session, names: Sequence[str]) -> None:
    """Forget the tries of the account; those of the address stand: others sit there too."""
    own = [name for name in names if name.startswith("account:")]
    session.connection().execute(delete(SignInTries).where(SignInTries.name.in_(own)))


def forget_old(session: Session, now: datetime) -> None:
    """Drop what is long over."""
    session.connection().execute(
        delete(SignInTries).where(SignInTries.last_at < now - FORGOTTEN_AFTER)
    )


def _pause(over: int) -> timedelta | None:
    if over < 0:
        return None
    doublings: int = 2 ** min(over, _MOST_DOUBLED)
    return min(FIRST_PAUSE * doublings, LONGEST_PAUSE)


def _digest(text: str) -> str:
    return sha256(text.strip().casefold().encode()).hexdigest()[:32]
