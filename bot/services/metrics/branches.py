"""Branches (党支部) that exist at the end of the year."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.reports.figures import Measure, Row
from bot.domain.units import FORM_NAMES
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope


def _rows(session: Session, scope: Scope) -> list[Row]:  # noqa: ARG001 - every metric is called alike
    return [
        Row(f"unit:{branch.id}", (branch.name, FORM_NAMES[branch.form]))
        for branch in scope.branches_on(scope.until)
    ]


METRIC = Metric(
    "branches",
    "党支部",
    Measure.ITEMS,
    "统计日存在的党支部，当天以前撤销的不算。",
    ("党支部", "类型"),
    _rows,
)
