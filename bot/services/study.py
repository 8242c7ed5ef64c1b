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
    """

    meeting: MeetingView
    seats: int
    left: int
    new: bool


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
    assert by.member_id is not None
    if not 1 <= seats <= MAX_PARTY:
        raise Full(f"一次最多报{MAX_PARTY}人。")
    meeting = _find_class(session, by, now, number, title)
    seq, action, held = _current(session, meeting.id, by.member_id)
    if action is SignupAction.JOIN and held == seats:
        return Joined(meeting, held, _left(meeting), new=False)
    already = held if action is SignupAction.JOIN else 0
    _take(session, meeting, seats - already)
    row = _append(session, meeting.id, by, seq + 1, SignupAction.JOIN, seats, now)
    if row is None:
        # The same member got in at the same moment; give back what this one took.
        _take(session, meeting, already - seats)
        return Joined(meeting, seats, _left(meeting), new=False)
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"meeting": meeting.id, "back_to": already},
        title=f"{meeting.title}的报名",
        at=now,
    )
    return Joined(meeting, seats, _left(meeting) - seats + already, new=True)


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
    joined = [
        meeting
        for meeting in _matching(list_open(session, by, now), number, title)
        if _current(session, meeting.id, by.member_id)[1] is SignupAction.JOIN
    ]
    if not joined:
        raise NotJoined("没有找到您的报名，不用取消。")
    if len(joined) > 1:
        raise WhichClass(joined)
    _set_back(session, joined[0].id, by, 0, now)
    return joined[0]


def list_open(session: Session, by: Actor, now: datetime) -> list[MeetingView]:
    """Return the classes a member may sign up for, in order of time."""
    coming = meetings.list_near(session, by, now, now + _YEAR)
    return [meeting for meeting in coming if meeting.seats is not None]


def list_joined(session: Session, by: Actor, now: datetime) -> list[MeetingView]:
    """Return the coming classes the actor is signed up for."""
    assert by.member_id is not None
    return [
        meeting
        for meeting in list_open(session, by, now)
        if _current(session, meeting.id, by.member_id)[1] is SignupAction.JOIN
    ]


def joined_members(session: Session, meeting_id: MeetingId) -> dict[MemberId, int]:
    """Return who is signed up, with seats."""
    return joined_by_class(session, [meeting_id]).get(meeting_id, {})


def joined_by_class(
    session: Session, classes: Collection[MeetingId]
) -> dict[MeetingId, dict[MemberId, int]]:
    """Return who is signed up for each of some classes, with seats; one query for all."""
    if not classes:
        return {}
    last = (
        select(
            StudySignup.meeting_id, StudySignup.member_id, func.max(StudySignup.seq).label("seq")
        )
        .where(StudySignup.meeting_id.in_(classes))
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
    joined: dict[MeetingId, dict[MemberId, int]] = {}
    for meeting, member, seats in rows:
        joined.setdefault(MeetingId(meeting), {})[MemberId(member)] = seats
    return joined


def undo_signup(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take a sign-up back by a counter-entry (its inverse)."""
    _set_back(session, MeetingId(inverse["meeting"]), by, inverse["back_to"], now)


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


def _take(session: Session, meeting: MeetingView, seats: int) -> None:
    """Move the counter of seats, if they are there."""
    done = session.connection().execute(
        update(Meeting)
        .where(Meeting.id == meeting.id, Meeting.taken + seats <= Meeting.seats)
        .values(taken=Meeting.taken + seats)
    )
    if done.rowcount != 1:
        left = max(0, (meeting.seats or 0) - meeting.taken)
        raise Full(f"{meeting.title}只剩{left}个名额了。" if left else f"{meeting.title}名额已满。")


def _set_back(
    session: Session, meeting_id: MeetingId, by: Actor, seats: int, now: datetime
) -> None:
    assert by.member_id is not None
    meeting = meetings.get_meeting(session, meeting_id)
    seq, action, held = _current(session, meeting_id, by.member_id)
    if action is not SignupAction.JOIN:
        raise NotJoined("这个报名已经取消了。")
    _take(session, meeting, seats - held)
    step = SignupAction.JOIN if seats else SignupAction.CANCEL
    if _append(session, meeting_id, by, seq + 1, step, seats, now) is None:
        raise NotJoined("这个报名刚刚已经取消了。")


def _append(
    session: Session,
    meeting_id: MeetingId,
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
            "member_id": by.member_id,
            "seq": seq,
            "action": action,
            "seats": seats,
            "by_id": by.member_id,
            "at": now,
        },
    )
    return row


def _left(meeting: MeetingView) -> int:
    return max(0, (meeting.seats or 0) - meeting.taken)


def _find_class(
    session: Session, by: Actor, now: datetime, number: int | None, title: str | None
) -> MeetingView:
    open_classes = list_open(session, by, now)
    if not open_classes:
        raise NothingToJoin("现在没有可以报名的学习或活动。")
    found = _matching(open_classes, number, title)
    if not found:
        raise WhichClass(open_classes)
    if len(found) > 1:
        raise WhichClass(found)
    return found[0]


def _matching(
    classes: Sequence[MeetingView], number: int | None, title: str | None
) -> list[MeetingView]:
    if number is not None:
        exact = [meeting for meeting in classes if meeting.id == number]
        return exact or list(classes[number - 1 : number])  # as they were listed: 1, 2, …
    if title:
        return [meeting for meeting in classes if title in meeting.title]
    return list(classes)
