"""One SQLAlchemy engine a database kind for all tests of a process.

What SQLAlchemy has compiled stays with the engine: with a new one for every test, each test would
compile every statement anew, which takes longer than running them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, QueuePool, event, make_url

from bot.storage.engine import Database


class Engines:
    """Opens databases over engines that are kept; one test at a time."""

    def __init__(self) -> None:
        self._idle: dict[str, _Kept] = {}

    @contextmanager
    def open(self, url: str) -> Iterator[Database]:
        """Open a database. Commits do not wait for the disk: no test cuts the power.

        A file is let go afterwards; a server's database keeps its connections for the next test
        that is given it, unless the test still holds one.
        """
        kind = make_url(url).get_backend_name()
        kept = self._idle.pop(kind, None) or _Kept(Database(url, scratch=True).engine)
        kept.turn_to(url)
        opened = Database(url, scratch=True, engine=kept.engine)
        yield opened
        pool = opened.engine.pool
        if isinstance(pool, QueuePool) and pool.checkedout() == 0:
            self._idle[kind] = kept
        if opened.is_sqlite or kind not in self._idle:
            opened.close()


class _Kept:
    """An engine that connects to whichever database is the one of the test."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.url = ""
        event.listen(engine, "do_connect", self._connect)

    def turn_to(self, url: str) -> None:
        """Let everything from now on be done in another database."""
        if url != self.url:
            self.engine.dispose()
        self.url = url

    def _connect(self, dialect: Any, _record: Any, args: list[Any], named: dict[str, Any]) -> None:
        where, how = dialect.create_connect_args(make_url(self.url))
        args[:] = where
        named.update(how)
