"""The leadership's democratic life meeting (民主生活会), where the year before had one on record.

Example:
    » 周敏: 周敏您好：晨光街道2026年度的民主生活会还没有安排，最晚明年1月31日。
    周敏: 为什么
    » 依据：民主生活会每年1次是对县级以上领导班子的规定，街道按上级安排；您那里上一年登记过。…
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.cadence import MeetingKind
from bot.domain.ids import UnitId
from bot.domain.periods import Year
from bot.services import upper_units
from bot.services.upper_units import Upper
from scheduler.yearly_above import Leaf, yearly_above

LEAF = Leaf(
    name="democratic_life_meeting",
    title="民主生活会",
    rests_on="meetings.above",
    text=(
        "{name}您好：{unit}{year}年度的民主生活会还没有安排，最晚{until}。\n"
        "定好时间回复：建会 民主生活会 日期 09:00 地点"
    ),
    source="民主生活会每年1次是对县级以上领导班子的规定，街道按上级安排；上一年登记过才提醒",
    facts="{unit}{year}年度尚未登记",
    ends="登记或安排后自动停止",
)


def find_open(
    session: Session, units: Sequence[Upper], year: int, now: datetime
) -> Collection[UnitId]:
    """Return the units that had one for the year before and none for this one."""
    kind = MeetingKind.DEMOCRATIC_LIFE
    this, before = Year(year), Year(year - 1)
    held = upper_units.held_for(session, kind, (this, before), now)
    return [
        unit.id
        for unit in units
        if (unit.id, str(before)) in held and (unit.id, str(this)) not in held
    ]


RULE = yearly_above(LEAF, find_open)
