"""What is due of a member for a month: the amount in force, an exemption, and whether at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.storage.models import DuesAssessment, DuesExemption, Membership, Unit


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of days in a branch, with the first month its dues are counted.

    Attributes:
        until: Exclusive; None while it lasts.
    """

    since: date
    until: date | None
    counted: Month

    def owes(self, month: Month) -> bool:
        """Tell whether a month is due by this: begun in it or before, not left before it."""
        ended = self.until is not None and self.until <= month.first
        return self.since <= month.last and not ended and month >= self.counted


def amounts(
    session: Session, members: Collection[MemberId], months: Sequence[Month]
) -> dict[tuple[MemberId, Month], int]:
    """Return what is due, in fen, for each member and month; absent where nothing is.

    An exemption comes before what was settled. Months before the branch counts are not due
    (未纳入), nor those after somebody has left, whatever was settled.

    Source:
        dues.yearly, dues.hardship, dues.admitted
    """
    settled = session.execute(
        select(DuesAssessment.member_id, DuesAssessment.effective_month, DuesAssessment.monthly_fen)
        .where(DuesAssessment.member_id.in_(members), DuesAssessment.effective_month <= max(months))
        .order_by(DuesAssessment.effective_month, DuesAssessment.seq)
    )
    found = {
        (MemberId(member), month): fen
        for member, since, fen in settled
        for month in months
        if month >= since
    }
    for member, first, last, fen in _exemptions(session, members, months):
        for month in months:
            if first <= month <= last and (member, month) in found:
                found[member, month] = fen
    places = _places(session, members)
    return {
        (member, month): fen
        for (member, month), fen in found.items()
        if any(place.owes(month) for place in places[member])
    }


def _exemptions(
    session: Session, members: Collection[MemberId], months: Sequence[Month]
) -> Iterable[tuple[MemberId, Month, Month, int]]:
    """Yield (member, first, last, fen) of exemptions that no later row has taken back."""
    rows = session.execute(
        select(
            DuesExemption.member_id,
            DuesExemption.from_month,
            DuesExemption.until_month,
            DuesExemption.monthly_fen,
        )
        .where(
            DuesExemption.member_id.in_(members),
            DuesExemption.from_month <= max(months),
            DuesExemption.until_month >= min(months),
        )
        .order_by(DuesExemption.member_id, DuesExemption.seq)
    )
    of_month: dict[tuple[MemberId, Month], int | None] = {}
    for member, first, last, fen in rows:
        for month in months:
            if first <= month <= last:
                of_month[MemberId(member), month] = fen
    return [
        (member, month, month, fen) for (member, month), fen in of_month.items() if fen is not None
    ]


def _places(session: Session, members: Collection[MemberId]) -> dict[MemberId, list[Place]]:
    rows = session.execute(
        select(Membership.member_id, Membership.valid_from, Membership.valid_to, Unit.live_from)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(Membership.member_id.in_(members))
    )
    found: dict[MemberId, list[Place]] = defaultdict(list)
    for member, since, until, live_from in rows:
        found[MemberId(member)].append(Place(since, until, _first_whole(live_from)))
    return found


def _first_whole(day: date) -> Month:
    month = Month.of(day)
    return month if day == month.first else month.shift(1)
