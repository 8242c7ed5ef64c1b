"""Leave that waits for the organiser's word, the day before the meeting and on its day.

Only in branches that have settled that leave has to be granted; elsewhere saying so is enough.

Example:
    » 王敏: 王敏您好：3月16日的主题党日有2人请假，等您同意。都同意回复 同意请假 全部
    王敏: 为什么
    » 依据：本支部定了请假要同意；没有答复的，开会的人心里没数（本产品设定）。…
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bot.domain.attendance import Mark
from bot.services import roll_books
from bot.services.meetings import MeetingView
from scheduler.decision_rule import Leaf, decision_rule


def _granted(session: Session, held: Sequence[MeetingView]) -> Sequence[MeetingView]:
    """Return the meetings of which leave has to be granted."""
    rolls = roll_books.rolls_of(session, held)
    return [meeting for meeting in held if rolls[meeting.id].leave_needs_approval]


RULE = decision_rule(
    Leaf(
        name="leave_waiting",
        title="请假等着同意",
        rests_on="attendance.waiting",
        marks=frozenset({Mark.LEAVE_REQUESTED}),
        text="{name}您好：{day}的{short}有{n}人请假，等您同意。都同意回复 同意请假 全部",
        source="本支部定了请假要同意；开会前给个答复，人家心里有数（本产品设定）",
        facts="{title}有{n}人请假还没有答复",
        ends="答复了自动停止",
        counts=_granted,
    )
)
