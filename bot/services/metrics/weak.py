"""Weak organisations (薄弱党组织) that the year's screening found, and those put right."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.ids import UnitId
from bot.domain.reports.figures import Measure, Row
from bot.domain.weak_branches import Screening, is_rectified
from bot.services import weak_branches
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope

_COLUMNS = ("党组织", "缺什么", "排查日期", "后来")


def _weak(session: Session, scope: Scope) -> list[tuple[UnitId, tuple[Screening, ...]]]:
    found = weak_branches.load_screenings(session, list(scope.places), scope.year)
    screened = [
        (unit, tuple(one for one in every if one.on <= scope.until))
        for unit, every in found.items()
        if scope.reaches(unit, scope.until)
    ]
    return [(unit, every) for unit, every in screened if any(one.is_weak for one in every)]


def _row(unit: UnitId, every: tuple[Screening, ...], scope: Scope) -> Row:
    first = next(one for one in every if one.is_weak)
    later = f"{every[-1].on} 都有了" if is_rectified(every) else "还没整改好"
    missing = "、".join(need.value for need in first.missing)
    return Row(f"unit:{unit}", (scope.named(unit), missing, str(first.on), later))


def _found(session: Session, scope: Scope) -> list[Row]:
    return [_row(unit, every, scope) for unit, every in _weak(session, scope)]


def _rectified(session: Session, scope: Scope) -> list[Row]:
    return [
        _row(unit, every, scope) for unit, every in _weak(session, scope) if is_rectified(every)
    ]


METRICS = (
    Metric(
        "weak_found",
        "排查出的薄弱党组织",
        Measure.ITEMS,
        "当年“三有一化”排查里，有一项没有的党组织。",
        _COLUMNS,
        _found,
    ),
    Metric(
        "weak_rectified",
        "其中已整顿好的",
        Measure.ITEMS,
        "后来再排查，四项都有了的。",
        _COLUMNS,
        _rectified,
    ),
)
