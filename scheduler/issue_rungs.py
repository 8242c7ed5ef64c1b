"""What the rules of issues share: the issues of which a rung falls on a day, and what settles them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import TypeAlias

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ladders import Base, Ladder, Step
from bot.services import issues, ladders
from bot.services.issues import Issue
from scheduler.rule import ROUND_AT, Asked, Setting, Slot, daily

Rung: TypeAlias = tuple[Issue, Ladder, Step]


def slots(after: datetime, until: datetime) -> Iterable[Slot]:
    """Yield every morning."""
    return daily(after, until, ROUND_AT.hour)


def satisfied(session: Session, asked: Sequence[Asked], _now: datetime) -> Collection[int]:
    """Return those whose issue was reported done or taken back, or has another day now."""
    still = issues.still_under_way(session, {_issue_of(row) for row in asked})
    return [row.id for row in asked if _day_of(row) != still.get(_issue_of(row), None)]


def _issue_of(row: Asked) -> int:
    return int(row.subject.removeprefix("open_item:"))


def _day_of(row: Asked) -> date:
    return date.fromisoformat(row.slot.partition("/")[0])


def list_on_rungs(session: Session, slot: Slot, setting: Setting, rule: str) -> list[Rung]:
    """Return the issues of which a rung of a ladder falls on the day, each with that rung."""
    every = ladders.every(session, setting.ladders, rule)
    ahead = next(iter(every)).base is Base.BEFORE
    days = [timedelta(days=day if ahead else -day) for day in ladders.days_around(every)]
    found = issues.list_due(session, [slot.day + day for day in days])
    of = ladders.of_units(session, setting.ladders, rule, {i.unit_id for i in found}, slot.day)
    rungs: list[Rung] = []
    for issue in found:
        assert issue.due_on is not None
        ladder = of[issue.unit_id]
        steps = ladder.steps(issue.due_on, day_of(issue.at) + timedelta(days=1))
        rungs += [(issue, ladder, step) for step in steps if step.day == slot.day]
    return rungs
