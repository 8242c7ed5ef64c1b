"""Steps of those who want to join whose last day is near or over."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.tasks import TaskKind, Waiting
from bot.services import development_due
from bot.services.tasks.leaf import Leaf, Scope

KIND = TaskKind("development", "发展党员有{n}步快到期或过期了", "发展党员", wakes=False)
_AHEAD, _BEHIND = 7, 60


def find(session: Session, scope: Scope) -> Iterable[Waiting]:
    """Return the steps by number alone: names are told where they are asked for."""
    today = day_of(scope.now)
    for due in development_due.due_now(session, today, _AHEAD, _BEHIND):
        if not scope.paths or any(due.view.path.startswith(path) for path in scope.paths):
            since = min(at(due.limit.began), scope.now)
            yield Waiting(KIND, due.view.unit_id, "", since)


LEAF = Leaf(KIND, find)
