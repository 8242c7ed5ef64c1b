"""Letters of introduction that wait to be received."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId, UnitId
from bot.domain.tasks import Desk, TaskKind, Waiting
from bot.services.tasks.leaf import Leaf, Scope
from bot.storage.models import Member, Transfer, Unit

KIND = TaskKind("letters", "介绍信等您接收{n}封：{names}", "介绍信", desk=Desk.LEAD)


def find(session: Session, scope: Scope) -> Iterable[Waiting]:
    """Return who is on his way to a branch of ours."""
    rows = session.execute(
        select(Transfer.to_unit_id, Member.id, Member.name, Transfer.recorded_at)
        .join(Member, Member.id == Transfer.member_id)
        .join(Unit, Unit.id == Transfer.to_unit_id)
        .where(
            Transfer.closed_at.is_(None),
            Transfer.recorded_at <= scope.now,
            scope.holds(Unit.path),
        )
        .order_by(Transfer.recorded_at, Transfer.id)
    )
    for row in rows:
        unit, member = UnitId(row.to_unit_id), MemberId(row.id)
        yield Waiting(KIND, unit, row.name, row.recorded_at, member)


LEAF = Leaf(KIND, find)
