"""Calendar months, quarters and years, in Asia/Shanghai."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Month:
        """Return the month a day lies in."""
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """Return the month written as `YYYY-MM`."""
        year, number = text.split("-")
        return cls(int(year), int(number))

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    def shift(self, months: int) -> Month:
        """Return the month so many months later (or earlier)."""
        index = self.year * 12 + self.number - 1 + months
        return Month(index // 12, index % 12 + 1)

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """The last day, inclusive."""
        return self.shift(1).first - timedelta(days=1)

    @property
    def quarter(self) -> Quarter:
        """The quarter this month lies in."""
        return Quarter(self.year, (self.number - 1) // 3 + 1)

    def day(self, number: int) -> date:
        """Return a day of this month, clamped to its last day."""
        return self.first.replace(day=min(number, self.last.day))


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A calendar quarter."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        """Return the quarter a day lies in."""
        return Month.of(day).quarter

    def __str__(self) -> str:
        return f"{self.year:04}Q{self.number}"

    @property
    def months(self) -> tuple[Month, Month, Month]:
        """The three months in order."""
        start = Month(self.year, self.number * 3 - 2)
        return start, start.shift(1), start.shift(2)

    @property
    def first(self) -> date:
        """The first day."""
        return self.months[0].first

    @property
    def last(self) -> date:
        """The last day, inclusive."""
        return self.months[2].last

    def shift(self, quarters: int) -> Quarter:
        """Return the quarter so many quarters later (or earlier)."""
        return self.months[0].shift(quarters * 3).quarter


@dataclass(frozen=True, slots=True, order=True)
class Year:
    """A calendar year, to which yearly meetings belong (2025年度)."""

    year: int

    def __str__(self) -> str:
        return f"{self.year:04}"

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, 1, 1)

    @property
    def last(self) -> date:
        """The last day, inclusive."""
        return date(self.year, 12, 31)


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later (or earlier), clamped to the month's last day.

    29 February and a year is 28 February; 31 January and a month is the last of February.

    Source:
        calendar.months
    """
    return Month.of(day).shift(months).day(day.day)


def months_between(first: Month, last: Month) -> Iterator[Month]:
    """Yield every month from `first` to `last`, both included."""
    month = first
    while month <= last:
        yield month
        month = month.shift(1)


def quarters_between(first: Quarter, last: Quarter) -> Iterator[Quarter]:
    """Yield every quarter from `first` to `last`, both included."""
    quarter = first
    while quarter <= last:
        yield quarter
        quarter = quarter.shift(1)
