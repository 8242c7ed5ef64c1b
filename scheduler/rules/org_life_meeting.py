"""The organisational life meeting (组织生活会), once a year, usually in its last quarter.

Example:
    » 李书记: 李书记您好：第三党支部2026年度的组织生活会还没有安排，一般在第四季度开，最晚明年1月31日。
    李书记: 为什么
    » 依据：组织生活会一般每年1次（支部工作条例第十七条）。2026年度尚未登记。登记后自动停止。只发给您。
"""

from __future__ import annotations

from bot.domain.cadence import MeetingKind
from scheduler.duties import TEXT_YEAR, duty_rule

RULE = duty_rule(
    "org_life_meeting",
    MeetingKind.ORG_LIFE,
    "meetings.org_life",
    instrument="支部工作条例第十七条",
    text=TEXT_YEAR,
)
