"""Dues: how many member-months were due and how many of them are paid in full; no amounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from bot.domain.dues import MonthState
from bot.domain.ids import UnitId
from bot.domain.periods import Month, months_between
from bot.domain.reports.figures import Measure, Row
from bot.services import dues, dues_members
from bot.services.dues_members import Circle
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope

_AT_ONCE = 5000  # members
_COLUMNS = ("党组织", "应交", "交齐")
_PAID = frozenset({MonthState.PAID, MonthState.OVER})
_NOT_ASKED = frozenset({MonthState.NOT_DUE, MonthState.SETTLED_BEFORE})
_Counts = tuple[Counter[UnitId], Counter[UnitId]]


def _counts(session: Session, scope: Scope) -> _Counts:
    """Return, by branch, the member-months due and those paid in full.

    A month belongs to the branch that takes its dues, also after a transfer.
    """
    due: Counter[UnitId] = Counter()
    paid: Counter[UnitId] = Counter()
    months = _months(scope)
    for circle in _in_pieces(
        dues_members.below(session, scope.unit_id, months) if months else None
    ):
        payers = dues_members.payers(session, circle, months, scope.until)
        found = dues.balances(session, [payer.person.id for payer in payers], months)
        for payer in payers:
            for month, branch in payer.months.items():
                state = found[payer.person.id][month].state
                if state not in _NOT_ASKED:
                    due[branch] += 1
                    paid[branch] += state in _PAID
    return due, paid


def _months(scope: Scope) -> list[Month]:
    """Return the months that are over; those of the year alone."""
    every = months_between(Month(scope.year, 1), Month(scope.year, 12))
    return [month for month in every if month.last <= scope.until]


def _in_pieces(circle: Circle | None) -> Iterator[Circle]:
    persons: Sequence[object] = () if circle is None else circle.persons
    for start in range(0, len(persons), _AT_ONCE):
        assert circle is not None
        yield replace(circle, persons=circle.persons[start : start + _AT_ONCE])


def _rows_of(which: int) -> Callable[[Session, Scope], list[Row]]:
    def rows(session: Session, scope: Scope) -> list[Row]:
        counts = scope.once("dues", lambda: _counts(session, scope))
        due, paid = counts
        return [
            Row(
                f"unit:{branch}",
                (scope.named(branch), f"{number}人月", f"{paid[branch]}人月"),
                counts[which][branch],
            )
            for branch, number in due.items()
        ]

    return rows


METRICS = (
    Metric(
        "dues_due",
        "应交党费",
        Measure.PERSON_MONTHS,
        "核定了党费的党员，每人每月算一个人月，只算已经过完的月份。"
        "免交的、启用以前的、期初已交的月份不算。",
        _COLUMNS,
        _rows_of(0),
    ),
    Metric(
        "dues_paid",
        "足额交了的党费",
        Measure.PERSON_MONTHS,
        "其中核对过、足额的。只交了一部分的、报了还没核对的不算。",
        _COLUMNS,
        _rows_of(1),
    ),
)
