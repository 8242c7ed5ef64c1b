"""K1: meetings of the working committee (党工委会议) that dealt with Party building."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.agendas import is_on_party_building
from bot.domain.cadence import MeetingKind
from bot.domain.minutes import Part
from bot.domain.reports.figures import Measure, Row
from bot.services import minutes_entries
from bot.services.metrics import held
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope


def _rows(session: Session, scope: Scope) -> list[Row]:
    found = held.own(session, scope, MeetingKind.WORKING_COMMITTEE)
    records = minutes_entries.load_many(session, [one.id for one in found])
    return held.as_gatherings(
        [
            one
            for one in found
            if any(is_on_party_building(line.text) for line in records[one.id].of(Part.AGENDA))
        ],
        scope,
    )


METRIC = Metric(
    "work_committee",
    "专题研讨基层党建的党工委会议",
    Measure.SESSIONS,
    "本级党工委当年开过的会议，只算会议记录的议题里有党建内容的；没有党建议题的、取消的不算，"
    "改期的算一次。各支部的会不在内。",
    held.COLUMNS,
    _rows,
    mark="K1",
)
