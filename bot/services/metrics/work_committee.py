"""K1: meetings of the working committee (党工委会议) that dealt with Party building."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.cadence import MeetingKind
from bot.domain.reports.figures import Measure, Row
from bot.services import meeting_topics
from bot.services.metrics import held
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope


def _rows(session: Session, scope: Scope) -> list[Row]:
    found = held.own(session, scope, MeetingKind.WORKING_COMMITTEE)
    topics = meeting_topics.load(session, [one.id for one in found])
    return held.as_gatherings([one for one in found if one.id in topics], scope)


METRIC = Metric(
    "work_committee",
    "专题研讨基层党建的党工委会议",
    Measure.SESSIONS,
    "本级党工委当年开过的会议，只算记了党建议题的；没有记的、取消的不算，"
    "改期的算一次。各支部的会不在内。",
    held.COLUMNS,
    _rows,
    mark="K1",
)
