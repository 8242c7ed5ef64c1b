"""Late and proxy check-ins (补签、代签) that wait for the organiser's word two days after a meeting.

Example:
    » 王敏: 王敏您好：3月16日的主题党日有2人补签或代签，等您同意。都同意回复 确认签到 全部
    王敏: 为什么
    » 依据：补签、代签要组织委员同意才算（本产品设定）。3月主题党日有2人等着。答复了自动停止。只发给您。
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from bot.domain.attendance import WAITING
from bot.services.meetings import MeetingView
from scheduler.decision_rule import Leaf, decision_rule


def _all(_session: Session, held: Sequence[MeetingView]) -> Sequence[MeetingView]:
    return held


RULE = decision_rule(
    Leaf(
        name="checkin_waiting",
        title="补签等着同意",
        rests_on="attendance.waiting",
        marks=WAITING,
        text="{name}您好：{day}的{short}有{n}人补签或代签，等您同意。都同意回复 确认签到 全部",
        source="补签、代签要同意了才算到会（本产品设定）",
        facts="{title}有{n}人补签或代签还没有答复",
        ends="答复了自动停止",
        counts=_all,
    )
)
