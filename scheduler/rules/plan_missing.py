"""The plan a leader owes for each community he looks after, by the end of January.

Example:
    » 陈主任: 陈主任您好：西后街社区2026年的工作计划还没有交，1月31日前交就行。请回复：交计划 西后街社区 打算做的几件事
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.ids import MemberId, UnitId
from bot.domain.ladders import Ladder, Period, Step
from bot.domain.privacy import event, say
from bot.domain.wording import names_words
from bot.services import ladders, survey, work_plans
from bot.services.contacts import Standing
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

NAME = "plan_missing"
TEXT = (
    "{name}您好：{units}{year}年的工作计划还没有交，{until}。请回复：交计划 {first} 打算做的几件事"
)
DEADLINE = (1, 31)
IN_TIME, OVER = "1月31日前交就行", "请尽快交"
SOURCE = "班子成员每年给所包社区交一份自己写的工作计划（本产品设定）"
FACTS = "还没有交：{units}"
ENDS = "交了自动停止"
SEEN = "只发给您"


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Tell each leader for which communities a plan is missing."""
    if not any(each.step_on(slot.day) for each in ladders.every(session, setting.ladders, NAME)):
        return
    missing = work_plans.list_missing(session, slot.day)
    units = {UnitId(line.whom.id) for line in missing}
    of = ladders.of_units(session, setting.ladders, NAME, units, slot.day)
    found: dict[MemberId, list[Standing]] = defaultdict(list)
    for line in missing:
        if of[UnitId(line.whom.id)].step_on(slot.day) is not None:
            found[MemberId(line.who.id)].append(line)
    names = survey.names_of(session, found)
    for member, lines in found.items():
        ladder = of[UnitId(lines[0].whom.id)]
        rung = ladder.step_on(slot.day)
        assert rung is not None
        yield _reminder(member, names[member], lines, slot, ladder, *rung)


def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
    """Return those who owe none any more."""
    owing: dict[int, set[int]] = {}
    for year in {int(row.slot.partition("/")[0]) for row in asked}:
        today = day_of(now)
        lines = work_plans.list_missing(session, min(today, date(year, 12, 31)))
        owing[year] = {line.who.id for line in lines}
    return [row.id for row in asked if row.member_id not in owing[int(row.slot.partition("/")[0])]]


def _reminder(
    member: MemberId,
    name: str,
    lines: Sequence[Standing],
    slot: Slot,
    ladder: Ladder,
    period: Period,
    step: Step,
) -> Reminder:
    units = names_words([line.whom.name for line in lines])
    in_time = (slot.day.month, slot.day.day) <= DEADLINE
    following = [each.day for each in ladder.steps(period) if each.day > slot.day]
    return Reminder(
        slot=f"{period}/{step.name}",
        subject=f"plans:{member}",
        text=say(
            TEXT,
            name=name,
            units=event(units),
            year=period.year,
            until=IN_TIME if in_time else OVER,
            first=event(lines[0].whom.name),
        ),
        reason=Reason(SOURCE, FACTS.format(units=units), ENDS, SEEN),
        due_at=slot.at,
        expires_at=at(min(following, default=date(period.year, 3, 1))),
        member_id=member,
        used={"contacts": [line.id for line in lines], **ladder.facts(step)},
    )


RULE = Rule(
    name=NAME,
    title="工作计划没有交",
    source="contacts.plans",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
