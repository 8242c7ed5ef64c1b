"""K2: whether everybody in the leadership team gave a Party lecture in every quarter."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.cadence import MeetingKind
from bot.domain.ids import MemberId
from bot.domain.minutes import Part
from bot.domain.periods import Quarter, quarters_between
from bot.domain.reports.figures import Measure, Row
from bot.domain.upper_meetings import LEADING
from bot.services import minutes_entries
from bot.services.metrics import held
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope
from bot.storage.models import Post

_COLUMNS = ("季度",)


def _due(session: Session, scope: Scope) -> list[Row]:
    """Return the quarters that are over, for each who was in the team from first to last day."""
    terms = session.execute(
        select(Post.member_id, Post.valid_from, Post.valid_to).where(
            Post.unit_id == scope.unit_id,
            Post.role.in_(LEADING),
            Post.valid_from <= scope.last,
            or_(Post.valid_to.is_(None), Post.valid_to > scope.first),
        )
    ).all()
    if not scope.is_above:
        return []
    found = {
        (MemberId(member), quarter)
        for member, since, until in terms
        for quarter in _quarters(scope)
        if since <= quarter.first and (until is None or until > quarter.last)
    }
    return [_row(member, quarter) for member, quarter in found]


def _kept(session: Session, scope: Scope) -> list[Row]:
    lectures = held.of_kind(session, scope, MeetingKind.LECTURE)
    records = minutes_entries.load_many(session, [one.id for one in lectures])
    given = {
        f"member:{line.member_id}:{Quarter.of(one.day)}"
        for one in lectures
        for line in records[one.id].of(Part.LECTURER)
    }
    return [row for row in _due(session, scope) if row.ref in given]


def _quarters(scope: Scope) -> list[Quarter]:
    every = quarters_between(Quarter.of(scope.first), Quarter.of(scope.last))
    return [quarter for quarter in every if quarter.last <= scope.until]


def _row(member: MemberId, quarter: Quarter) -> Row:
    first: date = quarter.first
    return Row(f"member:{member}:{quarter}", (str(quarter),), 1, first)


METRICS = (
    Metric(
        "leader_lectures_due",
        "班子成员应讲党课",
        Measure.SESSIONS,
        "班子成员每人每季度一次；整个季度都在任的、已经过完的季度才算。",
        _COLUMNS,
        _due,
    ),
    Metric(
        "leader_lectures_kept",
        "班子成员讲了党课的季度",
        Measure.SESSIONS,
        "其中当季会议记录里主讲过党课的；一个季度讲两次也算一次。",
        _COLUMNS,
        _kept,
    ),
)
