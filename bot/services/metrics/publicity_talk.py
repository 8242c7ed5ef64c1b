"""K9: talks to the public (党建宣讲)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.cadence import MeetingKind
from bot.domain.reports.figures import Measure, Row
from bot.services.metrics import held
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope


def _rows(session: Session, scope: Scope) -> list[Row]:
    return held.as_gatherings(held.own(session, scope, MeetingKind.PUBLICITY_TALK), scope)


METRIC = Metric(
    "publicity_talk",
    "党建宣讲",
    Measure.SESSIONS,
    "本级当年面向群众的宣讲。党课另算，不重复。",
    held.COLUMNS,
    _rows,
    mark="K9",
)
