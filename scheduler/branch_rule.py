"""A rule about what a branch still has to do, told on the rungs of a ladder; leaves are made of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeAlias

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.cadence import parse_period
from bot.domain.ids import MemberId, UnitId
from bot.domain.ladders import Base, Ladder, Period, Step, Told, useful_until
from bot.domain.periods import Month
from bot.domain.privacy import Fact, event, say
from bot.services import ladders, survey
from bot.services.survey import Branch
from scheduler.rule import ROUND_AT, Asked, Reason, Reminder, Rule, Setting, Slot, daily

SEEN = "只发给您"
_BRANCHES_AT_ONCE = 100  # a few thousand members a query


@dataclass(frozen=True, slots=True)
class Open:
    """What a branch has not done.

    Attributes:
        words: What the text is filled with, besides who is told and the branch.
        facts: What the records said, in plain words.
        text: Where the leaf has several.
        used: The facts looked at, for the record.
    """

    words: Mapping[str, Fact | str | int]
    facts: str
    text: str | None = None
    used: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is special about a rule.

    Attributes:
        rests_on: Key of the regulation.
        text: With `{name}`, `{unit}`, `{where}` (the branch, where one keeps several) and what
            `Open.words` fills in.
        source: What 为什么 says it rests on.
        ends: What ends it.
    """

    name: str
    title: str
    rests_on: str
    text: str
    source: str
    ends: str


Find: TypeAlias = Callable[[Session, Sequence[Branch], Period, datetime], Mapping[UnitId, Open]]
"""Reads only: what is open in which of some branches, of the period of a rung, at a moment."""


def branch_rule(leaf: Leaf, find: Find) -> Rule:
    """Return the rule that tells whoever the ladder names what is open in a branch."""

    def reminders(session: Session, slot: Slot, setting: Setting) -> Iterable[Reminder]:
        known = ladders.every(session, setting.ladders, leaf.name)
        rungs = {ladder: rung for ladder in known if (rung := ladder.step_on(slot.day))}
        if not rungs:
            return
        of_period: dict[Period, list[tuple[Branch, Ladder, Step]]] = defaultdict(list)
        for branch in setting.branches(session, slot.day):
            ladder = setting.ladders.of(leaf.name, branch.settings)
            if ladder in rungs:
                period, step = rungs[ladder]
                of_period[period].append((branch, ladder, step))
        for period, due in of_period.items():
            yield from _told(session, leaf, find, slot, setting, period, due)

    def satisfied(session: Session, asked: Sequence[Asked], now: datetime) -> Collection[int]:
        wanted: dict[str, set[UnitId]] = defaultdict(set)
        for row in asked:
            wanted[_period_of(row)].add(_unit_of(row))
        asked_about = {unit for units in wanted.values() for unit in units}
        branches = survey.list_branches(session, day_of(now), asked_about)
        open_ = {
            (unit, period)
            for period, units in wanted.items()
            for unit in find(
                session, [b for b in branches if b.id in units], parse_period(period), now
            )
        }
        return [row.id for row in asked if (_unit_of(row), _period_of(row)) not in open_]

    return Rule(leaf.name, leaf.title, leaf.rests_on, _slots, reminders, satisfied, joins=True)


def _slots(after: datetime, until: datetime) -> Iterable[Slot]:
    return daily(after, until, ROUND_AT.hour)  # every morning: units settle their own days


def _told(
    session: Session,
    leaf: Leaf,
    find: Find,
    slot: Slot,
    setting: Setting,
    period: Period,
    due: Sequence[tuple[Branch, Ladder, Step]],
) -> Iterable[Reminder]:
    owners = _owners(session, [(branch, ladder) for branch, ladder, _ in due], slot.day, setting)
    several = Counter(member for member, _ in owners.values())
    for start in range(0, len(due), _BRANCHES_AT_ONCE):
        some = due[start : start + _BRANCHES_AT_ONCE]
        open_ = find(session, [branch for branch, _, _ in some], period, slot.at)
        for branch, ladder, step in some:
            if branch.id in open_ and branch.id in owners:
                member, name = owners[branch.id]
                where = "" if several[member] == 1 else f" {branch.name}"
                found = open_[branch.id]
                yield _reminder(
                    leaf, slot, period, branch, ladder, step, found, member, name, where
                )


def _owners(
    session: Session, due: Iterable[tuple[Branch, Ladder]], on: date, setting: Setting
) -> dict[UnitId, tuple[MemberId, str]]:
    """Return who is told of each branch: who keeps its records, or who answers for it."""
    kept: set[UnitId] = set()
    paths: dict[UnitId, str] = {}
    for branch, ladder in due:
        if ladder.told is Told.KEEPER:
            kept.add(branch.id)
        else:
            paths[branch.id] = branch.path
    found = survey.keepers(session, kept, on) if kept else {}
    if paths:
        found |= setting.owners(session, paths, on)
    return found


def _reminder(
    leaf: Leaf,
    slot: Slot,
    period: Period,
    branch: Branch,
    ladder: Ladder,
    step: Step,
    found: Open,
    member: MemberId,
    name: str,
    where: str,
) -> Reminder:
    words = {"name": name, "unit": event(branch.name), "where": where, **found.words}
    return Reminder(
        slot=f"{period}/{step.name}",
        subject=f"unit:{branch.id}",
        text=say(found.text or leaf.text, **words),
        reason=Reason(leaf.source, f"{branch.name if where else ''}{found.facts}", leaf.ends, SEEN),
        due_at=slot.at,
        expires_at=_expires(ladder, step, period, slot),
        member_id=member,
        used={"unit": branch.id, "period": str(period), **found.used, **ladder.facts(step)},
    )


def _expires(ladder: Ladder, step: Step, period: Period, slot: Slot) -> datetime:
    last = ladder.deadline(period)
    if ladder.base is Base.NEXT_MONTH:
        last = Month.of(slot.day).last
    until = at(useful_until(ladder.steps(period), step.day, last))
    return until if ladder.lasts is None else min(until, slot.at + timedelta(days=ladder.lasts))


def _period_of(row: Asked) -> str:
    return row.slot.partition("/")[0]


def _unit_of(row: Asked) -> UnitId:
    return UnitId(int(row.subject.removeprefix("unit:")))
