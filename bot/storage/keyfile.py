"""Keys kept in files of the data folder: made once, whole, and read by their owner only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from bot.domain.errors import DomainError

KEY_BYTES = 32
WRONG = (
    "密钥文件 {path} 不完整（应是{wanted}字节，现在{found}字节）。请换回备份，多台机器的从别的机器复制；"
    "都没有，就删掉它再启动，会重新生成：{lost}。"
)


class BadKeyFile(DomainError):
    """The file that should hold a key holds something else."""


def load_or_create_key(path: Path, *, lost: str) -> bytes:
    """Return the key kept in a file; the first process to ask makes it.

    Args:
        lost: What a new key costs, as a person reads it.

    Raises:
        BadKeyFile: The file does not hold exactly a key.
        OSError: It can neither be read nor made.
    """
    if not path.exists():
        _create(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise BadKeyFile(WRONG.format(path=path, wanted=KEY_BYTES, found=len(key), lost=lost))
    return key


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # whole or not at all, and only if nobody was faster
    except FileExistsError:
        pass
    finally:
        draft.unlink()
