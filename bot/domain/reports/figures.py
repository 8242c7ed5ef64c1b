"""A figure of a report: what is counted, how much it is, and the rows behind it.

A figure is never more than its rows: its value is added up from them, so that whoever opens it
sees exactly what was counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum


class Measure(Enum):
    """What a figure counts; the values are the only words that may follow it.

    次 (times something was held), 人次 (times somebody took part) and 人 (different people) are
    three things, and reports that mix them are wrong by an order of magnitude.
    """

    SESSIONS = ("次",)
    PARTICIPATIONS = ("人次",)
    PERSONS = ("人", "名")
    PERSON_MONTHS = ("人月",)
    ITEMS = ("个", "项")
    CATEGORIES = ("类",)
    DOCUMENTS = ("份",)
    PERCENT = ("%",)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was counted.

    Attributes:
        ref: Where it comes from (`event:12`), the same every time the figure is made.
        cells: As `Metric.columns` names them.
        weight: How much of the figure it is.
        on: The day it is of; decides whether it belongs to the year.
    """

    ref: str
    cells: tuple[str, ...]
    weight: int = 1
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A named number with its definition and rows.

    Attributes:
        name: The metric it was made by.
        mark: Its number in the table of figures (K1), "" where it has none.
        definition: What is counted and what is not, for people.
        value: None where it is not known: nobody keeps that ledger here.
    """

    name: str
    title: str
    measure: Measure
    definition: str
    value: int | None
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    mark: str = ""

    @property
    def words(self) -> str:
        """The value with its measure: `11次`."""
        return "没有记录" if self.value is None else f"{self.value}{self.measure.value[0]}"


class Figures:
    """The figures of a report, by name.

    Attributes:
        until: The last day told of.
        is_above: Whether the unit stands above branches.
    """

    def __init__(
        self,
        figures: Sequence[Figure],
        unit: str,
        year: int,
        until: date,
        *,
        is_above: bool = True,
    ) -> None:
        self._by_name: Mapping[str, Figure] = {figure.name: figure for figure in figures}
        self.unit, self.year, self.until, self.is_above = unit, year, until, is_above

    def __iter__(self) -> Iterator[Figure]:
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> Figure:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def value(self, name: str) -> int:
        """Return a value; 0 where it is not known."""
        return self._by_name[name].value or 0

    def is_known(self, *names: str) -> bool:
        """Tell whether somebody keeps record of all of some figures."""
        return all(self._by_name[name].value is not None for name in names)

    @property
    def is_over(self) -> bool:
        """Whether the year is told as a whole, and not up to a day within it."""
        return self.until >= date(self.year, 12, 31)
