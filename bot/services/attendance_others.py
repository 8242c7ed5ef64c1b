"""Attendance said of others (代签, 替人请假): recorded by right, else kept for the organiser."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain import rights
from bot.domain.attendance import (
    WAITING,
    Closed,
    Judgement,
    Late,
    MakeUp,
    Mark,
    OnTime,
    recorded_as,
)
from bot.domain.errors import DomainError, Forbidden
from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import MeetingState
from bot.domain.periods import Month
from bot.domain.rights import Action, Actor
from bot.services import attendance, attendance_marks, meetings
from bot.services.attendance import Judged
from bot.services.attendance_marks import ORGANISER, PROXY, SELF, Author, Entry, Marked, Standing
from bot.services.meetings import MeetingView
from bot.services.naming import Named, may_speak_for
from bot.storage.models import AttendanceMark

NOT_EXPECTED = "{name}不用参加这个会，没有记请假。"
_BACK, _AHEAD = timedelta(days=4), timedelta(days=2)
_Standings = Mapping[tuple[MeetingId, MemberId], Standing]


class LockedRecord(DomainError):
    """The record of the meeting is confirmed and stays as it is."""

    def __init__(self, title: str) -> None:
        super().__init__(f"{title}的记录已经确认，不能再改到会情况。")


MOST_PROXIES = 5


class TooManyForOne(DomainError):
    """One member speaks for half the branch: whoever records attendance calls the roll instead."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__(
            f"一次会一个人最多代报{MOST_PROXIES}人，这条里的一个也没有记。"
            "人多请组织委员点名，例如：除张三、李四都到"
        )


class NotOfTheirs(Forbidden):
    """Somebody of another branch; only who works there may speak for him."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}不在您的支部，请那边的组织委员来登记。")


def check_in_others(
    session: Session,
    *,
    people: Sequence[Named],
    by: Actor,
    said_at: datetime,
    now: datetime,
    day: date | None = None,
    month: Month | None = None,
    meeting_id: MeetingId | None = None,
    late_entry: bool = False,
) -> list[Marked]:
    """Record others as present, each at what is open for him at `said_at`.

    Who may record attendance there records it at once, also for a meeting that is over; what any
    other member says waits as a request. All of them are recorded or none.

    Args:
        day, month, meeting_id, late_entry: As in `attendance.check_in`.

    Raises:
        NothingOpen: For one of them, with the time.
        WhichMeeting: Several gatherings are open at once.
        NotOfTheirs, LockedRecord
        TooManyForOne: A member speaks for more people than one may.
    """
    _require_reach(people, by)
    since = day or (month.first if month else None)
    near = _meetings_of(session, people, said_at, since)
    chosen: list[tuple[Named, Judged]] = []
    for person in people:
        judged = attendance.judged_at(
            near[person.id], said_at, day=day, month=month, meeting_id=meeting_id
        )
        by_right = [item for item in judged if _by_right(by, person, item[0])]
        found = _to_record(judged, late_entry=late_entry, by_right=bool(by_right))
        if not found:
            raise attendance.NothingOpen(
                attendance.nothing_open(session, person.as_actor, judged, said_at, month)
            )
        chosen += [(person, item) for item in found]
    attendance.refuse_several([meeting for _, (meeting, _) in chosen])
    standings = _standings(session, chosen)
    _check_number(session, chosen, by)
    return [
        _present(session, person, item, by, standings, said_at=said_at, now=now)
        for person, item in chosen
    ]


def ask_leave_for_others(
    session: Session,
    *,
    people: Sequence[Named],
    by: Actor,
    said_at: datetime,
    now: datetime,
    reason: str,
    day: date | None = None,
    until: date | None = None,
    days: Collection[date] = (),
    title: str | None = None,
    chosen: Collection[MeetingId] = (),
) -> list[Marked]:
    """Record that others are on leave; said by right it is granted, else it is asked for.

    Which meeting each is away from is found as in `attendance.ask_leave`; what one signs up for
    is left out.

    Raises:
        NothingOpen: No meeting is called that one of them could be absent from.
        WhichMeeting: Several could be meant, or none is called so.
        AskFirst: One of them has checked in.
        NotOfTheirs
    """
    _require_reach(people, by)
    since, last = said_at - attendance.LEAVE_BACK, said_at + attendance.YEAR
    coming = meetings.list_near_each(session, [p.as_actor for p in people], since, last)
    away = [
        (person, meeting)
        for person in people
        for meeting in _missed(coming[person.id], person, said_at, day, until, days, title, chosen)
    ]
    marked: list[Marked] = []
    for person, meeting in away:
        mark = Mark.LEAVE if _by_right(by, person, meeting) else Mark.LEAVE_REQUESTED
        entry = attendance.leave_entry(mark, reason, said_at)
        author = _author(by, person, meeting)
        marked.append(attendance_marks.record(session, meeting, author, entry, now=now))
    return marked


def _missed(
    coming: Sequence[MeetingView],
    person: Named,
    said_at: datetime,
    day: date | None,
    until: date | None,
    days: Collection[date],
    title: str | None,
    chosen: Collection[MeetingId],
) -> list[MeetingView]:
    """Return which meetings of his somebody will miss."""
    due = [meeting for meeting in coming if meeting.seats is None]
    if chosen and not any(meeting.id in chosen for meeting in due):
        raise attendance.NothingOpen(NOT_EXPECTED.format(name=person.name))
    return attendance.meant_by_leave(
        due, said_at, day=day, until=until, days=days, title=title, chosen=chosen
    )


def _require_reach(people: Sequence[Named], by: Actor) -> None:
    for person in people:
        if not may_speak_for(by, person, Action.RECORD_ATTENDANCE):
            raise NotOfTheirs(person.name)


def _by_right(by: Actor, person: Named, meeting: MeetingView) -> bool:
    """Tell whether an actor's word counts by itself at a meeting; nobody's does for himself.

    The right is that of the unit that holds it: a cell leader records his cell's meetings, and at
    one of the branch his word for others waits like any member's.
    """
    path = _path_of_holder(person, meeting)
    return person.id != by.member_id and rights.may(by, Action.RECORD_ATTENDANCE, path)


def _path_of_holder(person: Named, meeting: MeetingView) -> str:
    """Return the path of the unit that holds a meeting somebody belongs to."""
    own = {person.cell_id: person.path, person.branch_id: person.branch_path}
    if meeting.unit_id in own:
        return own[meeting.unit_id]
    step = f"/{meeting.unit_id}/"
    paths = (person.branch_path, *(grant.unit_path for grant in person.grants))
    held = (path[: path.find(step) + len(step)] for path in paths if step in path)
    return next(held, person.branch_path)


def _check_number(session: Session, chosen: Sequence[tuple[Named, Judged]], by: Actor) -> None:
    """Refuse one member's word for more people than one may speak for at a meeting.

    Raises:
        TooManyForOne

    Source:
        attendance.proxy
    """
    waits: dict[MeetingId, set[MemberId]] = {}
    for person, (meeting, _) in chosen:
        if person.id != by.member_id and not _by_right(by, person, meeting):
            waits.setdefault(meeting.id, set()).add(person.id)
    said = select(AttendanceMark.meeting_id, AttendanceMark.member_id).where(
        AttendanceMark.meeting_id.in_(waits),
        AttendanceMark.reporter_id == by.member_id,
        AttendanceMark.source == PROXY,
    )
    for meeting_id, member_id in session.execute(said) if waits else ():
        waits[MeetingId(meeting_id)].add(MemberId(member_id))
    if any(len(members) > MOST_PROXIES for members in waits.values()):
        raise TooManyForOne


def _author(by: Actor, person: Named, meeting: MeetingView) -> Author:
    assert by.member_id is not None
    source = ORGANISER if _by_right(by, person, meeting) else PROXY
    if person.id == by.member_id:
        source = SELF
    return Author(person.id, person.name, by.member_id, source)


def _meetings_of(
    session: Session, people: Sequence[Named], said_at: datetime, day: date | None
) -> dict[MemberId, list[MeetingView]]:
    since = said_at - _BACK
    if day is not None and day >= day_of(said_at - attendance.YEAR):
        since = min(since, at(day))
    actors = [person.as_actor for person in people]
    return meetings.list_near_each(session, actors, since, said_at + _AHEAD)


def _to_record(judged: Sequence[Judged], *, late_entry: bool, by_right: bool) -> list[Judged]:
    chosen = attendance.to_check_in(judged, late_entry=late_entry)
    if chosen or not by_right:
        return chosen
    over = [item for item in judged if isinstance(item[1], Closed)]
    return [item for item in over if item[0].event_id == over[-1][0].event_id]


def _standings(session: Session, chosen: Sequence[tuple[Named, Judged]]) -> _Standings:
    held = {meeting.id: meeting for _, (meeting, _) in chosen}
    return attendance_marks.list_standings(
        session, list(held.values()), {person.id for person, _ in chosen}
    )


def _present(
    session: Session,
    person: Named,
    item: Judged,
    by: Actor,
    standings: _Standings,
    *,
    said_at: datetime,
    now: datetime,
) -> Marked:
    meeting, judgement = item
    author = _author(by, person, meeting)
    standing = standings.get((meeting.id, person.id), Standing())
    late = judgement.minutes if isinstance(judgement, Late) else 0
    if author.source == ORGANISER:
        done = _by_word(session, meeting, judgement, author, standing, said_at, now)
    else:
        mark = _asked_for(judgement, author)
        entry = Entry(mark, said_at)
        done = attendance_marks.record(session, meeting, author, entry, now=now, standing=standing)
    return replace(done, late=late, pending=done.mark in WAITING)


def _by_word(
    session: Session,
    meeting: MeetingView,
    judgement: Judgement,
    author: Author,
    standing: Standing,
    said_at: datetime,
    now: datetime,
) -> Marked:
    mark = recorded_as(standing.mark, judgement)
    if mark is None:
        entry = Entry(standing.mark or Mark.PRESENT, said_at)
        return attendance_marks.record(session, meeting, author, entry, now=now, standing=standing)
    if meeting.state is MeetingState.CONFIRMED:
        raise LockedRecord(meeting.title)
    return attendance_marks.append(
        session, meeting, author, Entry(mark, said_at), now=now, standing=standing
    )


def _asked_for(judgement: Judgement, author: Author) -> Mark:
    if isinstance(judgement, MakeUp):
        return Mark.MAKEUP_REQUESTED
    if author.source == SELF:
        return Mark.PRESENT if isinstance(judgement, OnTime) else Mark.LATE
    return Mark.PROXY_REQUESTED
