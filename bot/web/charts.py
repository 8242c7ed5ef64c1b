"""Charts as drawings within the page: they print, need no script, and read as words to an ear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_HEIGHT, _STEP, _BAR, _BASE = 150, 52, 30, 120


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, a share of 100.

    Attributes:
        percent: None where there is nothing to show.
        words: The whole of it in words.
    """

    label: str
    percent: int | None
    words: str

    @property
    def height(self) -> int:
        """How high it is drawn."""
        return (self.percent or 0) * (_BASE - 24) // 100


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars side by side, with where each is drawn."""

    title: str
    bars: tuple[Bar, ...]
    width: int
    height: int = _HEIGHT
    base: int = _BASE
    bar: int = _BAR

    def at(self, number: int) -> int:
        """Return where the middle of a bar is."""
        return number * _STEP + _STEP // 2


def chart(title: str, bars: Sequence[Bar]) -> Chart:
    """Return bars as they are drawn."""
    return Chart(title, tuple(bars), max(1, len(bars)) * _STEP)
