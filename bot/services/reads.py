"""Who has read what about whom: written down with every answer that tells it, never changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, false, insert, or_, select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain import rights
from bot.domain.ids import MemberId, UnitId
from bot.domain.reads import Seen
from bot.domain.rights import ROLE_NAMES, Action, Actor, Role
from bot.storage.models import Member, Membership, Post, ReadLine, Unit

SOMEBODY = "管理人员"  # who read it holds no post any more
AT_THE_COMMAND_LINE = "系统管理员"
MOST = 50
_RANK = tuple(Role)


@dataclass(frozen=True, slots=True)
class Read:
    """What an answer tells its reader about others.

    Attributes:
        unit_id: All who were on its roll that day; or
        members: these.
    """

    what: Seen
    unit_id: UnitId | None = None
    members: tuple[MemberId, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """One time that somebody read something.

    Attributes:
        role: The post by which; never the name, where a member asks.
        about: The unit or member it was about, "" for everybody.
    """

    at: datetime
    role: str
    what: Seen
    command: str
    name: str = ""
    about: str = ""


def record(
    session: Session, reads: Collection[Read], *, by: Actor, command: str, now: datetime
) -> None:
    """Write down what an actor reads, in the transaction that tells it; own records do not count.

    Args:
        command: The intent, or `export.<ledger>`.
    """
    subjects = [
        (read.what, unit_id, member_id)
        for read in reads
        for unit_id, member_id in _subjects(read)
        if member_id is None or member_id != by.member_id
    ]
    if subjects:
        session.connection().execute(
            insert(ReadLine),
            [
                {
                    "at": now,
                    "on_day": day_of(now),
                    "by_id": by.member_id,
                    "how": by.how,
                    "command": command,
                    "what": what,
                    "unit_id": unit_id,
                    "member_id": member_id,
                }
                for what, unit_id, member_id in dict.fromkeys(subjects)
            ],
        )


def _subjects(read: Read) -> Sequence[tuple[UnitId | None, MemberId | None]]:
    if read.members:
        return [(None, member) for member in read.members]
    return [(read.unit_id, None)]


def list_about(session: Session, member_id: MemberId, first: date, last: date) -> list[Look]:
    """Return who has read what about a member, the newest first; readers by post, not by name.

    Args:
        first, last: Shanghai days, both included.
    """
    return _looks(session, _is_about(member_id), first, last, named=False)


def list_by_officer(
    session: Session,
    *,
    by: Actor,
    first: date,
    last: date,
    member_id: MemberId | None = None,
    limit: int = MOST,
) -> list[Look]:
    """Return who has read what in the units an officer answers for, the newest first.

    Raises:
        Forbidden: The actor is no officer of the street.
    """
    paths = [g.unit_path for g in by.grants if Action.VIEW_READS in rights.RIGHTS[g.role]]
    if not paths:
        raise rights.refusal(Action.VIEW_READS)
    where = _is_about(member_id) if member_id is not None else _is_within(paths)
    return _looks(session, where, first, last, named=True)[:limit]


def _is_about(member_id: MemberId) -> ColumnElement[bool]:
    """Tell that a read was of a member: by himself, or by a unit he was in on that day."""
    place, own, read = aliased(Membership), aliased(Unit), aliased(Unit)
    was_there = exists(
        select(place.id)
        .join(own, or_(own.id == place.unit_id, own.id == place.cell_id))
        .join(read, own.path.startswith(read.path))
        .where(
            place.member_id == member_id,
            read.id == ReadLine.unit_id,
            place.valid_from <= ReadLine.on_day,
            or_(place.valid_to.is_(None), place.valid_to > ReadLine.on_day),
        )
    )
    everybody = and_(ReadLine.unit_id.is_(None), ReadLine.member_id.is_(None))
    mine = or_(ReadLine.member_id == member_id, everybody, was_there)
    return and_(mine, or_(ReadLine.by_id.is_(None), ReadLine.by_id != member_id))


def _is_within(paths: Sequence[str]) -> ColumnElement[bool]:
    units = select(Unit.id).where(or_(false(), *(Unit.path.startswith(path) for path in paths)))
    members = select(Membership.member_id).where(Membership.unit_id.in_(units))
    everybody = and_(ReadLine.unit_id.is_(None), ReadLine.member_id.is_(None))
    return or_(ReadLine.unit_id.in_(units), ReadLine.member_id.in_(members), everybody)


def _looks(
    session: Session, where: ColumnElement[bool], first: date, last: date, *, named: bool
) -> list[Look]:
    about = aliased(Member)
    rows = session.execute(
        select(
            ReadLine.at,
            ReadLine.on_day,
            ReadLine.by_id,
            ReadLine.what,
            ReadLine.command,
            Member.name,
            Unit.name.label("unit"),
            about.name.label("member"),
        )
        .outerjoin(Member, Member.id == ReadLine.by_id)
        .outerjoin(Unit, Unit.id == ReadLine.unit_id)
        .outerjoin(about, about.id == ReadLine.member_id)
        .where(where, ReadLine.on_day >= first, ReadLine.on_day <= last)
        .order_by(ReadLine.at.desc(), ReadLine.id.desc())
    ).all()
    roles = roles_of(session, {row.by_id for row in rows if row.by_id is not None})
    return [
        Look(
            at=row.at,
            role=role_on(roles, row.by_id, row.on_day),
            what=row.what,
            command=row.command,
            name=(row.name or "") if named else "",
            about=(row.member or row.unit or "") if named else "",
        )
        for row in rows
    ]


Held = tuple[date, date | None, Role]


def roles_of(session: Session, members: Collection[int]) -> dict[int, list[Held]]:
    """Return every post that some people have ever held: from, until (exclusive), what."""
    found: dict[int, list[Held]] = {}
    rows = session.execute(
        select(Post.member_id, Post.valid_from, Post.valid_to, Post.role)
        .where(Post.member_id.in_(members))
        .order_by(Post.id)
    )
    for member_id, since, until, role in rows:
        found.setdefault(member_id, []).append((since, until, role))
    return found


def role_on(roles: dict[int, list[Held]], member_id: int | None, day: date) -> str:
    """Return by which post somebody acted on a day, in words without a name."""
    if member_id is None:
        return AT_THE_COMMAND_LINE
    ranked = sorted(roles.get(member_id, ()), key=lambda held: _RANK.index(held[2]))
    return next(
        (
            ROLE_NAMES[role]
            for since, until, role in ranked
            if since <= day and (until is None or day < until)
        ),
        SOMEBODY,
    )
