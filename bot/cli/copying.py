"""A copy of a SQLite database as it stands at one moment, also while it is written to."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from sqlalchemy import make_url

from bot.cli.opening import Refused


def copy_sqlite(url: str, to: Path) -> None:
    """Copy the database behind a URL to a new file that only its owner reads, and check it.

    Raises:
        Refused: The file is there already, cannot be written, or the copy is damaged.
    """
    source = make_url(url).database
    if not source:
        raise Refused("内存里的数据库不能备份。")
    try:
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise Refused(f"{to} 已经有了，没有覆盖它。请换一个文件名。") from None
    except OSError:
        raise Refused(f"写不了 {to}，请检查文件夹是否存在、有没有权限。") from None
    try:
        _copy(source, to)
    except sqlite3.Error:
        to.unlink(missing_ok=True)
        raise Refused("备份没有做成，磁盘可能满了。请腾出空间再试。") from None


def _copy(source: str, to: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(source)) as original,
        contextlib.closing(sqlite3.connect(to)) as copy,
    ):
        original.backup(copy)
        # One file, without the companions that a log of writes would bring.
        copy.execute("PRAGMA journal_mode=DELETE")
        if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise sqlite3.DatabaseError("integrity")
