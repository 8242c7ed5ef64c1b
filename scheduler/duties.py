"""The ladder behind the meetings a branch owes by the month, quarter or year; leaves are made of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, partial

from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.cadence import (
    KIND_NAMES,
    Duty,
    Every,
    MeetingKind,
    Period,
    cadence_of,
    duties,
)
from bot.domain.ids import MemberId, UnitId
from bot.domain.ladders import Base, Ladder, Step, useful_until
from bot.domain.privacy import Fact, event, say
from bot.domain.units import is_included
from bot.domain.wording import day_words, period_words
from bot.services import ladders, policies, survey
from bot.services.survey import Branch, Cell
from scheduler.rule import ROUND_AT, Asked, Behind, Reason, Reminder, Rule, Setting, Slot, daily

TEXT = "{name}您好：{unit}{period}的{kind}还没有安排。{until}前开就行。\n定好时间回复：建会 {kind} {example} 10:00 地点"
TEXT_YEAR = (
    "{name}您好：{unit}{period}的{kind}还没有安排，一般在第四季度开，最晚{until}。\n"
    "定好时间回复：建会 {kind} {example} 10:00 地点"
)
SOURCE_RULE = "{kind}一般{cadence}（{instrument}）"
SOURCE_POLICY = "{kind}{cadence}是本支部的规定，不是全国统一要求"
FACTS = "{unit}{period}尚未登记"
ENDS = "登记后自动停止"
SEEN = "只发给您"
_BASES = {Every.MONTH: Base.MONTH, Every.QUARTER: Base.QUARTER, Every.YEAR: Base.YEAR}
_CADENCE = {Every.MONTH: "每月1次", Every.QUARTER: "每季度1次", Every.YEAR: "每年1次"}


@dataclass(frozen=True, slots=True, eq=False)
class _Rung:
    """A rung of a duty on a day: one object for all units it falls on."""

    duty: Duty
    period: Period
    ladder: Ladder
    step: Step
    useful_until: date

    @property
    def last(self) -> date:
        """The last day on which it is in time."""
        return self.ladder.deadline(self.period)


@dataclass(frozen=True, slots=True)
class _Open:
    """A duty of a unit that is still open."""

    unit: Branch | Cell
    rung: _Rung


@dataclass(frozen=True, slots=True)
class _Wording:
    """What a rule says of its kind; `source` takes the place of what the cadence would give."""

    instrument: str | None
    text: str
    source: str


def duty_rule(
    name: str,
    kind: MeetingKind,
    source: str,
    *,
    instrument: str | None,
    text: str = TEXT,
    cadence: str = SOURCE_RULE,
) -> Rule:
    """Return the rule that reminds of one kind of meeting, whoever answers for it, privately.

    Args:
        source: Key of the regulation.
        instrument: The regulation's short name; None where it is the branch's own policy.
        text: With `{name}`, `{unit}`, `{period}`, `{kind}`, `{until}`, `{example}` and `{today}`.
        cadence: What 为什么 says of the rule, with `{kind}`, `{cadence}` and `{instrument}`.
    """
    wording = _Wording(instrument, text, SOURCE_POLICY if instrument is None else cadence)

    def slots(after: datetime, until: datetime) -> Iterable[Slot]:
        return daily(after, until, ROUND_AT.hour)  # every morning: units settle their own days

    def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
        found = list(_open_duties(session, name, kind, slot, setting))
        paths = {item.unit.id: item.unit.path for item in found}
        owners = setting.owners(session, paths, slot.day)
        answers_for = Counter(member for member, _ in owners.values())
        same = cache(partial(_same_for_all, slot=slot, wording=wording))
        for item in found:
            if item.unit.id in owners:
                owner, owner_name = owners[item.unit.id]
                alone = answers_for[owner] == 1
                yield _reminder(
                    item.unit, same(item.rung), wording.text, owner, owner_name, alone=alone
                )

    def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
        periods = {_period_of(row.slot) for row in asked}
        done = survey.filled(session, kind, periods, now)
        return [row.id for row in asked if (_unit_of(row), _period_of(row.slot)) in done]

    def behind(session: Session, slot: Slot, setting: Setting) -> Iterable[Behind]:
        return _behind(session, name, kind, slot, setting)

    return Rule(
        name, KIND_NAMES[kind], source, slots, reminders, satisfied, joins=True, behind=behind
    )


def _open_duties(
    session: Session, rule: str, kind: MeetingKind, slot: Slot, setting: Setting
) -> Iterable[_Open]:
    """Yield what is open of a kind in the units on whose ladder the day is a rung."""
    known = _known(session, rule, kind, slot.day, setting)
    rungs = {ladder: found for ladder in known if (found := ladder.step_on(slot.day))}
    if not rungs:
        return
    until = {
        ladder: useful_until(ladder.steps(period), slot.day, ladder.deadline(period))
        for ladder, (period, _) in rungs.items()
    }
    done = survey.filled(session, kind, {str(period) for period, _ in rungs.values()}, slot.at)
    for alike in setting.alike(session, slot.day):
        policy = policies.cadence_policy(alike[0].settings)
        for duty in duties(alike[0].structure, slot.day, policy):
            if duty.kind is not kind:
                continue
            ladder = setting.ladders.of(rule, alike[0].settings, _BASES[duty.every])
            if ladder in rungs:
                period, step = rungs[ladder]
                usual = _Rung(duty, period, ladder, step, until[ladder])
                yield from _open_of(alike, usual, slot.day, done)


def _open_of(
    branches: Sequence[Branch], usual: _Rung, day: date, done: Collection[tuple[UnitId, str]]
) -> Iterable[_Open]:
    """Yield what is open in branches that all owe the same, but for those that began since."""
    period, first = str(usual.period), usual.period.first
    for branch in branches:
        rung = usual
        if day < branch.since:
            continue
        if branch.since > first:  # fewer rungs are left
            later = usual.ladder.step_on(day, branch.since)
            rung = usual if later is None else replace(usual, period=later[0], step=later[1])
        for unit in _owing(branch, rung.duty):
            if (unit.id, period) not in done:
                yield _Open(unit, rung)


def _known(
    session: Session, rule: str, kind: MeetingKind, on: date, setting: Setting
) -> set[Ladder]:
    """Return the ladders that any unit may go by: those of the cadence of the kind.

    Only how often a lecture is owed do branches settle for themselves.
    """
    known = ladders.every(session, setting.ladders, rule)
    every = cadence_of(kind, on)
    if kind is MeetingKind.LECTURE or every is None:
        return known
    return {ladder for ladder in known if ladder.base is _BASES[every]}


def _behind(
    session: Session, rule: str, kind: MeetingKind, slot: Slot, setting: Setting
) -> Iterable[Behind]:
    """Yield the units that owed a meeting in a period of which the one above is told today.

    Who owed what, and which ladder held, is judged as of the last day of the period.
    """
    known = _known(session, rule, kind, slot.day, setting)
    over = {ladder: period for ladder in known if (period := ladder.period_behind(slot.day))}
    if not over:
        return
    done = survey.filled(session, kind, {str(period) for period in over.values()}, slot.at)
    now = {unit.id for branch in setting.branches(session, slot.day) for unit in _all(branch)}
    for last in sorted({period.last for period in over.values()}):
        for branch in setting.branches(session, last):
            policy = policies.cadence_policy(branch.settings)
            for duty in duties(branch.structure, last, policy):
                if duty.kind is not kind:
                    continue
                ladder = setting.ladders.of(rule, branch.settings, _BASES[duty.every])
                period = over.get(ladder)
                if period is None or period.last != last:
                    continue
                for unit in _owing(branch, duty):
                    open_ = unit.id in now and (unit.id, str(period)) not in done
                    if open_ and is_included(period.first, unit.since):
                        yield _of(unit, kind, period, ladder)


def _of(unit: Branch | Cell, kind: MeetingKind, period: Period, ladder: Ladder) -> Behind:
    return Behind(
        unit_id=unit.id,
        unit=unit.name,
        path=unit.path,
        what=KIND_NAMES[kind],
        period=period,
        last=ladder.deadline(period),
        since=period.first,
        rungs=tuple(step.day for step in ladder.steps(period)),
        ladder=ladder,
    )


def _all(branch: Branch) -> tuple[Branch | Cell, ...]:
    return (branch, *branch.cells)


def _owing(branch: Branch, duty: Duty) -> Sequence[Branch | Cell]:
    return branch.cells if duty.per_cell else (branch,)


@dataclass(frozen=True, slots=True)
class _Same:
    """What is said to all on whom a rung falls."""

    slot: str
    period: str
    words: Mapping[str, Fact | str]
    source: str
    due_at: datetime
    expires_at: datetime
    used: Mapping[str, object]


def _same_for_all(rung: _Rung, slot: Slot, wording: _Wording) -> _Same:
    kind, period = KIND_NAMES[rung.duty.kind], period_words(rung.period)
    return _Same(
        slot=f"{rung.period}/{rung.step.name}",
        period=period,
        words={
            "period": period,
            "kind": event(kind),
            "until": _until_words(rung.last, slot),
            "example": day_words(min(rung.last, rung.period.last)),
            "today": day_words(slot.day),
        },
        source=wording.source.format(
            kind=kind, cadence=_CADENCE[rung.duty.every], instrument=wording.instrument
        ),
        due_at=slot.at,
        expires_at=at(rung.useful_until),
        used={"period": str(rung.period), **rung.ladder.facts(rung.step)},
    )


def _reminder(
    unit: Branch | Cell, same: _Same, text: str, owner: MemberId, name: str, *, alone: bool
) -> Reminder:
    """Return the reminder; its reason names the unit to those who answer for several."""
    facts = FACTS.format(unit="" if alone else unit.name, period=same.period)
    return Reminder(
        slot=same.slot,
        subject=f"unit:{unit.id}",
        text=say(text, name=name, unit=event(unit.name), **same.words),
        reason=Reason(same.source, facts, ENDS, SEEN),
        due_at=same.due_at,
        expires_at=same.expires_at,
        member_id=owner,
        used={"unit": unit.id, **same.used},
    )


def _until_words(day: date, slot: Slot) -> str:
    return f"{'' if day.year == slot.day.year else '明年'}{day_words(day)}"


def _period_of(slot: str) -> str:
    return slot.split("/")[0]


def _unit_of(row: Asked) -> UnitId:
    return UnitId(int(row.subject.removeprefix("unit:")))
