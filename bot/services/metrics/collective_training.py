"""K7: collective training of members, cadres and staff (集中培训)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.cadence import MeetingKind
from bot.domain.reports.figures import Measure, Row
from bot.services.metrics import held
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope


def _rows(session: Session, scope: Scope) -> list[Row]:
    return held.as_gatherings(held.own(session, scope, MeetingKind.TRAINING), scope)


METRIC = Metric(
    "collective_training",
    "党员干部职工集中培训",
    Measure.SESSIONS,
    "本级当年办过的集中培训，按场次算，连办几天的算一次。下面支部自己办的培训、党校班不在内。",
    held.COLUMNS,
    _rows,
    mark="K7",
)
