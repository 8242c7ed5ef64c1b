"""Texts kept encrypted at rest: what members wrote stays readable for some days, not for ever."""

from __future__ import annotations

import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.storage.keyfile import load_or_create_key

_NONCE = 12
_LOST_WITH_IT = "以前保存的消息原文就读不出来了"


class TextSeal:
    """Encrypts and opens short texts with a key of the data directory (AES-256-GCM)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._key = key

    @classmethod
    def from_file(cls, path: Path) -> TextSeal:
        """Read the key of a data directory, making it at first use.

        Raises:
            BadKeyFile: The file holds something else.
        """
        return cls(load_or_create_key(path, lost=_LOST_WITH_IT))

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
