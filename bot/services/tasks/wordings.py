"""What people said to the bot and it did not understand: how many wordings, never whose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import UnitId
from bot.domain.tasks import TaskKind, Waiting
from bot.services.tasks.leaf import Leaf, Scope
from bot.storage.models import Unit, UnreadWording

KIND = TaskKind("wordings", "没看懂{n}句，您可以教我", "没看懂", wakes=False)
_LOOKS_BACK = timedelta(days=7)


def find(session: Session, scope: Scope) -> Iterable[Waiting]:
    """Return the wordings of the last week."""
    rows = session.execute(
        select(UnreadWording.unit_id, UnreadWording.last_at)
        .join(Unit, Unit.id == UnreadWording.unit_id)
        .where(
            UnreadWording.last_at > scope.now - _LOOKS_BACK,
            UnreadWording.last_at <= scope.now,
            scope.holds(Unit.path),
        )
    )
    for row in rows:
        yield Waiting(KIND, UnitId(row.unit_id), "", row.last_at)


LEAF = Leaf(KIND, find)
