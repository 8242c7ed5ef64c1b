"""What falls due some days before or after a meeting, as the ladder of its branch says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.ids import UnitId
from bot.domain.ladders import BACKWARDS, Ladder, Step, useful_until
from bot.domain.meetings import MeetingState
from bot.services import ladders, meetings
from bot.services.meetings import MeetingView
from scheduler.rule import Setting, Slot

_USEFUL_FOR = 7  # days, where a ladder does not say


@dataclass(frozen=True, slots=True)
class Rung:
    """The rung of a meeting's ladder that falls on the day of a slot."""

    ladder: Ladder
    step: Step
    useful_until: datetime


Due = tuple[MeetingView, Rung]


def list_due(
    session: Session,
    rule: str,
    slot: Slot,
    setting: Setting,
    states: Collection[MeetingState] = (MeetingState.SCHEDULED,),
) -> list[Due]:
    """Return the meetings a rung of whose ladder falls on the day, in order of time."""
    known = ladders.every(session, setting.ladders, rule)
    days = ladders.days_around(known)
    if not days:
        return []
    sign = 1 if all(ladder.base in BACKWARDS for ladder in known) else -1
    first, last = sorted(slot.day + sign * timedelta(days=n) for n in (days[0], days[-1]))
    held = meetings.list_between(session, at(first), at(last + timedelta(days=1)), states)
    held = [meeting for meeting in held if sign * (meeting.day - slot.day).days in days]
    of = ladders.of_units(session, setting.ladders, rule, {m.branch_id for m in held}, slot.day)
    return list(_due(held, of, slot))


def _due(held: Iterable[MeetingView], of: Mapping[UnitId, Ladder], slot: Slot) -> Iterable[Due]:
    for meeting in held:
        ladder = of[meeting.branch_id]
        steps = ladder.steps(meeting.day)
        step = next((step for step in steps if step.day == slot.day), None)
        if step is not None:
            until = _useful_until(ladder, step, steps, slot)
            if ladder.base in BACKWARDS:
                until = min(until, meeting.starts_at)
            yield meeting, Rung(ladder, step, until)


def _useful_until(ladder: Ladder, step: Step, steps: Iterable[Step], slot: Slot) -> datetime:
    lasts = timedelta(days=ladder.lasts or _USEFUL_FOR)
    if step.number == step.of:
        return slot.at + lasts
    return min(slot.at + lasts, at(useful_until(steps, slot.day, slot.day)))
