"""补学 by somebody's own word, which the organiser has not confirmed yet.

Source:
    study.made_up
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from bot.domain.attendance import Mark
from bot.domain.tasks import TaskKind, Waiting
from bot.services.tasks import marks
from bot.services.tasks.leaf import Leaf, Scope

KIND = TaskKind("makeup", "补学等您核对{n}人：{names}", "确认补学")


def find(session: Session, scope: Scope) -> Iterable[Waiting]:
    """Return who says to have made up for a meeting."""
    for mark in marks.find(session, scope, {Mark.STUDIED_LATER}):
        yield Waiting(KIND, mark.unit_id, mark.name, mark.at, mark.member_id)


LEAF = Leaf(KIND, find)
