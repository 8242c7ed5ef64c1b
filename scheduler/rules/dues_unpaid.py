"""Dues not yet declared for the month (党费), told to the member alone, on the days of the ladder.

Example:
    » 张三: 张三您好：3月党费30元还没有登记。交了回复 党费已交；有困难可以找组织委员商量。
    张三: 为什么
    » 依据：党费按月交纳（党费规定第十二条）。您3月还没有登记。登记后自动停止。只发给您。
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.ids import UnitId
from bot.domain.ladders import Ladder, Step, useful_until
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.privacy import dues as private
from bot.domain.privacy import say
from bot.services import dues, dues_open, ladders, remind_unpaid, roll
from bot.services.dues_assessed import first_whole
from bot.services.dues_open import OPEN, Owes
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = (
    "{name}您好：{month}月党费{amount}元还没有登记。交了回复 党费已交；有困难可以找组织委员商量。"
)
SOURCE = "党费按月交纳（党费规定第十二条）"
FACTS = "您{month}月还没有登记"
ENDS = "登记后自动停止"
SEEN = "只发给您"


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning: branches settle their own days."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Tell every member whose month is still open, once a step."""
    known = ladders.every(session, setting.ladders, RULE.name)
    rungs = {ladder: rung[1] for ladder in known if (rung := ladder.step_on(slot.day))}
    if not rungs:
        return
    month = Month.of(slot.day)
    steps: dict[UnitId, tuple[Ladder, Step]] = {}
    for branch in setting.branches(session, slot.day):
        ladder = setting.ladders.of(RULE.name, branch.settings)
        if ladder in rungs and first_whole(branch.live_from) <= month:
            steps[branch.id] = (ladder, rungs[ladder])
    told = remind_unpaid.reminded_on(session, slot.day, of_ladder=False)
    for one in dues_open.list_open(session, steps, month, slot.day):
        if (one.member_id, month) not in told:
            yield _reminder(slot, month, *steps[one.unit_id], one)


def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
    """Return those who have declared or paid, owe nothing any more, or are asked for nothing."""
    months = sorted({Month.parse(row.slot.split("/")[0]) for row in asked})
    members = {row.member_id for row in asked if row.member_id is not None}
    found = dues.balances(session, members, months)
    active = roll.active(session, members, day_of(now))
    return [
        row.id
        for row in asked
        if row.member_id is not None
        and (
            row.member_id not in active
            or found[row.member_id][Month.parse(row.slot.split("/")[0])].state not in OPEN
        )
    ]


def _reminder(
    slot: Slot,
    month: Month,
    ladder: Ladder,
    step: Step,
    one: Owes,
) -> Reminder:
    return Reminder(
        slot=f"{month}/{step.name}",
        subject=f"dues:{one.member_id}",
        text=say(TEXT, name=one.name, month=month.number, amount=private(yuan(one.open_fen))),
        reason=Reason(SOURCE, FACTS.format(month=month.number), ENDS, SEEN),
        due_at=slot.at,
        expires_at=at(useful_until(ladder.steps(month), slot.day, month.last)),
        member_id=one.member_id,
        used={"month": str(month), "open_fen": one.open_fen, **ladder.facts(step)},
    )


RULE = Rule(
    name="dues_unpaid",
    title="党费未登记",
    source="dues.ladder",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
