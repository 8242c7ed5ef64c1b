"""Check-in, leave, and who has and has not come: append-only marks, the last one in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.attendance import (
    ON_LEAVE,
    THERE,
    WAITING,
    Closed,
    Judgement,
    Late,
    MakeUp,
    Mark,
    OnTime,
    TooEarly,
    classify_leave,
    judge,
)
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.rights import Actor
from bot.domain.wording import moment_words
from bot.services import attendance_marks, meetings, undo
from bot.services.attendance_marks import AskFirst, Author, Entry, Marked
from bot.services.meetings import MeetingView
from bot.services.people import Person

__all__ = ["ON_LEAVE", "AskFirst", "Marked"]

STEM = "attendance"
_BEFORE, _AFTER = timedelta(days=4), timedelta(days=2)

Judged: TypeAlias = tuple[MeetingView, Judgement]


class NothingOpen(DomainError):
    """There is no meeting to check in to at this moment."""

    may_be_overheard = True


class WhichMeeting(DomainError):
    """Several meetings are open at once; `choices` are put as one numbered question."""

    def __init__(self, choices: Sequence[MeetingView]) -> None:
        super().__init__("现在有几个会可以签到，请说明是哪一个。")
        self.choices = tuple(choices)


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who has and who has not, of those expected.

    Attributes:
        pending: Whose 补签 waits for approval. proxied: Whom another member reported.
    """

    meeting: MeetingView
    present: tuple[Person, ...]
    leave: tuple[Person, ...]
    pending: tuple[Person, ...]
    missing: tuple[Person, ...]
    proxied: tuple[Person, ...] = ()
    studied: tuple[Person, ...] = ()

    @property
    def expected(self) -> int:
        """How many are expected."""
        groups = (self.present, self.leave, self.pending, self.proxied, self.missing, self.studied)
        return sum(map(len, groups))


def check_in(
    session: Session,
    *,
    by: Actor,
    said_at: datetime,
    now: datetime,
    day: date | None = None,
    meeting_id: MeetingId | None = None,
    late_entry: bool = False,
) -> list[Marked]:
    """Check the actor in to what is open at `said_at`.

    One gathering with several meetings counts for each of them. After the end, and within the
    make-up window, the mark waits for approval.

    Args:
        day: A day the member named (补签 of an earlier day).
        meeting_id: The meeting chosen when several were open.
        late_entry: The member said 补签.

    Raises:
        NothingOpen: With the next opening time.
        WhichMeeting: Several gatherings are open at once.
    """
    near = meetings.list_near(session, by, said_at - _BEFORE, said_at + _AFTER)
    judged = judged_at(near, said_at, day=day, meeting_id=meeting_id)
    chosen = to_check_in(judged, late_entry=late_entry)
    if not chosen:
        raise NothingOpen(nothing_open(session, by, judged, said_at))
    refuse_several([meeting for meeting, _ in chosen])
    author = _self(by)
    return [
        _mark(session, meeting, judgement, author, said_at=said_at, now=now)
        for meeting, judgement in chosen
    ]


def judged_at(
    near: Sequence[MeetingView],
    said_at: datetime,
    *,
    day: date | None = None,
    meeting_id: MeetingId | None = None,
) -> list[Judged]:
    """Return the meetings meant, with what a check-in said at a moment counts as.

    Args:
        day: The day named. meeting_id: The meeting chosen.
    """
    return [
        (meeting, judge(said_at, meeting.window))
        for meeting in near
        if (day is None or day_of(meeting.starts_at) == day)
        and (meeting_id is None or meeting.id == meeting_id)
    ]


def to_check_in(judged: Sequence[Judged], *, late_entry: bool) -> list[Judged]:
    """Return what a check-in is for: what is open, else what may still be made up for.

    Who says 补签 while a meeting is open is simply there.
    """
    open_now = [item for item in judged if isinstance(item[1], OnTime | Late)]
    made_up = [item for item in judged if isinstance(item[1], MakeUp)]
    return made_up if not open_now or (late_entry and made_up) else open_now


def has_open(session: Session, by: Actor, now: datetime) -> bool:
    """Tell whether a bare 到 would have something to answer."""
    near = meetings.list_near(session, by, now - _BEFORE, now + _AFTER)
    return any(isinstance(judge(now, meeting.window), OnTime | Late) for meeting in near)


def ask_leave(
    session: Session,
    *,
    by: Actor,
    said_at: datetime,
    now: datetime,
    reason: str,
    day: date | None = None,
    until: date | None = None,
    meeting_id: MeetingId | None = None,
) -> list[Marked]:
    """Record that the actor asks leave of the next meeting, or of those on the days named.

    Raises:
        NothingOpen: No meeting is called that one could be absent from.
        AskFirst: The actor has already checked in.
    """
    coming = meetings.list_near(session, by, said_at - LEAVE_BACK, said_at + YEAR)
    chosen = to_be_absent(coming, said_at, day=day, until=until, meeting_id=meeting_id)
    entry = leave_entry(Mark.LEAVE_REQUESTED, reason, said_at)
    author = _self(by)
    return [attendance_marks.record(session, meeting, author, entry, now=now) for meeting in chosen]


def to_be_absent(
    coming: Sequence[MeetingView],
    said_at: datetime,
    *,
    day: date | None = None,
    until: date | None = None,
    meeting_id: MeetingId | None = None,
) -> list[MeetingView]:
    """Return which meetings a leave is from: those of the days named, else the next gathering.

    Raises:
        NothingOpen: No meeting is called that one could be absent from.
    """
    coming = [meeting for meeting in coming if meeting.ends_at > said_at]
    if day is not None:
        last = until or day
        coming = [m for m in coming if day <= day_of(m.starts_at) <= last]
    elif meeting_id is not None:
        coming = [m for m in coming if m.id == meeting_id]
    else:
        coming = [m for m in coming if m.event_id == coming[0].event_id]
    if not coming:
        raise NothingOpen("那天没有安排会，不用请假。" if day else "近期没有安排会，不用请假。")
    return coming


def leave_entry(mark: Mark, reason: str, said_at: datetime) -> Entry:
    """Return the mark of a leave; with illness no words are kept."""
    kind, kept = classify_leave(reason)
    return Entry(mark, said_at, kind.value, kept)


def promise(
    session: Session, *, by: Actor, meeting_id: MeetingId, said_at: datetime, now: datetime
) -> Marked:
    """Record that the actor says to come (来回复 1); it is neither presence nor duty."""
    meeting = meetings.get_meeting(session, meeting_id)
    entry = Entry(Mark.PROMISED, said_at)
    return attendance_marks.record(session, meeting, _self(by), entry, now=now)


def undo_mark(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take marks back by counter-marks (the inverse): what stood before stands again.

    Raises:
        ChangedSince: Another mark has been recorded since.
    """
    assert by.member_id is not None
    found = meetings.list_by_ids(session, {MeetingId(item[0]) for item in inverse["marks"]})
    of = {meeting.id: meeting for meeting in found}
    for meeting_id, member_id, before, seq in inverse["marks"]:
        own = member_id == by.member_id
        source = attendance_marks.SELF if own else attendance_marks.PROXY
        author = Author(MemberId(member_id), "", by.member_id, source)
        meeting = of[MeetingId(meeting_id)]
        attendance_marks.set_back(session, meeting, author, before=before, seq=seq, now=now)


def roll_call(session: Session, meeting: MeetingView) -> Attendance:
    """Return who has come, is on leave, waits for approval, has made up for it, or said nothing."""
    expected = meetings.expected_members(session, meeting)
    marks = current_marks(session, [meeting])
    of = {member: mark for (_, member), mark in marks.items()}

    def having(*wanted: Mark) -> tuple[Person, ...]:
        return tuple(person for person in expected if of.get(person.id) in wanted)

    return Attendance(
        meeting=meeting,
        present=having(*THERE),
        leave=having(*ON_LEAVE),
        pending=having(Mark.MAKEUP_REQUESTED),
        proxied=having(Mark.PROXY_REQUESTED),
        missing=tuple(p for p in expected if of.get(p.id) in _SILENT),
        studied=having(Mark.STUDIED_LATER),
    )


def current_marks(
    session: Session, of: Sequence[MeetingView]
) -> dict[tuple[MeetingId, MemberId], Mark]:
    """Return the marks in force for some meetings, one query for all."""
    found = attendance_marks.list_standings(session, of)
    return {key: standing.mark for key, standing in found.items() if standing.mark is not None}


YEAR = timedelta(days=366)
LEAVE_BACK = timedelta(hours=4)
_SILENT = (None, Mark.PROMISED, Mark.WITHDRAWN, Mark.MAKEUP_REFUSED, Mark.PROXY_REFUSED)


def _self(by: Actor) -> Author:
    assert by.member_id is not None
    return Author(by.member_id, by.name, by.member_id)


def _mark(
    session: Session,
    meeting: MeetingView,
    judgement: Judgement,
    author: Author,
    *,
    said_at: datetime,
    now: datetime,
) -> Marked:
    mark = {OnTime: Mark.PRESENT, Late: Mark.LATE}.get(type(judgement), Mark.MAKEUP_REQUESTED)
    done = attendance_marks.record(session, meeting, author, Entry(mark, said_at), now=now)
    minutes = judgement.minutes if isinstance(judgement, Late) else 0
    return replace(done, late=minutes, pending=done.mark in WAITING)


def remember_marks(
    session: Session, marked: Sequence[Marked], by: Actor, now: datetime, *, batch: str = ""
) -> None:
    """Let 撤销 take these marks back: their author all of them, each other person his own.

    Args:
        batch: Joins what one message did for several people.
    """
    for member_id, marks in _new_of_each(marked).items():
        assert by.member_id is not None
        what = "请假" if marks[0].mark in ON_LEAVE else "签到"
        undo.remember(
            session,
            member_id=by.member_id,
            stem=STEM,
            inverse={"marks": [[m.meeting.id, member_id, m.before, m.seq] for m in marks]},
            title=f"{marks[0].meeting.title}的{what}",
            at=now,
            subject_id=None if member_id == by.member_id else member_id,
            batch=batch,
        )


def _new_of_each(marked: Sequence[Marked]) -> dict[MemberId, list[Marked]]:
    grouped: dict[MemberId, list[Marked]] = {}
    for mark in marked:
        if mark.new:
            grouped.setdefault(mark.member_id, []).append(mark)
    return grouped


def refuse_several(chosen: Sequence[MeetingView]) -> None:
    """Refuse when several gatherings are meant.

    Raises:
        WhichMeeting: With one meeting of each.
    """
    first_of_event = {meeting.event_id: meeting for meeting in reversed(chosen)}
    if len(first_of_event) > 1:
        raise WhichMeeting(sorted(first_of_event.values(), key=lambda m: (m.starts_at, m.id)))


def nothing_open(session: Session, by: Actor, judged: Sequence[Judged], said_at: datetime) -> str:
    """Return the sentence for who cannot check in: too early, too late, or nothing called."""
    early = [(m, j) for m, j in judged if isinstance(j, TooEarly)]
    if early:
        meeting, judgement = early[0]
        return f"{meeting.title}还没到签到时间，{moment_words(judgement.opens_at)}起可以签到。"
    closed = [(m, j) for m, j in judged if isinstance(j, Closed)]
    if closed:
        return f"{closed[-1][0].title}已过补签时间，请告诉组织委员补登。"
    coming = meetings.list_near(session, by, said_at, said_at + YEAR)
    if not coming:
        return "现在没有要签到的会。"
    opens_at = coming[0].window.opens_at
    return f"现在没有要签到的会。下次是{coming[0].title}，{moment_words(opens_at)}起可以签到。"
