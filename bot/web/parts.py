"""What the pages work with, handed in by `create_app`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from flask import current_app

from bot.clock import Clock
from bot.domain.burden import Hours
from bot.domain.ladders import Ladders
from bot.domain.ports import Door
from bot.services.outbox import Routes
from bot.services.ports import Calendars, Health, Planner, Rehearsal
from bot.storage.engine import Database
from bot.storage.sealing import TextSeal
from bot.web.desk import Desk

_KEY = "zhibu"


@dataclass(frozen=True, slots=True)
class Office:
    """What the secretary's pages read and write.

    Attributes:
        routes: Which channel reaches whom.
        hours: When what is said to others may arrive.
        ladders: When what is reminded of, where no unit has settled it otherwise.
        check_lesson: Refuses a wording that may not stand for a sentence (`NotTeachable`).
        spaces: Account column of a spreadsheet → account space.
        doors: Channel → what vouches there for who sits at a browser.
    """

    database: Database
    clock: Clock
    seal: TextSeal
    routes: Routes
    hours: Hours
    ladders: Ladders
    check_lesson: Callable[[str, str, datetime], None]
    spaces: Mapping[str, str] = field(default_factory=dict)
    doors: Mapping[str, Door] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parts:
    """The ports behind the pages.

    Attributes:
        public_url: Where the platforms reach this server, without a final slash, or "".
        rehearsal: None where none is offered.
        planner: None where the scheduler's rules are not at hand.
        calendars: None where nobody can subscribe to any.
        desk: What the API works with; None where there is none.
        office: None where the secretary's pages are not served.
    """

    public_url: str
    health: Health
    rehearsal: Rehearsal | None = None
    planner: Planner | None = None
    calendars: Calendars | None = None
    desk: Desk | None = None
    office: Office | None = None

    def put_into(self, extensions: dict[str, object]) -> None:
        """Make the parts reachable for the views of one application."""
        extensions[_KEY] = self


def get_parts() -> Parts:
    """Return the parts of the application that answers the current request."""
    return cast(Parts, current_app.extensions[_KEY])
