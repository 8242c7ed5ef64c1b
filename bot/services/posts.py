"""Posts (职务): appointed and relieved on a day, with terms; who is responsible for what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.posts import ONE_HOLDER, CannotAppoint, check_days, check_fit
from bot.domain.rights import ABOVE_ONLY, RIGHTS, ROLE_NAMES, Action, Actor, Role
from bot.domain.units import ids_of
from bot.domain.upper_meetings import ABOVE
from bot.services import audit, handover, people, roll, roll_places, undo
from bot.services.people import Holder, Person
from bot.storage.insert import insert_once
from bot.storage.models import Member, Post, Unit

STEM = "posts"
_FROM_ABOVE = frozenset({Role.SECRETARY, Role.DEPUTY})
_KEEPERS = frozenset({Action.CONFIRM_DUES, Action.MANAGE_ROLL, Action.RECORD_ATTENDANCE})
_LEADERS = (Role.SECRETARY, Role.DEPUTY, Role.ORGANISER)


class NobodyResponsible(DomainError):
    """There is nobody at all, up to the top: the operator has to appoint the first officer."""

    def __init__(self) -> None:
        super().__init__("上级也没有人负责。请管理员在服务器上运行 zhibu officer add 姓名")


@dataclass(frozen=True, slots=True)
class Appointed:
    """An appointment on record.

    Attributes:
        before: Who held the post until then.
        handed: How many things that waited for him now wait for the new holder.
    """

    post_id: int
    name: str
    role: Role
    unit: str
    on: date
    before: tuple[Holder, ...] = ()
    handed: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """A post as a list shows it.

    Attributes:
        until: The day its rights end; None while no end is settled.
    """

    holder: Holder
    unit_id: UnitId
    since: date
    until: date | None


def appoint(
    session: Session,
    *,
    member_id: MemberId,
    unit_id: UnitId,
    role: Role,
    on: date,
    by: Actor,
    now: datetime,
    until: date | None = None,
) -> Appointed:
    """Give a member a post from a day on; whoever held it before is relieved on that day.

    Args:
        on: The Shanghai day from which the rights hold, a year ahead at most.
        until: The last day of the term, included; None where none is settled.

    Raises:
        Forbidden, NotFound, CannotAppoint
    """
    unit = roll_places.standpoint(session, unit_id)
    require_right(by, role, unit.path)
    name = session.scalars(select(Member.name).where(Member.id == member_id)).one()
    check_days(on, until, day_of(now))
    day = min(on, day_of(now))
    there = next(iter(people.list_by_ids(session, [member_id], day)), None)
    belongs = there is not None and _is_there(session, unit_id, there)
    stands = roll.standings(session, [member_id], day)[member_id]
    check_fit(name, unit.name, role, belongs=belongs, stands=stands)
    current = _holders(session, unit_id, role, on)
    if any(row.member_id == member_id for row in current):
        raise CannotAppoint(f"{name}已经是{unit.name}的{ROLE_NAMES[role]}。")
    before = current if role in ONE_HOLDER else []
    ended = [[row.id, row.valid_to and row.valid_to.isoformat()] for row in before]
    _end(session, before, on)
    end = None if until is None else until + timedelta(days=1)
    values = {"member_id": member_id, "unit_id": unit_id, "role": role, "valid_from": on}
    post_id = insert_once(session, Post, {**values, "valid_to": end})
    if post_id is None:
        post_id = _again(session, values, end)
    handed = _hand_over(session, before, unit_id, member_id, on=on, now=now)
    _note(session, "post.appoint", post_id, role, on, by=by, now=now)
    _remember(session, by, {"opened": post_id, "ended": ended}, f"{name}的任职", now)
    holders = tuple(Holder(MemberId(r.member_id), r.name, r.role) for r in before)
    return Appointed(post_id, name, role, unit.name, on, holders, handed)


def relieve(
    session: Session,
    *,
    member_id: MemberId,
    unit_id: UnitId,
    role: Role | None,
    on: date,
    by: Actor,
    now: datetime,
) -> list[Appointed]:
    """End a post of a member on a day, or all of them in a unit; the rights end with that day.

    Args:
        on: The first Shanghai day without the post.

    Raises:
        Forbidden, NotFound, CannotAppoint: There is no such post.
    """
    name, held = _held(session, member_id, unit_id, role, on, by, now)
    ended = [[row.id, row.valid_to and row.valid_to.isoformat()] for row in held]
    _end(session, held, on)
    done = []
    for row in held:
        _note(session, "post.relieve", row.id, row.role, on, by=by, now=now)
        done.append(Appointed(row.id, name, row.role, row.unit, on))
    heir = responsible(session, unit_id, Action.MANAGE_ROLL, on)
    _hand_over(session, held, unit_id, heir.id, on=on, now=now)
    _remember(session, by, {"opened": None, "ended": ended}, f"{name}的免职", now)
    return done


def check_relief(
    session: Session,
    *,
    member_id: MemberId,
    unit_id: UnitId,
    role: Role | None,
    on: date,
    by: Actor,
    now: datetime,
) -> list[tuple[UnitId, Role, MemberId]]:
    """Return the posts that would end, as `list_vacancies` takes them, or refuse.

    Raises:
        Forbidden, NotFound, CannotAppoint: There is no such post.
    """
    _, held = _held(session, member_id, unit_id, role, on, by, now)
    return [(UnitId(row.unit_id), row.role, member_id) for row in held]


def responsible(
    session: Session,
    unit: UnitId,
    action: Action,
    on: date,
    *,
    without: Collection[tuple[UnitId, Role, MemberId]] = (),
) -> Holder:
    """Return who answers for something in a unit on a day: never nobody.

    Its holder (the organiser for books and roll, else the secretary), else the deputy, else
    whoever answers in the unit above; at last an officer of the street.

    Args:
        without: Posts that do not count, as they are about to end.

    Raises:
        NobodyResponsible: Nobody holds a post anywhere above.

    Source:
        roll.responsible_person
    """
    path = session.scalars(select(Unit.path).where(Unit.id == unit)).one()
    above = ids_of(path)
    roles = [role for role, actions in RIGHTS.items() if action in actions]
    order = _order(action)
    held = people.list_holders(session, above, roles, on)
    found = [post for post in held if post[:3] not in without]
    ranked = sorted(
        (-above.index(unit_id), order.index(role) if role in order else len(order), index)
        for index, (unit_id, role, _, _) in enumerate(found)
    )
    if ranked:
        _, role, member_id, name = found[ranked[0][2]]
        return Holder(member_id, name, role)
    row = session.execute(
        select(Post.member_id, Member.name)
        .join(Member, Member.id == Post.member_id)
        .where(
            Post.role == Role.OFFICER,
            Post.valid_from <= on,
            or_(Post.valid_to.is_(None), Post.valid_to > on),
        )
        .order_by(Post.id)
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NobodyResponsible
    return Holder(MemberId(row.member_id), row.name, Role.OFFICER)


def find_above(session: Session, unit_id: UnitId, on: date) -> Holder | None:
    """Return who answers in the unit above one, or an officer; None where nobody does."""
    parent = session.scalar(select(Unit.parent_id).where(Unit.id == unit_id))
    try:
        return responsible(session, UnitId(parent or unit_id), Action.MANAGE_ROLL, on)
    except NobodyResponsible:
        return None


def list_terms(session: Session, unit_id: UnitId, on: date) -> list[Term]:
    """Return who holds which post of a unit and its cells on a day, or will, with the terms."""
    path = session.scalars(select(Unit.path).where(Unit.id == unit_id)).one()
    rows = _holders(session, unit_id, None, on, below=path)
    order = list(Role)
    return [
        Term(
            Holder(MemberId(row.member_id), row.name, row.role),
            UnitId(row.unit_id),
            row.valid_from,
            row.valid_to,
        )
        for row in sorted(rows, key=lambda row: (order.index(row.role), row.id))
    ]


def undo_post(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take an appointment or a relief back: the posts last as they did before (the inverse)."""
    opened = inverse["opened"]
    if opened is not None:
        session.connection().execute(
            update(Post).where(Post.id == opened).values(valid_to=Post.valid_from)
        )
    roll_places.restore_posts(session, inverse["ended"])
    audit.record(session, by=by, at=now, action="post.undo", subject=f"post:{opened or 0}")


def _is_there(session: Session, unit_id: UnitId, person: Person) -> bool:
    """Tell whether somebody belongs to a branch or cell, or to one under a street or community."""
    if unit_id in (person.branch_id, person.cell_id):
        return True
    kind = session.scalar(select(Unit.kind).where(Unit.id == unit_id))
    path = session.scalar(select(Unit.path).where(Unit.id == person.branch_id)) or ""
    return kind in ABOVE and unit_id in ids_of(path)


def _order(action: Action) -> tuple[Role, ...]:
    keeper = (Role.ORGANISER, Role.SECRETARY, Role.DEPUTY)
    return (*(keeper if action in _KEEPERS else _LEADERS), Role.CELL_LEADER, Role.OFFICER)


def require_right(by: Actor, role: Role, path: str) -> None:
    """Refuse unless the actor may fill the post: secretaries are appointed from above."""
    if role in ABOVE_ONLY:
        rights.require(by, Action.MANAGE_UNITS, path)
        return
    rights.require(by, Action.MANAGE_ROLL, path)
    leads = any(
        grant.role in (Role.SECRETARY, Role.OFFICER) and path.startswith(grant.unit_path)
        for grant in by.grants
    )
    if role in _FROM_ABOVE and not leads:
        raise rights.refusal(Action.MANAGE_UNITS, f"任命{ROLE_NAMES[role]}")


def _holders(
    session: Session, unit_id: UnitId, role: Role | None, on: date, *, below: str = ""
) -> list[Any]:
    """Return the posts of a unit (and those under it) that hold on a day or begin later."""
    wanted = [Post.unit_id == unit_id] if not below else [Unit.path.startswith(below)]
    if role is not None:
        wanted.append(Post.role == role)
    rows = session.execute(
        select(
            Post.id,
            Post.member_id,
            Member.name,
            Post.role,
            Post.unit_id,
            Unit.path,
            Unit.name.label("unit"),
            Post.valid_from,
            Post.valid_to,
        )
        .join(Member, Member.id == Post.member_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            *wanted,
            or_(
                Post.valid_to.is_(None),
                (Post.valid_to > on) & (Post.valid_to > Post.valid_from),
            ),
        )
        .order_by(Post.id)
    )
    return list(rows.all())


def _end(session: Session, posts: Sequence[Any], on: date) -> None:
    """End posts on a day; one that was to begin later never does."""
    for early in (False, True):
        ids = [row.id for row in posts if (row.valid_from > on) is early]
        if ids:
            session.connection().execute(
                update(Post)
                .where(Post.id.in_(ids))
                .values(valid_to=Post.valid_from if early else on)
            )


def _held(
    session: Session,
    member_id: MemberId,
    unit_id: UnitId,
    role: Role | None,
    on: date,
    by: Actor,
    now: datetime,
) -> tuple[str, list[Any]]:
    """Return (the name, the posts of a member that somebody may end)."""
    unit = roll_places.standpoint(session, unit_id)
    name = session.scalars(select(Member.name).where(Member.id == member_id)).one()
    held = [
        row
        for row in _holders(session, unit_id, role, on, below=unit.path)
        if row.member_id == member_id
    ]
    if not held:
        what = "职务" if role is None else ROLE_NAMES[role]
        raise CannotAppoint(f"{name}在{unit.name}没有{what}。要看谁担任什么，请发 班子")
    for row in held:
        require_right(by, row.role, row.path)
    check_days(on, None, day_of(now))
    return name, held


def _again(session: Session, values: Mapping[str, Any], end: date | None) -> int:
    """Let a post go on that began on this very day and was ended."""
    row = session.connection().execute(
        update(Post)
        .where(
            Post.member_id == values["member_id"],
            Post.unit_id == values["unit_id"],
            Post.role == values["role"],
            Post.valid_from == values["valid_from"],
        )
        .values(valid_to=end)
        .returning(Post.id)
    )
    return int(row.scalar_one())


def _hand_over(
    session: Session,
    before: Sequence[Any],
    unit_id: UnitId,
    heir: MemberId,
    *,
    on: date,
    now: datetime,
) -> int:
    if on > day_of(now):
        return 0  # questions last half an hour: there will be others by then
    members = [MemberId(row.member_id) for row in before if row.member_id != heir]
    return handover.hand_over(session, members, unit_id, heir, now=now)


def _note(
    session: Session, action: str, post_id: int, role: Role, on: date, *, by: Actor, now: datetime
) -> None:
    after = {"role": role.value, "on": on.isoformat()}
    audit.record(session, by=by, at=now, action=action, subject=f"post:{post_id}", after=after)


def _remember(
    session: Session, by: Actor, inverse: Mapping[str, Any], title: str, now: datetime
) -> None:
    if by.member_id is not None:
        undo.remember(
            session, member_id=by.member_id, stem=STEM, inverse=inverse, title=title, at=now
        )
