"""The theory study group of the leadership met long ago (中心组学习).

Example:
    » 周敏: 周敏您好：晨光街道的中心组学习上次是3月11日，到今天35天了，还没有安排下一次。
    周敏: 为什么
    » 依据：中心组学习一般约每月1次，没有全国统一规定（本产品设定）。上次是3月11日，…
"""

from __future__ import annotations

from bot.domain.cadence import MeetingKind
from scheduler.upper_rule import Leaf, upper_rule

RULE = upper_rule(
    Leaf(
        name="theory_group",
        title="中心组学习",
        kind=MeetingKind.THEORY_GROUP,
        what="中心组学习",
        source="中心组学习一般约每月1次，没有全国统一规定（本产品设定）",
    )
)
