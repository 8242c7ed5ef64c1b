"""The meetings of branches and cells (三会): general, committee and cell meetings, each by itself."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from bot.domain.cadence import KIND_NAMES, MeetingKind
from bot.domain.reports.figures import Measure, Row
from bot.services.metrics import held
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope


def _rows_of(kind: MeetingKind) -> Callable[[Session, Scope], list[Row]]:
    def rows(session: Session, scope: Scope) -> list[Row]:
        return held.as_meetings(held.of_kind(session, scope, kind), scope)

    return rows


METRICS = tuple(
    Metric(
        name,
        KIND_NAMES[kind],
        Measure.SESSIONS,
        f"各支部当年开过的{KIND_NAMES[kind]}，一个支部（党小组）开一次算一次。",
        held.COLUMNS,
        _rows_of(kind),
    )
    for name, kind in (
        ("general_meetings", MeetingKind.GENERAL),
        ("committee_meetings", MeetingKind.COMMITTEE),
        ("cell_meetings", MeetingKind.CELL),
    )
)
