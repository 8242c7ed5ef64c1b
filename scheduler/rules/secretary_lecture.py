"""The lecture (党课) that the secretary of a Party committee gives himself once a year.

Example:
    » 陈书记: 陈书记您好：今年还没有您讲党课的登记，党委书记每年至少讲1次。讲过的，请支部在会议记录里写上：主讲 陈书记
    陈书记: 为什么
    » 依据：党委（党组）书记每年至少讲1次党课（支部工作条例第十六条）。2026年会议记录里没有您主讲的党课。…
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.ids import MemberId
from bot.domain.ladders import Ladder, Period, Step, useful_until
from bot.domain.privacy import event, say
from bot.services import ladders, lecturers
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = (
    "{name}您好：今年还没有您讲党课的登记，党委书记每年至少讲1次。"
    "讲过的，请支部在会议记录里写上：主讲 {lecturer}"
)
SOURCE = "党委（党组）书记每年至少讲1次党课（支部工作条例第十六条）"
FACTS = "{year}年会议记录里没有您主讲的党课"
ENDS = "登记后自动停止"
SEEN = "只发给您"
NAME = "secretary_lecture"


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning: units settle their own days, by default one in July and one in November."""
    return daily(after, until, ROUND_AT.hour)


def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
    """Tell each secretary of a committee who has given none this year."""
    known = ladders.every(session, setting.ladders, NAME)
    if not any(ladder.step_on(slot.day) for ladder in known):
        return
    heads = lecturers.list_heads(session, slot.day)
    given = lecturers.count(session, [head.member_id for head in heads], slot.day.year)
    units = {head.unit_id for head in heads}
    of = ladders.of_units(session, setting.ladders, NAME, units, slot.day)
    told: set[MemberId] = set()
    for head in heads:
        rung = of[head.unit_id].step_on(slot.day)
        if rung is not None and not given[head.member_id] and head.member_id not in told:
            told.add(head.member_id)
            yield _reminder(head.member_id, head.name, slot, of[head.unit_id], *rung)


def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
    """Return those who have given one by now, or hold no such post any more."""
    years = {int(row.slot.partition("/")[0]) for row in asked}
    members = {row.member_id for row in asked if row.member_id is not None}
    heads = {head.member_id for head in lecturers.list_heads(session, day_of(now))}
    given = {year: lecturers.count(session, members, year) for year in years}
    return [
        row.id
        for row in asked
        if row.member_id is not None
        and (row.member_id not in heads or given[int(row.slot.partition("/")[0])][row.member_id])
    ]


def _reminder(
    member: MemberId, name: str, slot: Slot, ladder: Ladder, period: Period, step: Step
) -> Reminder:
    return Reminder(
        slot=f"{period}/{step.name}",
        subject=f"lecture:{member}",
        text=say(TEXT, name=name, lecturer=event(name)),
        reason=Reason(SOURCE, FACTS.format(year=period.year), ENDS, SEEN),
        due_at=slot.at,
        expires_at=at(useful_until(ladder.steps(period), slot.day, period.last)),
        member_id=member,
        used={"year": period.year, **ladder.facts(step)},
    )


RULE = Rule(
    name=NAME,
    title="书记讲党课",
    source="meetings.lecture.leaders",
    slots=slots,
    reminders=reminders,
    satisfied=satisfied,
    joins=True,
)
