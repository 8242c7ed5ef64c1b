"""Which days are worked: the published calendars, a local overlay, and a provisional answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import cache

_FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


class PublishedWorkdays:
    """Working days of the State Council's notices (`Workdays` of the domain).

    In a year without a notice, weekends and the statutory days with a fixed solar date are off,
    and answers are provisional: make-up days and the lunar festivals are not known.
    """

    def __init__(
        self, overlay: Mapping[date, bool] | None = None, announced: Collection[int] = ()
    ) -> None:
        """Take what was entered by hand.

        Args:
            overlay: Day → whether it is worked; goes before everything else.
            announced: Years whose whole notice is in the overlay.
        """
        self._overlay = dict(overlay or {})
        self._announced = frozenset(announced)

    def is_workday(self, day: date) -> bool:
        """Tell whether a day is worked, make-up Saturdays and Sundays included."""
        if day in self._overlay:
            return self._overlay[day]
        published = _published(day)
        return _statutory(day) if published is None else published

    def is_known(self, year: int) -> bool:
        """Tell whether a year's notice is known; without it answers are provisional."""
        return year in self._announced or _published(date(year, 1, 1)) is not None

    def estimate(self, day: date) -> bool:
        """Tell what is answered for a day while its year's notice is not known."""
        return _statutory(day)


@cache
def _published(day: date) -> bool | None:
    """Return what the calendar package knows, or None for a year it does not carry."""
    import chinese_calendar  # slow to load, and not needed until a day is asked for

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def _statutory(day: date) -> bool:
    fixed = (day.month, day.day) in _FIXED_HOLIDAYS or day == _tomb_sweeping(day.year)
    return day.weekday() < 5 and not fixed


def _tomb_sweeping(year: int) -> date:
    """Return 清明, which the sun sets on 4 or 5 April; the formula holds from 2000 to 2099."""
    short = year % 100
    return date(year, 4, int(short * 0.2422 + 4.81) - short // 4)
