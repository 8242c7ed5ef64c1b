"""A record (会议记录) that was written and not confirmed five days later: the secretary is asked once.

Example:
    » 李书记: 李书记您好：3月12日的支部党员大会的会议记录还没有确认。看一遍回复 纪要 3月支部党员大会，没问题回复 确认纪要 3月支部党员大会
    李书记: 为什么
    » 依据：会议记录由书记确认，确认后才锁定（本产品设定）。3月支部党员大会的记录是草稿。…
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy.orm import Session

from bot.domain.ids import UnitId
from bot.domain.minutes import MinutesState
from bot.services import survey
from scheduler.record_rule import Leaf, Told, record_rule


def _secretaries(session: Session, units: Collection[UnitId], on: date) -> Told:
    """Return who confirms the records of some units: who answers for each."""
    paths = {unit: path for unit, (_, path) in survey.names_and_paths(session, units).items()}
    owners = survey.answerable(session, paths, on)
    names = survey.names_of(session, owners.values())
    return {unit: (member, names[member]) for unit, member in owners.items()}


RULE = record_rule(
    Leaf(
        name="minutes_unconfirmed",
        title="会议记录没有确认",
        rests_on="minutes.reminders",
        state=MinutesState.DRAFT,
        text=(
            "{name}您好：{day}的{short}的会议记录还没有确认。"
            "看一遍回复 纪要 {title}，没问题回复 确认纪要 {title}"
        ),
        source="会议记录由书记确认，确认后才锁定（本产品设定）",
        facts="{title}的记录还是草稿",
        ends="确认后自动停止",
        told=_secretaries,
    )
)
