"""Issues as rows of metrics: what of a list of the year is closed, and in time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.reports.figures import Row
from bot.services import issues
from bot.services.issues import Issue
from bot.services.metrics.scope import Scope

COLUMNS = ("编号", "类别", "党组织", "期限", "办结")
CATEGORY, DUE = 1, 3


def of_source(session: Session, scope: Scope, source: str) -> list[Issue]:
    """Return the issues of a list, of the unit and all under it, but those taken back."""
    return scope.once(
        f"issues:{source}", lambda: issues.list_written(session, scope.unit_id, source=source)
    )


def as_rows(found: Iterable[Issue], scope: Scope) -> list[Row]:
    """Return issues as rows; what they say is looked up when a row is shown."""
    return [_row(issue, scope.until) for issue in found]


def closed(found: Iterable[Issue], scope: Scope) -> list[Issue]:
    """Return those that were done, and verified by a second person, by the last day told of."""
    return [issue for issue in found if _closed_on(issue, scope.until) is not None]


def on_time(found: Iterable[Issue], scope: Scope) -> list[Issue]:
    """Return those that were done by their day."""
    return [issue for issue in closed(found, scope) if issue.was_on_time]


def _closed_on(issue: Issue, until: date) -> date | None:
    closed_at = issue.standing.closed_at
    day = None if closed_at is None else day_of(closed_at)
    return day if day is not None and day <= until else None


def _row(issue: Issue, until: date) -> Row:
    day = _closed_on(issue, until)
    return Row(
        f"issue:{issue.id}",
        (
            issue.title,
            issue.category,
            issue.unit,
            "" if issue.due_on is None else issue.due_on.isoformat(),
            "还没办结" if day is None else day.isoformat(),
        ),
    )
