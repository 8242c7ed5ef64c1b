"""Lists of words, written the way they are read."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """Return the words of a text that lists them with spaces between."""
    return frozenset(text.split())
