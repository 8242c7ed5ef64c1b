"""Texts kept encrypted at rest: what members wrote stays readable for some days, not for ever."""

from __future__ import annotations

import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class TextSeal:
    """Encrypts and opens short texts with a key of the data directory (AES-256-GCM)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._key = key

    @classmethod
    def from_file(cls, path: Path) -> TextSeal:
        """Read the key of a data directory, making it (readable by the owner only) at first use."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return cls(path.read_bytes())
        with os.fdopen(handle, "wb") as file:
            key = AESGCM.generate_key(256)
            file.write(key)
        return cls(key)

    def seal(self, text: str) -> bytes:
        """Return the text encrypted under a fresh nonce."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, text.encode(), None)

    def open(self, sealed: bytes) -> str | None:
        """Return the text, or None when it was sealed with another key or tampered with."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None).decode()
        except InvalidTag:
            return None

    def mark(self, text: str) -> str:
        """Return a keyed digest: equal texts meet, and nobody without the key can guess them."""
        return hmac.digest(self._key, text.encode(), "sha256").hex()
