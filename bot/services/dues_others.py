"""Dues paid for others: declared with who paid, told to the member, confirmed as always.

Whoever pays for somebody learns nothing of his dues from it: neither the amount nor which months
are open. So nothing is guessed here; what does not come out even is refused in one sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.domain.dues_allocation import Allocated, allocate
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.domain.rights import Action, Actor
from bot.services import dues, dues_policy, opening
from bot.services.dues import Declared
from bot.services.naming import Named, may_speak_for

NAME_THE_MONTHS = "替别人交党费请写明月份，例如 帮王秀英交了3月党费"
DO_NOT_ADD_UP = (
    "月份或金额和登记的对不上，还没有记。请和本人核对后一个人一个人写，例如 帮王秀英交了3月党费15元；"
    "也可以请组织委员登记。"
)
NOT_ALL_ADD_UP = (
    "{names}的月份或金额和登记的对不上，这一条里的都还没有记。请和本人核对，改好再发一次；"
    "也可以请组织委员登记。"
)
NOT_OF_THEIRS = "{name}不在您的支部，请那边的组织委员来登记。"


class DuesForOthersRefused(DomainError):
    """A payment for somebody else that cannot be recorded as it was said."""


@dataclass(frozen=True, slots=True)
class DeclaredFor:
    """A declaration on record, and whose dues it is about."""

    person: Named
    declared: Declared


def declare_for_others(
    session: Session,
    *,
    people: Sequence[Named],
    months: Sequence[Month],
    total_fen: int | None,
    by: Actor,
    said_on: date,
    now: datetime,
    source: str,
    each_fen: int | None = None,
    shares_fen: Mapping[MemberId, int] | None = None,
) -> list[DeclaredFor]:
    """Record that the actor has paid for others (and himself), for all of them or for none.

    Args:
        total_fen: For all of them and all months together; None where none was said.
        source: Id of the message.
        each_fen: What each of them paid, where that was said.
        shares_fen: The same, where they paid different sums.

    Raises:
        DuesForOthersRefused: No month was named, or it does not come out even.
        DuesRefused: A month has been settled at this moment.
    """
    for person in people:
        if not may_speak_for(by, person, Action.CONFIRM_DUES):
            raise DuesForOthersRefused(NOT_OF_THEIRS.format(name=person.name))
    if not months:
        raise DuesForOthersRefused(NAME_THE_MONTHS)
    ids = [person.id for person in people]
    policy = dues_policy.of_members(session, ids, said_on)
    due = dues.open_months(session, ids, months, said_on)
    said_each = None if each_fen is None else dict.fromkeys(due, each_fen)
    totals = shares_fen or said_each or _shares(due, months, total_fen)
    before = opening.months_settled(session, ids, months)
    payments = [
        (
            person,
            allocate(
                months,
                totals[person.id],
                due[person.id],
                said_on,
                policy[person.id],
                recorded_fen=dues.recorded_unassessed(
                    session, person.id, due[person.id], months, said_on
                ),
                before=before[person.id],
            ),
        )
        for person in people
    ]
    wrong = [person.name for person, payment in payments if not isinstance(payment, Allocated)]
    if shares_fen is not None and wrong:
        raise DuesForOthersRefused(NOT_ALL_ADD_UP.format(names="、".join(wrong)))
    return [
        DeclaredFor(person, _record(session, person, payment, by=by, now=now, source=source))
        for person, payment in payments
    ]


def _shares(
    due: Mapping[MemberId, Mapping[Month, int]], months: Sequence[Month], total_fen: int | None
) -> dict[MemberId, int | None]:
    """Return each one's part of a sum: what he owes if that adds up, else equal parts."""
    if total_fen is None:
        return dict.fromkeys(due)
    owed = {member: sum(own.get(month, 0) for month in months) for member, own in due.items()}
    if sum(owed.values()) == total_fen and all(owed.values()):
        return dict(owed)
    each, odd = divmod(total_fen, len(due))
    if odd:
        raise DuesForOthersRefused(DO_NOT_ADD_UP)
    return dict.fromkeys(due, each)


def _record(
    session: Session, person: Named, payment: object, *, by: Actor, now: datetime, source: str
) -> Declared:
    if not isinstance(payment, Allocated):
        raise DuesForOthersRefused(DO_NOT_ADD_UP)
    return dues.record_declared(session, payment, by=by, now=now, source=source, of=person.id)
