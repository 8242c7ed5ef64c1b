"""What the keeper of a branch's dues has still to do, by set: confirm, settle, hand up, tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from bot.domain.dues import MONEY, EntryKind, MonthState
from bot.domain.ids import MemberId, UnitId
from bot.domain.periods import Month, Quarter, months_between
from bot.services import dues, dues_assessed, dues_members
from bot.storage.models import DuesAssessment, DuesEntry, DuesPublication, DuesRemitted


def count_unconfirmed(
    session: Session, branches: Collection[UnitId], month: Month, today: date
) -> dict[UnitId, int]:
    """Return of how many members a month is declared and not confirmed, by branch; 0 left out."""
    circle = dues_members.of_branches(session, branches, [month])
    payers = dues_members.payers(session, circle, [month], today)
    found = dues.balances(session, [payer.person.id for payer in payers], [month])
    return dict(
        Counter(
            payer.months[month]
            for payer in payers
            if found[payer.person.id][month].state is MonthState.DECLARED
        )
    )


def count_without_amount(
    session: Session, members: Mapping[UnitId, Sequence[MemberId]], month: Month
) -> dict[UnitId, int]:
    """Return for how many members of each branch nobody has settled what they pay; 0 left out.

    Source:
        dues.yearly
    """
    everybody = {member for group in members.values() for member in group}
    without = dues_assessed.without_amount(session, everybody, month)
    counts = {unit: len(without.intersection(group)) for unit, group in members.items()}
    return {unit: count for unit, count in counts.items() if count}


def settled_in(session: Session, members: Collection[MemberId], year: int) -> set[MemberId]:
    """Return for whom of some members an amount was settled from a month of a year on.

    Source:
        dues.yearly
    """
    rows = session.scalars(
        select(DuesAssessment.member_id)
        .where(
            DuesAssessment.member_id.in_(members),
            DuesAssessment.effective_month >= Month(year, 1),
            DuesAssessment.effective_month <= Month(year, 12),
        )
        .distinct()
    )
    return {MemberId(member) for member in rows}


def count_unremitted(
    session: Session, branches: Collection[UnitId], last: Month
) -> dict[UnitId, int]:
    """Return of how many members dues were confirmed and not handed up, by branch; 0 left out.

    What they gave beyond their dues is left out: it may go another way.

    Args:
        last: Of this month and those before.

    Source:
        dues.remittance
    """
    handed = exists().where(DuesRemitted.entry_id == DuesEntry.id)
    rows = session.execute(
        select(DuesEntry.unit_id, DuesEntry.member_id)
        .where(
            DuesEntry.unit_id.in_(branches),
            DuesEntry.kind.in_([kind for kind in MONEY if kind is not EntryKind.EXTRA]),
            DuesEntry.month <= last,
            ~handed,
        )
        .group_by(DuesEntry.unit_id, DuesEntry.member_id)
        .having(func.sum(DuesEntry.fen) != 0)
    )
    return dict(Counter(UnitId(unit) for unit, _ in rows if unit is not None))


def list_unpublished(
    session: Session, branches: Collection[UnitId], quarter: Quarter
) -> set[UnitId]:
    """Return the branches that took dues for a quarter and have not told their members of it.

    Told month by month, by the quarter or by the year, it is told.

    Source:
        dues.publication
    """
    months = quarter.months
    took = session.scalars(
        select(DuesEntry.unit_id)
        .where(
            DuesEntry.unit_id.in_(branches),
            DuesEntry.kind.in_(MONEY),
            DuesEntry.month.in_(months),
        )
        .distinct()
    ).all()
    rows = session.execute(
        select(
            DuesPublication.unit_id, DuesPublication.first_month, DuesPublication.last_month
        ).where(
            DuesPublication.unit_id.in_(branches),
            DuesPublication.first_month <= months[-1],
            DuesPublication.last_month >= months[0],
        )
    )
    told = {(UnitId(unit), m) for unit, first, last in rows for m in months_between(first, last)}
    return {
        UnitId(unit)
        for unit in took
        if unit is not None and any((UnitId(unit), month) not in told for month in months)
    }
