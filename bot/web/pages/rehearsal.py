"""`/rehearsal`: play a branch with its group, its people and a clock that can be moved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request
from flask import url_for as address_of
from flask.typing import ResponseReturnValue

from bot.clock import SHANGHAI, at, day_of, local
from bot.domain.errors import DomainError
from bot.domain.periods import Month
from bot.services.ports import CastMember, Rehearsal, Stage
from bot.web.bubbles import GROUP, PRIVATE, count_fresh, day_text, faces, panes
from bot.web.errors import status_of
from bot.web.parts import get_parts

RESTARTED = "已经从头开始，刚才的记录都清掉了。"
NO_MOMENT = "没看懂时间。请这样写：2026-03-12 09:30"
LONGEST_DRAFT = 2000
YEARS = range(2000, 3000)
CONTEXT = 50  # earlier lines looked at, so that a new one knows whether it follows closely

MEMBER_WORDS = ("签到", "党费已交", "请假 出差", "下次什么时候", "帮助")
OFFICER_WORDS = ("名单",)
OFFICER_STARTS = ("发通知 ", "建会 ")
_OFFICER_POSTS = ("书记", "委员")

PAGE = Blueprint("rehearsal", __name__, url_prefix="/rehearsal")


class NoMoment(DomainError):
    """The time that was typed cannot be read."""


@dataclass(frozen=True, slots=True)
class Step:
    """A button that moves the clock.

    Attributes:
        to: Returns where the clock goes, from the aware moment it shows.
    """

    label: str
    to: Callable[[datetime], datetime]


def _next_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _tomorrow(now: datetime) -> datetime:
    return at(day_of(now) + timedelta(days=1), 8, 30)


def _next_month(now: datetime) -> datetime:
    return at(Month.of(day_of(now)).shift(1).first, 8, 30)


STEPS = {
    "ten": Step("+10 分钟", lambda now: now + timedelta(minutes=10)),
    "hour": Step("下个整点", _next_hour),
    "tomorrow": Step("明天 08:30", _tomorrow),
    "month": Step("下月1日 08:30", _next_month),
}


@dataclass(frozen=True, slots=True)
class View:
    """What the address says: whom one plays, and which chat a small screen shows.

    Attributes:
        who: Key of a cast member, "" for the first one.
        since: Last line seen before the latest action; later ones count as new.
    """

    who: str
    chat: str
    since: int | None = None

    @classmethod
    def asked(cls) -> View:
        """Read it from the query or the form of the current request."""
        chat = GROUP if request.values.get("chat", PRIVATE) == GROUP else PRIVATE
        since = request.values.get("since", type=int)
        return cls(request.values.get("who", ""), chat, since)

    def address(self, draft: str = "") -> str:
        """Return the page's address, at the place where the chats are."""
        return address_of(
            "rehearsal.show",
            who=self.who,
            chat=self.chat,
            since=self.since,
            draft=draft[:LONGEST_DRAFT] or None,
            _anchor="chat",
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something was not done, and what was typed.

    Attributes:
        where: `group`, `private` or `clock`: beside which form it stands.
    """

    where: str
    sentence: str
    typed: str


@PAGE.get("")
def show() -> ResponseReturnValue:
    """Show the page."""
    return _page(_rehearsal(), View.asked())


@PAGE.get("/lines")
def lines() -> Response:
    """Answer what was said after line `after`, as ready pieces of the page.

    `gone` tells that this line is no more: somebody began anew.
    """
    after = request.args.get("after", 0, type=int)
    stage = _rehearsal().stage(max(0, after - CONTEXT))
    view = View.asked()
    me = _played(stage, view.who)
    pieces = {
        pane.kind: render_template(
            "_lines.html", lines=[each for each in pane.bubbles if each.seq > after]
        )
        for pane in panes(stage, me, after)
    }
    return jsonify(
        last=max(after, _last(stage)),
        gone=after > 0 and all(line.seq != after for line in stage.lines),
        now=stage.now.isoformat(),
        clock=render_template("_clock.html", stage=stage, day=day_text(stage.now), wall=local),
        lines=pieces,
        fresh=count_fresh(stage.lines, after),
    )


@PAGE.post("/say")
def say() -> ResponseReturnValue:
    """Let the cast member who is played say something."""
    rehearsal = _rehearsal()
    view = View.asked()
    typed, quick = request.form.get("text", ""), request.form.get("quick", "")
    since = _last(rehearsal.stage())
    try:
        rehearsal.say(view.who, quick or typed, in_group=view.chat == GROUP)
    except DomainError as error:
        return _page(rehearsal, view, Problem(view.chat, error.sentence, typed), status_of(error))
    return redirect(View(view.who, view.chat, since).address(typed if quick else ""), 303)


@PAGE.post("/clock")
def move_clock() -> ResponseReturnValue:
    """Move the clock forward; what is due on the way arrives."""
    rehearsal = _rehearsal()
    view = View.asked()
    stage = rehearsal.stage()
    try:
        rehearsal.move_clock(_target(stage.now))
    except DomainError as error:
        problem = Problem("clock", error.sentence, request.form.get("moment", ""))
        return _page(rehearsal, view, problem, status_of(error))
    return redirect(View(view.who, view.chat, _last(stage)).address(), 303)


@PAGE.post("/restart")
def restart() -> ResponseReturnValue:
    """Begin anew."""
    _rehearsal().restart()
    flash(RESTARTED)
    view = View.asked()
    return redirect(View(view.who, view.chat).address(), 303)


def _rehearsal() -> Rehearsal:
    return get_parts().rehearsal or abort(404)


def _page(
    rehearsal: Rehearsal, view: View, problem: Problem | None = None, status: int = 200
) -> ResponseReturnValue:
    stage = rehearsal.stage()
    me = _played(stage, view.who)
    last = _last(stage)
    since = last if view.since is None else view.since
    page = render_template(
        "rehearsal.html",
        stage=stage,
        wall=local,
        day=day_text(stage.now),
        me=me,
        view=View(me.key, view.chat, view.since),
        last=last,
        faces=faces(stage, me, since),
        panes=panes(stage, me, since),
        steps=STEPS,
        words=MEMBER_WORDS + (OFFICER_WORDS if _is_officer(me) else ()),
        starts=OFFICER_STARTS if _is_officer(me) else (),
        problem=problem,
        draft=request.args.get("draft", "")[:LONGEST_DRAFT],
    )
    return page, status


def _played(stage: Stage, who: str) -> CastMember:
    """Return the cast member of a key, or the first one."""
    return next((each for each in stage.cast if each.key == who), stage.cast[0])


def _last(stage: Stage) -> int:
    return stage.lines[-1].seq if stage.lines else 0


def _is_officer(member: CastMember) -> bool:
    return any(post in member.post for post in _OFFICER_POSTS)


def _target(now: datetime) -> datetime:
    """Return where the pressed button, or else the typed time, puts the clock.

    Raises:
        NoMoment: The typed time cannot be read.
    """
    step = STEPS.get(request.form.get("step", ""))
    if step is not None:
        return step.to(now)
    try:
        wall = datetime.fromisoformat(request.form.get("moment", "").strip())
    except ValueError as error:
        raise NoMoment(NO_MOMENT) from error
    if wall.year not in YEARS:
        raise NoMoment(NO_MOMENT)
    return wall if wall.tzinfo else wall.replace(tzinfo=SHANGHAI)
