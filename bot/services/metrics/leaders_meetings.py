"""The democratic life meeting (民主生活会) of the leadership: never counted for branches."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.cadence import MeetingKind
from bot.domain.reports.figures import Measure, Row
from bot.services.metrics import held
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope


def _rows(session: Session, scope: Scope) -> list[Row]:
    return held.as_gatherings(held.own(session, scope, MeetingKind.DEMOCRATIC_LIFE), scope)


METRIC = Metric(
    "democratic_life",
    "领导班子民主生活会",
    Measure.SESSIONS,
    "本级领导班子的民主生活会，按它是哪一年的会算。支部的组织生活会不在内。",
    held.COLUMNS,
    _rows,
)
