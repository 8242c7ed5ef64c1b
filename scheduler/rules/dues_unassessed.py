"""In January: for whom nobody has settled what they pay, and whether anything changes this year.

Example:
    » 王敏: 王敏您好：党费一般年初核定一次。第三党支部今年还没有核定过，有变动的照这样回复：核定 张三 30 1月起；没有变动的不用动。
    王敏: 为什么
    » 依据：每月交多少由支部年初核定，年内一般不变动（关于进一步规范党费工作的通知）。今年还没有核定过。…
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import UnitId
from bot.domain.ladders import Period
from bot.domain.periods import Month
from bot.domain.privacy import count
from bot.services import dues_upkeep, survey
from bot.services.survey import Branch
from scheduler.branch_rule import Leaf, Open, branch_rule

TEXT = (
    "{name}您好：党费一般年初核定一次。{unit}今年还没有核定过，"
    "有变动的照这样回复：核定 张三 30 1月起；没有变动的不用动。"
)
SOME = (
    "{name}您好：{unit}有{n}人还没有核定每月交多少党费。"
    "请一个一个照这样回复：核定 张三 30。按工资算的照这样回复：核定 张三 工资 5100，工资我不留。"
)
LEAF = Leaf(
    name="dues_unassessed",
    title="党费没有核定",
    rests_on="dues.yearly",
    text=TEXT,
    source="每月交多少由支部年初核定，年内一般不变动（关于进一步规范党费工作的通知）",
    ends="核定了就不再提醒，一年只说一次",
)
FACTS, FACTS_SOME = "今年还没有核定过", "有{n}人没有核定"


def find_open(
    session: Session, branches: Sequence[Branch], period: Period, now: datetime
) -> Mapping[UnitId, Open]:
    """Return the branches that miss amounts, and those in which none was settled this year."""
    today = day_of(now)
    groups = {
        unit: [member for member, _ in group]
        for unit, group in survey.members_by_branch(session, branches, today).items()
    }
    missing = dues_upkeep.count_without_amount(session, groups, Month.of(today))
    everybody = {member for group in groups.values() for member in group}
    done = dues_upkeep.settled_in(session, everybody, period.year)
    found = {}
    for unit, group in groups.items():
        if unit in missing:
            n = missing[unit]
            found[unit] = Open({"n": count(n)}, FACTS_SOME.format(n=n), SOME, {"people": n})
        elif not done.intersection(group):
            found[unit] = Open({}, FACTS)
    return found


RULE = branch_rule(LEAF, find_open)
