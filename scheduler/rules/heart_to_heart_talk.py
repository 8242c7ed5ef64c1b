"""Heart-to-heart talks (谈心谈话): of a branch that has none on record in the year.

That a talk was held is all that is kept; what was said is nobody's business.

Example:
    » 李书记: 李书记您好：第三党支部2026年度的谈心谈话还没有登记。
    | 谈过了回复：补录 10月15日 谈心谈话 到会2人（日子、人数换成实际的），谈的内容不用写。
    李书记: 为什么
    » 依据：支委之间、支委和党员、党员和党员之间谈心谈话，每年一般不少于1次（支部工作条例第十九条）。…
"""

from __future__ import annotations

from bot.domain.cadence import MeetingKind
from scheduler.duties import duty_rule

TEXT = (
    "{name}您好：{unit}{period}的{kind}还没有登记。\n"
    "谈过了回复：补录 {today} {kind} 到会2人（日子、人数换成实际的），谈的内容不用写。"
)

RULE = duty_rule(
    "heart_to_heart_talk",
    MeetingKind.TALK,
    "meetings.talks",
    instrument="支部工作条例第十九条",
    text=TEXT,
    cadence="支委之间、支委和党员、党员和党员之间{kind}，每年一般不少于1次（{instrument}）",
)
