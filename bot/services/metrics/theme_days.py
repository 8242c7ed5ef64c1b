"""Members' activity days (主题党日): how many, and whether every branch held one every month."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy.orm import Session

from bot.domain.cadence import MeetingKind
from bot.domain.ids import UnitId
from bot.domain.periods import Month, months_between
from bot.domain.reports.figures import Measure, Row
from bot.services.metrics import held
from bot.services.metrics.held import Held
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope

_MONTHS = ("月份", "党组织", "开展的日子")


def _all(session: Session, scope: Scope) -> list[Row]:
    return held.as_meetings(held.of_kind(session, scope, MeetingKind.THEME_DAY), scope)


def _due(session: Session, scope: Scope) -> list[Row]:  # noqa: ARG001 - every metric is called alike
    """Return the months that are over in which each branch existed from the first day on."""
    months = [month for month in _months(scope) if month.last <= scope.until]
    return [
        Row(f"unit:{branch.id}:{month}", (str(month), branch.name, ""), 1, month.first)
        for month in months
        for branch in scope.branches_on(month.first)
        if branch.exists_on(month.last)
    ]


def _kept(session: Session, scope: Scope) -> list[Row]:
    found: dict[tuple[UnitId, Month], list[Held]] = defaultdict(list)
    for one in held.of_kind(session, scope, MeetingKind.THEME_DAY):
        found[one.branch_id, Month.of(one.day)].append(one)
    rows = []
    for row in _due(session, scope):
        _, unit, month = row.ref.split(":")
        days = [one.day for one in found[UnitId(int(unit)), Month.parse(month)]]
        if days:
            told = "、".join(f"{day:%m-%d}" for day in sorted(days))
            rows.append(Row(row.ref, (*row.cells[:2], told), 1, row.on))
    return rows


def _months(scope: Scope) -> list[Month]:
    return list(months_between(Month(scope.year, 1), Month(scope.year, 12)))


METRICS = (
    Metric(
        "theme_days",
        "主题党日（党员活动日）",
        Measure.SESSIONS,
        "各支部当年开展过的主题党日，一个支部开展一次算一次；改到别的日子的照样算。",
        held.COLUMNS,
        _all,
    ),
    Metric(
        "theme_day_months_due",
        "应开展主题党日的支部月数",
        Measure.ITEMS,
        "每个支部存在的每一个整月算一个（到统计日为止已经过完的月份）。",
        _MONTHS,
        _due,
    ),
    Metric(
        "theme_day_months_kept",
        "开展了主题党日的支部月数",
        Measure.ITEMS,
        "其中当月开展过主题党日的；一个月开展两次也只算一个。",
        _MONTHS,
        _kept,
    ),
)
