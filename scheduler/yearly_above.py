"""What a street or community does once a year, told on the rungs of a ladder; leaves are made of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.ids import MemberId, UnitId
from bot.domain.ladders import Ladder, Period, Step, useful_until
from bot.domain.privacy import Fact, event, say
from bot.domain.wording import day_words
from bot.services import ladders, survey, upper_units
from bot.services.upper_units import Upper
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

SEEN = "只发给您"
Open: TypeAlias = Callable[[Session, Sequence[Upper], int, datetime], Collection[UnitId]]
"""Reads only: which of some units have not done it of a year, at a moment."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is special about a rule.

    Attributes:
        text: With `{name}`, `{unit}`, `{year}` and `{until}`.
        source, facts, ends: What 为什么 says; the facts with `{unit}` and `{year}`.
    """

    name: str
    title: str
    rests_on: str
    text: str
    source: str
    facts: str
    ends: str


def yearly_above(leaf: Leaf, find: Open) -> Rule:
    """Return the rule that tells whoever keeps the records of a unit above what is open this year."""

    def slots(after: datetime, until: datetime) -> Iterable[Slot]:
        return daily(after, until, ROUND_AT.hour)

    def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
        known = ladders.every(session, setting.ladders, leaf.name)
        if not any(ladder.step_on(slot.day) for ladder in known):
            return
        units = {unit.id: unit for unit in upper_units.list_upper(session, slot.day)}
        of = ladders.of_units(session, setting.ladders, leaf.name, units, slot.day)
        open_ = set(find(session, list(units.values()), slot.day.year, slot.at))
        told = survey.keepers(session, open_, slot.day) if open_ else {}
        for unit in sorted(open_ & told.keys()):
            rung = of[unit].step_on(slot.day)
            if rung is not None:
                yield _reminder(leaf, units[unit], slot, of[unit], rung, told)

    def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
        units = upper_units.list_upper(session, day_of(now))
        years = {int(row.slot.partition("/")[0]) for row in asked}
        open_ = {year: set(find(session, units, year, now)) for year in years}
        return [
            row.id for row in asked if _unit_of(row) not in open_[int(row.slot.partition("/")[0])]
        ]

    return Rule(leaf.name, leaf.title, leaf.rests_on, slots, reminders, satisfied, joins=True)


def _reminder(
    leaf: Leaf,
    unit: Upper,
    slot: Slot,
    ladder: Ladder,
    rung: tuple[Period, Step],
    told: Mapping[UnitId, tuple[MemberId, str]],
) -> Reminder:
    period, step = rung
    member_id, name = told[unit.id]
    last = ladder.deadline(period)
    until = f"{'' if last.year == slot.day.year else '明年'}{day_words(last)}"
    words: dict[str, Fact | int] = {"unit": event(unit.name), "year": period.year}
    return Reminder(
        slot=f"{period}/{step.name}",
        subject=f"unit:{unit.id}",
        text=say(leaf.text, name=name, until=event(until), **words),
        reason=Reason(
            leaf.source, leaf.facts.format(unit=unit.name, year=period.year), leaf.ends, SEEN
        ),
        due_at=slot.at,
        expires_at=at(useful_until(ladder.steps(period), slot.day, last)),
        member_id=member_id,
        used={"unit": unit.id, "year": period.year, **ladder.facts(step)},
    )


def _unit_of(row: Asked) -> UnitId:
    return UnitId(int(row.subject.removeprefix("unit:")))
