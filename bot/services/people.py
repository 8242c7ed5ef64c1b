"""Who somebody is: account → member, with branch, cell and posts; who belongs to a unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import FromClause, Row, Select, and_, bindparam, join, or_, select
from sqlalchemy.orm import Session, aliased

from bot.domain.errors import NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind, fold
from bot.domain.rights import Action, Actor, Grant, Role, may, refusal, split_posts
from bot.domain.roll import kind_on
from bot.domain.telling_apart import Traits
from bot.domain.telling_apart import tell_apart as label_apart
from bot.storage.models import Account, Member, Membership, Post, Unit
from bot.storage.prepared import Prepared

_ASKED = (Role.ORGANISER, Role.SECRETARY, Role.DEPUTY)

_branch, _post_unit = aliased(Unit), aliased(Unit)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the roll, as of a day: full or still probationary, as he was on that day."""

    id: MemberId
    name: str
    kind: MemberKind
    branch_id: UnitId | None
    cell_id: UnitId | None
    phone_tail: str = ""


_ActorSelect = Select[int, str, int, str, int | None, Role, int, str]


def _actor_select(source: FromClause) -> _ActorSelect:
    return (
        select(
            Member.id,
            Member.name,
            Membership.unit_id,
            _branch.path,
            Membership.cell_id,
            Post.role,
            Post.unit_id,
            _post_unit.path,
        )
        .select_from(source)
        .outerjoin(
            Membership,
            and_(
                Membership.member_id == Member.id,
                Membership.valid_from <= bindparam("day"),
                or_(Membership.valid_to.is_(None), Membership.valid_to > bindparam("day")),
            ),
        )
        .outerjoin(_branch, _branch.id == Membership.unit_id)
        .outerjoin(
            Post,
            and_(
                Post.member_id == Member.id,
                Post.valid_from <= bindparam("day"),
                or_(Post.valid_to.is_(None), Post.valid_to > bindparam("day")),
            ),
        )
        .outerjoin(_post_unit, _post_unit.id == Post.unit_id)
    )


# Built once: they run for every message.
_BY_ACCOUNT = Prepared(
    _actor_select(join(Account, Member, Member.id == Account.member_id)).where(
        Account.space == bindparam("space"),
        Account.external_key == bindparam("external_key"),
        Account.unbound_at.is_(None),
    )
)
_BY_ID = Prepared(_actor_select(Member.__table__).where(Member.id == bindparam("member_id")))


def find_actor(session: Session, space: str, external_id: str, on: date) -> Actor | None:
    """Return who writes under a platform account, with the posts held on a day, or None."""
    rows = _BY_ACCOUNT.rows(session, {"space": space, "external_key": fold(external_id), "day": on})
    return _actor(rows)


def get_actor(session: Session, member_id: MemberId, on: date) -> Actor:
    """Return a member as an actor, with the posts held on a day.

    Raises:
        NotFound: There is no such member.
    """
    actor = _actor(_BY_ID.rows(session, {"member_id": member_id, "day": on}))
    if actor is None:
        raise NotFound("名册里没有这个人。")
    return actor


def _actor(rows: Sequence[Sequence[Any]]) -> Actor | None:
    if not rows:
        return None
    member_id, name, branch_id, path, cell_id, *_ = rows[0]
    grants, seats = split_posts({Grant(row[5], UnitId(row[6]), row[7]) for row in rows if row[6]})
    return Actor(
        member_id=MemberId(member_id),
        name=name,
        branch_id=_unit(branch_id),
        branch_path=path or "",
        cell_id=_unit(cell_id),
        grants=grants,
        seats=seats,
    )


def _belonging(on: date) -> Select[int, str, MemberKind, int, int | None, str, date | None]:
    return (
        select(
            Member.id,
            Member.name,
            Member.kind,
            Membership.unit_id,
            Membership.cell_id,
            Member.phone_tail,
            Member.full_since,
        )
        .join(Membership, Membership.member_id == Member.id)
        .where(
            Membership.valid_from <= on,
            or_(Membership.valid_to.is_(None), Membership.valid_to > on),
        )
        .order_by(Member.id)
    )


def list_members(session: Session, unit_id: UnitId, on: date) -> list[Person]:
    """Return who belongs to a branch, or to a cell, on a day, in the order of the roll."""
    where = or_(Membership.unit_id == unit_id, Membership.cell_id == unit_id)
    return _people(session.execute(_belonging(on).where(where)), on)


def list_below(session: Session, unit_id: UnitId, on: date) -> list[Person]:
    """Return who belongs to a unit or to any unit under it on a day, each once."""
    path = select(Unit.path).where(Unit.id == unit_id).scalar_subquery()
    below = select(Unit.id).where(Unit.path.startswith(path))
    where = or_(Membership.unit_id.in_(below), Membership.cell_id.in_(below))
    return _people(session.execute(_belonging(on).where(where)), on)


def list_in_units(session: Session, units: Collection[UnitId], on: date) -> list[Person]:
    """Return who belongs to any of some branches or cells on a day, each once."""
    where = or_(Membership.unit_id.in_(units), Membership.cell_id.in_(units))
    return _people(session.execute(_belonging(on).where(where)), on) if units else []


def list_by_ids(session: Session, ids: Collection[MemberId], on: date) -> list[Person]:
    """Return members by id."""
    return _people(session.execute(_belonging(on).where(Member.id.in_(ids))), on) if ids else []


def tell_apart_by_branch(
    session: Session, ids: Collection[MemberId], on: date
) -> dict[MemberId, str]:
    """Return what to call members of any number of branches; two queries for all.

    Namesakes of one branch get their phone's tail. For the eyes of those who keep its roll.
    """
    persons = list_by_ids(session, ids, on)
    if not persons:
        return {}
    where = Membership.unit_id.in_({person.branch_id for person in persons}) & Member.name.in_(
        {person.name for person in persons}
    )
    among: dict[UnitId | None, list[Person]] = defaultdict(list)
    for person in _people(session.execute(_belonging(on).where(where)), on):
        among[person.branch_id].append(person)
    called: dict[MemberId, str] = {}
    for namesakes in among.values():
        called |= tell_apart(namesakes)
    return {person.id: called.get(person.id, person.name) for person in persons}


def tell_apart(
    persons: Sequence[Person], among: Sequence[Person] | None = None
) -> dict[MemberId, str]:
    """Return what to call each person where several are named; namesakes get their phone's tail.

    For the eyes of those who keep the roll, never for a group.

    Args:
        among: Those whose namesakes count, if more than the persons themselves.
    """
    names: dict[str, dict[MemberId, Person]] = {}
    for person in (*(among or ()), *persons):
        names.setdefault(person.name, {})[person.id] = person
    called: dict[MemberId, str] = {}
    for name, namesakes in names.items():
        ids = sorted(namesakes)
        traits = [Traits(name, "", "", namesakes[one].phone_tail) for one in ids]
        called.update(zip(ids, label_apart(traits, with_names=True).words, strict=True))
    return {person.id: called[person.id] for person in persons}


def list_holders(
    session: Session, units: Collection[UnitId], roles: Collection[Role], on: date
) -> list[tuple[UnitId, Role, MemberId, str]]:
    """Return who holds one of some posts in some units on a day."""
    found = session.execute(
        select(Post.unit_id, Post.role, Member.id, Member.name)
        .join(Member, Member.id == Post.member_id)
        .where(
            Post.unit_id.in_(units),
            Post.role.in_(roles),
            Post.valid_from <= on,
            or_(Post.valid_to.is_(None), Post.valid_to > on),
        )
        .order_by(Post.unit_id, Post.id)
    )
    return [(UnitId(unit), role, MemberId(member), name) for unit, role, member, name in found]


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who holds a post of a unit."""

    id: MemberId
    name: str
    role: Role


def find_organiser(
    session: Session, unit_id: UnitId, on: date, *, but: MemberId | None = None
) -> Holder | None:
    """Return whom the people of a branch turn to: its organiser, else its secretary.

    Args:
        but: Somebody who asks and cannot be the answer, unless nobody else is there.
    """
    found = list_holders(session, [unit_id], _ASKED, on)
    holders = [Holder(member_id, name, role) for _, role, member_id, name in found]
    ranked = sorted(holders, key=lambda holder: (holder.id == but, _ASKED.index(holder.role)))
    return ranked[0] if ranked else None


def scope_of(actor: Actor, action: Action, asked: str = "") -> UnitId:
    """Return the unit an actor means when none is named: the own branch, else the post's unit.

    Args:
        asked: What was asked for, where that is not the action's own name (改期).

    Raises:
        Forbidden: The actor may do this nowhere.
    """
    if actor.branch_id is not None and may(actor, action, actor.branch_path):
        return actor.branch_id
    for grant in actor.grants:
        if may(actor, action, grant.unit_path):
            return grant.unit_id
    raise refusal(action, asked)


def _unit(found: int | None) -> UnitId | None:
    return None if found is None else UnitId(found)


def _people(
    rows: Iterable[Row[int, str, MemberKind, int, int | None, str, date | None]], on: date
) -> list[Person]:
    return [
        Person(
            MemberId(member_id),
            name,
            kind_on(kind, full_since, on),
            UnitId(unit_id),
            _unit(cell_id),
            phone_tail,
        )
        for member_id, name, kind, unit_id, cell_id, phone_tail, full_since in rows
    ]
