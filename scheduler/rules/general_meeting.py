"""The branch general meeting (支部党员大会), quarterly.

Example:
    » 李书记: 李书记您好：第三党支部一季度的支部党员大会还没有安排。3月31日前开就行。
    李书记: 为什么
    » 依据：支部党员大会一般每季度1次（支部工作条例）。一季度尚未登记。登记后自动停止。只发给您。
"""

from __future__ import annotations

from bot.domain.cadence import MeetingKind
from scheduler.duties import duty_rule

RULE = duty_rule(
    "general_meeting", MeetingKind.GENERAL, "meetings.cadence.general", instrument="支部工作条例"
)
