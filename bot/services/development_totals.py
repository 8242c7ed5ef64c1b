"""How many were admitted and confirmed in some days, bound to the roll: the same people add up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Action, Actor
from bot.domain.turnover import Turnover
from bot.services import turnover
from bot.storage.models import Member, Membership, Unit


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of a unit for some days, with the members behind each.

    Attributes:
        admitted: Who was admitted as a probationary member: 新增 of the roll's identity.
        confirmed: Who became a full member (转正).
        roll: The identity of the roll for the same days.
    """

    unit: str
    admitted: tuple[tuple[MemberId, str], ...]
    confirmed: tuple[tuple[MemberId, str], ...]
    roll: Turnover


def totals(session: Session, unit_id: UnitId, first: date, last: date, *, by: Actor) -> Totals:
    """Return 发展党员 n 名、转正 m 名 of a unit from a first to a last day, both included.

    Raises:
        Forbidden

    Source:
        roll.identity
    """
    unit = session.execute(select(Unit.name, Unit.path).where(Unit.id == unit_id)).one()
    if not rights.may(by, Action.MANAGE_ROLL, unit.path):
        raise rights.refusal(Action.MANAGE_ROLL, "发展党员")
    figures = turnover.figures_of(session, unit_id, first, last)
    rows = session.execute(select(Member.id, Member.name).where(Member.id.in_(figures.new)))
    admitted = tuple((MemberId(member), name) for member, name in rows)
    return Totals(unit.name, admitted, confirmed_in(session, unit_id, first, last), figures)


def confirmed_in(
    session: Session, unit_id: UnitId, first: date, last: date
) -> tuple[tuple[MemberId, str], ...]:
    """Return who became a full member in some days while he belonged to a unit."""
    path = select(Unit.path).where(Unit.id == unit_id).scalar_subquery()
    rows = session.execute(
        select(Member.id, Member.name)
        .join(Membership, Membership.member_id == Member.id)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(
            Unit.path.startswith(path),
            Member.full_since >= first,
            Member.full_since <= last,
            Membership.valid_from <= Member.full_since,
            or_(Membership.valid_to.is_(None), Membership.valid_to > Member.full_since),
        )
        .order_by(Member.full_since, Member.id)
    )
    return tuple(dict.fromkeys((MemberId(member), name) for member, name in rows))
