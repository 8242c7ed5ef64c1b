"""When the committee of a branch was last elected, and when its term is over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain import regulations
from bot.domain.cadence import MeetingKind
from bot.domain.ids import UnitId
from bot.domain.periods import months_after
from bot.domain.policies import TERM
from bot.domain.units import UnitKind
from bot.services import policies, survey
from bot.services.survey import Settings
from bot.storage.models import Meeting, Unit

POSSIBLE_TERMS = (36, 60)
"""Months; what a branch may settle. The term of the rule is among them."""
_CLAMPED = timedelta(days=4)  # months end on different days


@dataclass(frozen=True, slots=True)
class Elected:
    """A branch with its last election.

    Attributes:
        on: The Shanghai day it was held.
        months: How long the term is.
        settled: The branch, or one above it, has settled how long.
    """

    unit_id: UnitId
    unit: str
    path: str
    on: date
    months: int
    settled: bool
    settings: Settings

    @property
    def ends_on(self) -> date:
        """The day the term is over.

        Source:
            structure.term, calendar.months
        """
        return months_after(self.on, self.months)


def list_ending(
    session: Session, in_months: Collection[int], today: date, now: datetime, keys: Collection[str]
) -> list[Elected]:
    """Return the branches whose term is over about so many months from today.

    Of a branch that has no election on record nothing is known, so it is not among them.

    Args:
        in_months: Also those whose term ends some days earlier or later.
        keys: Of settings to be read along.
    """
    days = {months_after(today, n - term) for n in in_months for term in POSSIBLE_TERMS}
    if not days:
        return []
    near = or_(*(Meeting.starts_at.between(at(d - _CLAMPED), at(d + _CLAMPED)) for d in days))
    called = select(Meeting.id).where(Meeting.kind == MeetingKind.ELECTION, near)
    if session.scalar(called.limit(1)) is None:  # on almost every day
        return []
    held = func.max(Meeting.starts_at)
    rows = session.execute(
        select(Meeting.unit_id, Unit.name, Unit.path, held)
        .join(Unit, Unit.id == Meeting.unit_id)
        .where(
            Meeting.kind == MeetingKind.ELECTION,
            Unit.kind == UnitKind.BRANCH,
            Unit.live_from <= today,
            Unit.valid_from <= today,
            or_(Unit.valid_to.is_(None), Unit.valid_to > today),
            near,
            survey.counts(now),
        )
        .group_by(Meeting.unit_id, Unit.name, Unit.path)
        .order_by(Meeting.unit_id)
    ).all()
    paths = {UnitId(unit): path for unit, _, path, _ in rows}
    known = policies.load(session, paths, today, {*keys, TERM})
    found = [
        _elected(UnitId(unit), name, path, day_of(held_at), known.get(UnitId(unit), {}), today)
        for unit, name, path, held_at in rows
    ]
    done = elected_since(session, {one.unit_id: one.on for one in found}, now)
    return [one for one in found if one.unit_id not in done]


def elected_since(session: Session, since: dict[UnitId, date], now: datetime) -> set[UnitId]:
    """Return which branches have held or called another election after a day.

    Args:
        since: Branch → the day of the election that is known.
    """
    rows = session.execute(
        select(Meeting.unit_id, func.max(Meeting.starts_at))
        .where(Meeting.unit_id.in_(since), Meeting.kind == MeetingKind.ELECTION, survey.counts(now))
        .group_by(Meeting.unit_id)
    )
    return {UnitId(unit) for unit, last in rows if day_of(last) > since[UnitId(unit)]}


def _elected(
    unit_id: UnitId, name: str, path: str, on: date, settings: Settings, today: date
) -> Elected:
    own = settings.get(TERM, {}).get("months")
    months = own if isinstance(own, int) else regulations.number("structure.term", today)
    return Elected(unit_id, name, path, on, months, isinstance(own, int), settings)
