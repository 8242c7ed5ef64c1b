"""Metrics: what reports count. One file for what is read together; each is listed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.ids import UnitId
from bot.domain.reports.figures import Figures
from bot.domain.units import UnitKind
from bot.services.metrics import (
    branches,
    collective_training,
    dues,
    dues_books,
    leaders_meetings,
    lectures,
    oath,
    org_life,
    publicity_talk,
    roll,
    study,
    theme_days,
    theory_group,
    three_meetings,
    unheld,
    work_committee,
)
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import scope_of

__all__ = ["METRICS", "figures_of"]

_EVERY: Iterable[Metric] = (
    work_committee.METRIC,
    theory_group.METRIC,
    collective_training.METRIC,
    *org_life.METRICS,
    publicity_talk.METRIC,
    leaders_meetings.METRIC,
    *lectures.METRICS,
    *three_meetings.METRICS,
    *theme_days.METRICS,
    *study.METRICS,
    *oath.METRICS,
    *roll.METRICS,
    branches.METRIC,
    *dues.METRICS,
    *dues_books.METRICS,
    unheld.METRIC,
)
METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _EVERY}


def figures_of(session: Session, unit_id: UnitId, year: int, now: datetime) -> Figures:
    """Return every figure of a unit and a year, made anew from the ledgers."""
    scope = scope_of(session, unit_id, year, now)
    made = [metric.make(session, scope) for metric in METRICS.values()]
    is_above = scope.places[unit_id].kind in (UnitKind.STREET, UnitKind.COMMUNITY)
    return Figures(made, scope.name, year, scope.until, is_above=is_above)
