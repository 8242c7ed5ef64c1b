"""Who still owes a month, in however many branches: few people, found without reading the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from bot.domain.dues import COUNTED, MonthState
from bot.domain.ids import MemberId, UnitId
from bot.domain.money import Fen
from bot.domain.periods import Month
from bot.services import dues, roll
from bot.storage.models import DuesAssessment, DuesEntry, DuesExemption, Member, Membership

OPEN = frozenset({MonthState.UNPAID, MonthState.PART})
_BRANCHES_AT_ONCE = 2000  # some ten thousand members, of whom few owe anything
_WORKED_OUT_AT_ONCE = 2000  # members; on the first days of a month everybody owes


@dataclass(frozen=True, slots=True)
class Owes:
    """A member whose month is open."""

    unit_id: UnitId
    member_id: MemberId
    name: str
    open_fen: Fen


def list_open(
    session: Session, branches: Iterable[UnitId], month: Month, on: date
) -> Iterator[Owes]:
    """Yield who of some branches, on their roll on a day, owes something of a month.

    Whose membership is suspended is left out. Who may owe something one query says; how the month
    stands `dues.balances` says, of these alone.

    Source:
        dues.unpaid
    """
    wanted = sorted(branches)
    for start in range(0, len(wanted), _BRANCHES_AT_ONCE):
        some = wanted[start : start + _BRANCHES_AT_ONCE]
        rows = _who_may_owe(session, some, month, on)
        for first in range(0, len(rows), _WORKED_OUT_AT_ONCE):
            yield from _who_owes(session, rows[first : first + _WORKED_OUT_AT_ONCE], month, on)


_Row = tuple[UnitId, MemberId, str]


def _who_owes(session: Session, rows: Sequence[_Row], month: Month, on: date) -> Iterator[Owes]:
    members = [member for _, member, _ in rows]
    out = roll.suspended(session, on, members)
    found = dues.balances(session, members, [month])
    for unit, member, name in rows:
        balance = found[member][month]
        if balance.state in OPEN and member not in out:
            yield Owes(unit, member, name, balance.open_fen)


def _who_may_owe(
    session: Session, branches: Sequence[UnitId], month: Month, on: date
) -> list[_Row]:
    """Return everybody but those of whom as much as could be due is on record.

    The most that could be due is the highest amount ever settled for the month, whatever became
    of it; of those with an exemption, which may be any amount, nobody is left out.
    """
    among = set(branches)
    rows = session.execute(
        select(Membership.unit_id, Member.id, Member.name)
        .join(Member, Member.id == Membership.member_id)
        .where(
            Membership.unit_id.between(branches[0], branches[-1]),
            Membership.valid_from <= on,
            or_(Membership.valid_to.is_(None), Membership.valid_to > on),
            or_(_most_due(month) > _on_record(month), _is_exempt(month)),
        )
        .order_by(Membership.unit_id, Member.id)
    )
    return [(UnitId(unit), MemberId(member), name) for unit, member, name in rows if unit in among]


def _most_due(month: Month) -> ColumnElement[int]:
    return (
        select(func.max(DuesAssessment.monthly_fen))
        .where(
            DuesAssessment.member_id == Membership.member_id,
            DuesAssessment.effective_month <= month,
        )
        .scalar_subquery()
    )


def _on_record(month: Month) -> ColumnElement[int]:
    return (
        select(func.coalesce(func.sum(DuesEntry.fen), 0))
        .where(
            DuesEntry.member_id == Membership.member_id,
            DuesEntry.month == month,
            DuesEntry.kind.in_(COUNTED),
        )
        .scalar_subquery()
    )


def _is_exempt(month: Month) -> ColumnElement[bool]:
    return Membership.member_id.in_(
        select(DuesExemption.member_id).where(
            DuesExemption.from_month <= month, DuesExemption.until_month >= month
        )
    )
