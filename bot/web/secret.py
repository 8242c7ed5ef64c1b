"""The key that signs cookies and form tokens, kept beside the database."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from bot.domain.errors import DomainError

_BYTES = 32


class BadSecretFile(DomainError):
    """The file that should hold the key holds something else."""


def load_or_create_secret(path: Path) -> bytes:
    """Return the key kept in a file; the first process to ask makes it, readable by its user only.

    Raises:
        BadSecretFile: The file is shorter than a key.
        OSError: It can neither be read nor made.
    """
    if not path.exists():
        _create(path)
    key = path.read_bytes()
    if len(key) < _BYTES:
        raise BadSecretFile(f"密钥文件 {path} 不完整。请删掉它再启动，程序会重新生成。")
    return key


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
    try:
        os.link(draft, path)  # whole or not at all, and only if nobody was faster
    except FileExistsError:
        pass
    finally:
        draft.unlink()
