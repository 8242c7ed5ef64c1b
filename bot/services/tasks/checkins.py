"""补签 and 代签 that wait for the organiser's word."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from bot.domain.attendance import WAITING
from bot.domain.tasks import TaskKind, Waiting
from bot.services.tasks import marks
from bot.services.tasks.leaf import Leaf, Scope

KIND = TaskKind("checkins", "补签、代签等您同意{n}人：{names}", "确认签到 全部")


def find(session: Session, scope: Scope) -> Iterable[Waiting]:
    """Return who says to have been there, or of whom it is said."""
    for mark in marks.find(session, scope, WAITING):
        yield Waiting(KIND, mark.unit_id, mark.name, mark.at, mark.member_id)


LEAF = Leaf(KIND, find)
