"""A progress bar for people at a terminal; in pipes and logs there is nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from bot.services.importing import Watch


class _Bars:
    """One bar after the other, on the standard error output."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._bar: Any = None

    def begin(self, words: str, total: int | None) -> None:
        """Begin a bar; without a total there is none."""
        self._stack.close()  # the bar before
        self._bar = None
        if total:
            bar = click.progressbar(length=total, label=words, file=sys.stderr)
            self._bar = self._stack.enter_context(bar)

    def advance(self, rows: int) -> None:
        """Go on by some rows; a file may have more than it says."""
        if self._bar is not None:
            self._bar.update(rows)


class _Nothing:
    def begin(self, words: str, total: int | None) -> None:
        """Show nothing."""

    def advance(self, rows: int) -> None:
        """Show nothing."""


@contextmanager
def watching() -> Iterator[Watch]:
    """Show how far the work has come, where somebody can see it."""
    if not sys.stderr.isatty():
        yield _Nothing()
        return
    with ExitStack() as stack:
        yield _Bars(stack)
