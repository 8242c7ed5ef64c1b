"""The roll read by those who keep it; every reading is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind
from bot.domain.rights import Action, Actor
from bot.domain.roll import Standing, kind_on
from bot.domain.units import NotIncluded
from bot.services import anonymous, audit, letters, organisation_history, roll
from bot.services.letters import Letter
from bot.services.people import Person
from bot.storage.models import Member, Membership, RollChange, Unit


@dataclass(frozen=True, slots=True)
class OwnRelation:
    """What a member reads about his own organisational relation.

    Attributes:
        since: From when he belongs to the branch, as far as the roll knows.
        letter: The letter that nobody has received yet.
    """

    branch: str
    cell: str
    kind: MemberKind
    since: date
    joined_on: date | None
    full_since: date | None
    letter: Letter | None


@dataclass(frozen=True, slots=True)
class Former:
    """Somebody who is on no roll now, but was.

    Attributes:
        phone_tail: The last digits of his number, to tell namesakes apart.
    """

    id: MemberId
    phone_tail: str
    branch: str


def list_roll(
    session: Session, *, unit_id: UnitId, on: date, by: Actor, now: datetime
) -> tuple[str, list[tuple[Person, Standing]]]:
    """Return what a branch was called on a day, and who belonged to it, with where they stood.

    Raises:
        Forbidden
        NotIncluded: The roll begins later.
    """
    unit, path, begins = session.execute(
        select(Unit.name, Unit.path, Unit.valid_from).where(Unit.id == unit_id)
    ).one()
    rights.require(by, Action.MANAGE_ROLL, path)
    if on < begins:
        raise NotIncluded(unit, begins)
    audit.record(session, by=by, at=now, action="roll.read", subject=f"unit:{unit_id}")
    name = organisation_history.name_on(session, unit_id, on)
    return name, roll.list_standings(session, unit_id, on)


def own_relation(session: Session, member_id: MemberId, on: date) -> OwnRelation | None:
    """Return a member's own relation, or None for somebody on no roll."""
    row = session.execute(
        select(
            Unit.name,
            Membership.cell_id,
            Member.kind,
            Membership.valid_from,
            Member.joined_on,
            Member.full_since,
        )
        .join(Membership, Membership.unit_id == Unit.id)
        .join(Member, Member.id == Membership.member_id)
        .where(Member.id == member_id, Membership.valid_to.is_(None))
    ).one_or_none()
    if row is None:
        return None
    branch, cell_id, kind, since, joined_on, full_since = row
    cell = "" if cell_id is None else session.scalar(select(Unit.name).where(Unit.id == cell_id))
    letter = letters.find_of_member(session, member_id)
    stands = kind_on(kind, full_since, on)
    short = (cell or "").removeprefix(branch)
    return OwnRelation(branch, short, stands, since, joined_on, full_since, letter)


def list_former(session: Session, name: str, by: Actor) -> Sequence[Former]:
    """Return those of a name who were on a roll under the actor's care and are on none now.

    Who was made anonymous does not come back as himself.
    """
    own = [g.unit_path for g in by.grants if Action.MANAGE_ROLL in rights.RIGHTS[g.role]]
    current = select(Membership.id).where(
        Membership.member_id == Member.id, Membership.valid_to.is_(None)
    )
    rows = session.execute(
        select(Member.id, Member.phone_tail, Unit.name, Unit.path)
        .join(RollChange, RollChange.member_id == Member.id)
        .join(Unit, Unit.id == RollChange.unit_id)
        .where(Member.name == name, RollChange.closed_id.is_not(None), ~current.exists())
        .order_by(RollChange.id)
    ).all()
    hidden = anonymous.among(session, {row.id for row in rows})
    found = {
        row.id: Former(MemberId(row.id), row.phone_tail, row.name)
        for row in rows
        if row.id not in hidden and any(row.path.startswith(path) for path in own)
    }
    return list(found.values())
