"""The roll: how many members at the end of the year, and how the number came about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId, UnitId
from bot.domain.members import KIND_NAMES
from bot.domain.reports.figures import Measure, Row
from bot.domain.roll import kind_on
from bot.domain.turnover import Turnover
from bot.services import roll as standings
from bot.services import turnover
from bot.services.metrics.metric import Metric
from bot.services.metrics.scope import Scope
from bot.storage.models import Member, Membership

COLUMNS = ("党组织", "党员类型")


def members_on(session: Session, scope: Scope, day: date) -> list[Row]:
    """Return who was on the roll of the unit at the end of a day, each once."""
    return scope.once(f"roll:{day}", lambda: _read(session, scope, day))


def asked_to_come(session: Session, scope: Scope) -> frozenset[str]:
    """Return the rows of members of whom attendance is asked, on the last day told of."""
    refs = {row.ref for row in members_on(session, scope, scope.until)}
    members = [MemberId(int(ref.partition(":")[2])) for ref in refs]
    found = standings.standings(session, members, scope.until)
    return frozenset(f"member:{member}" for member, stands in found.items() if stands.is_expected)


def _read(session: Session, scope: Scope, day: date) -> list[Row]:
    rows = session.execute(
        select(Membership.member_id, Membership.unit_id, Member.kind, Member.full_since)
        .join(Member, Member.id == Membership.member_id)
        .where(
            Membership.valid_from <= day,
            or_(Membership.valid_to.is_(None), Membership.valid_to > day),
            scope.under(Membership.unit_id),
        )
        .order_by(Membership.member_id)
    )
    return [
        Row(
            f"member:{row.member_id}",
            (
                scope.named(UnitId(row.unit_id)),
                KIND_NAMES[kind_on(row.kind, row.full_since, day)],
            ),
        )
        for row in rows
        if scope.reaches(UnitId(row.unit_id), day)
    ]


def _closing(session: Session, scope: Scope) -> list[Row] | None:
    if _figures(session, scope) is None:
        return None
    return members_on(session, scope, scope.until)


def _figures(session: Session, scope: Scope) -> Turnover | None:
    """Return the figures of the year; None where the roll begins only after it."""
    begins = scope.places[scope.unit_id].valid_from
    if begins > scope.until:
        return None
    first = max(scope.first, begins)
    return scope.once(
        "turnover", lambda: turnover.figures_of(session, scope.unit_id, first, scope.until)
    )


def _rows_of(
    members: Callable[[Turnover], Iterable[MemberId]],
) -> Callable[[Session, Scope], list[Row] | None]:
    def rows(session: Session, scope: Scope) -> list[Row] | None:
        found = _figures(session, scope)
        if found is None:
            return None
        # Somebody who left and came back within the year is counted both times.
        seen: dict[MemberId, int] = {}
        for member in members(found):
            seen[member] = seen.get(member, 0) + 1
        return [Row(f"member:{member}", (), times) for member, times in seen.items()]

    return rows


METRICS = (
    Metric(
        "members",
        "在册党员",
        Measure.PERSONS,
        "统计日（年末，年内就是当天）在册的党员。年内转出、出党、去世的不算，转入的算。",
        COLUMNS,
        _closing,
    ),
    *(
        Metric(name, title, Measure.PERSONS, definition, (), _rows_of(members))
        for name, title, definition, members in (
            (
                "opening_members",
                "年初在册党员",
                "年初在册的，加上年内才纳入管理的支部当时在册的。",
                lambda found: found.opening,
            ),
            ("admitted", "新发展党员", "年内接收的预备党员。", lambda found: found.new),
            (
                "came_in",
                "转入党员",
                "年内从外面转入的；内部调动不算。",
                lambda found: found.came_in,
            ),
            (
                "went_out",
                "转出党员",
                "年内转到外面的；内部调动不算。",
                lambda found: found.went_out,
            ),
            ("left_party", "出党党员", "年内出党的。", lambda found: found.left),
            ("died", "去世党员", "年内去世的。", lambda found: found.died),
        )
    ),
)
