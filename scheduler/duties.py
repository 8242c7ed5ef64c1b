"""The ladder behind the Three Meetings and One Lesson (三会一课); four leaves are made from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.cadence import (
    KIND_NAMES,
    Duty,
    Every,
    MeetingKind,
    Period,
    duties,
    ladder,
    period_at,
    useful_until,
)
from bot.domain.ids import MemberId, UnitId
from bot.domain.privacy import event, say
from bot.domain.wording import period_words
from bot.services import policies, survey
from bot.services.survey import Branch
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = "{name}您好：{unit}{period}的{kind}还没有安排。{until}前开就行。\n定好时间回复：建会 {kind} {example} 10:00 地点"
SOURCE_RULE = "{kind}一般{cadence}（{instrument}）"
SOURCE_POLICY = "{kind}{cadence}是本支部的规定，不是全国统一要求"
FACTS = "{unit}{period}尚未登记"
ENDS = "登记后自动停止"
SEEN = "只发给您"
_CADENCE = {Every.MONTH: "每月1次", Every.QUARTER: "每季度1次"}


@dataclass(frozen=True, slots=True)
class _Open:
    """A duty of a unit that is still open."""

    unit_id: UnitId
    unit: str
    path: str
    duty: Duty
    period: Period
    step: str
    last: date
    useful_until: date


def duty_rule(name: str, kind: MeetingKind, source: str, *, instrument: str | None) -> Rule:
    """Return the rule that reminds of one kind of meeting, whoever answers for it, privately.

    Args:
        source: Key of the regulation.
        instrument: The regulation's short name; None where it is the branch's own policy.
    """

    def slots(after: datetime, until: datetime) -> Iterable[Slot]:
        return (slot for slot in daily(after, until, ROUND_AT.hour) if _steps(kind, slot.day))

    def reminders(session: Session, slot: Slot, _setting: Setting) -> Iterable[Reminder]:
        found = list(_open_duties(session, kind, slot))
        paths = {item.unit_id: item.path for item in found}
        owners = survey.answerable(session, paths, slot.day)
        names = survey.names_of(session, owners.values())
        for item in found:
            if item.unit_id in owners:
                owner = owners[item.unit_id]
                alone = sum(other == owner for other in owners.values()) == 1
                yield _reminder(item, slot, owner, names, instrument, alone=alone)

    def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
        periods = {_period_of(row.slot) for row in asked}
        done = survey.filled(session, kind, periods, now)
        return [row.id for row in asked if (_unit_of(row), _period_of(row.slot)) in done]

    return Rule(name, KIND_NAMES[kind], source, slots, reminders, satisfied, joins=True)


def _steps(kind: MeetingKind, day: date) -> list[tuple[Every, Period, str]]:
    """Return the ladder steps that fall on a day, for any cadence a branch may have."""
    found: list[tuple[Every, Period, str]] = []
    for every in Every:
        period = period_at(every, day)
        found += [(every, period, step.name) for step in ladder(kind, period) if step.day == day]
    return found


def _open_duties(session: Session, kind: MeetingKind, slot: Slot) -> Iterable[_Open]:
    steps = {every: (period, step) for every, period, step in _steps(kind, slot.day)}
    periods = [str(period) for period, _ in steps.values()]
    done = survey.filled(session, kind, periods, slot.at)
    for branch in survey.list_branches(session, slot.day):
        policy = policies.cadence_policy(branch.settings)
        for duty in duties(branch.structure, slot.day, policy):
            if duty.kind is not kind or duty.every not in steps:
                continue
            period, step = steps[duty.every]
            rungs = ladder(kind, period, branch.since)
            if not any(rung.name == step for rung in rungs):
                continue
            until = useful_until(rungs, slot.day, period.last)
            for unit_id, unit, path in _units(branch, duty):
                if (unit_id, str(period)) not in done:
                    yield _Open(unit_id, unit, path, duty, period, step, period.last, until)


def _units(branch: Branch, duty: Duty) -> Iterable[tuple[UnitId, str, str]]:
    if not duty.per_cell:
        return [(branch.id, branch.name, branch.path)]
    return [(cell.id, cell.name, cell.path) for cell in branch.cells]


def _reminder(
    item: _Open,
    slot: Slot,
    owner: MemberId,
    names: Mapping[MemberId, str],
    instrument: str | None,
    *,
    alone: bool,
) -> Reminder:
    """Return the reminder; its reason names the unit to those who answer for several."""
    kind = KIND_NAMES[item.duty.kind]
    period = period_words(item.period)
    cadence = _CADENCE[item.duty.every]
    source = (
        SOURCE_POLICY.format(kind=kind, cadence=cadence)
        if instrument is None
        else SOURCE_RULE.format(kind=kind, cadence=cadence, instrument=instrument)
    )
    text = say(
        TEXT,
        name=names[owner],
        unit=event(item.unit),
        period=period,
        kind=event(kind),
        until=f"{item.last.month}月{item.last.day}日",
        example=f"{item.last.month}月{item.last.day}日",
    )
    return Reminder(
        slot=f"{item.period}/{item.step}",
        subject=f"unit:{item.unit_id}",
        text=text,
        reason=Reason(
            source, FACTS.format(unit="" if alone else item.unit, period=period), ENDS, SEEN
        ),
        due_at=slot.at,
        expires_at=at(item.useful_until),
        member_id=owner,
        used={"unit": item.unit_id, "period": str(item.period)},
    )


def _period_of(slot: str) -> str:
    return slot.split("/")[0]


def _unit_of(row: Asked) -> UnitId:
    return UnitId(int(row.subject.removeprefix("unit:")))
