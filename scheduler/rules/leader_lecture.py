"""The Party lecture that each leader of a street or community gives once a quarter (班子成员讲党课).

Example:
    » 周强: 周强您好：一季度还没有您讲党课的登记，也没有安排。讲过的，请那边在会议记录里写上：主讲 周强
    周强: 为什么
    » 依据：班子成员每季度讲一次党课是街道的安排，不是全国统一要求。一季度的会议记录里没有您主讲的党课。…
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.cadence import parse_period
from bot.domain.ids import MemberId
from bot.domain.ladders import Ladder, Period, Step, useful_until
from bot.domain.periods import Quarter
from bot.domain.privacy import event, say
from bot.domain.wording import period_words
from bot.services import ladders, lecturers, upper_units
from bot.services.upper_units import Leader
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = (
    "{name}您好：{period}还没有您讲党课的登记，也没有安排。"
    "讲过的，请那边在会议记录里写上：主讲 {lecturer}"
)
SOURCE = "班子成员每季度讲一次党课是街道的安排，不是全国统一要求"
FACTS = "{period}的会议记录里没有您主讲的党课"
ENDS = "登记或安排后自动停止"
SEEN = "只发给您"
NAME = "leader_lecture"


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning: units settle their own days, by default 45, 75 and 85 of the quarter."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Tell each leader who has given none this quarter, and of whom none is called."""
    known = ladders.every(session, setting.ladders, NAME)
    if not any(ladder.step_on(slot.day) for ladder in known):
        return
    quarter = Quarter.of(slot.day)
    leaders = upper_units.list_leaders(session, quarter.first, slot.day)
    given = lecturers.list_given(session, [one.member_id for one in leaders], quarter, slot.at)
    of = ladders.of_units(
        session, setting.ladders, NAME, {one.unit_id for one in leaders}, slot.day
    )
    for leader in leaders:
        rung = of[leader.unit_id].step_on(slot.day)
        if rung is not None and leader.member_id not in given:
            yield _reminder(leader, slot, of[leader.unit_id], *rung)


def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
    """Return those who have given one by now or will, or are in no team any more."""
    members = {row.member_id for row in asked if row.member_id is not None}
    today = day_of(now)
    there = {one.member_id for one in upper_units.list_leaders(session, today, today)}
    given: dict[str, set[MemberId]] = {}
    for period in {_period_of(row) for row in asked}:
        quarter = parse_period(period)
        assert isinstance(quarter, Quarter)
        given[period] = lecturers.list_given(session, members, quarter, now)
    return [
        row.id
        for row in asked
        if row.member_id is not None
        and (row.member_id not in there or row.member_id in given[_period_of(row)])
    ]


def _reminder(leader: Leader, slot: Slot, ladder: Ladder, period: Period, step: Step) -> Reminder:
    words = period_words(period)
    return Reminder(
        slot=f"{period}/{step.name}",
        subject=f"lecture:{leader.member_id}",
        text=say(TEXT, name=leader.name, period=words, lecturer=event(leader.name)),
        reason=Reason(SOURCE, FACTS.format(period=words), ENDS, SEEN),
        due_at=slot.at,
        expires_at=at(useful_until(ladder.steps(period), slot.day, period.last)),
        member_id=leader.member_id,
        used={"period": str(period), **ladder.facts(step)},
    )


def _period_of(row: Asked) -> str:
    return row.slot.partition("/")[0]


RULE = Rule(
    name=NAME,
    title="班子成员讲党课",
    source="meetings.above",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
