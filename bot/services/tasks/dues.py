"""Dues that members say to have paid, and nobody has checked yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import exists, literal_column, select
from sqlalchemy.orm import Session, aliased

from bot.domain.dues import EntryKind
from bot.domain.ids import MemberId, UnitId
from bot.domain.tasks import TaskKind, Waiting
from bot.services import dues_members
from bot.services.tasks.leaf import Leaf, Scope
from bot.storage.models import DuesEntry, Member, Unit

KIND = TaskKind("dues", "党费等您核对{n}人：{names}", "确认党费 全部")
_LOOKS_BACK = timedelta(days=92)
_ASKED = (EntryKind.DECLARE, EntryKind.OFFER)


def find(session: Session, scope: Scope) -> Iterable[Waiting]:
    """Return who has lately declared what is not settled, once a branch that takes the month.

    The kinds stand in the query as they do in the index, `ix_dues_entry_declared`.
    """
    settling = aliased(DuesEntry)
    rows = session.execute(
        select(DuesEntry.member_id, DuesEntry.month, DuesEntry.at, Member.name)
        .join(Member, Member.id == DuesEntry.member_id)
        .where(
            DuesEntry.kind.in_([literal_column(f"'{kind.value}'") for kind in _ASKED]),
            DuesEntry.at <= scope.now,
            DuesEntry.at > scope.now - _LOOKS_BACK,
            ~exists().where(
                settling.member_id == DuesEntry.member_id,
                settling.month == DuesEntry.month,
                settling.refers_to == DuesEntry.id,
            ),
        )
        .order_by(DuesEntry.at, DuesEntry.id)
    ).all()
    if not rows:
        return
    members = {MemberId(row.member_id) for row in rows}
    taken = dues_members.branches_of(session, members, sorted({row.month for row in rows}))
    within = _within(session, scope, set(taken.values()))
    last = {}
    for row in rows:
        branch = taken.get((MemberId(row.member_id), row.month))
        if branch in within:
            member = MemberId(row.member_id)
            last[branch, member] = Waiting(KIND, branch, row.name, row.at, member)
    yield from last.values()


def _within(session: Session, scope: Scope, units: set[UnitId]) -> set[UnitId]:
    rows = session.scalars(select(Unit.id).where(Unit.id.in_(units), scope.holds(Unit.path)))
    return {UnitId(unit) for unit in rows}


LEAF = Leaf(KIND, find)
