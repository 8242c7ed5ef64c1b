"""What a leaf of the tasks is: one kind of thing that waits, and where it is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.domain.tasks import TaskKind, Waiting


@dataclass(frozen=True, slots=True)
class Scope:
    """Where tasks are looked for.

    Attributes:
        paths: Of the units, with all below them; empty for everywhere.
        now: Aware.
    """

    now: datetime
    paths: tuple[str, ...] = ()

    def holds(self, path: InstrumentedAttribute[str]) -> ColumnElement[bool]:
        """Return the condition that a unit's path lies within."""
        if not self.paths:
            return true()
        return or_(*(path.startswith(one, autoescape=True) for one in self.paths))


@dataclass(frozen=True, slots=True)
class Leaf:
    """A kind of task with the one query (or a few) that finds all of it.

    Attributes:
        find: Reads only.
    """

    kind: TaskKind
    find: Callable[[Session, Scope], Iterable[Waiting]]
