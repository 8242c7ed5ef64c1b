"""Access tokens and leases in the database: the ports `TokenStore` and `Lease`."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from bot.clock import Clock
from bot.domain.ports import Token
from bot.storage.engine import Database
from bot.storage.insert import insert_once
from bot.storage.models import StoredLease, StoredToken


class DatabaseTokens:
    """Keeps access tokens where all processes see them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, key: str) -> Token | None:
        """Return the token kept under a key."""
        with self._database.reading() as session:
            row = session.get(StoredToken, key)
            return None if row is None else Token(row.value, row.expires_at, row.version)

    def swap(self, key: str, value: str, expires_at: datetime, *, seen_version: int) -> bool:
        """Store a token if nobody stored one since `seen_version` was read."""
        with self._database.writing(first=True) as session:
            if seen_version == 0:
                values = {"key": key, "value": value, "expires_at": expires_at, "version": 1}
                return insert_once(session, StoredToken, values) is not None
            changed = session.connection().execute(
                update(StoredToken)
                .where(StoredToken.key == key, StoredToken.version == seen_version)
                .values(value=value, expires_at=expires_at, version=seen_version + 1)
            )
            return changed.rowcount == 1


class DatabaseLeases:
    """Locks shared by all processes, told by the clock handed in."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @contextmanager
    def hold(self, name: str, lasting: timedelta) -> Iterator[bool]:
        """Try to take a lease once; give it back at the end."""
        holder = uuid.uuid4().hex
        got = self._take(name, holder, lasting)
        try:
            yield got
        finally:
            if got:
                self.give_back(name, holder)

    def keep(self, name: str, holder: str, lasting: timedelta) -> bool:
        """Take a lease, or make one's own last longer."""
        now = self._clock.now()
        own_or_over = (StoredLease.holder == holder) | (StoredLease.until <= now)
        with self._database.writing(first=True) as session:
            kept = session.connection().execute(
                update(StoredLease)
                .where(StoredLease.name == name, own_or_over)
                .values(holder=holder, until=now + lasting)
            )
            if kept.rowcount == 1:
                return True
            values = {"name": name, "holder": holder, "until": now + lasting}
            return insert_once(session, StoredLease, values) is not None

    def _take(self, name: str, holder: str, lasting: timedelta) -> bool:
        now = self._clock.now()
        with self._database.writing(first=True) as session:
            free = session.connection().execute(
                update(StoredLease)
                .where(StoredLease.name == name, StoredLease.until <= now)
                .values(holder=holder, until=now + lasting)
            )
            if free.rowcount == 1:
                return True
            if session.scalar(select(StoredLease.name).where(StoredLease.name == name)):
                return False
            values = {"name": name, "holder": holder, "until": now + lasting}
            return insert_once(session, StoredLease, values) is not None

    def give_back(self, name: str, holder: str) -> None:
        """Let go of a lease, if it is this holder's."""
        with self._database.writing(first=True) as session:
            session.connection().execute(
                delete(StoredLease).where(StoredLease.name == name, StoredLease.holder == holder)
            )
