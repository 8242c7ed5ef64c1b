"""The only place that looks at the machine's clock, and the one time zone the product lives in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Tells the time; handed down from `bot.main`, never imported as a global."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved: rehearsals, scenarios, tests."""

    def __init__(self, moment: datetime) -> None:
        self.set(moment)

    def now(self) -> datetime:
        """Return the moment the clock was last set to, aware, in UTC."""
        return self._moment

    def set(self, moment: datetime) -> None:
        """Move the clock to an aware `moment`, forwards or back."""
        if moment.tzinfo is None:
            raise ValueError("a clock needs an aware moment")
        self._moment = moment.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        """Move the clock forward."""
        self.set(self._moment + by)


def local(moment: datetime) -> datetime:
    """Return an aware moment as wall time in Asia/Shanghai."""
    return moment.astimezone(SHANGHAI)


def day_of(moment: datetime) -> date:
    """Return the Shanghai calendar day a moment falls on."""
    return local(moment).date()


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """Return the aware moment of a Shanghai wall time on a day, in UTC."""
    wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)
    return wall.astimezone(UTC)
