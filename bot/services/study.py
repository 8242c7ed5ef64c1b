"""Sign-ups for study classes: seats are given by conditional update, never twice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.rights import Action, Actor
from bot.domain.study import MAX_PARTY, SignupAction, check_open
from bot.services import meetings, study_terms, undo
from bot.services.meetings import MeetingView
from bot.services.study_seats import HOLDS, Full, Step, append, list_steps, settle, step_of
from bot.storage.models import StudySignup

__all__ = ["Full"]

STEM = "study"
Days: TypeAlias = tuple[date, date]
"""First and last day, both included."""
_YEAR = timedelta(days=366)


class NothingToJoin(DomainError):
    """No class is open for sign-up."""

    may_be_overheard = True


class WhichClass(DomainError):
    """Several classes are open; `choices` are put as one numbered question."""

    def __init__(self, choices: Sequence[MeetingView]) -> None:
        super().__init__("现在有几个班可以报名，请说明是哪一个。")
        self.choices = tuple(choices)


class NotJoined(DomainError):
    """There is no sign-up to withdraw."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of a sign-up.

    Attributes:
        left: Seats still free.
        new: False when it was on record already.
        member_id, name: Whose seats they are.
        position: Place on the waiting list, from 1; 0 for who has seats.
    """

    meeting: MeetingView
    seats: int
    left: int
    new: bool
    member_id: MemberId
    name: str
    position: int = 0


def join(
    session: Session,
    *,
    by: Actor,
    now: datetime,
    number: int | None = None,
    title: str | None = None,
    days: Days | None = None,
    seats: int = 1,
    batch: str = "",
) -> Joined:
    """Sign the actor up for a class.

    Args:
        number: The class's number as shown in lists.
        title: A piece of its title, or of its place.
        days: When it is held, where that was said.
        seats: Persons in all, the actor included.
        batch: Joins what one message did.

    Raises:
        NothingToJoin, WhichClass, Full
    """
    check_seats(seats)
    meeting = find_class(session, by, now, number, title, days)
    return give_seats(session, meeting, of=by, seats=seats, by=by, now=now, batch=batch)


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
    _require_open(session, meeting, of.member_id, seats, by, now)
    done = settle(session, meeting, of.member_id, seats, by_id=by.member_id, now=now)
    joined = Joined(
        meeting, done.step.seats, done.left, done.is_new, of.member_id, of.name, done.position
    )
    if not done.is_new:
        if of.member_id == by.member_id:
            _make_own(session, meeting.id, done.step, now)
        return joined
    held = done.before.seats if done.before.action in HOLDS else 0
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"meeting": meeting.id, "member": of.member_id, "back_to": held},
        title=f"{meeting.title}的{'候补' if done.position else '报名'}",
        at=now,
        what="signup",
        subject_id=None if of.member_id == by.member_id else of.member_id,
        batch=batch,
    )
    return joined


def _require_open(
    session: Session, meeting: MeetingView, of: MemberId, seats: int, by: Actor, now: datetime
) -> None:
    """Refuse more seats after the deadline; the organiser may still sign somebody up.

    Raises:
        SignUpClosed
    """
    closes_at = study_terms.terms_of(session, meeting.id).closes_at
    if closes_at is None or now < closes_at:
        return
    step = step_of(session, meeting.id, of)
    if step.action in HOLDS and seats <= step.seats:
        return
    if not rights.may(by, Action.RECORD_ATTENDANCE, meetings.path_of(session, meeting.unit_id)):
        check_open(now, closes_at)


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A sign-up that was taken back.

    Attributes:
        waited: It was on the waiting list.
    """

    meeting: MeetingView
    waited: bool


def leave(
    session: Session,
    *,
    by: Actor,
    now: datetime,
    number: int | None = None,
    title: str | None = None,
    days: Days | None = None,
    batch: str = "",
) -> Withdrawn:
    """Withdraw the actor's sign-up; the seats go to whoever waits, else they are free again.

    Args:
        number, title, days: As in `join`.
        batch: Joins what one message did.

    Raises:
        NotJoined, WhichClass
    """
    assert by.member_id is not None
    joined = list_joined_each(session, [by], now, number, title, actions=HOLDS)[by.member_id]
    if not joined:
        raise NotJoined("没有找到您的报名，不用取消。")
    on_days = _held_on(joined, days)
    if len(on_days) != 1:
        raise WhichClass(joined)
    joined = on_days
    return withdraw(session, joined[0], of=by.member_id, by=by, now=now, batch=batch)


def withdraw(
    session: Session,
    meeting: MeetingView,
    *,
    of: MemberId,
    by: Actor,
    now: datetime,
    batch: str = "",
) -> Withdrawn:
    """Withdraw a member's sign-up, and let 撤销 sign him up again while there are seats.

    Args:
        of: Whose seats they are. by: Who says so.
        batch: Joins what one message did for several people.

    Raises:
        NotJoined
    """
    assert by.member_id is not None
    done = settle(session, meeting, of, 0, by_id=by.member_id, now=now)
    if not done.is_new:
        raise NotJoined("这个报名已经取消了。")
    before = done.before
    inverse: dict[str, Any] = {"meeting": meeting.id, "member": of, "again": before.seats}
    if before.waits:
        inverse["place"] = before.place or 0
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse=inverse,
        title=f"“取消{meeting.title}报名”",
        at=now,
        what="signup",
        subject_id=None if of == by.member_id else of,
        batch=batch,
    )
    return Withdrawn(meeting, before.waits)


def list_open(session: Session, by: Actor, now: datetime) -> list[MeetingView]:
    """Return the classes a member may sign up for, in order of time."""
    coming = meetings.list_near(session, by, now, now + _YEAR)
    return [meeting for meeting in coming if meeting.seats is not None]


def list_joined(session: Session, by: Actor, now: datetime) -> list[MeetingView]:
    """Return the coming classes the actor is signed up for."""
    assert by.member_id is not None
    return list_joined_each(session, [by], now)[by.member_id]


def list_held(session: Session, by: Actor, now: datetime) -> list[MeetingView]:
    """Return the coming classes the actor is signed up for or waits for."""
    assert by.member_id is not None
    return list_joined_each(session, [by], now, actions=HOLDS)[by.member_id]


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
    actions: Collection[SignupAction] = (SignupAction.JOIN,),
) -> dict[MemberId, list[MeetingView]]:
    """Return the coming classes each of some members is signed up for, of those named.

    Args:
        actions: What counts as such; with `HOLDS` also to be on the waiting list.
    """
    open_to = {
        member_id: matching(found, number, title)
        for member_id, found in list_open_each(session, actors, now).items()
    }
    classes = {meeting.id for found in open_to.values() for meeting in found}
    steps = list_steps(session, classes, open_to, actions)
    held = {(meeting_id, step.member_id) for meeting_id, of in steps.items() for step in of}
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
    return {
        meeting_id: {step.member_id: step.seats for step in steps}
        for meeting_id, steps in list_steps(session, classes, None, (SignupAction.JOIN,)).items()
        if steps
    }


def waiting_by_class(
    session: Session, classes: Collection[MeetingId]
) -> dict[MeetingId, list[MemberId]]:
    """Return who waits for seats of each of some classes, in order; one query for all."""
    found = list_steps(session, classes, None, (SignupAction.WAIT,))
    return {
        meeting_id: [step.member_id for step in sorted(steps, key=lambda step: step.place or 0)]
        for meeting_id, steps in found.items()
        if steps
    }


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
    meeting = meetings.get_meeting(session, MeetingId(inverse["meeting"]))
    if "again" not in inverse:
        set_back(session, meeting.id, member_id, by, inverse["back_to"], now)
        return
    if step_of(session, meeting.id, member_id).action in HOLDS:
        raise NotJoined("这个报名已经又报上了，不用再撤销。")
    waited = "place" in inverse
    try:
        settle(
            session,
            meeting,
            member_id,
            inverse["again"],
            by_id=by.member_id,
            now=now,
            lines_up=waited,
            place=inverse.get("place"),
        )
    except Full as full:
        raise Full(f"{full.sentence}名额已经让给别人，要排候补请回复 报名") from full


def seats_of(session: Session, meeting_id: MeetingId, member_id: MemberId) -> int:
    """Return how many seats a member has in a class; 0 where none."""
    return step_of(session, meeting_id, member_id).held


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
    """
    settle(session, meeting, member_id, seats, by_id=by.member_id, now=now, lines_up=False)


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
    if step_of(session, meeting_id, member_id).action not in HOLDS:
        raise NotJoined("这个报名已经取消了。")
    done = settle(session, meeting, member_id, seats, by_id=by.member_id, now=now)
    if not done.is_new:
        raise NotJoined("这个报名刚刚已经取消了。")


def _make_own(session: Session, meeting_id: MeetingId, step: Step, now: datetime) -> None:
    """Let a sign-up that somebody else had recorded be the member's own word from now on.

    Otherwise taking the other's action back would take his word back with it.
    """
    if step.by_id != step.member_id:
        append(session, meeting_id, replace(step, seq=step.seq + 1, by_id=step.member_id), now)


def find_class(
    session: Session,
    by: Actor,
    now: datetime,
    number: int | None,
    title: str | None,
    days: Days | None = None,
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
    found = _held_on(matching(open_classes, number, title), days)
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
        return _called(classes, title)
    return list(classes)


def _called(classes: Sequence[MeetingView], words: str) -> list[MeetingView]:
    """Return those whose title holds the words, else those named among them, or held there."""
    return (
        [meeting for meeting in classes if words in meeting.title]
        or [meeting for meeting in classes if meeting.title in words]
        or [meeting for meeting in classes if words in meeting.place]
    )


def _held_on(classes: Sequence[MeetingView], days: Days | None) -> list[MeetingView]:
    return [m for m in classes if days is None or days[0] <= m.day <= days[1]]
