"""What the API works with, handed in by `create_app`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import Clock, day_of
from bot.domain.burden import Hours
from bot.domain.ports import Throttle
from bot.domain.rights import Actor
from bot.services.api_tokens import Caller
from bot.services.outbox import Routes
from bot.storage.engine import Database


@dataclass(frozen=True, slots=True)
class Desk:
    """The parts behind the API."""

    database: Database
    clock: Clock
    routes: Routes
    hours: Hours
    throttle: Throttle


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was let in, within its transaction.

    Attributes:
        path: The numbers in the address.
        asked: The checked body, or the checked query; None where a route takes neither.
    """

    session: Session
    desk: Desk
    caller: Caller
    now: datetime
    path: Mapping[str, int]
    asked: Any = None

    @property
    def by(self) -> Actor:
        """As whom it acts."""
        return self.caller.actor

    @property
    def today(self) -> date:
        """The Shanghai day it is."""
        return day_of(self.now)
