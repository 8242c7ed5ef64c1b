"""A meeting that was held and has no record (会议记录) three days later: who keeps them is asked once.

Example:
    » 王敏: 王敏您好：3月12日的支部党员大会还没有会议记录。
    | 请回复：记录 3月支部党员大会 主持 姓名 记录 姓名 议题 内容。开着会写在纸上的，照着抄几行就行。
    王敏: 为什么
    » 依据：会议要有记录，一般3天内记好（不少区县的做法）。3月支部党员大会还没有写记录。…
"""

from __future__ import annotations

from bot.domain.minutes import MinutesState
from bot.services import survey
from scheduler.record_rule import Leaf, record_rule

RULE = record_rule(
    Leaf(
        name="minutes_missing",
        title="会议记录没有写",
        rests_on="minutes.reminders",
        state=MinutesState.EMPTY,
        text=(
            "{name}您好：{day}的{short}还没有会议记录。\n"
            "请回复：记录 {title} {lead} 姓名 记录 姓名 议题 内容。写在纸上的，照着抄几行就行。"
        ),
        source="会议要有记录，一般3天内记好（各地通行做法，全国没有定天数）",
        facts="{title}开过了，还没有写记录",
        ends="写了第一行就停",
        told=survey.keepers,
    )
)
