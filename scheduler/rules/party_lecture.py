"""The Party lecture (党课), as often as the branch has decided; by default quarterly.

Example:
    » 李书记: 李书记您好：第三党支部一季度的党课还没有安排。3月31日前开就行。
    李书记: 为什么
    » 依据：党课每季度1次是本支部的规定，不是全国统一要求。一季度尚未登记。登记后自动停止。只发给您。
"""

from __future__ import annotations

from bot.domain.cadence import MeetingKind
from scheduler.duties import duty_rule

RULE = duty_rule("party_lecture", MeetingKind.LECTURE, "meetings.cadence.lecture", instrument=None)
