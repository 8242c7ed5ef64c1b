"""Writing down what happens to members on the roll: appended, taken back by a counter-entry.

Memberships and posts are what follows from the changes; they are opened and closed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.dues import Category
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind, is_anonymous_name
from bot.domain.rights import Action, Actor
from bot.domain.roll import (
    CHANGE_NAMES,
    ENDS_PLACE,
    ENDS_POSTS,
    MAX_REASON,
    MOVES_PLACE,
    ChangeKind,
    Code,
    WrongChange,
    check_change,
    check_code,
    check_day,
)
from bot.domain.sensitive import mask_numbers
from bot.services import anonymous, audit, namesakes, roll, roll_places, undo
from bot.services.roll_places import EndedPost, Place
from bot.storage.insert import insert_once
from bot.storage.models import Member, RollChange

STEM = "roll"
MAX_NAME = 40
_NEEDS_WORDS = {
    ChangeKind.LEFT_OUT: "不计入应到会要上级同意，请写明谁同意的，例如：不计入应到会 赵六 在服刑 街道党工委同意",
}


class OlderChange(DomainError):
    """A change that a later one builds on cannot be taken back first."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A change on record.

    Attributes:
        ended: The ids of the posts that ended with it.
        succeeded: Who holds posts by now that were not given back with it.
    """

    id: int
    member_id: MemberId
    name: str
    kind: ChangeKind
    on: date
    ended: tuple[int, ...] = ()
    succeeded: tuple[roll_places.Successor, ...] = ()


def admit(
    session: Session,
    *,
    name: str,
    branch_id: UnitId,
    on: date,
    by: Actor,
    now: datetime,
    phone_tail: str = "",
    category: Category | None = None,
    another: bool = False,
) -> Recorded:
    """Enter somebody whom the general meeting has admitted as a probationary member.

    Args:
        on: The day of the meeting's vote; probation and dues run from it.
        another: Whether it is known that he is not one of this name on the roll.

    Raises:
        Forbidden, WrongChange
        OnTheRoll: Somebody of this name is on a roll.
    """
    place = _place_at(session, branch_id, by)
    check_day(on, day_of(now))
    if not another:
        namesakes.require_new(session, name, branch_id=branch_id, kind=ChangeKind.ADMITTED, on=on)
    member_id = _add_member(
        session, name, MemberKind.PROBATIONARY, joined_on=on, tail=phone_tail, category=category
    )
    return _join(session, ChangeKind.ADMITTED, place, member_id, name, on, by=by, now=now)


def record(
    session: Session,
    *,
    member_id: MemberId,
    kind: ChangeKind,
    on: date,
    by: Actor,
    now: datetime,
    code: Code | None = None,
    reason: str = "",
) -> Recorded:
    """Write down what happened to a member of a branch (but for moves between units).

    Args:
        on: The Shanghai day it took effect, today or earlier.
        code: The reason, where the kind asks for one of a few.
        reason: Words; never about health, discipline or talks.

    Raises:
        Forbidden, NotFound, WrongChange
    """
    assert kind not in MOVES_PLACE
    place = roll_places.get_place(session, member_id, by)
    name, today = place.name, day_of(now)
    check_code(name, kind, code)
    if kind in _NEEDS_WORDS and not reason:
        raise WrongChange(_NEEDS_WORDS[kind])
    since = place.since if kind in ENDS_PLACE else None
    check_day(on, today, since=since, unit=place.unit)
    check_change(name, roll.standings(session, [member_id], today)[member_id], kind)
    before, closed, ended = _apply(session, place, kind, on, now)
    change = _Change(
        kind,
        member_id,
        name,
        on,
        place.unit_id,
        code=code,
        reason=reason,
        closed_id=closed,
        before=before,
        ended=ended,
    )
    return _write(session, change, by=by, now=now)


def transfer_in(
    session: Session,
    *,
    place: Place,
    to_unit_id: UnitId,
    on: date,
    by: Actor,
    now: datetime,
) -> Recorded:
    """Move a member into another branch of ours, whose secretary has received him.

    Raises:
        WrongChange: The day is before he came to the branch he leaves.
    """
    check_day(on, day_of(now), since=place.since, unit=place.unit)
    ended = roll_places.end_posts(session, place, on)
    roll_places.close_place(session, place.membership_id, on)
    opened = roll_places.open_place(session, place.member_id, to_unit_id, None, on)
    change = _Change(
        ChangeKind.IN,
        place.member_id,
        place.name,
        on,
        to_unit_id,
        closed_id=place.membership_id,
        opened_id=opened,
        before={"posts": ended},
        ended=ended,
    )
    return _write(session, change, by=by, now=now)


def enter(
    session: Session,
    *,
    name: str,
    branch_id: UnitId,
    on: date,
    by: Actor,
    now: datetime,
    kind: MemberKind = MemberKind.FULL,
    member_id: MemberId | None = None,
    another: bool = False,
) -> Recorded:
    """Enter somebody whose relation comes from outside.

    Args:
        member_id: Somebody who was on our roll before and has come back.
        another: Whether it is known that he is not one of this name on the roll.

    Raises:
        Forbidden, WrongChange
        OnTheRoll: Somebody of this name is on a roll.
    """
    place = _place_at(session, branch_id, by)
    check_day(on, day_of(now))
    anonymous.refuse(session, [] if member_id is None else [member_id])
    if member_id is None and not another:
        namesakes.require_new(session, name, branch_id=branch_id, kind=ChangeKind.IN, on=on)
    if member_id is None:
        member_id = _add_member(session, name, kind)
    elif roll_places.find_place(session, member_id) is not None:
        raise WrongChange(f"{name}现在就在名册里，不用再登记转入。")
    return _join(session, ChangeKind.IN, place, member_id, name, on, by=by, now=now)


def take_back(
    session: Session, *, change_id: int, reason: str, by: Actor, now: datetime
) -> Recorded:
    """Take a change back by a counter-entry; what the records said before stands again.

    Raises:
        Forbidden, NotFound, OlderChange, IsAnonymous
    """
    change = session.get(RollChange, change_id)
    if change is None or change.refers_to is not None:
        raise NotFound("没有找到这条名册变动。")
    member_id = MemberId(change.member_id)
    anonymous.refuse(session, [member_id])
    _place_at(session, UnitId(change.unit_id or 0), by)
    name = session.scalars(select(Member.name).where(Member.id == member_id)).one()
    entry = counter_entry(change, reason, by=by, now=now)
    if insert_once(session, RollChange, entry) is None:
        raise DomainError(f"{name}的{CHANGE_NAMES[change.kind]}刚刚已经更正了。")
    _require_last(session, change, name)
    succeeded = _restore(session, change, now)
    audit.record(
        session,
        by=by,
        at=now,
        action="roll.take_back",
        subject=f"roll:{change.id}",
        before={"kind": change.kind.value, "on": change.on_day.isoformat()},
        reason=mask_numbers(reason)[:MAX_REASON],
    )
    return Recorded(
        change.id, member_id, name, change.kind, change.on_day, succeeded=tuple(succeeded)
    )


def undo_change(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take a change back within ten minutes (the inverse)."""
    take_back(session, change_id=inverse["change"], reason="撤销", by=by, now=now)


def counter_entry(change: RollChange, reason: str, *, by: Actor, now: datetime) -> dict[str, Any]:
    """Return the entry that takes a change back; its key lets only one of them in."""
    return {
        **_NOTHING,
        "key": f"void:{change.id}",
        "member_id": change.member_id,
        "kind": change.kind,
        "on_day": change.on_day,
        "unit_id": change.unit_id,
        "reason": mask_numbers(reason)[:MAX_REASON],
        "by_id": by.member_id,
        "recorded_at": now,
        "refers_to": change.id,
    }


_NOTHING: Mapping[str, Any] = {
    "code": None,
    "reason": "",
    "closed_id": None,
    "opened_id": None,
    "before": {},
    "refers_to": None,
}
"""An entry that says nothing but what happened to whom, when and where."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A change whose rights and sense were checked; the fields are those of `RollChange`."""

    kind: ChangeKind
    member_id: MemberId
    name: str
    on: date
    unit_id: UnitId
    code: Code | None = None
    reason: str = ""
    closed_id: int | None = None
    opened_id: int | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    ended: Sequence[EndedPost] = ()


def _join(
    session: Session,
    kind: ChangeKind,
    place: roll_places.Standpoint,
    member_id: MemberId,
    name: str,
    on: date,
    *,
    by: Actor,
    now: datetime,
) -> Recorded:
    """Let somebody belong to a branch from a day on, who was on no roll before."""
    opened = roll_places.open_place(session, member_id, place.unit_id, None, on)
    change = _Change(kind, member_id, name, on, place.unit_id, opened_id=opened)
    return _write(session, change, by=by, now=now)


def _write(session: Session, change: _Change, *, by: Actor, now: datetime) -> Recorded:
    """Append a change and let 撤销 take it back.

    Raises:
        WrongChange: Another delivery has just written it down.
    """
    kind, member_id, name, on = change.kind, change.member_id, change.name, change.on
    taken = roll.count_taken_back(session, member_id, kind, on)
    values = {
        **_NOTHING,
        "key": f"{kind.value}:{member_id}:{on}:{taken + 1}",
        "member_id": member_id,
        "kind": kind,
        "on_day": on,
        "unit_id": change.unit_id,
        "code": change.code,
        "reason": mask_numbers(change.reason)[:MAX_REASON],
        "closed_id": change.closed_id,
        "opened_id": change.opened_id,
        "before": dict(change.before),
        "by_id": by.member_id,
        "recorded_at": now,
    }
    row = insert_once(session, RollChange, values)
    if row is None:
        raise WrongChange(f"这位同志的{CHANGE_NAMES[kind]}刚刚已经登记了。")
    audit.record(
        session,
        by=by,
        at=now,
        action=f"roll.{kind.value}",
        subject=f"roll:{row}",
        after={"on": on.isoformat()},
    )
    if by.member_id is not None:
        undo.remember(
            session,
            member_id=by.member_id,
            stem=STEM,
            inverse={"change": int(row)},
            title=f"{name}的{CHANGE_NAMES[kind]}登记",
            at=now,
        )
    ended = tuple(int(post[0] or 0) for post in change.ended)
    return Recorded(int(row), member_id, name, kind, on, ended)


def _apply(
    session: Session, place: Place, kind: ChangeKind, on: date, now: datetime
) -> tuple[dict[str, Any], int | None, list[EndedPost]]:
    """Let a change take effect; return (what was before, membership closed, posts ended)."""
    if kind in ENDS_POSTS:
        ended = roll_places.end_posts(session, place, on, everywhere=True)
        return {"posts": ended}, None, ended
    if kind in ENDS_PLACE:
        every = kind is not ChangeKind.OUT
        ended = roll_places.end_posts(session, place, on, everywhere=every)
        roll_places.close_place(session, place.membership_id, on)
        roll_places.let_go(session, place.member_id, now, silent=every)
        return {"posts": ended}, place.membership_id, ended
    if kind is ChangeKind.FULL:
        since = session.scalar(select(Member.full_since).where(Member.id == place.member_id))
        _set_kind(session, place.member_id, MemberKind.FULL, on)
        return {"full_since": since and since.isoformat()}, None, []
    return {}, None, []


def _restore(session: Session, change: RollChange, now: datetime) -> list[roll_places.Successor]:
    """Put back what the records said before a change; return who keeps a post given on since."""
    if change.opened_id is not None:
        roll_places.cancel_place(session, change.opened_id)
    if change.closed_id is not None:
        roll_places.reopen_place(session, change.closed_id)
    succeeded = roll_places.restore_posts(session, change.before.get("posts", ()))
    if change.kind is ChangeKind.FULL:
        since = change.before.get("full_since")
        _set_kind(
            session,
            MemberId(change.member_id),
            MemberKind.PROBATIONARY,
            date.fromisoformat(since) if since else None,
        )
    roll_places.reopen_letter(session, change.id, now)
    return succeeded


def _require_last(session: Session, change: RollChange, name: str) -> None:
    """Refuse to pull a place out from under a later one."""
    if change.opened_id is None and change.closed_id is None:
        return
    current = roll_places.find_place(session, MemberId(change.member_id))
    if (current.membership_id if current else None) != change.opened_id:
        raise OlderChange(f"{name}后来还有别的变动，请先更正后面的，再更正这一条。")


def _place_at(session: Session, unit_id: UnitId, by: Actor) -> roll_places.Standpoint:
    unit = roll_places.standpoint(session, unit_id)
    rights.require(by, Action.MANAGE_ROLL, unit.path)
    return unit


def _add_member(
    session: Session,
    name: str,
    kind: MemberKind,
    *,
    joined_on: date | None = None,
    tail: str = "",
    category: Category | None = None,
) -> MemberId:
    if not 1 < len(name) <= MAX_NAME:
        raise WrongChange(f"姓名要写2到{MAX_NAME}个字，请写全名再发一次。")
    if is_anonymous_name(name):
        raise anonymous.IsAnonymous
    row = session.connection().execute(
        insert(Member)
        .values(name=name, kind=kind, category=category, phone_tail=tail, joined_on=joined_on)
        .returning(Member.id)
    )
    return MemberId(row.scalar_one())


def _set_kind(session: Session, member_id: MemberId, kind: MemberKind, since: date | None) -> None:
    session.connection().execute(
        update(Member).where(Member.id == member_id).values(kind=kind, full_since=since)
    )
