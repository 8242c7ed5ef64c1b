"""What is due of cases around a day, and whose probation ends: by index, never all cases."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, literal_column, or_, select
from sqlalchemy.orm import Session

from bot.domain import regulations
from bot.domain.development import (
    CLOCKS,
    CaseAct,
    Limit,
    coming,
    latest,
    observation_due,
    probation_end,
)
from bot.domain.development_steps import ACTIVIST, APPROVED
from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind
from bot.domain.periods import months_after
from bot.services import development
from bot.services.development import CaseView
from bot.storage.models import DevelopmentCase, DevelopmentEntry, Member, Membership, Unit

_SPREAD = timedelta(days=4)  # months are clamped: the 28th to the 31st may meet
_LONGEST, _SHORTEST = 24, 12  # months of probation, with and without its extension


@dataclass(frozen=True, slots=True)
class Due:
    """A step of a case with its first or last day."""

    view: CaseView
    limit: Limit


@dataclass(frozen=True, slots=True)
class Ending:
    """A probation and the day on which it is over."""

    member_id: MemberId
    name: str
    unit_id: UnitId
    path: str
    ends_on: date
    has_case: bool


def list_due(session: Session, first: date, last: date) -> list[Due]:
    """Return what has its first or last day from a day to a day, both included, soonest first."""
    near = select(DevelopmentEntry.case_id).where(or_(*_windows(first, last))).distinct()
    where = DevelopmentCase.id.in_(near) & ~development.is_over()
    found = [
        Due(view, limit)
        for view in development.load(session, where)
        for limit in limits_of(view, last)
        if first <= limit.day <= last
    ]
    return sorted(found, key=lambda due: (due.limit.day, due.view.unit_id, due.view.number))


def limits_of(view: CaseView, on: date) -> list[Limit]:
    """Return all that lies ahead of a case, but for the end of probation, which the roll tells."""
    observed, first = observation_due(view.case), coming(view.case, on)
    others = [observed] if observed else []
    if first is not None and first.step <= APPROVED:
        others.append(first)
    return [*latest(view.case), *others]


def list_ending(session: Session, days: Collection[date]) -> list[Ending]:
    """Return whose probation is over on some days.

    Source:
        development.probation
    """
    if not days:
        return []
    since = months_after(min(days), -_LONGEST) - _SPREAD
    until = months_after(max(days), -_SHORTEST) + _SPREAD
    found = _ending(session, (Member.joined_on >= since) & (Member.joined_on <= until))
    return [ending for ending in found if ending.ends_on in days]


def still_ending(session: Session, members: Collection[MemberId]) -> dict[MemberId, date]:
    """Return when the probation of some members is over, of those it is not over for."""
    found = _ending(session, Member.id.in_(members)) if members else []
    return {ending.member_id: ending.ends_on for ending in found}


def _ending(session: Session, where: ColumnElement[bool]) -> list[Ending]:
    """The kind stands in the query as it does in the index, `ix_member_probationary`."""
    rows = session.execute(
        select(Member.id, Member.name, Member.joined_on, Unit.id.label("unit_id"), Unit.path)
        .join(Membership, Membership.member_id == Member.id)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(
            Member.kind == literal_column(f"'{MemberKind.PROBATIONARY.value}'"),
            Member.joined_on.is_not(None),
            Membership.valid_to.is_(None),
            where,
        )
        .order_by(Member.id)
    ).all()
    cases = development.members_of(session, [MemberId(row.id) for row in rows])
    return [
        Ending(
            MemberId(row.id),
            row.name,
            UnitId(row.unit_id),
            row.path,
            probation_end(row.joined_on, _extended(cases.get(MemberId(row.id)))),
            MemberId(row.id) in cases,
        )
        for row in rows
    ]


def _extended(view: CaseView | None) -> int:
    return view.case.extended if view is not None else 0


def _windows(first: date, last: date) -> Iterable[ColumnElement[bool]]:
    """Yield where the entries lie from which a time runs out around some days."""
    steps = [(clock.rule, clock.start) for clock in CLOCKS]
    steps.append(("development.observation", ACTIVIST))
    for rule, start in steps:
        for months in _months_of(rule):
            since, until = _back(first, last, months)
            yield (
                (DevelopmentEntry.act == CaseAct.STEP)
                & (DevelopmentEntry.step == start)
                & DevelopmentEntry.on_day.between(since, until)
            )
    for months in _months_of("development.observation"):
        since, until = _back(first, last, months)
        yield (DevelopmentEntry.act == CaseAct.OBSERVED) & DevelopmentEntry.on_day.between(
            since, until
        )


def _months_of(rule: str) -> Sequence[int]:
    """Return the months a rule has ever set."""
    every = (known.value for known in regulations.REGULATIONS if known.key == rule)
    return sorted({value for value in every if isinstance(value, int)})


def _back(first: date, last: date, months: int) -> tuple[date, date]:
    return months_after(first, -months) - _SPREAD, months_after(last, -months) + _SPREAD


def due_now(session: Session, now_day: date, ahead: int, behind: int) -> list[Due]:
    """Return the last days that are near or have passed: what 我的待办 counts."""
    first, last = now_day - timedelta(days=behind), now_day + timedelta(days=ahead)
    return [due for due in list_due(session, first, last) if not due.limit.least]
