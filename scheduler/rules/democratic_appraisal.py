"""The democratic appraisal of members (民主评议党员), once a year, often with the org-life meeting.

Example:
    » 李书记: 李书记您好：第三党支部2026年度的民主评议党员还没有安排，一般在第四季度开，最晚明年1月31日。
    李书记: 为什么
    » 依据：民主评议党员一般每年1次，可以和组织生活会一起开（党员教育管理工作条例第十八条）。…
"""

from __future__ import annotations

from bot.domain.cadence import MeetingKind
from scheduler.duties import TEXT_YEAR, duty_rule

RULE = duty_rule(
    "democratic_appraisal",
    MeetingKind.APPRAISAL,
    "meetings.appraisal",
    instrument="党员教育管理工作条例第十八条",
    text=TEXT_YEAR,
    cadence="{kind}一般{cadence}，可以和组织生活会一起开（{instrument}）",
)
