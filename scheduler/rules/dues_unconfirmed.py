"""Dues of last month that were declared and nobody has confirmed: the organiser closes the month.

Example:
    » 王敏: 王敏您好：3月党费有2人登记了、还没有核对。收到钱的请回复 确认党费 全部，看名单回复 名单 党费 3月
    王敏: 为什么
    » 依据：党费按月交纳，登记了要核对才算交（党费规定第十二条）。3月有2人登记了没有核对。…
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
from bot.services import dues_upkeep
from bot.services.survey import Branch
from scheduler.branch_rule import Leaf, Open, branch_rule

LEAF = Leaf(
    name="dues_unconfirmed",
    title="党费没有核对",
    rests_on="dues.upkeep",
    text=(
        "{name}您好：{month}月党费有{n}人登记了、还没有核对。"
        "收到钱的请回复 确认党费 全部{where}，看名单回复 名单 党费 {month}月{where}"
    ),
    source="党费按月交纳（党费规定第十二条）；登记了，核对过才算交（本产品设定）",
    ends="核对完了自动停止",
)
FACTS = "{month}月有{n}人登记了没有核对"


def find_open(
    session: Session, branches: Sequence[Branch], period: Period, now: datetime
) -> Mapping[UnitId, Open]:
    """Return the branches with a month that is declared and not confirmed."""
    month = Month.of(period.first)
    ids = [branch.id for branch in branches]
    counts = dues_upkeep.count_unconfirmed(session, ids, month, day_of(now))
    return {
        unit: Open(
            {"month": month.number, "n": count(n)},
            FACTS.format(month=month.number, n=n),
            used={"people": n},
        )
        for unit, n in counts.items()
    }


RULE = branch_rule(LEAF, find_open)
