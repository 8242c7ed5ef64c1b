"""Party lectures (党课): how many, and how many the secretary of the unit gave himself."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.cadence import MeetingKind
from bot.domain.ids import MemberId
from bot.domain.minutes import Part
from bot.domain.reports.figures import Measure, Row
from bot.domain.rights import Role
from bot.services import minutes_entries
from bot.services.metrics import held
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope
from bot.storage.models import Post

_Term = tuple[date, date | None]


def _all(session: Session, scope: Scope) -> list[Row]:
    return held.as_gatherings(held.of_kind(session, scope, MeetingKind.LECTURE), scope)


def _of_secretary(session: Session, scope: Scope) -> list[Row]:
    found = held.of_kind(session, scope, MeetingKind.LECTURE)
    records = minutes_entries.load_many(session, [one.id for one in found])
    terms = _secretaries(session, scope)
    return held.as_gatherings(
        [
            one
            for one in found
            if any(
                since <= one.day and (until is None or one.day < until)
                for line in records[one.id].of(Part.LECTURER)
                if line.member_id is not None
                for since, until in terms[line.member_id]
            )
        ],
        scope,
    )


def _secretaries(session: Session, scope: Scope) -> dict[MemberId, list[_Term]]:
    """Return who was secretary of the unit within the year, from when to when."""
    rows = session.execute(
        select(Post.member_id, Post.valid_from, Post.valid_to).where(
            Post.unit_id == scope.unit_id,
            Post.role == Role.SECRETARY,
            Post.valid_from <= scope.last,
            or_(Post.valid_to.is_(None), Post.valid_to > scope.first),
        )
    )
    terms: dict[MemberId, list[_Term]] = defaultdict(list)
    for member, since, until in rows:
        terms[MemberId(member)].append((since, until))
    return terms


METRICS = (
    Metric(
        "lectures",
        "党课",
        Measure.SESSIONS,
        "当年讲过的党课。几个支部一起听的算一次。",
        held.COLUMNS,
        _all,
    ),
    Metric(
        "secretary_lectures",
        "书记讲党课",
        Measure.SESSIONS,
        "会议记录里主讲是本级书记（当天在任）的党课。几个支部一起听的算一次。",
        held.COLUMNS,
        _of_secretary,
    ),
)
