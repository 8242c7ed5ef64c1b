"""`/today`: what needs a hand, most urgent first; what failed; what the bot will say this week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from bot.clock import at
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.tasks import Task
from bot.domain.wording import clock_words, later_words, moment_words
from bot.services import audit_recent, deliveries, meetings, tasks
from bot.services.ports import PlannedReminder
from bot.services.reads import Read
from bot.web import console
from bot.web.console import ConsolePage, Visit
from bot.web.parts import get_parts

PAGE = ConsolePage("today", "今天", needs=None, menu="main")

AHEAD = timedelta(days=7)
_MOST_PLANNED = 60
_WHERE: Mapping[str, tuple[str, str]] = {
    "dues": ("dues_waiting.show", "去核对"),
    "checkins": ("requests.show", "去看"),
    "leaves": ("requests.show", "去看"),
    "sends": ("outbox.show", "看原因"),
    "wordings": ("wordings.show", "去教"),
}
"""A kind of task → the page that sees to it, and what its button says."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Something that needs a hand.

    Attributes:
        href: The page that sees to it, or "".
        button: What leads there.
        order: What to say to the bot where no page does.
    """

    words: str
    href: str = ""
    button: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """Something the bot is going to say."""

    when: str
    to: str
    text: str
    source: str


@PAGE.get("/today")
def show() -> ResponseReturnValue:
    """Show the day."""
    here = console.visit()
    with console.reading() as session:
        waiting = tasks.of_place(session, here.place.path, here.now)
        failed = (
            deliveries.list_missed(session, by=here.actor, now=here.now)
            if here.may(Action.SEND_NOTICE)
            else []
        )
        coming = meetings.list_called(session, here.place.id, here.now)
        finished = audit_recent.list_own(session, here.member, at(here.today))
    return console.render(
        "today.html",
        told=_told(here, bool(waiting or failed)),
        hands=[_hand(task, here) for task in waiting],
        failed=failed,
        coming=[m for m in coming if m.starts_at < here.now + AHEAD],
        may_see=here.may(Action.VIEW_LISTS),
        finished=finished,
        clock=clock_words,
        when=moment_words,
        has_plan=get_parts().planner is not None,
    )


@PAGE.get("/units/<int:unit_id>/week")
def week(unit_id: int) -> ResponseReturnValue:
    """Show what the bot will say in the week to come, to a branch and its people."""
    here = console.visit()
    told = list_told(here, here.now, here.now + AHEAD) if here.may(Action.VIEW_LISTS) else []
    values = {"told": told[:_MOST_PLANNED], "more": len(told) - _MOST_PLANNED, "here": here}
    if console.is_partial():
        return render_template("_week.html", **values)
    values.pop("here")
    return console.render("week.html", plan=values, told=_told(here, bool(told)))


def list_told(here: Visit, after: datetime, until: datetime) -> list[Told]:
    """Return what would be sent in a stretch, in order of time."""
    planner = get_parts().planner
    found = [] if planner is None else planner.plan(after, until, unit=here.place.name)
    return [_line(one, here) for one in found]


def _line(one: PlannedReminder, here: Visit) -> Told:
    to = one.to.get("name") or f"{one.to.get('chat', '')}群"
    return Told(later_words(one.at, here.now), to, one.text, str(one.reason.get("source", "")))


def _hand(task: Task, here: Visit) -> Hand:
    endpoint, button = _WHERE.get(task.kind.name, ("", ""))
    if endpoint.partition(".")[0] not in current_app.blueprints:
        return Hand(task.words, order=task.kind.order)
    return Hand(task.words, url_for(endpoint, unit_id=here.place.id), button)


def _told(here: Visit, is_any: bool) -> list[Read]:
    return [Read(Seen.ATTENDANCE, here.place.id)] if is_any else []
