"""Who became a full member within the year (转正)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.reports.figures import Measure, Row
from bot.services import development_totals
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope


def _rows(session: Session, scope: Scope) -> list[Row]:
    found = development_totals.confirmed_in(session, scope.unit_id, scope.first, scope.until)
    return [Row(f"member:{member}", ()) for member, _ in found]


METRIC = Metric(
    "confirmed_full",
    "预备党员转正",
    Measure.PERSONS,
    "年内按期或延长后转为正式党员、当天在本级的。",
    (),
    _rows,
)
