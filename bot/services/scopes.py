"""Which unit somebody means: the one named, else the one they hold their post in."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.rights import Action, Actor
from bot.domain.units import UnitKind
from bot.domain.upper_meetings import ABOVE
from bot.services import people
from bot.services.groups import find_unit
from bot.storage.models import Unit

_MOST_NAMED = 5


class WhichBranch(DomainError):
    """Somebody who answers for several branches has to name one."""

    def __init__(self, command: str, branches: Sequence[str]) -> None:
        names = "、".join(branches[:_MOST_NAMED]) + ("等" if len(branches) > _MOST_NAMED else "")
        super().__init__(f"请写明是哪个支部，例如：{command}。您管的有：{names}。")


def unit_meant(session: Session, by: Actor, action: Action, named: str | None) -> UnitId:
    """Return the unit named, or where none is the own branch, else the unit of the post.

    Raises:
        NotFound: There is no such unit, or the name fits several.
        Forbidden: The actor may not do this there.
    """
    if named is None:
        return people.scope_of(by, action)
    unit = find_unit(session, named)
    rights.require(by, action, unit.path)
    return UnitId(unit.id)


def unit_above(session: Session, by: Actor, action: Action, named: str | None) -> UnitId:
    """Return the street or community named, else the one in which the actor may do this.

    Raises:
        NotFound: There is no such unit, or the name fits several.
        Forbidden: The actor may do this in none.
    """
    meant = find_above(session, named)
    if meant is not None:
        rights.require(by, action, session.scalars(select(Unit.path).where(Unit.id == meant)).one())
        return meant
    held = [grant.unit_id for grant in by.grants if rights.may(by, action, grant.unit_path)]
    found = session.scalars(
        select(Unit.id).where(Unit.id.in_(held), Unit.kind.in_(ABOVE)).order_by(Unit.path)
    ).first()
    if found is None:
        raise rights.refusal(action)
    return UnitId(found)


def find_above(session: Session, named: str | None) -> UnitId | None:
    """Return the street or community a name means; None where it names another unit, or none.

    Raises:
        NotFound: There is no such unit, or the name fits several.
    """
    if named is None:
        return None
    unit = find_unit(session, named)
    return UnitId(unit.id) if unit.kind in ABOVE else None


def branch_meant(
    session: Session, by: Actor, action: Action, named: str | None, example: str
) -> UnitId:
    """Return the branch or cell meant.

    Args:
        example: What to write, with `{unit}` where the branch belongs.

    Raises:
        WhichBranch: The actor answers for more than one branch and has named none.
        NotFound, Forbidden
    """
    unit_id = unit_meant(session, by, action, named)
    kind = session.scalar(select(Unit.kind).where(Unit.id == unit_id))
    if kind in (UnitKind.BRANCH, UnitKind.CELL):
        return unit_id
    branches = list_branches_below(session, unit_id)
    if len(branches) == 1:
        return branches[0][0]
    names = [name for _, name in branches]
    raise WhichBranch(example.format(unit=names[0] if names else "第一党支部"), names)


def unit_or_branch_meant(
    session: Session, by: Actor, action: Action, named: str | None, example: str
) -> UnitId:
    """Return the street or community named, else the branch or cell meant.

    Raises:
        WhichBranch, NotFound, Forbidden
    """
    above = find_above(session, named)
    if above is None:
        return branch_meant(session, by, action, named, example)
    rights.require(by, action, session.scalars(select(Unit.path).where(Unit.id == above)).one())
    return above


def list_branches_below(session: Session, unit_id: UnitId) -> list[tuple[UnitId, str]]:
    """Return the branches under a unit that exist today, or the unit itself if it is one."""
    path = select(Unit.path).where(Unit.id == unit_id).scalar_subquery()
    rows = session.execute(
        select(Unit.id, Unit.name)
        .where(Unit.kind == UnitKind.BRANCH, Unit.valid_to.is_(None), Unit.path.startswith(path))
        .order_by(Unit.id)
    )
    return [(UnitId(unit), name) for unit, name in rows]


def names_of(session: Session, unit_ids: Collection[UnitId]) -> dict[UnitId, str]:
    """Return the names of some units."""
    rows = session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(unit_ids)))
    return {UnitId(unit): name for unit, name in rows}


def name_of(session: Session, unit_id: UnitId) -> str:
    """Return what a unit is called."""
    return session.scalars(select(Unit.name).where(Unit.id == unit_id)).one()
