"""Text on its way in and out: characters no platform or database takes, and length limits."""

from __future__ import annotations

import re

# What XML 1.0 cannot hold: control characters and halves of surrogate pairs.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CUT = "\n…"


def clean(text: str) -> str:
    """Return a text without characters that XML 1.0, UTF-8 or PostgreSQL cannot hold."""
    return _ILLEGAL.sub("", text)


def clip(text: str, limit: int) -> str:
    """Return a text of at most `limit` UTF-8 bytes, cut at a line end where one is near.

    Args:
        limit: Bytes, at least 16.
    """
    if len(text) * 4 <= limit:
        return text
    raw = text.encode()
    if len(raw) <= limit:
        return text
    head = raw[: limit - len(_CUT.encode())].decode(errors="ignore")
    line_end = head.rfind("\n")
    return (head[:line_end] if line_end > len(head) // 2 else head) + _CUT
