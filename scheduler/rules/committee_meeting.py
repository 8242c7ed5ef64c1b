"""The branch committee meeting (支部委员会会议), monthly; no committee, no duty.

Example:
    » 李书记: 李书记您好：第三党支部3月的支部委员会会议还没有安排。3月31日前开就行。
    李书记: 为什么
    » 依据：支部委员会会议一般每月1次（支部工作条例）。3月尚未登记。登记后自动停止。只发给您。
"""

from __future__ import annotations

from bot.domain.cadence import MeetingKind
from scheduler.duties import duty_rule

RULE = duty_rule(
    "committee_meeting",
    MeetingKind.COMMITTEE,
    "meetings.cadence.committee",
    instrument="支部工作条例",
)
