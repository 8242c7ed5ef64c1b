"""The working committee's last meeting on Party building is long ago (党工委会议专题研讨).

Example:
    » 周敏: 周敏您好：晨光街道的党工委会议专题研讨上次是3月12日，到今天35天了，还没有安排下一次。
    周敏: 为什么
    » 依据：党工委定期研究党建，一般约每月1次，没有全国统一规定（本产品设定）。上次是3月12日，…
"""

from __future__ import annotations

from bot.domain.cadence import MeetingKind
from scheduler.upper_rule import Leaf, upper_rule

RULE = upper_rule(
    Leaf(
        name="working_committee",
        title="党工委会议专题研讨",
        kind=MeetingKind.WORKING_COMMITTEE,
        what="党工委会议专题研讨",
        source="党工委定期研究党建，一般约每月1次，没有全国统一规定（本产品设定）",
    )
)
