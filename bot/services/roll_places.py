"""Where members are: memberships and posts as a change of the roll opens and closes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain import rights
from bot.domain.errors import NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.posts import ONE_HOLDER
from bot.domain.rights import Action, Actor, Role
from bot.domain.roll import WrongChange
from bot.domain.transfers import TransferState
from bot.services import outbox
from bot.storage.models import Member, Membership, Post, Prompt, Transfer, TransferStep, Unit

EndedPost = list[int | str | None]  # id, the last day it had before (exclusive)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member is now.

    Attributes:
        since: First day of the membership.
    """

    member_id: MemberId
    name: str
    membership_id: int
    unit_id: UnitId
    unit: str
    path: str
    cell_id: UnitId | None
    since: date


@dataclass(frozen=True, slots=True)
class Standpoint:
    """A unit that exists, as rights see it."""

    unit_id: UnitId
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Successor:
    """Who holds a post since somebody else's ended."""

    role: Role
    name: str


def find_place(session: Session, member_id: MemberId) -> Place | None:
    """Return where a member is now, or None for somebody on no roll."""
    return list_places(session, [member_id]).get(member_id)


def list_places(session: Session, members: Sequence[MemberId]) -> dict[MemberId, Place]:
    """Return where some members are now; those on no roll are left out."""
    rows = session.execute(
        select(
            Member.id,
            Member.name,
            Membership.id,
            Unit.id,
            Unit.name,
            Unit.path,
            Membership.cell_id,
            Membership.valid_from,
        )
        .join(Membership, Membership.member_id == Member.id)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(Member.id.in_(members), Membership.valid_to.is_(None))
    )
    return {
        MemberId(member): Place(
            MemberId(member),
            name,
            membership,
            UnitId(unit),
            unit_name,
            path,
            None if cell is None else UnitId(cell),
            since,
        )
        for member, name, membership, unit, unit_name, path, cell, since in rows
    }


def get_place(session: Session, member_id: MemberId, by: Actor) -> Place:
    """Return where a member is now, for somebody who keeps that roll.

    Raises:
        NotFound: He is on no roll.
        Forbidden
    """
    place = find_place(session, member_id)
    if place is None:
        raise NotFound("这位同志现在不在名册里。要改以前的登记请发：名册更正 张三 转出 原因")
    rights.require(by, Action.MANAGE_ROLL, place.path)
    return place


def standpoint(session: Session, unit_id: UnitId) -> Standpoint:
    """Return a unit that exists.

    Raises:
        NotFound: There is none, or it was dissolved.
    """
    row = session.execute(
        select(Unit.id, Unit.name, Unit.path).where(Unit.id == unit_id, Unit.valid_to.is_(None))
    ).one_or_none()
    if row is None:
        raise NotFound("这个组织已经撤销了，请核对名称。")
    return Standpoint(UnitId(row.id), row.name, row.path)


def open_place(
    session: Session, member_id: MemberId, unit_id: UnitId, cell_id: UnitId | None, since: date
) -> int:
    """Let somebody belong to a branch from a day on; return the membership."""
    row = session.connection().execute(
        insert(Membership)
        .values(member_id=member_id, unit_id=unit_id, cell_id=cell_id, valid_from=since)
        .returning(Membership.id)
    )
    return int(row.scalar_one())


def close_place(session: Session, membership_id: int, on: date) -> None:
    """Let a membership end before a day.

    Raises:
        WrongChange: Somebody else has just ended it.
    """
    done = session.connection().execute(
        update(Membership)
        .where(Membership.id == membership_id, Membership.valid_to.is_(None))
        .values(valid_to=on)
    )
    if done.rowcount != 1:
        raise WrongChange("名册刚刚有变动，这次没有登记。请看一下 名册变动 再发一次。")


def cancel_place(session: Session, membership_id: int) -> None:
    """Let a membership have lasted no day: it was opened by mistake."""
    session.connection().execute(
        update(Membership)
        .where(Membership.id == membership_id)
        .values(valid_to=Membership.valid_from)
    )


def reopen_place(session: Session, membership_id: int) -> None:
    """Let a membership that was closed by mistake go on.

    Raises:
        NotFound: The branch does not exist any more.
    """
    unit_id, cell_id = session.execute(
        select(Membership.unit_id, Membership.cell_id).where(Membership.id == membership_id)
    ).one()
    for unit in (unit_id, cell_id):
        if unit is not None:
            standpoint(session, UnitId(unit))
    session.connection().execute(
        update(Membership).where(Membership.id == membership_id).values(valid_to=None)
    )


def end_posts(
    session: Session, place: Place, on: date, *, everywhere: bool = False
) -> list[EndedPost]:
    """Let the posts of a member end on a day; return them as they were.

    Args:
        everywhere: All of them; else those of the branch he leaves and its cells.
    """
    wanted = [Post.member_id == place.member_id]
    if not everywhere:
        below = select(Unit.id).where(Unit.path.startswith(place.path))
        wanted.append(Post.unit_id.in_(below))
    return end_posts_where(session, wanted, on)


def end_posts_where(
    session: Session, wanted: Sequence[ColumnElement[bool]], on: date
) -> list[EndedPost]:
    """Let posts that last beyond a day end on it; return them as they were."""
    lasting = or_(Post.valid_to.is_(None), Post.valid_to > on)
    rows = session.execute(
        select(Post.id, Post.valid_to, Post.valid_from).where(lasting, *wanted)
    ).all()
    ended: list[EndedPost] = [[row.id, row.valid_to and row.valid_to.isoformat()] for row in rows]
    early = [row.id for row in rows if row.valid_from > on]
    session.connection().execute(
        update(Post).where(Post.id.in_([row.id for row in rows])).values(valid_to=on)
    )
    if early:  # one that was to begin later never does
        session.connection().execute(
            update(Post).where(Post.id.in_(early)).values(valid_to=Post.valid_from)
        )
    return ended


def restore_posts(session: Session, ended: Iterable[EndedPost]) -> list[Successor]:
    """Let posts last as long as they did before they were ended by mistake.

    A post that one person holds at a time, and somebody else holds by now, stays with him.

    Returns:
        Who has succeeded, for each post that was not restored.
    """
    wanted = list(ended)
    taken = _successors(session, [int(post_id or 0) for post_id, _ in wanted])
    by_end: dict[str | None, list[int]] = {}
    for post_id, until in wanted:
        if int(post_id or 0) in taken:
            continue
        by_end.setdefault(None if until is None else str(until), []).append(int(post_id or 0))
    for until, posts in by_end.items():
        session.connection().execute(
            update(Post)
            .where(Post.id.in_(posts))
            .values(valid_to=None if until is None else date.fromisoformat(until))
        )
    return list(taken.values())


def _successors(session: Session, posts: Sequence[int]) -> dict[int, Successor]:
    """Return who was appointed to which of these posts after they had ended."""
    after = aliased(Post)
    rows = session.execute(
        select(Post.id, Post.role, Member.name)
        .join(after, and_(after.unit_id == Post.unit_id, after.role == Post.role))
        .join(Member, Member.id == after.member_id)
        .where(
            Post.id.in_(posts),
            Post.role.in_(ONE_HOLDER),
            after.member_id != Post.member_id,
            after.valid_from >= Post.valid_to,
            or_(after.valid_to.is_(None), after.valid_to > after.valid_from),
        )
    )
    return {row.id: Successor(row.role, row.name) for row in rows}


def let_go(session: Session, member_id: MemberId, now: datetime, *, silent: bool) -> None:
    """End what waits for somebody who is on no roll any more.

    Args:
        silent: Nothing more may reach him: what is queued for him is not sent.
    """
    connection = session.connection()
    connection.execute(
        update(Prompt)
        .where(Prompt.member_id == member_id, Prompt.closed_at.is_(None))
        .values(closed_at=now)
    )
    if silent:
        outbox.void_to(session, member_id, now=now, detail="已不在名册")
        letter = connection.execute(
            update(Transfer)
            .where(Transfer.member_id == member_id, Transfer.closed_at.is_(None))
            .values(closed_at=now)
            .returning(Transfer.id)
        ).scalar()
        if letter is not None:
            add_step(session, letter, TransferState.WITHDRAWN, on=day_of(now), now=now)


def reopen_letter(session: Session, change_id: int, now: datetime) -> None:
    """Let a letter wait again whose receipt was taken back."""
    found = session.execute(
        select(TransferStep.transfer_id).where(
            TransferStep.change_id == change_id, TransferStep.state == TransferState.RECEIVED
        )
    ).one_or_none()
    if found is not None:
        add_step(session, found.transfer_id, TransferState.OPEN, on=day_of(now), now=now)
        session.connection().execute(
            update(Transfer).where(Transfer.id == found.transfer_id).values(closed_at=None)
        )


def add_step(
    session: Session,
    transfer_id: int,
    state: TransferState,
    *,
    on: date,
    now: datetime,
    by: Actor | None = None,
    reason: str = "",
    change_id: int | None = None,
) -> None:
    """Append what became of a letter; two at once make the same `seq`, and one of them fails."""
    taken = session.scalars(
        select(TransferStep.seq).where(TransferStep.transfer_id == transfer_id)
    ).all()
    session.connection().execute(
        insert(TransferStep).values(
            transfer_id=transfer_id,
            seq=len(taken) + 1,
            state=state,
            on_day=on,
            reason=reason,
            change_id=change_id,
            by_id=by.member_id if by else None,
            at=now,
        )
    )
