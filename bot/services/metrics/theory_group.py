"""K6: study of the leadership's theory study group (中心组学习)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.cadence import MeetingKind
from bot.domain.reports.figures import Measure, Row
from bot.services.metrics import held
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope


def _rows(session: Session, scope: Scope) -> list[Row]:
    return held.as_gatherings(held.own(session, scope, MeetingKind.THEORY_GROUP), scope)


METRIC = Metric(
    "theory_group",
    "中心组学习",
    Measure.SESSIONS,
    "本级中心组当年开展过的学习。各支部的学习、党课不在内。",
    held.COLUMNS,
    _rows,
    mark="K6",
)
