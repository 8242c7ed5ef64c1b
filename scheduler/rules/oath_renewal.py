"""The renewal of the oath (重温入党誓词), usually about 1 July: the street is told in mid-June.

Example:
    » 周敏: 周敏您好：七一前后一般组织全体党员重温入党誓词，晨光街道今年还没有安排。
    周敏: 为什么
    » 依据：全体党员重温入党誓词是街道的惯例，没有全国统一规定（本产品设定）。晨光街道2026年尚未登记。…
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.ids import UnitId
from bot.services import upper_units
from bot.services.upper_units import Upper
from scheduler.yearly_above import Leaf, yearly_above

LEAF = Leaf(
    name="oath_renewal",
    title="重温入党誓词",
    rests_on="meetings.above",
    text=(
        "{name}您好：七一前后一般组织全体党员重温入党誓词，{unit}今年还没有安排。\n"
        "定好时间回复：建会 重温入党誓词 7月1日 09:00 地点"
    ),
    source="全体党员重温入党誓词是街道的惯例，没有全国统一规定（本产品设定）",
    facts="{unit}{year}年尚未登记",
    ends="登记或安排后自动停止",
)


def find_open(
    session: Session, units: Sequence[Upper], year: int, now: datetime
) -> Collection[UnitId]:
    """Return the streets that renewed it neither themselves nor in a branch, in a year."""
    done = upper_units.list_renewed(session, year, now)
    return [unit.id for unit in units if unit.is_street and unit.id not in done]


RULE = yearly_above(LEAF, find_open)
