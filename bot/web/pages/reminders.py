"""`/units/…/reminders`: a month of what the bot is going to say: when, to whom, why, until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import request, url_for
from flask.typing import ResponseReturnValue

from bot.clock import at, day_of
from bot.domain.periods import Month
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.units import UnitKind
from bot.domain.wording import clock_words, day_and_weekday
from bot.services.ports import PlannedReminder
from bot.services.reads import Read
from bot.web import console
from bot.web.console import ConsolePage
from bot.web.parts import get_parts

PAGE = ConsolePage(
    "reminders",
    "提醒日历",
    needs=Action.VIEW_LISTS,
    menu="more",
    kinds=(UnitKind.BRANCH, UnitKind.CELL),
)

_AHEAD = 3  # months
_MOST = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One reminder: when, to whom, what, and why."""

    at: str
    to: str
    text: str
    why: tuple[tuple[str, str], ...]


@PAGE.get("/units/<int:unit_id>/reminders")
def show(unit_id: int) -> ResponseReturnValue:
    """Show a month, day by day."""
    here = console.visit()
    this = Month.of(here.today)
    months = [this.shift(ahead) for ahead in range(_AHEAD)]
    asked = next((m for m in months if str(m) == request.args.get("month")), this)
    start = max(here.now, at(asked.first))
    end = at(asked.last + timedelta(days=1))
    planner = get_parts().planner
    planned = list(planner.plan(start, end, unit=here.place.name))[:_MOST] if planner else []
    return console.render(
        "reminders.html",
        told=[Read(Seen.ROLL, here.place.id)] if planned else [],
        days=_days(planned),
        months=[
            (url_for("reminders.show", unit_id=here.place.id, month=str(m)), m, m == asked)
            for m in months
        ],
        asked=asked,
    )


def _days(planned: Sequence[PlannedReminder]) -> list[tuple[str, list[Line]]]:
    found: dict[str, list[Line]] = {}
    for one in planned:
        found.setdefault(day_and_weekday(day_of(one.at)), []).append(_line(one))
    return list(found.items())


def _line(one: PlannedReminder) -> Line:
    facts = one.reason.get("facts")
    words = [facts] if isinstance(facts, dict) else facts if isinstance(facts, list) else []
    because = "；".join(str(each.get("words", "")) for each in words if each.get("words"))
    why = (
        ("依据", str(one.reason.get("source", ""))),
        ("因为", because),
        ("到什么时候", str(one.reason.get("ends_when", ""))),
        ("谁看得到", str(one.reason.get("seen_by", ""))),
    )
    to = one.to.get("name") or f"{one.to.get('chat', '')}群"
    return Line(clock_words(one.at), to, one.text, tuple(pair for pair in why if pair[1]))
