"""A name that is on the roll already: nobody becomes a second person without being asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.roll import ChangeKind
from bot.services.roll import STANDS
from bot.storage.models import Member, Membership, RollChange, Unit


@dataclass(frozen=True, slots=True)
class Namesake:
    """Somebody on a roll today who bears a name.

    Attributes:
        path: Of the branch.
        came: The change by which he came to it; None for who was there from the beginning.
        since: The Shanghai day on which he came.
    """

    id: MemberId
    name: str
    phone_tail: str
    unit_id: UnitId
    branch: str
    path: str
    came: ChangeKind | None
    since: date


class OnTheRoll(DomainError):
    """The name of somebody new is on a roll already; `found` are put as one question.

    Attributes:
        repeated: The one who came to this branch on this day by the same kind of change, if any:
            the same thing has most likely been said twice.
    """

    def __init__(self, found: list[Namesake], repeated: Namesake | None) -> None:
        name = found[0].name
        super().__init__(
            f"名册里已经有{name}（{found[0].branch}），这次没有登记。是另一位同名的请写明。"
        )
        self.found = tuple(found)
        self.repeated = repeated


def require_new(
    session: Session, name: str, *, branch_id: UnitId, kind: ChangeKind, on: date
) -> None:
    """Refuse to enter somebody whose name is on a roll; of two at once the second sees the first.

    Args:
        kind: How he is to come to the branch.
        on: The day on which he is to come.

    Raises:
        OnTheRoll
    """
    there = select(Unit.id).where(Unit.id == branch_id)
    session.execute(there.with_for_update(key_share=True)).one()
    rows = session.execute(
        select(
            Member.id,
            Member.name,
            Member.phone_tail,
            Membership.unit_id,
            Unit.name,
            Unit.path,
            RollChange.kind,
            Membership.valid_from,
        )
        .join(Membership, Membership.member_id == Member.id)
        .join(Unit, Unit.id == Membership.unit_id)
        .outerjoin(RollChange, (RollChange.opened_id == Membership.id) & STANDS)
        .where(Member.name == name, Membership.valid_to.is_(None))
        .order_by((Membership.unit_id != branch_id), Member.id)
    )
    found = [
        Namesake(MemberId(member), called, tail, UnitId(unit), branch, path, came, since)
        for member, called, tail, unit, branch, path, came, since in rows
    ]
    if found:
        same = (branch_id, kind, on)
        again = (one for one in found if (one.unit_id, one.came, one.since) == same)
        raise OnTheRoll(found, next(again, None))
