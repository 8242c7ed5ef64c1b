"""What branches told their members about dues, and handed up."""

from __future__ import annotations

from sqlalchemy import select
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
        select(
            DuesPublication.id,
            DuesPublication.unit_id,
            DuesPublication.at,
            DuesPublication.first_month,
            DuesPublication.last_month,
        ).where(
            DuesPublication.at >= scope.begins,
            DuesPublication.at < scope.ends,
            scope.under(DuesPublication.unit_id),
        )
    )
    return [
        Row(
            f"dues_publication:{row.id}",
            (
                f"{day_of(row.at)}",
                scope.named(UnitId(row.unit_id)),
                f"{row.first_month}至{row.last_month}",
            ),
            1,
            day_of(row.at),
        )
        for row in rows
        if scope.reaches(UnitId(row.unit_id), day_of(row.at))
    ]


def _remitted(session: Session, scope: Scope) -> list[Row]:
    rows = session.execute(
        select(
            DuesRemittance.id,
            DuesRemittance.unit_id,
            DuesRemittance.at,
            DuesRemittance.people,
            DuesRemittance.total_fen,
        ).where(
            DuesRemittance.at >= scope.begins,
            DuesRemittance.at < scope.ends,
            scope.under(DuesRemittance.unit_id),
        )
    )
    return [
        Row(
            f"dues_remittance:{row.id}",
            (
                f"{day_of(row.at)}",
                scope.named(UnitId(row.unit_id)),
                f"{row.people}人，{yuan(row.total_fen)}元",
            ),
            1,
            day_of(row.at),
        )
        for row in rows
        if scope.reaches(UnitId(row.unit_id), day_of(row.at))
    ]


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
