"""Backups: one SQLite file of the database as it stands at one moment, and the way back."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import make_url

from bot.cli.opening import Refused
from bot.storage import schema
from bot.storage.engine import Database


def copy_sqlite(url: str, to: Path) -> None:
    """Copy the database behind a URL to a new file that only its owner reads, and check it.

    Raises:
        Refused: The file is there already, cannot be written, or the copy is damaged.
    """
    source = make_url(url).database
    if not source:
        raise Refused("内存里的数据库不能备份。")
    _make_private(to)
    try:
        _copy(source, to)
    except sqlite3.Error:
        to.unlink(missing_ok=True)
        raise Refused("备份没有做成，磁盘可能满了。请腾出空间再试。") from None


def _leave_behind(copy: sqlite3.Connection) -> None:
    """Take out of a copy what belongs to running processes, and overwrite it: access tokens."""
    from bot.storage import moving

    copy.execute("PRAGMA secure_delete=ON")
    known = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in sorted(moving.LEFT_BEHIND & known):
        copy.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own
    copy.commit()


def _copy(source: str, to: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(source)) as original,
        contextlib.closing(sqlite3.connect(to)) as copy,
    ):
        original.backup(copy)
        # One file, without the companions that a log of writes would bring.
        copy.execute("PRAGMA journal_mode=DELETE")
        _leave_behind(copy)
        if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("integrity")


def copy_any(database: Database, to: Path) -> None:
    """Copy a database of another engine into a new SQLite file, and compare the two.

    Raises:
        Refused: The file is there already or cannot be written, or the copy differs.
    """
    from bot.storage import moving

    _make_private(to)
    copied = False
    try:
        with _opened(to) as file:
            schema.upgrade(file)
            read = moving.copy(database, file)
            copied = not moving.differing(read, moving.digests(file))
        _as_one_file(to)
    finally:
        if not copied:
            _remove(to)
    if not copied:
        raise Refused("备份和数据库对不上，没有留下备份。请再试一次；还不行请查磁盘。")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored.

    Attributes:
        rows: Table → number of rows, of those that hold any.
        was_older: The backup was made by an older version and has been brought up to date.
    """

    rows: Mapping[str, int]
    was_older: bool


def restore(file: Path, target: Database) -> Restored:
    """Restore a backup into an empty database, and compare every table with the file.

    The file itself stays as it is: what has to be brought up to date is a copy of it.

    Raises:
        Refused: It is no backup, damaged, or of a newer version; the database is not empty; the
            two differ, in which case the database is left empty.
    """
    from bot.storage import moving

    with tempfile.TemporaryDirectory(prefix="zhibu-") as folder:
        scratch = Path(folder) / "restore.db"
        was_older = _bring_up_to_date(file, scratch)
        with _opened(scratch) as source:
            _require_empty(target)
            read = moving.copy(source, target)
            wrong = moving.differing(read, moving.digests(target))
    if wrong:
        raise Refused(f"恢复以后对不上：{'、'.join(wrong)}。请换一个空的数据库再试。")
    return Restored({name: d.rows for name, d in read.items() if d.rows}, was_older)


def check(file: Path) -> Restored:
    """Restore a backup into a scratch database that is thrown away.

    Raises:
        Refused: As `restore`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="zhibu-") as folder,
        _opened(Path(folder) / "check.db") as scratch,
    ):
        return restore(file, scratch)


def _require_empty(target: Database) -> None:
    """Make the tables of a new database; leave one that holds anything as it is."""
    from bot.storage import moving

    version = schema.current(target)
    if version is None:
        schema.upgrade(target)
    elif version != schema.newest() or not moving.is_empty(target):
        raise Refused("这个数据库里已经有数据，没有动它。请换一个空的数据库再恢复。")


def _bring_up_to_date(file: Path, scratch: Path) -> bool:
    if not file.is_file():
        raise Refused(f"没有 {file} 这个文件。")
    try:
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as opened:
            if opened.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise Refused(f"{file} 坏了，请用另一个备份。")
            found = opened.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError:
        raise Refused(f"{file} 不是支部助手的备份，或者已经损坏。") from None
    if found is None or not schema.is_known(found[0]):
        raise Refused(f"{file} 是更新的版本做的备份。请先升级支部助手。")
    _copy(str(file), scratch)
    with _opened(scratch) as source:
        schema.upgrade(source)
    return bool(found[0] != schema.newest())


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{file}", scratch=True)
    try:
        yield database
    finally:
        database.close()


def _make_private(to: Path) -> None:
    try:
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise Refused(f"{to} 已经有了，没有覆盖它。请换一个文件名。") from None
    except OSError:
        raise Refused(f"写不了 {to}，请检查文件夹是否存在、有没有权限。") from None


def _as_one_file(to: Path) -> None:
    """Fold the companions that a log of writes brings into the file itself."""
    with contextlib.closing(sqlite3.connect(to)) as opened:
        opened.execute("PRAGMA journal_mode=DELETE")
    Path(f"{to}.lock").unlink(missing_ok=True)


def _remove(to: Path) -> None:
    for end in ("", "-wal", "-shm", ".lock"):
        Path(f"{to}{end}").unlink(missing_ok=True)
