"""The roll as pages show it: as of a day, found by a word, page by page; and one member's history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from bot.domain import rights
from bot.domain.dues import CATEGORY_NAMES
from bot.domain.errors import NotFound
from bot.domain.ids import MemberId
from bot.domain.members import KIND_NAMES
from bot.domain.rights import ROLE_NAMES, Action, Actor
from bot.domain.roll import CHANGE_NAMES, kind_on
from bot.services.roll import STANDS
from bot.storage.models import Account, Member, Membership, Post, RollChange, Unit

_branch, _cell = aliased(Unit), aliased(Unit)


@dataclass(frozen=True, slots=True)
class OnRoll:
    """Somebody on the roll of a day.

    Attributes:
        posts: Held on that day, in words.
        bound: Has an account today, so that the bot can write to him.
    """

    id: MemberId
    name: str
    branch: str
    cell: str
    kind: str
    phone_tail: str
    posts: str
    bound: bool


@dataclass(frozen=True, slots=True)
class Stay:
    """A stretch of days somewhere, or in a post; the end is exclusive, None while it lasts."""

    what: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Bound:
    """A platform account of a member."""

    space: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    """What the roll knows of a member.

    Attributes:
        changes: Day and what happened; those taken back left out.
    """

    id: MemberId
    name: str
    kind: str
    category: str
    phone_tail: str
    joined_on: date | None
    full_since: date | None
    stays: tuple[Stay, ...]
    posts: tuple[Stay, ...]
    changes: tuple[tuple[date, str], ...]
    accounts: tuple[Bound, ...]


def list_page(
    session: Session,
    path: str,
    *,
    by: Actor,
    on: date,
    query: str = "",
    limit: int | None = None,
    offset: int = 0,
) -> tuple[list[OnRoll], int]:
    """Return a page of who belonged to a unit or below on a day, and how many there were.

    The same few queries however many there are.

    Args:
        query: A piece of a name or of a unit's, or the last digits of a phone; each word has to fit.
        limit: None for all of them, to be taken away as a file.

    Raises:
        Forbidden
    """
    rights.require(by, Action.MANAGE_ROLL, path)
    where = _where(path, on, query)
    total = session.scalar(_joined(select(func.count(Member.id))).where(*where)) or 0
    rows = session.execute(
        _joined(
            select(
                Member.id,
                Member.name,
                Member.kind,
                Member.full_since,
                Member.phone_tail,
                _branch.name.label("branch"),
                _cell.name.label("cell"),
            )
        )
        .where(*where)
        .order_by(_branch.path, Member.id)
        .limit(limit)
        .offset(offset)
    ).all()
    ids = [row.id for row in rows]
    posts, bound = _posts_on(session, ids, on), _bound(session, ids)
    found = [
        OnRoll(
            MemberId(row.id),
            row.name,
            row.branch,
            (row.cell or "").removeprefix(row.branch),
            KIND_NAMES[kind_on(row.kind, row.full_since, on)],
            row.phone_tail,
            "、".join(posts[row.id]),
            row.id in bound,
        )
        for row in rows
    ]
    return found, total


def history(session: Session, member_id: MemberId, on: date) -> History:
    """Return what the roll knows of a member; rights are held against his unit by the caller.

    Raises:
        NotFound
    """
    member = session.get(Member, member_id)
    if member is None:
        raise NotFound("名册里没有这个人。")
    stays = session.execute(
        select(_branch.name, _cell.name.label("cell"), Membership.valid_from, Membership.valid_to)
        .join(_branch, _branch.id == Membership.unit_id)
        .outerjoin(_cell, _cell.id == Membership.cell_id)
        .where(Membership.member_id == member_id)
        .order_by(Membership.valid_from, Membership.id)
    )
    posts = session.execute(
        select(Unit.name, Post.role, Post.valid_from, Post.valid_to)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.member_id == member_id)
        .order_by(Post.valid_from, Post.id)
    )
    changes = session.execute(
        select(RollChange.on_day, RollChange.kind)
        .where(RollChange.member_id == member_id, STANDS)
        .order_by(RollChange.on_day, RollChange.id)
    )
    accounts = session.execute(
        select(Account.space, Account.bound_at, Account.unbound_at)
        .where(Account.member_id == member_id)
        .order_by(Account.id)
    )
    return History(
        MemberId(member.id),
        member.name,
        KIND_NAMES[kind_on(member.kind, member.full_since, on)],
        "" if member.category is None else CATEGORY_NAMES[member.category],
        member.phone_tail,
        member.joined_on,
        member.full_since,
        tuple(Stay(row.cell or row.name, row.valid_from, row.valid_to) for row in stays),
        tuple(
            Stay(f"{row.name}{ROLE_NAMES[row.role]}", row.valid_from, row.valid_to) for row in posts
        ),
        tuple((row.on_day, CHANGE_NAMES[row.kind]) for row in changes),
        tuple(Bound(row.space, row.bound_at, row.unbound_at) for row in accounts),
    )


def _joined(query: Any) -> Any:
    """Join what every page of the roll reads; SQLAlchemy loses the row type on the way."""
    return (
        query.select_from(Member)
        .join(Membership, Membership.member_id == Member.id)
        .join(_branch, _branch.id == Membership.unit_id)
        .outerjoin(_cell, _cell.id == Membership.cell_id)
    )


def _where(path: str, on: date, query: str) -> list[ColumnElement[bool]]:
    found = [
        or_(
            _branch.path.startswith(path, autoescape=True),
            _cell.path.startswith(path, autoescape=True),
        ),
        Membership.valid_from <= on,
        or_(Membership.valid_to.is_(None), Membership.valid_to > on),
    ]
    found += [
        or_(
            Member.name.contains(word, autoescape=True),
            _branch.name.contains(word, autoescape=True),
            _cell.name.contains(word, autoescape=True),
            Member.phone_tail == word,
        )
        for word in query.split()[:4]
    ]
    return found


def _posts_on(session: Session, members: Collection[int], on: date) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = session.execute(
        select(Post.member_id, Post.role)
        .where(
            Post.member_id.in_(members),
            Post.valid_from <= on,
            or_(Post.valid_to.is_(None), Post.valid_to > on),
        )
        .order_by(Post.id)
    )
    for member_id, role in rows:
        found[member_id].append(ROLE_NAMES[role])
    return found


def _bound(session: Session, members: Collection[int]) -> set[int]:
    return set(
        session.scalars(
            select(Account.member_id).where(
                Account.member_id.in_(members), Account.unbound_at.is_(None)
            )
        )
    )
