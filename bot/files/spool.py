"""Things set aside on disk, so that a large file costs no memory: a scratch table of our own."""

from __future__ import annotations

import pickle  # only what this process wrote itself is read back
import sqlite3
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any

AT_ONCE = 2000  # things handed back together


class Spool:
    """Keeps numbered things in a private file that is gone when it is closed.

    A thing may belong to a group; whole groups come back together (`batches`). A spool also
    counts how often a key was used, and by whom first (`use`): what a file says twice.
    """

    def __init__(self) -> None:
        # A database without a name is a temporary file of SQLite's own: unlinked while it is open.
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("CREATE TABLE thing (number INTEGER PRIMARY KEY, grp TEXT, body BLOB)")
        self._db.execute(
            "CREATE TABLE used (key TEXT PRIMARY KEY, first TEXT, times INTEGER) WITHOUT ROWID"
        )
        self._indexed = False
        self._count = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._db.close()

    def __len__(self) -> int:
        return self._count

    def put(self, number: int, thing: object, group: str = "") -> None:
        """Set a thing aside; numbers grow."""
        body = pickle.dumps(thing, pickle.HIGHEST_PROTOCOL)
        self._db.execute("INSERT INTO thing VALUES (?, ?, ?)", (number, group, body))
        self._count += 1

    def use(self, key: str, by: str = "") -> tuple[str, int]:
        """Use a key; return who used it first, and how often it has been used by now."""
        first, times = self._db.execute(
            "INSERT INTO used VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET times = times + 1"
            " RETURNING first, times",
            (key, by),
        ).fetchone()
        return first, times

    def batches(self) -> Iterator[list[Any]]:
        """Yield things in pieces that fit into memory, no group divided, in order within a piece.

        Things without a group may be divided anywhere.
        """
        size = AT_ONCE
        together: list[str] = []
        count = 0
        for group, number in self._groups():
            if not group:
                yield from self._ungrouped(size)
                continue
            together.append(group)
            count += number
            if count >= size:
                yield self._of_groups(together)
                together, count = [], 0
        if together:
            yield self._of_groups(together)

    def _groups(self) -> list[tuple[str, int]]:
        if not self._indexed:
            self._db.execute("CREATE INDEX thing_group ON thing (grp, number)")
            self._indexed = True
        return self._db.execute(
            "SELECT grp, count(*) FROM thing GROUP BY grp ORDER BY min(number)"
        ).fetchall()

    def _ungrouped(self, size: int) -> Iterator[list[Any]]:
        rows = self._db.execute("SELECT body FROM thing WHERE grp = '' ORDER BY number")
        while part := rows.fetchmany(size):
            yield [pickle.loads(row[0]) for row in part]  # noqa: S301 - written by `put`

    def _of_groups(self, groups: Sequence[str]) -> list[Any]:
        marks = ",".join("?" * len(groups))
        rows = self._db.execute(
            f"SELECT body FROM thing WHERE grp IN ({marks}) ORDER BY number",  # noqa: S608 - marks
            tuple(groups),
        )
        return [pickle.loads(row[0]) for row in rows]  # noqa: S301 - written by `put`
