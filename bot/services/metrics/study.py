"""Study sessions, and how many took part: 次 and 人次 are two figures."""

from __future__ import annotations

from sqlalchemy.orm import Session

from bot.domain.cadence import MeetingKind
from bot.domain.reports.figures import Measure, Row
from bot.services.metrics import held
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope

_COLUMNS = (*held.COLUMNS, "到会")


def _sessions(session: Session, scope: Scope) -> list[Row]:
    return held.as_gatherings(held.of_kind(session, scope, MeetingKind.STUDY), scope)


def _taking_part(session: Session, scope: Scope) -> list[Row]:
    found = held.of_kind(session, scope, MeetingKind.STUDY)
    return held.as_participations(session, found, scope)


def _in_school(session: Session, scope: Scope) -> list[Row]:
    found = held.of_kind(session, scope, MeetingKind.PARTY_SCHOOL)
    return held.as_participations(session, found, scope)


METRICS = (
    Metric(
        "study_sessions",
        "集中学习",
        Measure.SESSIONS,
        "当年开展过的集中学习。几个支部一起学的算一次。",
        held.COLUMNS,
        _sessions,
    ),
    Metric(
        "study_participations",
        "集中学习参学",
        Measure.PARTICIPATIONS,
        "登记到会的人次：同一个人来了三次算三人次，发了消息没有登记的不算。",
        _COLUMNS,
        _taking_part,
    ),
    Metric(
        "party_school",
        "进党校培训",
        Measure.PARTICIPATIONS,
        "党校班登记到会的人次。报了名没来的不算。",
        _COLUMNS,
        _in_school,
    ),
)
