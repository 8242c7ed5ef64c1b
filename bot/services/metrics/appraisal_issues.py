"""K5: what last year's appraisal (述职评议) found, and what of it was put right, and in time."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.reports.figures import Measure, Row
from bot.services.issues import Issue
from bot.services.metrics import issues
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope


def _found(session: Session, scope: Scope) -> list[Issue]:
    return issues.of_source(session, scope, f"{scope.year - 1}述职评议")


def _all(session: Session, scope: Scope) -> list[Row]:
    return issues.as_rows(_found(session, scope), scope)


def _closed(session: Session, scope: Scope) -> list[Row]:
    return issues.as_rows(issues.closed(_found(session, scope), scope), scope)


def _on_time(session: Session, scope: Scope) -> list[Row]:
    return issues.as_rows(issues.on_time(_found(session, scope), scope), scope)


METRICS = (
    Metric(
        "appraisal_issues",
        "上年述职评议查摆的问题",
        Measure.ITEMS,
        "来源写明是上一年述职评议的问题（例如2016述职评议），收回的不算。",
        issues.COLUMNS,
        _all,
        mark="K5",
    ),
    Metric(
        "appraisal_issues_closed",
        "其中已整改的",
        Measure.ITEMS,
        "办的人报了办结、第二个人核实过的，按报办结的时间算；没有核实的不算。",
        issues.COLUMNS,
        _closed,
    ),
    Metric(
        "appraisal_issues_on_time",
        "其中到期前整改的",
        Measure.ITEMS,
        "已整改的里面，在自己的期限当天24点以前办结的。",
        issues.COLUMNS,
        _on_time,
    ),
)
