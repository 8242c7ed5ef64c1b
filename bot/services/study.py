"""Sign-ups for study classes: seats are given by conditional update, never twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.rights import Actor
from bot.domain.study import MAX_PARTY, SignupAction
from bot.services import meetings, undo
from bot.services.meetings import MeetingView
from bot.storage.insert import insert_once
from bot.storage.models import Meeting, StudySignup

STEM = "study"
_YEAR = timedelta(days=366)


class NothingToJoin(DomainError):
    """No class is open for sign-up."""

    may_be_overheard = True


class WhichClass(DomainError):
    """Several classes are open; `choices` are put as one numbered question."""

    def __init__(self, choices: Sequence[MeetingView]) -> None:
        super().__init__("现在有几个班可以报名，请说明是哪一个。")
        self.choices = tuple(choices)


class Full(DomainError):
    """Fewer seats are left than asked for."""

    may_be_overheard = True


class NotJoined(DomainError):
    """There is no sign-up to withdraw."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of a sign-up.

    Attributes:
        left: Seats still free.
        new: False when it was on record already.
        member_id, name: Whose seats they are.
    """

    meeting: MeetingView
    seats: int
    left: int
    new: bool
    member_id: MemberId
    name: str


def join(
    session: Session,
    *,
    by: Actor,
    now: datetime,
    number: int | None = None,
    title: str | None = None,
    seats: int = 1,
) -> Joined:
    """Sign the actor up for a class.

    Args:
        number: The class's number as shown in lists.
        title: A piece of its title.
        seats: Persons in all, the actor included.

    Raises:
        NothingToJoin, WhichClass, Full
    """
    check_seats(seats)
    meeting = find_class(session, by, now, number, title)
    return give_seats(session, meeting, of=by, seats=seats, by=by, now=now)


def check_seats(seats: int) -> None:
    """Refuse a sign-up of nobody or of too many.

    Raises:
        Full
    """
    if not 1 <= seats <= MAX_PARTY:
        raise Full(f"一次最多报{MAX_PARTY}人。")


def give_seats(
    session: Session,
    meeting: MeetingView,
    *,
    of: Actor,
    seats: int,
    by: Actor,
    now: datetime,
    batch: str = "",
) -> Joined:
    """Give a member seats in a class, and let 撤销 take them back.

    Args:
        of: Whose seats they are. by: Who says so.
        batch: Joins what one message did for several people.

    Raises:
        Full
    """
    assert by.member_id is not None
    assert of.member_id is not None
    seq, action, held = _current(session, meeting.id, of.member_id)
    if action is SignupAction.JOIN and held == seats:
        if of.member_id == by.member_id:
            _make_own(session, meeting.id, by, seq, seats, now)
        return Joined(meeting, held, _left(meeting), False, of.member_id, of.name)
    already = held if action is SignupAction.JOIN else 0
    left = _take(session, meeting, seats - already)
    row = _append(session, meeting.id, of.member_id, by, seq + 1, SignupAction.JOIN, seats, now)
    if row is None:
        # The same member got in at the same moment; give back what this one took.
        left = _take(session, meeting, already - seats)
        return Joined(meeting, seats, left, False, of.member_id, of.name)
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"meeting": meeting.id, "member": of.member_id, "back_to": already},
        title=f"{meeting.title}的报名",
        at=now,
        what="signup",
        subject_id=None if of.member_id == by.member_id else of.member_id,
        batch=batch,
    )
    return Joined(meeting, seats, left, True, of.member_id, of.name)


def leave(
    session: Session,
    *,
    by: Actor,
    now: datetime,
    number: int | None = None,
    title: str | None = None,
) -> MeetingView:
    """Withdraw the actor's sign-up; the seats are free again.

    Raises:
        NotJoined, WhichClass
    """
    assert by.member_id is not None
    joined = list_joined_each(session, [by], now, number, title)[by.member_id]
    if not joined:
        raise NotJoined("没有找到您的报名，不用取消。")
    if len(joined) > 1:
        raise WhichClass(joined)
    withdraw(session, joined[0], of=by.member_id, by=by, now=now)
    return joined[0]


def withdraw(
    session: Session,
    meeting: MeetingView,
    *,
    of: MemberId,
    by: Actor,
    now: datetime,
    batch: str = "",
) -> None:
    """Withdraw a member's sign-up, and let 撤销 sign him up again while there are seats.

    Args:
        of: Whose seats they are. by: Who says so.
        batch: Joins what one message did for several people.

    Raises:
        NotJoined
    """
    assert by.member_id is not None
    held = seats_of(session, meeting.id, of)
    set_back(session, meeting.id, of, by, 0, now)
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"meeting": meeting.id, "member": of, "again": held},
        title=f"“取消{meeting.title}报名”",
        at=now,
        what="signup",
        subject_id=None if of == by.member_id else of,
        batch=batch,
    )


def list_open(session: Session, by: Actor, now: datetime) -> list[MeetingView]:
    """Return the classes a member may sign up for, in order of time."""
    coming = meetings.list_near(session, by, now, now + _YEAR)
    return [meeting for meeting in coming if meeting.seats is not None]


def list_joined(session: Session, by: Actor, now: datetime) -> list[MeetingView]:
    """Return the coming classes the actor is signed up for."""
    assert by.member_id is not None
    return list_joined_each(session, [by], now)[by.member_id]


def list_open_each(
    session: Session, actors: Sequence[Actor], now: datetime
) -> dict[MemberId, list[MeetingView]]:
    """Return the classes each of some members may sign up for, in order of time."""
    coming = meetings.list_near_each(session, actors, now, now + _YEAR)
    return {
        member_id: [meeting for meeting in found if meeting.seats is not None]
        for member_id, found in coming.items()
    }


def list_joined_each(
    session: Session,
    actors: Sequence[Actor],
    now: datetime,
    number: int | None = None,
    title: str | None = None,
) -> dict[MemberId, list[MeetingView]]:
    """Return the coming classes each of some members is signed up for, of those named."""
    open_to = {
        member_id: matching(found, number, title)
        for member_id, found in list_open_each(session, actors, now).items()
    }
    classes = {meeting.id for found in open_to.values() for meeting in found}
    held = _joined(session, classes, open_to)
    return {
        member_id: [meeting for meeting in found if (meeting.id, member_id) in held]
        for member_id, found in open_to.items()
    }


def joined_members(session: Session, meeting_id: MeetingId) -> dict[MemberId, int]:
    """Return who is signed up, with seats."""
    return joined_by_class(session, [meeting_id]).get(meeting_id, {})


def joined_by_class(
    session: Session, classes: Collection[MeetingId]
) -> dict[MeetingId, dict[MemberId, int]]:
    """Return who is signed up for each of some classes, with seats; one query for all."""
    joined: dict[MeetingId, dict[MemberId, int]] = {}
    for (meeting, member), seats in _joined(session, classes).items():
        joined.setdefault(meeting, {})[member] = seats
    return joined


def _joined(
    session: Session,
    classes: Collection[MeetingId],
    members: Collection[MemberId] | None = None,
) -> dict[tuple[MeetingId, MemberId], int]:
    """Return the seats in force by class and member, in the order in which they were taken."""
    if not classes:
        return {}
    wanted = [StudySignup.meeting_id.in_(classes)]
    if members is not None:
        wanted.append(StudySignup.member_id.in_(members))
    last = (
        select(
            StudySignup.meeting_id,
            StudySignup.member_id,
            func.max(StudySignup.seq).label("seq"),
        )
        .where(*wanted)
        .group_by(StudySignup.meeting_id, StudySignup.member_id)
        .subquery()
    )
    rows = session.execute(
        select(StudySignup.meeting_id, StudySignup.member_id, StudySignup.seats)
        .join(
            last,
            (StudySignup.meeting_id == last.c.meeting_id)
            & (StudySignup.member_id == last.c.member_id)
            & (StudySignup.seq == last.c.seq),
        )
        .where(StudySignup.action == SignupAction.JOIN)
        .order_by(StudySignup.id)
    )
    return {(MeetingId(row[0]), MemberId(row[1])): row[2] for row in rows}


def reporters(
    session: Session, meeting_id: MeetingId, members: Collection[MemberId]
) -> dict[MemberId, MemberId]:
    """Return who said the last word on the sign-up of each of some members."""
    rows = session.execute(
        select(StudySignup.member_id, StudySignup.by_id)
        .where(StudySignup.meeting_id == meeting_id, StudySignup.member_id.in_(members))
        .order_by(StudySignup.seq)
    )
    return {MemberId(member): MemberId(by) for member, by in rows if by is not None}


def undo_signup(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take a sign-up, or its withdrawal, back by a counter-entry (their inverse).

    Raises:
        Full: The seats that were given up are somebody else's now.
        NotJoined: It has been changed since.
    """
    member_id = MemberId(inverse["member"])
    if "again" in inverse:
        meeting = meetings.get_meeting(session, MeetingId(inverse["meeting"]))
        if seats_of(session, meeting.id, member_id):
            raise NotJoined("这个报名已经又报上了，不用再撤销。")
        set_seats(session, meeting, member_id=member_id, seats=inverse["again"], by=by, now=now)
        return
    set_back(session, MeetingId(inverse["meeting"]), member_id, by, inverse["back_to"], now)


_CURRENT = (
    select(StudySignup.seq, StudySignup.action, StudySignup.seats)
    .where(
        StudySignup.meeting_id == bindparam("meeting_id"),
        StudySignup.member_id == bindparam("member_id"),
    )
    .order_by(StudySignup.seq.desc())
    .limit(1)
)


def _current(
    session: Session, meeting_id: MeetingId, member_id: MemberId
) -> tuple[int, SignupAction | None, int]:
    row = (
        session.connection()
        .execute(_CURRENT, {"meeting_id": meeting_id, "member_id": member_id})
        .one_or_none()
    )
    return (0, None, 0) if row is None else (row.seq, row.action, row.seats)


def _take(session: Session, meeting: MeetingView, seats: int) -> int:
    """Move the counter of seats, if they are there; return how many are left."""
    done = session.connection().execute(
        update(Meeting)
        .where(Meeting.id == meeting.id, Meeting.taken + seats <= Meeting.seats)
        .values(taken=Meeting.taken + seats)
        .returning(Meeting.seats - Meeting.taken)
    )
    left: int | None = done.scalar_one_or_none()
    if left is None:
        left = max(0, (meeting.seats or 0) - meeting.taken)
        raise Full(f"{meeting.title}只剩{left}个名额了。" if left else f"{meeting.title}名额已满。")
    return left


def seats_of(session: Session, meeting_id: MeetingId, member_id: MemberId) -> int:
    """Return how many seats a member has in a class; 0 where none."""
    _, action, held = _current(session, meeting_id, member_id)
    return held if action is SignupAction.JOIN else 0


def set_seats(
    session: Session,
    meeting: MeetingView,
    *,
    member_id: MemberId,
    seats: int,
    by: Actor,
    now: datetime,
) -> None:
    """Set how many seats a member has in a class, by another step; 0 withdraws the sign-up.

    Raises:
        Full: Fewer seats are left.
        NotJoined: Somebody else has just changed it.
    """
    seq, action, held = _current(session, meeting.id, member_id)
    taken = held if action is SignupAction.JOIN else 0
    _take(session, meeting, seats - taken)
    step = SignupAction.JOIN if seats else SignupAction.CANCEL
    if _append(session, meeting.id, member_id, by, seq + 1, step, seats, now) is None:
        raise NotJoined("这个报名刚刚有变动，没有再改。")


def set_back(
    session: Session,
    meeting_id: MeetingId,
    member_id: MemberId,
    by: Actor,
    seats: int,
    now: datetime,
) -> None:
    """Let a member keep so many seats of a class; with 0 the sign-up is withdrawn.

    Raises:
        NotJoined: There is none (any more).
    """
    meeting = meetings.get_meeting(session, meeting_id)
    seq, action, held = _current(session, meeting_id, member_id)
    if action is not SignupAction.JOIN:
        raise NotJoined("这个报名已经取消了。")
    _take(session, meeting, seats - held)
    step = SignupAction.JOIN if seats else SignupAction.CANCEL
    if _append(session, meeting_id, member_id, by, seq + 1, step, seats, now) is None:
        raise NotJoined("这个报名刚刚已经取消了。")


def _append(
    session: Session,
    meeting_id: MeetingId,
    member_id: MemberId,
    by: Actor,
    seq: int,
    action: SignupAction,
    seats: int,
    now: datetime,
) -> int | None:
    row: int | None = insert_once(
        session,
        StudySignup,
        {
            "meeting_id": meeting_id,
            "member_id": member_id,
            "seq": seq,
            "action": action,
            "seats": seats,
            "by_id": by.member_id,
            "at": now,
        },
    )
    return row


def _make_own(
    session: Session, meeting_id: MeetingId, by: Actor, seq: int, seats: int, now: datetime
) -> None:
    """Let a sign-up that somebody else had recorded be the member's own word from now on.

    Otherwise taking the other's action back would take his word back with it.
    """
    assert by.member_id is not None
    recorded_by = session.scalar(
        select(StudySignup.by_id).where(
            StudySignup.meeting_id == meeting_id,
            StudySignup.member_id == by.member_id,
            StudySignup.seq == seq,
        )
    )
    if recorded_by != by.member_id:
        _append(session, meeting_id, by.member_id, by, seq + 1, SignupAction.JOIN, seats, now)


def _left(meeting: MeetingView) -> int:
    return max(0, (meeting.seats or 0) - meeting.taken)


def find_class(
    session: Session, by: Actor, now: datetime, number: int | None, title: str | None
) -> MeetingView:
    """Return the class meant.

    Args:
        by: Whose classes are looked at.

    Raises:
        NothingToJoin, WhichClass
    """
    open_classes = list_open(session, by, now)
    if not open_classes:
        raise NothingToJoin("现在没有可以报名的学习或活动。")
    found = matching(open_classes, number, title)
    if not found:
        raise WhichClass(open_classes)
    if len(found) > 1:
        raise WhichClass(found)
    return found[0]


def matching(
    classes: Sequence[MeetingView], number: int | None, title: str | None
) -> list[MeetingView]:
    """Return the classes a number or a piece of a title names; all of them for neither."""
    if number is not None:
        exact = [meeting for meeting in classes if meeting.id == number]
        return exact or list(classes[number - 1 : number])  # as they were listed: 1, 2, …
    if title:
        return [meeting for meeting in classes if title in meeting.title]
    return list(classes)
