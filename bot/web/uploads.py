"""Files that wait between a preview and its confirmation: for an hour, readable by this process."""

from __future__ import annotations

import secrets
import tempfile
import time
from pathlib import Path

from flask import session
from werkzeug.datastructures import FileStorage

from bot.domain.errors import DomainError

_LASTS_S = 3600.0
_KEY = "upload"
_ENDINGS = (".xlsx", ".csv")
_folder = tempfile.TemporaryDirectory(prefix="zhibu-uploads-")  # 0700, gone with the process


class NoFile(DomainError):
    """No file was chosen, or it does not wait any more."""


def keep(file: FileStorage | None) -> Path:
    """Keep a file for this browser and return where; the one before is thrown away.

    Raises:
        NoFile
    """
    name = (file.filename or "") if file is not None else ""
    ending = Path(name).suffix.lower()
    if file is None or not name:
        raise NoFile("还没有选文件。")
    if ending not in _ENDINGS:
        raise NoFile("请选 .xlsx 或 .csv 的表格。旧的 .xls 请先另存为 .xlsx。")
    drop()
    _forget_old()
    kept = f"{secrets.token_urlsafe(16)}{ending}"
    path = Path(_folder.name) / kept
    file.save(path)
    session[_KEY] = kept
    return path


def find() -> Path:
    """Return the file this browser has shown.

    Raises:
        NoFile: It has waited too long, or another machine has it.
    """
    kept = session.get(_KEY, "")
    path = Path(_folder.name) / Path(kept).name
    if not kept or not path.is_file():
        raise NoFile("刚才那份文件已经不在了，请再选一次。")
    return path


def drop() -> None:
    """Throw the file of this browser away."""
    kept = session.pop(_KEY, "")
    if kept:
        (Path(_folder.name) / Path(kept).name).unlink(missing_ok=True)


def _forget_old() -> None:
    oldest = time.time() - _LASTS_S  # noqa: TID251 - compared with the file system's own clock
    for path in Path(_folder.name).iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
