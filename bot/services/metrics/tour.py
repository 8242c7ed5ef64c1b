"""K11, K12: the tour of the communities (观摩), and what it found."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.cadence import MeetingKind
from bot.domain.reports.figures import Measure, Row
from bot.services.issues import Issue
from bot.services.metrics import held, issues
from bot.services.metrics.metric import Metric, distinct
from bot.services.metrics.scope import Scope

_SOURCE = "观摩"


def _tours(session: Session, scope: Scope) -> list[Row]:
    return held.as_gatherings(held.own(session, scope, MeetingKind.TOUR), scope)


def _found(session: Session, scope: Scope) -> list[Issue]:
    every = issues.of_source(session, scope, _SOURCE)
    return [issue for issue in every if scope.is_within(issue.at)]


def _all(session: Session, scope: Scope) -> list[Row]:
    return issues.as_rows(_found(session, scope), scope)


def _with_category(session: Session, scope: Scope) -> list[Row]:
    return issues.as_rows([one for one in _found(session, scope) if one.category], scope)


def _closed(session: Session, scope: Scope) -> list[Row]:
    return issues.as_rows(issues.closed(_found(session, scope), scope), scope)


METRICS = (
    Metric(
        "tours",
        "观摩活动",
        Measure.SESSIONS,
        "本级组织的观摩活动，连着几天的算一次。",
        held.COLUMNS,
        _tours,
    ),
    Metric(
        "tour_categories",
        "观摩问题的类别",
        Measure.CATEGORIES,
        "当年观摩列出的问题一共有几种不同的类别；没有写类别的问题不算类别。",
        issues.COLUMNS,
        _with_category,
        value=distinct(issues.CATEGORY),
        mark="K11",
    ),
    Metric(
        "tour_issues",
        "观摩列出的问题",
        Measure.ITEMS,
        "当年登记、来源写明是观摩的问题，收回的不算。",
        issues.COLUMNS,
        _all,
        mark="K12",
    ),
    Metric(
        "tour_issues_closed",
        "观摩问题已整改的",
        Measure.ITEMS,
        "办的人报了办结、第二个人核实过的；没有核实的不算。",
        issues.COLUMNS,
        _closed,
    ),
)
