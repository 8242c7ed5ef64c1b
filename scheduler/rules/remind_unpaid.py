"""Dues reminders on order: nothing falls due by itself, but each is asked about before it leaves.

Example:
    » 赵六: 赵六您好：3月党费15元还没有登记。方便时请交一下，交了回复 党费已交；有困难可以找组织委员商量。
    赵六: 党费已交
    » 收到：3月，共15元。等组织委员核对后回执。金额不对请回复 更正
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.dues import MonthState
from bot.services import dues, remind_unpaid, roll
from scheduler.rule import Asked, Reminder, Rule, Setting, Slot

_OPEN = (MonthState.UNPAID, MonthState.PART)


def slots(_after: datetime, _until: datetime) -> Iterable[Slot]:
    """Yield nothing: people order these."""
    return ()


def reminders(_session: Session, _slot: Slot, _setting: Setting) -> Iterable[Reminder]:
    """Return nothing."""
    return ()


def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
    """Return those of whose months one was declared or paid: the text would not be true any more.

    Those of members who died, left or are suspended since are settled as well.
    """
    named = remind_unpaid.months_of(session, {row.slot for row in asked})
    months = sorted({month for group in named.values() for month in group})
    members = {row.member_id for row in asked if row.member_id is not None}
    found = dues.balances(session, members, months)
    active = roll.active(session, members, day_of(now))
    return [
        row.id
        for row in asked
        if row.member_id is not None
        and (
            row.member_id not in active
            or any(
                found[row.member_id][month].state not in _OPEN
                for month in named.get((row.slot, row.member_id), ())
            )
        )
    ]


RULE = Rule(
    name=remind_unpaid.RULE,
    title="催缴党费",
    source="dues.on_order",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
)
