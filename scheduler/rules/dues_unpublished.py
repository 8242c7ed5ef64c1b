"""Dues of the last quarter of which the members were told nothing.

Example:
    » 王敏: 王敏您好：第三党支部一季度的党费还没有公示。请回复 公示党费 一季度，先给您看稿，只有人数和合计。
    王敏: 为什么
    » 依据：党费收缴情况要向党员公布，一般至少每年一次；按季说一次是本产品设定。一季度还没有公示。…
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.ids import UnitId
from bot.domain.ladders import Period
from bot.domain.periods import Quarter
from bot.domain.wording import period_words
from bot.services import dues_upkeep
from bot.services.survey import Branch
from scheduler.branch_rule import Leaf, Open, branch_rule

LEAF = Leaf(
    name="dues_unpublished",
    title="党费没有公示",
    rests_on="dues.upkeep",
    text=(
        "{name}您好：{unit}{quarter}的党费还没有公示。"
        "请回复 公示党费 {quarter}{where}，先给您看稿，只有人数和合计。"
    ),
    source="党费收缴情况要向党员公布，一般至少每年一次；按季说一次是本产品设定",
    ends="公示后自动停止",
)
FACTS = "{quarter}还没有公示"


def find_open(
    session: Session, branches: Sequence[Branch], period: Period, now: datetime
) -> Mapping[UnitId, Open]:
    """Return the branches that told nothing of the quarter before the one of the rung."""
    quarter = Quarter.of(period.first).shift(-1)
    words = period_words(quarter, period.year)
    open_ = dues_upkeep.list_unpublished(session, [branch.id for branch in branches], quarter)
    return {
        unit: Open({"quarter": words}, FACTS.format(quarter=words), used={"quarter": str(quarter)})
        for unit in open_
    }


RULE = branch_rule(LEAF, find_open)
