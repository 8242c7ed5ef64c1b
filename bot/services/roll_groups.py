"""Many members at once: to another branch when branches are split or merged, into cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, case, insert, or_, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.errors import NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Action, Actor, Role
from bot.domain.roll import ChangeKind, WrongChange, check_day
from bot.domain.units import UnitKind
from bot.services import anonymous, audit, roll_places, undo
from bot.services.roll_changes import STEM, counter_entry
from bot.services.roll_places import EndedPost
from bot.storage.insert import insert_many_once
from bot.storage.models import Membership, Post, RollChange, Unit


class Unitlike(Protocol):
    """An organisation, as far as moving members is concerned."""

    @property
    def id(self) -> UnitId:
        """Its id."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def kind(self) -> UnitKind:
        """What it is."""

    @property
    def path(self) -> str:
        """Its path."""


def move_all(
    session: Session,
    unit: Unitlike,
    into: Unitlike | None,
    *,
    on: date,
    by: Actor,
    now: datetime,
) -> list[int]:
    """Move everybody of a branch into another, or of a cell out of it; return the changes."""
    if unit.kind is UnitKind.CELL:
        branch = session.scalar(select(Unit.parent_id).where(Unit.id == unit.id))
        assert branch is not None
        target, kind = UnitId(branch), ChangeKind.CELL
        where: ColumnElement[bool] = Membership.cell_id == unit.id
    elif into is None:
        return []
    else:
        target, kind = into.id, ChangeKind.REORGANISED
        where = Membership.unit_id == unit.id
    return _move(session, where, target, None, kind, on=on, by=by, now=now)


def move_some(
    session: Session,
    unit: Unitlike,
    into: Unitlike,
    members: Collection[MemberId],
    *,
    on: date,
    by: Actor,
    now: datetime,
) -> tuple[list[int], list[EndedPost]]:
    """Move some members of a branch into another; return the changes, and the posts that end."""
    where = (Membership.unit_id == unit.id) & Membership.member_id.in_(members)
    kind = ChangeKind.REORGANISED
    moved = _move(session, where, into.id, None, kind, on=on, by=by, now=now)
    if len(moved) != len(set(members)):
        raise WrongChange(f"有人已经不在{unit.name}了，这次没有登记。请核对名单再发一次。")
    below = select(Unit.id).where(Unit.path.startswith(unit.path))
    theirs = [Post.member_id.in_(members), Post.unit_id.in_(below)]
    return moved, roll_places.end_posts_where(session, theirs, on)


def put_into_cell(
    session: Session,
    *,
    cell_id: UnitId | None,
    branch_id: UnitId,
    members: Sequence[MemberId],
    on: date,
    by: Actor,
    now: datetime,
) -> int:
    """Put members of a branch into one of its cells from a day on; return how many changed.

    Args:
        cell_id: None for no cell.

    Raises:
        Forbidden, NotFound, WrongChange
    """
    path = session.scalars(select(Unit.path).where(Unit.id == branch_id)).one()
    rights.require(by, Action.MANAGE_ROLL, path)
    if cell_id is not None:
        under = select(Unit.id).where(
            Unit.id == cell_id, Unit.parent_id == branch_id, Unit.valid_to.is_(None)
        )
        if session.scalar(under) is None:
            raise NotFound("这个党小组不在本支部，请核对名称。")
    other = Membership.cell_id.is_(None) if cell_id is not None else Membership.cell_id.is_not(None)
    elsewhere = other if cell_id is None else or_(other, Membership.cell_id != cell_id)
    where = (Membership.unit_id == branch_id) & Membership.member_id.in_(members) & elsewhere
    kind = ChangeKind.CELL
    moved = _move(session, where, branch_id, cell_id, kind, on=on, by=by, now=now, leads=True)
    _remember(session, moved, by, now)
    return len(moved)


def take_back_moves(session: Session, changes: Sequence[int], *, by: Actor, now: datetime) -> None:
    """Take moves back by counter-entries, all of them: everybody is where he was before.

    Raises:
        WrongChange: Somebody has moved again since, or it was taken back.
    """
    old = session.scalars(select(RollChange).where(RollChange.id.in_(changes))).all()
    anonymous.refuse(session, [row.member_id for row in old])
    opened = [row.opened_id for row in old]
    connection = session.connection()
    cancelled = connection.execute(
        update(Membership)
        .where(Membership.id.in_(opened), Membership.valid_to.is_(None))
        .values(valid_to=Membership.valid_from)
    )
    if cancelled.rowcount != len(changes):
        raise WrongChange("有人后来又有名册变动，没有撤销。请先更正后面的，再改这一条。")
    connection.execute(
        update(Membership)
        .where(Membership.id.in_([row.closed_id for row in old]))
        .values(valid_to=None)
    )
    insert_many_once(
        session, RollChange, [counter_entry(row, "撤销", by=by, now=now) for row in old]
    )


def _move(
    session: Session,
    where: ColumnElement[bool],
    unit_id: UnitId,
    cell_id: UnitId | None,
    kind: ChangeKind,
    *,
    on: date,
    by: Actor,
    now: datetime,
    leads: bool = False,
) -> list[int]:
    """Close and open memberships by set, with a change for each; return the changes.

    Args:
        leads: What they led in another cell ends, too.
    """
    connection = session.connection()
    closed: Sequence[Any] = session.execute(
        select(Membership.id, Membership.member_id, Membership.valid_from)
        .where(where, Membership.valid_to.is_(None))
        .order_by(Membership.member_id)
    ).all()
    check_day(on, day_of(now), since=max((row.valid_from for row in closed), default=None))
    if not closed:
        return []
    done = connection.execute(
        update(Membership)
        .where(Membership.id.in_([row.id for row in closed]), Membership.valid_to.is_(None))
        .values(valid_to=on)
    )
    if done.rowcount != len(closed):
        raise WrongChange("名册刚刚有变动，这次没有登记。请再发一次。")
    members = [row.member_id for row in closed]
    posts = _end_leaderships(session, members, cell_id, on) if leads else {}
    place = {"unit_id": unit_id, "cell_id": cell_id, "valid_from": on}
    opened = connection.scalars(
        insert(Membership).returning(Membership.id, sort_by_parameter_order=True),
        [{"member_id": row.member_id, **place} for row in closed],
    ).all()
    rows = [
        {
            "key": f"{kind.value}:{row.member_id}:{on}:m{opened_id}",
            "member_id": row.member_id,
            "kind": kind,
            "on_day": on,
            "unit_id": unit_id,
            "code": None,
            "reason": "",
            "closed_id": row.id,
            "opened_id": opened_id,
            "before": {"posts": posts[row.member_id]} if row.member_id in posts else {},
            "by_id": by.member_id,
            "recorded_at": now,
            "refers_to": None,
        }
        for row, opened_id in zip(closed, opened, strict=True)
    ]
    insert_many_once(session, RollChange, rows)
    audit.record(
        session,
        by=by,
        at=now,
        action=f"roll.{kind.value}",
        subject=f"unit:{unit_id}",
        after={"members": len(rows), "on": on.isoformat()},
    )
    keys = [row["key"] for row in rows]
    return sorted(session.scalars(select(RollChange.id).where(RollChange.key.in_(keys))))


def _end_leaderships(
    session: Session, members: Collection[int], cell_id: UnitId | None, on: date
) -> dict[int, list[EndedPost]]:
    """End what members led in another cell than the one they come to; return it as it was."""
    where = [
        Post.member_id.in_(members),
        Post.role == Role.CELL_LEADER,
        Post.unit_id != (cell_id or 0),
        or_(Post.valid_to.is_(None), Post.valid_to > on),
    ]
    rows = session.execute(select(Post.id, Post.member_id, Post.valid_to).where(*where)).all()
    found: dict[int, list[EndedPost]] = defaultdict(list)
    for row in rows:
        found[row.member_id].append([row.id, row.valid_to and row.valid_to.isoformat()])
    session.connection().execute(
        update(Post)
        .where(Post.id.in_([row.id for row in rows]))
        .values(valid_to=case((Post.valid_from > on, Post.valid_from), else_=on))
    )
    return found


def _remember(session: Session, changes: Sequence[int], by: Actor, now: datetime) -> None:
    """Let 撤销 take all of them back, as one."""
    if by.member_id is None:
        return
    for change in changes:
        undo.remember(
            session,
            member_id=by.member_id,
            stem=STEM,
            inverse={"change": change},
            title="党小组调整",
            at=now,
            batch=f"cells:{changes[0]}",
        )
