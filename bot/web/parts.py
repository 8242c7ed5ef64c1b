"""What the pages work with, handed in by `create_app`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app

from bot.services.ports import Calendars, Health, Planner, Rehearsal
from bot.web.desk import Desk

_KEY = "zhibu"


@dataclass(frozen=True, slots=True)
class Parts:
    """The ports behind the pages.

    Attributes:
        public_url: Where the platforms reach this server, without a final slash, or "".
        rehearsal: None where none is offered.
        planner: None where the scheduler's rules are not at hand.
        calendars: None where nobody can subscribe to any.
        desk: What the API works with; None where there is none.
    """

    public_url: str
    health: Health
    rehearsal: Rehearsal | None = None
    planner: Planner | None = None
    calendars: Calendars | None = None
    desk: Desk | None = None

    def put_into(self, extensions: dict[str, object]) -> None:
        """Make the parts reachable for the views of one application."""
        extensions[_KEY] = self


def get_parts() -> Parts:
    """Return the parts of the application that answers the current request."""
    return cast(Parts, current_app.extensions[_KEY])
