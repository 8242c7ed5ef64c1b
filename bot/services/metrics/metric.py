"""What a metric is: a question to the ledgers whose answer is rows, and a number made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from bot.domain.reports.figures import Figure, Measure, Row
from bot.services.metrics.scope import Scope


def total(rows: Sequence[Row]) -> int:
    """Add the rows up."""
    return sum(row.weight for row in rows)


def distinct(column: int) -> Callable[[Sequence[Row]], int]:
    """Return what counts the different values of a column."""

    def count(rows: Sequence[Row]) -> int:
        return len({row.cells[column] for row in rows})

    return count


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure that can be made for any unit and year.

    Attributes:
        name: Identifier; the sentences of reports name it.
        definition: What is counted and what is not, for people; printed beside the rows.
        columns: Of the rows.
        rows: Reads them; None where nobody keeps record of that here.
        value: Makes the number of them.
        mark: Its number in the table of figures of the report (K1), if it has one.
    """

    name: str
    title: str
    measure: Measure
    definition: str
    columns: tuple[str, ...]
    rows: Callable[[Session, Scope], Sequence[Row] | None]
    value: Callable[[Sequence[Row]], int] = field(default=total)
    mark: str = ""

    def make(self, session: Session, scope: Scope) -> Figure:
        """Return the figure with everything behind it, its rows by day and origin."""
        found = self.rows(session, scope)
        rows = tuple(sorted(found or (), key=_order))
        return Figure(
            self.name,
            self.title,
            self.measure,
            self.definition,
            None if found is None else self.value(rows),
            self.columns,
            rows,
            self.mark,
        )


def _order(row: Row) -> tuple[str, str, int, str]:
    """Return what a row goes by: its day, then where it comes from, numbers by their size."""
    origin, number, *_ = row.ref.split(":")
    return (str(row.on or ""), origin, int(number), row.ref)
