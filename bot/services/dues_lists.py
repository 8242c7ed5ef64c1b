"""Who owes dues, and who has paid, of some months: for those who settle them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from bot.domain.dues import MonthState
from bot.domain.dues_allocation import (
    Part,
)
from bot.domain.ids import MemberId, UnitId
from bot.domain.periods import Month
from bot.domain.rights import Action, Actor
from bot.services import (
    dues_members,
    people,
    scopes,
)
from bot.services.dues import Balance, balances, require_near, window
from bot.services.dues_members import Payer
from bot.services.people import Person


@dataclass(frozen=True, slots=True)
class Owing:
    """A member with the months still to be declared, and how much of each, in fen."""

    person: Person
    parts: tuple[Part, ...]

    @property
    def months(self) -> tuple[Month, ...]:
        """The months, in order."""
        return tuple(month for month, _ in self.parts)

    @property
    def total_fen(self) -> int:
        """What they come to."""
        return sum(fen for _, fen in self.parts)


def list_open(
    session: Session,
    *,
    by: Actor,
    today: date,
    members: Collection[MemberId] | None = None,
    months: Sequence[Month] = (),
) -> list[Owing]:
    """Return who has not declared or paid some months, in the order of the roll.

    Months belong to the branch that takes them, also after a transfer; who died, left or is
    suspended is asked for nothing.

    Args:
        members: Left out, everybody the actor answers for; those out of reach are left aside.
        months: Left out, those up to this one that a member may still pay without help.

    Raises:
        Forbidden: The actor may confirm the dues of none of them.
    """
    this = Month.of(today)
    around = [month for month in months or window(today, ()) if month <= this]
    if members is None:
        scope = people.scope_of(by, Action.CONFIRM_DUES)
        circle = dues_members.below(session, scope, around)
    else:
        circle = dues_members.within_reach(session, members, by)
    asked = [p for p in dues_members.payers(session, circle, around, today) if p.asked]
    found = balances(session, [payer.person.id for payer in asked], around)
    owing = [
        Owing(
            payer.person,
            tuple(
                (m, b.open_fen) for m in payer.months if _is_open(b := found[payer.person.id][m])
            ),
        )
        for payer in asked
    ]
    return [line for line in owing if line.parts]


def month_list(
    session: Session, branch_id: UnitId, month: Month, today: date
) -> dict[MonthState, list[Person]]:
    """Return those whose month a branch takes, by how it stands.

    Who died, left or is suspended is in it with what is paid only.

    Raises:
        DuesRefused: Nobody may pay for it yet.
    """
    require_near(month, today)
    grouped: dict[MonthState, list[Person]] = {}
    for payer, own in list_taken(session, branch_id, [month], today):
        if month in own:
            grouped.setdefault(own[month].state, []).append(payer.person)
    return grouped


def list_taken(
    session: Session, unit_id: UnitId, months: Sequence[Month], today: date
) -> list[tuple[Payer, dict[Month, Balance]]]:
    """Return whose dues of some months a unit and those under it take, and how they stand.

    What is open of one who died, left or is suspended is left out.

    Source:
        roll.letter.dues
    """
    circle = dues_members.below(session, unit_id, months)
    payers = dues_members.payers(session, circle, months, today)
    found = balances(session, [payer.person.id for payer in payers], months)
    return [
        (
            payer,
            {
                month: balance
                for month, balance in found[payer.person.id].items()
                if month in payer.months and (payer.asked or _is_money(balance))
            },
        )
        for payer in payers
    ]


def month_counts(
    session: Session, unit_id: UnitId, month: Month, today: date
) -> list[tuple[str, Counter[MonthState]]]:
    """Return how many of each branch under a unit stand how with a month.

    Raises:
        DuesRefused: Nobody may pay for it yet.
    """
    require_near(month, today)
    branches = scopes.list_branches_below(session, unit_id)
    counts: dict[UnitId, Counter[MonthState]] = {}
    for payer, own in list_taken(session, unit_id, [month], today):
        if month in own:
            counts.setdefault(payer.months[month], Counter())[own[month].state] += 1
    return [(name, counts.get(branch, Counter())) for branch, name in branches]


def _is_open(balance: Balance) -> bool:
    return balance.state in (MonthState.UNPAID, MonthState.PART) and balance.open_fen > 0


def _is_money(balance: Balance) -> bool:
    return balance.state in (MonthState.DECLARED, MonthState.PAID, MonthState.OVER)
