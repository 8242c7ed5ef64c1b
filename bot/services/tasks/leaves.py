"""Leave that waits for the organiser's word, where a branch has settled that it needs it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from bot.domain.attendance import Mark
from bot.domain.tasks import TaskKind, Waiting
from bot.services import meetings, roll_books
from bot.services.tasks import marks
from bot.services.tasks.leaf import Leaf, Scope

KIND = TaskKind("leaves", "请假等您同意{n}人：{names}", "同意请假 全部")


def find(session: Session, scope: Scope) -> Iterable[Waiting]:
    """Return who has asked for leave that counts only once it is granted."""
    asked = marks.find(session, scope, {Mark.LEAVE_REQUESTED})
    if not asked:
        return
    held = meetings.list_by_ids(session, {mark.meeting_id for mark in asked})
    rolls = roll_books.rolls_of(session, held)
    days = {meeting.id: meeting.day for meeting in held}
    for mark in asked:
        if rolls[mark.meeting_id].leave_needs_approval:
            day = days[mark.meeting_id]
            yield Waiting(KIND, mark.unit_id, mark.name, mark.at, mark.member_id, day)


LEAF = Leaf(KIND, find)
