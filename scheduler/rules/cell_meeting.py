"""The Party cell meeting (党小组会), monthly, per cell; no cells, no duty.

Example:
    » 王组长: 王组长您好：第一党小组3月的党小组会还没有安排。3月31日前开就行。
    李书记: 为什么
    » 依据：党小组会一般每月1次（支部工作条例）。3月尚未登记。登记后自动停止。只发给您。
"""

from __future__ import annotations

from bot.domain.cadence import MeetingKind
from scheduler.duties import duty_rule

RULE = duty_rule(
    "cell_meeting", MeetingKind.CELL, "meetings.cadence.cell", instrument="支部工作条例"
)
