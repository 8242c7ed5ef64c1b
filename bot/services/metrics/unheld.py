"""What was called, is over, and of which nobody has said that it was held: a gap, no figure."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.reports.figures import Measure, Row
from bot.services.metrics import held
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope


def _rows(session: Session, scope: Scope) -> list[Row]:
    return held.as_meetings(
        [one for one in held.meetings(session, scope) if not one.took_place], scope
    )


METRIC = Metric(
    "unheld",
    "安排了、没有登记开过的会",
    Measure.ITEMS,
    "时间已经过了，没有取消，也没有人到会登记、没有会议记录。它们不算在任何一个数里。",
    held.COLUMNS,
    _rows,
)
