"""K14: communities whose premises have the area of the standard."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain import regulations
from bot.domain.reports.figures import Measure, Row
from bot.domain.units import UnitKind
from bot.domain.weak_branches import area_words, meets_standard
from bot.services import weak_branches
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope


def _rows(session: Session, scope: Scope) -> list[Row]:
    until = scope.until
    communities = [
        place.id
        for place in scope.places.values()
        if place.kind is UnitKind.COMMUNITY
        and place.exists_on(until)
        and scope.reaches(place.id, until)
    ]
    standard = f"{regulations.number('supervision.premises', until)}平方米"
    rows = []
    for unit, every in weak_branches.load_premises(session, communities).items():
        known = [one for one in every if one.on <= until]
        if known and meets_standard(known[-1].area, until):
            last = known[-1]
            area = f"{area_words(last.area)}平方米"
            rows.append(Row(f"unit:{unit}", (scope.named(unit), area, last.mode.value, standard)))
    return rows


METRIC = Metric(
    "premises_standard",
    "服务用房达标的社区",
    Measure.ITEMS,
    "统计日登记的面积达到标准的社区，正好等于标准也算；按那一天在用的面积，以前的不算。",
    ("社区", "面积", "方式", "标准"),
    _rows,
    mark="K14",
)
