"""The person at the command line, and the first officer (街道党务专干) that person appoints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind
from bot.domain.rights import SYSTEM, Action, Actor, Role
from bot.domain.units import UnitKind
from bot.services import audit, binding
from bot.services.groups import find_unit
from bot.storage.models import Member, Post, Unit

STREET = "街道"
MAX_NAME = 40

OPERATOR = Actor(member_id=None, name="命令行", how="command")


class BadName(DomainError):
    """A name that cannot be somebody's."""


@dataclass(frozen=True, slots=True)
class NewOfficer:
    """An officer who now can bind an account.

    Attributes:
        code: To be sent to the bot, privately, from the officer's own account.
        created: Whether the unit was made for this.
        adopted: How many units without a superior were put under it.
    """

    member_id: MemberId
    name: str
    unit: str
    code: str
    created: bool = False
    adopted: int = 0


def require(by: Actor, action: Action, unit_path: str) -> None:
    """Refuse unless it is the operator, or somebody who may do this in the unit.

    Raises:
        Forbidden: With whom to ask.
    """
    if by is not OPERATOR:
        rights.require(by, action, unit_path)


def add_officer(
    session: Session, name: str, unit: str | None = None, *, now: datetime
) -> NewOfficer:
    """Appoint an officer, who is on no branch's roll, and issue a code to bind an account with.

    Without a street one is made, and units that had no superior come under it. An officer of
    this name and unit only gets a new code.

    Args:
        unit: Name of the unit; left out, the street.

    Raises:
        BadName, NotFound
    """
    name = name.strip()
    if not 1 < len(name) <= MAX_NAME:
        raise BadName(f"姓名要写2到{MAX_NAME}个字，例如 officer add 李芳")
    today = day_of(now)
    place, created, adopted = _place(session, unit, today)
    member_id = _find_officer(session, name, place, today)
    if member_id is None:
        member_id = _appoint(session, name, place, now)
    code = binding.issue_code(session, member_id=member_id, by=SYSTEM, now=now)
    return NewOfficer(member_id, name, place.name, code, created, adopted)


def _place(session: Session, name: str | None, today: date) -> tuple[Unit, bool, int]:
    """Return the unit, whether it was made, and how many units came under it."""
    if name is not None:
        return find_unit(session, name), False, 0
    streets = select(Unit).where(Unit.kind == UnitKind.STREET, Unit.valid_to.is_(None))
    street = session.scalars(streets.order_by(Unit.id)).first()
    if street is not None:
        return street, False, 0
    street = _make_street(session, today)
    return street, True, _adopt(session, street)


def _make_street(session: Session, today: date) -> Unit:
    street = Unit(
        name=STREET,
        kind=UnitKind.STREET,
        parent_id=None,
        path="",
        live_from=today.replace(day=1),
        valid_from=today.replace(month=1, day=1),
        valid_to=None,
    )
    session.add(street)
    session.flush()
    street.path = f"/{street.id}/"
    session.flush()
    return street


def _adopt(session: Session, street: Unit) -> int:
    """Put every unit without a superior under the street."""
    connection = session.connection()
    connection.execute(
        update(Unit)
        .where(Unit.id != street.id)
        .values(path=f"/{street.id}" + Unit.path)
        .execution_options(synchronize_session=False)
    )
    roots = connection.execute(
        update(Unit)
        .where(Unit.id != street.id, Unit.parent_id.is_(None))
        .values(parent_id=UnitId(street.id))
    )
    return roots.rowcount


def _find_officer(session: Session, name: str, place: Unit, today: date) -> MemberId | None:
    found = session.scalars(
        select(Member.id)
        .join(Post, Post.member_id == Member.id)
        .where(
            Member.name == name,
            Member.kind == MemberKind.STAFF,
            Post.unit_id == place.id,
            Post.role == Role.OFFICER,
            or_(Post.valid_to.is_(None), Post.valid_to > today),
        )
    ).first()
    return None if found is None else MemberId(found)


def _appoint(session: Session, name: str, place: Unit, now: datetime) -> MemberId:
    connection = session.connection()
    member_id = connection.execute(
        insert(Member).values(name=name, kind=MemberKind.STAFF, phone_tail="").returning(Member.id)
    ).scalar_one()
    connection.execute(
        insert(Post).values(
            member_id=member_id, unit_id=place.id, role=Role.OFFICER, valid_from=day_of(now)
        )
    )
    audit.record(
        session,
        by=OPERATOR,
        at=now,
        action="officer.add",
        subject=f"member:{member_id}",
        after={"unit": place.id},
    )
    return MemberId(member_id)
