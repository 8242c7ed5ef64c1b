"""The secretary's pages: who looks, where he works, what he may; asked once, before every view.

A page is a `ConsolePage`, listed in `bot.web.pages.PAGES`. Which right it needs stands there, and
which object it is about stands in its address (`unit_id`, `meeting_id` …): before a view runs its
reader is known, the object's unit is found, and the right is held against it. A view gets an actor
who is nobody anywhere else (`rights.within`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import Forbidden as PageForbidden

from bot.clock import day_of
from bot.domain import rights
from bot.domain.ids import MemberId
from bot.domain.rights import Action, Actor
from bot.domain.units import UnitKind
from bot.services import console_places, console_sessions, people, reads
from bot.services.console_places import OBJECTS, Place
from bot.services.reads import Read
from bot.web.parts import Office, get_parts

TOKEN = "token"  # noqa: S105 - the name it has in the cookie
LARGE = "large"
CHOOSE = "这一页按支部看，请先选一个支部。"
_UNIT = "unit"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody who is signed in.

    Attributes:
        member: With all posts held.
        actor: The same within `place`: what services are given.
        place: Where he works: the unit of the address, else the one opened last, else his own.
        session_id: Of the browser's session.
    """

    member: Actor
    actor: Actor
    place: Place
    session_id: int
    now: datetime

    @property
    def today(self) -> date:
        """The Shanghai day it is."""
        return day_of(self.now)

    @property
    def member_id(self) -> MemberId:
        """Who looks."""
        assert self.member.member_id is not None
        return self.member.member_id

    def may(self, action: Action) -> bool:
        """Tell whether the reader may do something in the place."""
        return rights.may(self.actor, action, self.place.path)


class ConsolePage(Blueprint):
    """A page of the console.

    Args:
        title: In the menu and above the page.
        needs: The right to read it, held against the unit of the address; None for whoever is
            signed in, to see what is his own.
        menu: Its place in the menu: `main` is also at the thumb's end of a telephone, `more`
            where there is room; "" is found through other pages.
        kinds: The kinds of unit it is of use in; elsewhere the menu leaves it out.
    """

    def __init__(
        self,
        name: str,
        title: str,
        *,
        needs: Action | None,
        menu: str = "",
        kinds: Sequence[UnitKind] = tuple(UnitKind),
    ) -> None:
        super().__init__(name, __name__)
        self.title = title
        self.needs = needs
        self.menu = menu
        self.kinds = frozenset(kinds)
        self.before_request(self._enter)

    def is_offered(self, here: Visit) -> bool:
        """Tell whether the menu of a reader shows it."""
        fits = here.place.kind in self.kinds
        return bool(self.menu) and fits and (self.needs is None or here.may(self.needs))

    def address(self, place: Place) -> str:
        """Return where it is, for a unit where it is about one."""
        endpoint = f"{self.name}.show"
        takes = next(current_app.url_map.iter_rules(endpoint)).arguments
        return url_for(endpoint, unit_id=place.id) if "unit_id" in takes else url_for(endpoint)

    def _enter(self) -> ResponseReturnValue | None:
        """Let in who is signed in and entitled; everything else ends here."""
        office = office_of()
        now = office.clock.now()
        token = session.get(TOKEN)
        with office.database.reading() as opened:
            found = console_sessions.find(opened, token, now) if token else None
            if found is None:
                return _to_sign_in()
            member = people.get_actor(opened, found.member_id, day_of(now))
            member = replace(member, how="console")
            place = _place(opened, member)
        if self.needs is not None and not rights.may(member, self.needs, place.path):
            abort(403)
        if not _covers(member, place):
            abort(403)
        if place.kind not in self.kinds:
            return done(CHOOSE, url_for("places.show"))
        session[_UNIT] = place.id
        g.visit = Visit(member, place.opened_by(member), place, found.id, now)
        if found.stale:
            with office.database.writing() as writing_:
                console_sessions.note_seen(writing_, found.id, now)
        return None


def visit() -> Visit:
    """Return who looks at the page that is being made."""
    return cast(Visit, g.visit)


def find_visit() -> Visit | None:
    """Return who looks, or None where nobody is known to (an error page, the front page)."""
    return cast("Visit | None", g.get("visit"))


def office_of() -> Office:
    """Return what the pages read and write; 404 where the console is not served."""
    return get_parts().office or abort(404)


@contextmanager
def reading() -> Iterator[Session]:
    """Open a transaction that changes nothing."""
    with office_of().database.reading() as opened:
        yield opened


@contextmanager
def writing() -> Iterator[Session]:
    """Open the one transaction of an action."""
    with office_of().database.writing() as opened:
        yield opened


def render(
    template: str, *, told: Sequence[Read] = (), status: int = 200, **values: Any
) -> tuple[str, int]:
    """Return a page; what it tells of people is written down.

    Args:
        told: What the reader sees of whom.
    """
    here = visit()
    note(told)
    page = render_template(template, here=here, page=_page(), menu=menu_of(here), **values)
    return page, status


def note(told: Sequence[Read]) -> None:
    """Write down what a page or file tells its reader of people."""
    here = visit()
    if told:
        with writing() as opened:
            command = f"page.{request.blueprint}"
            reads.record(opened, told, by=here.member, command=command, now=here.now)


def done(sentence: str, to: str) -> Response:
    """Say what was done on the page that is shown next; "" where the page itself shows it."""
    if sentence:
        flash(sentence)
    return cast(Response, redirect(to, 303))


def is_partial() -> bool:
    """Tell whether only a piece of the page is asked for, by its script."""
    return request.headers.get("HX-Request") == "true"


def menu_of(here: Visit) -> list[tuple[ConsolePage, str]]:
    """Return the pages a reader may open in the place, with their addresses."""
    pages = [page for page in current_app.blueprints.values() if isinstance(page, ConsolePage)]
    return [(page, page.address(here.place)) for page in pages if page.is_offered(here)]


def _page() -> ConsolePage:
    return cast(ConsolePage, current_app.blueprints[request.blueprint or ""])


def _place(opened: Session, member: Actor) -> Place:
    """Return the unit of the address; where it names none, the one opened last, else the own."""
    arguments = request.view_args or {}
    place = console_places.find(opened, arguments)
    if place is None and _UNIT in session:
        kept = console_places.find(opened, {"unit_id": session[_UNIT]})
        place = kept if kept is not None and _covers(member, kept) else None
    place = place or console_places.home_of(opened, member)
    if place is None:  # holds no post any more
        raise PageForbidden
    return place


def _covers(member: Actor, place: Place) -> bool:
    return any(place.path.startswith(grant.unit_path) for grant in member.grants)


def _to_sign_in() -> ResponseReturnValue:
    session.pop(TOKEN, None)
    if request.method != "GET":
        abort(403)
    address = url_for("login.show", next=request.full_path.rstrip("?"))
    if is_partial():
        return Response(status=204, headers={"HX-Redirect": address})
    return redirect(address, 303)


__all__ = [
    "OBJECTS",
    "ConsolePage",
    "Visit",
    "done",
    "find_visit",
    "is_partial",
    "menu_of",
    "office_of",
    "reading",
    "render",
    "visit",
    "writing",
]
