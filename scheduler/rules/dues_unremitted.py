"""Dues of the last quarter that were confirmed and not handed up.

Example:
    » 王敏: 王敏您好：一季度和以前的党费，有23人的核对过了、还没有登记上缴。上缴了请回复 上缴党费 3月
    王敏: 为什么
    » 依据：党费收了要上缴，每一笔只上缴一次；什么时候缴由上级定，每季度问一次是本产品设定。…
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.ids import UnitId
from bot.domain.ladders import Period
from bot.domain.periods import Quarter
from bot.domain.privacy import count
from bot.domain.wording import month_words, period_words
from bot.services import dues_upkeep
from bot.services.survey import Branch
from scheduler.branch_rule import Leaf, Open, branch_rule

LEAF = Leaf(
    name="dues_unremitted",
    title="党费没有上缴",
    rests_on="dues.upkeep",
    text=(
        "{name}您好：{quarter}和以前的党费，有{n}人的核对过了、还没有登记上缴。"
        "上缴了请回复 上缴党费 {month}{where}"
    ),
    source="党费收了要上缴，每一笔只上缴一次；什么时候缴由上级定，每季度问一次（本产品设定）",
    ends="登记上缴后自动停止",
)
FACTS = "到{quarter}为止有{n}人的核对过、没有上缴"


def find_open(
    session: Session, branches: Sequence[Branch], period: Period, now: datetime
) -> Mapping[UnitId, Open]:
    """Return the branches with dues in hand of the quarter before the one of the rung."""
    quarter = Quarter.of(period.first).shift(-1)
    last = quarter.months[-1]
    counts = dues_upkeep.count_unremitted(session, [branch.id for branch in branches], last)
    words = period_words(quarter, period.year)
    return {
        unit: Open(
            {"quarter": words, "n": count(n), "month": month_words(last, period.year)},
            FACTS.format(quarter=words, n=n),
            used={"people": n},
        )
        for unit, n in counts.items()
    }


RULE = branch_rule(LEAF, find_open)
