"""What branches told their members about dues, and handed up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import UnitId
from bot.domain.money import yuan
from bot.domain.reports.figures import Measure, Row
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope
from bot.storage.models import DuesPublication, DuesRemittance


def _published(session: Session, scope: Scope) -> list[Row]:
    rows = session.execute(
        _in_year(DuesPublication, scope).add_columns(
            DuesPublication.first_month, DuesPublication.last_month
        )
    )
    return [
        _row("dues_publication", row, scope, f"{row.first_month}至{row.last_month}")
        for row in rows
        if scope.reaches(UnitId(row.unit_id), day_of(row.at))
    ]


def _remitted(session: Session, scope: Scope) -> list[Row]:
    rows = session.execute(
        _in_year(DuesRemittance, scope).add_columns(DuesRemittance.people, DuesRemittance.total_fen)
    )
    return [
        _row("dues_remittance", row, scope, f"{row.people}人，{yuan(row.total_fen)}元")
        for row in rows
        if scope.reaches(UnitId(row.unit_id), day_of(row.at))
    ]


def _in_year(book: Any, scope: Scope) -> Select[Any]:
    """Select what was entered in a book in the year, under the unit."""
    return select(book.id, book.unit_id, book.at).where(
        book.at >= scope.begins, book.at < scope.ends, scope.under(book.unit_id)
    )


def _row(book: str, row: Any, scope: Scope, what: str) -> Row:
    day = day_of(row.at)
    return Row(f"{book}:{row.id}", (f"{day}", scope.named(UnitId(row.unit_id)), what), 1, day)


METRICS = (
    Metric(
        "dues_publications",
        "党费公示",
        Measure.SESSIONS,
        "各支部当年向党员公示党费收缴情况的次数。",
        ("日期", "党组织", "哪几个月"),
        _published,
    ),
    Metric(
        "dues_remittances",
        "党费上缴",
        Measure.SESSIONS,
        "各支部当年上缴党费的次数。",
        ("日期", "党组织", "人数和金额"),
        _remitted,
    ),
)
