"""What is due of a member for a month: the amount in force, an exemption, and whether at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId, UnitId
from bot.domain.periods import Month
from bot.services import roll
from bot.storage.models import DuesAssessment, DuesExemption, Unit


def amounts(
    session: Session, members: Collection[MemberId], months: Sequence[Month]
) -> dict[tuple[MemberId, Month], int]:
    """Return what is due, in fen, for each member and month; absent where nothing is.

    An exemption comes before what was settled. Whether a month is due at all says the roll
    (`roll.dues_branches`), whatever was settled; months before the branch counts are not (未纳入).

    Source:
        dues.yearly, dues.hardship, dues.admitted, roll.letter.dues
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
    branches = roll.dues_branches(session, members, months)
    counted = counted_from(session, {branch for branch in branches.values() if branch is not None})
    return {
        (member, month): fen
        for (member, month), fen in found.items()
        if (branch := branches[member, month]) is not None and month >= counted[branch]
    }


def without_amount(
    session: Session, members: Collection[MemberId], month: Month
) -> frozenset[MemberId]:
    """Return who of some members owes dues for a month though nobody has settled how much.

    Months before the branch counts are owed by nobody.
    """
    settled = amounts(session, members, [month]) if members else {}
    branches = roll.dues_branches(session, members, [month])
    counted = counted_from(session, {branch for branch in branches.values() if branch is not None})
    return frozenset(
        member
        for (member, _), branch in branches.items()
        if branch is not None and month >= counted[branch] and (member, month) not in settled
    )


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


def counted_from(session: Session, branches: Collection[UnitId]) -> dict[UnitId, Month]:
    """Return from which month on the dues of some branches are counted."""
    rows = session.execute(select(Unit.id, Unit.live_from).where(Unit.id.in_(branches)))
    return {UnitId(row.id): first_whole(row.live_from) for row in rows}


def first_whole(day: date) -> Month:
    """Return the first whole month from a day on."""
    month = Month.of(day)
    return month if day == month.first else month.shift(1)
