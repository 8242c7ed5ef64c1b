"""Leaving early: said by the member himself, or by who records attendance; presence stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain import rights
from bot.domain.attendance import THERE, Mark
from bot.domain.errors import DomainError
from bot.domain.meetings import MeetingState
from bot.domain.rights import Action, Actor
from bot.services import attendance, attendance_marks, meetings, undo
from bot.services.attendance_marks import ORGANISER, SELF, Author, Entry, Marked, Standing
from bot.services.attendance_others import LockedRecord
from bot.services.meetings import MeetingView
from bot.services.naming import Named

WHAT = "left_early"
_BACK = timedelta(days=4)


class NotOn(DomainError):
    """No meeting is on, or was lately, that one could have left."""


class WhenLeft(DomainError):
    """The meeting is over: when somebody left has to be said, and lies within it."""

    def __init__(self, meeting: MeetingView) -> None:
        super().__init__(
            f"{meeting.title}几点走的？请写上会议当中的时间再发一次，例如：我15:30早退"
        )


class NotThere(DomainError):
    """Who has left early has been there; nothing says so."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__(f"{name}没有{title}的签到，没有记早退。到过会请先补签。")


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody who left early.

    Attributes:
        at: When he left.
    """

    marked: Marked
    at: datetime


def leave_early(
    session: Session,
    *,
    by: Actor,
    said_at: datetime,
    now: datetime,
    left: time | None = None,
    people: Sequence[Named] = (),
) -> list[Left]:
    """Record that the actor, or people he may speak for by right, left before the end.

    Args:
        left: Shanghai wall time of the leaving; left out, the moment it is said.
        people: Empty for the actor himself.

    Raises:
        Forbidden: One of them is not of the actor's to record.
        NotOn, WhenLeft, NotThere, LockedRecord
        WhichMeeting: Several gatherings are on at once.
    """
    assert by.member_id is not None
    found: list[Left] = []
    actors = {person.id: person.as_actor for person in people} or {by.member_id: by}
    for person in people:
        if person.id != by.member_id:
            rights.require(by, Action.RECORD_ATTENDANCE, person.path)
    near = meetings.list_near_each(session, list(actors.values()), said_at - _BACK, said_at)
    chosen = {member: _on(near[member], said_at) for member in actors}
    attendance.refuse_several([meeting for of in chosen.values() for meeting in of])
    held = {meeting.id: meeting for of in chosen.values() for meeting in of}
    stands = attendance_marks.list_standings(session, list(held.values()), set(actors))
    for member, of in chosen.items():
        for meeting in of:
            source = SELF if member == by.member_id else ORGANISER
            author = Author(member, actors[member].name, by.member_id, source)
            standing = stands.get((meeting.id, member), Standing())
            moment = _moment(meeting, left, said_at)
            found.append(_left(session, meeting, author, standing, moment, said_at, now))
    return found


def remember(session: Session, left: Sequence[Left], by: Actor, now: datetime) -> None:
    """Let 撤销 take it back: the check-in stands as before."""
    new = [each.marked for each in left if each.marked.new]
    if new:
        assert by.member_id is not None
        undo.remember(
            session,
            member_id=by.member_id,
            stem=attendance.STEM,
            inverse={"marks": [[m.meeting.id, m.member_id, m.before, m.seq] for m in new]},
            title=f"{new[0].meeting.title}的早退",
            at=now,
            what=WHAT,
        )


def _on(near: Sequence[MeetingView], said_at: datetime) -> list[MeetingView]:
    """Return what is on at a moment, else what was on last."""
    begun = [m for m in near if m.seats is None and m.starts_at <= said_at]
    on = [m for m in begun if said_at < m.ends_at]
    last = [m for m in begun if m.event_id == begun[-1].event_id] if begun else []
    if not on and not last:
        raise NotOn("现在没有在开的会。来不了请回复 请假 原因")
    return on or last


def _moment(meeting: MeetingView, left: time | None, said_at: datetime) -> datetime:
    if left is None:
        moment = said_at
    else:
        moment = at(meeting.day, left.hour, left.minute)
        if moment < meeting.starts_at and left.hour < 12:  # 3点半 of an afternoon
            moment += timedelta(hours=12)
    if not meeting.starts_at <= moment < meeting.ends_at or moment > said_at:
        raise WhenLeft(meeting)
    return moment


def _left(
    session: Session,
    meeting: MeetingView,
    author: Author,
    standing: Standing,
    moment: datetime,
    said_at: datetime,
    now: datetime,
) -> Left:
    if meeting.state is MeetingState.CONFIRMED:
        raise LockedRecord(meeting.title)
    if standing.mark not in THERE and author.source == SELF and said_at >= meeting.ends_at:
        raise NotThere("您", meeting.title)
    came = standing.said_at if standing.mark in THERE and standing.said_at else said_at
    entry = Entry(Mark.LEFT_EARLY, min(came, moment), left_at=moment)
    if standing.mark is Mark.LEFT_EARLY and author.source == SELF:
        done = Marked(
            meeting, Mark.LEFT_EARLY, came, new=False, member_id=author.member_id, name=author.name
        )
    else:
        done = attendance_marks.append(session, meeting, author, entry, now=now, standing=standing)
    return Left(done, moment)
