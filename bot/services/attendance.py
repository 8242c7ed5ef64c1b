"""Check-in, leave, and who has and has not come: append-only marks, the last one in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.attendance import (
    THERE,
    Closed,
    Judgement,
    Late,
    MakeUp,
    Mark,
    OnTime,
    Outcome,
    TooEarly,
    classify_leave,
    judge,
    outcome,
)
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.rights import Actor
from bot.domain.wording import clock_words, moment_words
from bot.services import meetings, undo
from bot.services.attendance_marks import SELF, Standing, append_mark, find_standing
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.storage.models import AttendanceMark
from bot.storage.prepared import Prepared

STEM = "attendance"
CHECKIN, LEAVE = "checkin", "leave"  # kinds of action that 撤销 can tell apart
_BEFORE, _AFTER = timedelta(days=4), timedelta(days=2)


class NothingOpen(DomainError):
    """There is no meeting to check in to at this moment."""

    may_be_overheard = True


class WhichMeeting(DomainError):
    """Several meetings are open at once; `choices` are put as one numbered question."""

    def __init__(self, choices: Sequence[MeetingView]) -> None:
        super().__init__("现在有几个会可以签到，请说明是哪一个。")
        self.choices = tuple(choices)


class Overtaken(DomainError):
    """What was to be taken back has been overtaken by something newer."""

    def __init__(self) -> None:
        super().__init__("这之后又有了新的登记，没有撤销。要改请告诉组织委员。")


class NoLeave(DomainError):
    """There is no leave of one's own to take back."""

    def __init__(self) -> None:
        super().__init__("没有找到您还没开始的会的请假。已经开过的会，请告诉组织委员更正。")


class AskFirst(DomainError):
    """The new mark would overturn an earlier one the other way round."""


@dataclass(frozen=True, slots=True)
class Marked:
    """What became of a check-in or a leave.

    Attributes:
        new: False when it was on record already, since `at`.
        late: Minutes after the start.
        pending: A make-up check-in that waits for approval.
        before: Number of the mark that stood until then; 0 where none did.
    """

    meeting: MeetingView
    mark: Mark
    at: datetime
    new: bool
    late: int = 0
    pending: bool = False
    reason: str = ""
    before: int = 0


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who has and who has not, of those expected."""

    meeting: MeetingView
    present: tuple[Person, ...]
    leave: tuple[Person, ...]
    pending: tuple[Person, ...]
    missing: tuple[Person, ...]

    @property
    def expected(self) -> int:
        """How many are expected."""
        return sum(map(len, (self.present, self.leave, self.pending, self.missing)))


_CURRENT = Prepared(
    select(AttendanceMark.seq, AttendanceMark.mark, AttendanceMark.said_at, AttendanceMark.revision)
    .where(
        AttendanceMark.meeting_id == bindparam("meeting_id"),
        AttendanceMark.member_id == bindparam("member_id"),
    )
    .order_by(AttendanceMark.seq.desc())
    .limit(1)
)


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
    judged = [(meeting, judge(said_at, meeting.window)) for meeting in near]
    if day is not None:
        judged = [item for item in judged if day_of(item[0].starts_at) == day]
    if meeting_id is not None:
        judged = [item for item in judged if item[0].id == meeting_id]
    open_now = [item for item in judged if isinstance(item[1], OnTime | Late)]
    made_up = [item for item in judged if isinstance(item[1], MakeUp)]
    # Who says 补签 while a meeting is open is simply there.
    chosen = made_up if not open_now or (late_entry and made_up) else open_now
    if not chosen:
        raise NothingOpen(_nothing_open(session, by, judged, said_at))
    _refuse_several([meeting for meeting, _ in chosen])
    return [
        _mark(session, meeting, judgement, by=by, said_at=said_at, now=now)
        for meeting, judgement in chosen
    ]


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
    coming = meetings.list_near(session, by, said_at - timedelta(hours=4), said_at + _YEAR)
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
    kind, kept = classify_leave(reason)
    return [
        _record(
            session,
            meeting,
            Mark.LEAVE_REQUESTED,
            by=by,
            said_at=said_at,
            now=now,
            reason_kind=kind.value,
            reason=kept,
        )
        for meeting in coming
    ]


def promise(
    session: Session, *, by: Actor, meeting_id: MeetingId, said_at: datetime, now: datetime
) -> Marked:
    """Record that the actor says to come (来回复 1); it is neither presence nor duty."""
    meeting = meetings.get_meeting(session, meeting_id)
    return _record(session, meeting, Mark.PROMISED, by=by, said_at=said_at, now=now)


def undo_mark(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take marks back by counter-marks (the inverse): what stood before stands again.

    A mark that something newer has overtaken (checked in after a leave, corrected by the
    organiser) is left as it is.

    Raises:
        Overtaken: None of them stands any more.
    """
    assert by.member_id is not None
    family = _FAMILIES.get(inverse.get("what", ""))
    taken_back = False
    for meeting_id, before in inverse["meetings"]:
        meeting = meetings.get_meeting(session, MeetingId(meeting_id))
        standing = find_standing(session, meeting, by.member_id)
        if _is_own(standing, family):
            _set_back(session, meeting, before, by=by, now=now)
            taken_back = True
    if not taken_back:
        raise Overtaken


def _is_own(standing: Standing, family: frozenset[Mark] | None) -> bool:
    """Tell whether what stands is still what the member said (nothing stands after a move)."""
    if family is None or standing.mark is None:
        return True
    return standing.mark in family and standing.source == SELF


def withdraw_leave(
    session: Session,
    *,
    by: Actor,
    now: datetime,
    day: date | None = None,
    meeting_id: MeetingId | None = None,
) -> list[MeetingView]:
    """Take back the actor's own leave of a meeting that has not begun, however long ago asked.

    Args:
        day: The day of the meeting, where it was said.
        meeting_id: The meeting chosen when several were possible.

    Raises:
        NoLeave: There is none; what has begun is the organiser's to correct.
        WhichMeeting: Leave of several gatherings.
    """
    assert by.member_id is not None
    coming = meetings.list_near(session, by, now, now + _YEAR)
    marks = current_marks(session, coming) if coming else {}
    mine = [m for m in coming if marks.get((m.id, by.member_id)) in ON_LEAVE]
    if day is not None:
        mine = [meeting for meeting in mine if day_of(meeting.starts_at) == day]
    if meeting_id is not None:
        mine = [meeting for meeting in mine if meeting.id == meeting_id]
    if not mine:
        raise NoLeave
    _refuse_several(mine)
    for meeting in mine:
        _set_back(session, meeting, 0, by=by, now=now)
    return mine


def roll_call(session: Session, meeting: MeetingView) -> Attendance:
    """Return who has come, is on leave, waits for approval, or has said nothing."""
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
        missing=tuple(p for p in expected if of.get(p.id) in _SILENT),
    )


def current_marks(
    session: Session, of: Sequence[MeetingView]
) -> dict[tuple[MeetingId, MemberId], Mark]:
    """Return the marks in force for some meetings, one query for all."""
    last = (
        select(
            AttendanceMark.meeting_id,
            AttendanceMark.member_id,
            func.max(AttendanceMark.seq).label("seq"),
        )
        .where(AttendanceMark.meeting_id.in_([meeting.id for meeting in of]))
        .group_by(AttendanceMark.meeting_id, AttendanceMark.member_id)
        .subquery()
    )
    rows = session.execute(
        select(
            AttendanceMark.meeting_id,
            AttendanceMark.member_id,
            AttendanceMark.mark,
            AttendanceMark.revision,
        ).join(
            last,
            and_(
                AttendanceMark.meeting_id == last.c.meeting_id,
                AttendanceMark.member_id == last.c.member_id,
                AttendanceMark.seq == last.c.seq,
            ),
        )
    )
    revisions = {meeting.id: meeting.revision for meeting in of}
    return {
        (MeetingId(meeting_id), MemberId(member_id)): mark
        for meeting_id, member_id, mark, revision in rows
        if mark is not Mark.WITHDRAWN and revision == revisions[MeetingId(meeting_id)]
    }


ON_LEAVE = frozenset({Mark.LEAVE, Mark.LEAVE_REQUESTED})
_YEAR = timedelta(days=366)
_CALLED = {CHECKIN: "签到", LEAVE: "请假"}
_FAMILIES = {CHECKIN: THERE | {Mark.MAKEUP_REQUESTED}, LEAVE: ON_LEAVE}
_SILENT = (None, Mark.PROMISED, Mark.WITHDRAWN, Mark.MAKEUP_REFUSED, Mark.STUDIED_LATER)


def _mark(
    session: Session,
    meeting: MeetingView,
    judgement: Judgement,
    *,
    by: Actor,
    said_at: datetime,
    now: datetime,
) -> Marked:
    mark = {OnTime: Mark.PRESENT, Late: Mark.LATE}.get(type(judgement), Mark.MAKEUP_REQUESTED)
    done = _record(session, meeting, mark, by=by, said_at=said_at, now=now)
    minutes = judgement.minutes if isinstance(judgement, Late) else 0
    return replace(done, late=minutes, pending=done.mark is Mark.MAKEUP_REQUESTED)


def _record(
    session: Session,
    meeting: MeetingView,
    mark: Mark,
    *,
    by: Actor,
    said_at: datetime,
    now: datetime,
    reason_kind: str = "",
    reason: str = "",
) -> Marked:
    """Append a mark unless it repeats the one in force; two at once meet on the unique key."""
    assert by.member_id is not None
    seq, current, current_at = _current(session, meeting, by.member_id)
    verdict = outcome(current, mark)
    if verdict is Outcome.REPEAT and current is not None and current_at is not None:
        return Marked(meeting, current, current_at, new=False)
    if verdict is Outcome.ASK:
        raise AskFirst(
            f"您{clock_words(current_at or now)}已签到{meeting.title}。"
            "如果是提前离开，请直接告诉组织委员；如果签错了，先回复 撤销。"
        )
    row = _insert(session, meeting, seq + 1, mark, by, said_at, now, reason_kind, reason)
    if row is None:
        _, current, current_at = _current(session, meeting, by.member_id)
        return Marked(meeting, current or mark, current_at or said_at, new=False)
    before = 0 if current is None else seq
    return Marked(meeting, mark, said_at, new=True, reason=reason, before=before)


def _set_back(
    session: Session, meeting: MeetingView, before: int, *, by: Actor, now: datetime
) -> None:
    """Let the mark of a number stand again, or none if there was none or the meeting moved."""
    assert by.member_id is not None
    seq, _, _ = _current(session, meeting, by.member_id)
    stood = session.execute(
        select(
            AttendanceMark.mark,
            AttendanceMark.said_at,
            AttendanceMark.reason_kind,
            AttendanceMark.reason,
        ).where(
            AttendanceMark.meeting_id == meeting.id,
            AttendanceMark.member_id == by.member_id,
            AttendanceMark.seq == before,
            AttendanceMark.revision == meeting.revision,
        )
    ).one_or_none()
    mark, said_at, kind, reason = stood or (Mark.WITHDRAWN, now, "", "")
    _insert(session, meeting, seq + 1, mark, by, said_at, now, kind, reason)


def _current(
    session: Session, meeting: MeetingView, member_id: MemberId
) -> tuple[int, Mark | None, datetime | None]:
    """Return (last number, mark in force, when it was said)."""
    row = _CURRENT.row(session, {"meeting_id": meeting.id, "member_id": member_id})
    if row is None:
        return 0, None, None
    seq, mark, said_at, revision = row
    if mark is Mark.WITHDRAWN or revision != meeting.revision:
        return seq, None, None
    return seq, mark, said_at


def _insert(
    session: Session,
    meeting: MeetingView,
    seq: int,
    mark: Mark,
    by: Actor,
    said_at: datetime,
    now: datetime,
    reason_kind: str,
    reason: str,
) -> int | None:
    assert by.member_id is not None
    return append_mark(
        session,
        meeting,
        mark,
        seq=seq,
        member_id=by.member_id,
        by=by,
        said_at=said_at,
        now=now,
        reason_kind=reason_kind,
        reason=reason,
    )


def remember_marks(session: Session, marked: Sequence[Marked], by: Actor, now: datetime) -> None:
    """Let 撤销 take these marks back."""
    new = [mark for mark in marked if mark.new]
    if new and by.member_id is not None:
        what = LEAVE if new[0].mark is Mark.LEAVE_REQUESTED else CHECKIN
        undo.remember(
            session,
            member_id=by.member_id,
            stem=STEM,
            inverse={"meetings": [[mark.meeting.id, mark.before] for mark in new], "what": what},
            title=f"{new[0].meeting.title}的{_CALLED[what]}",
            at=now,
            what=what,
        )


def _refuse_several(chosen: Sequence[MeetingView]) -> None:
    first_of_event = {meeting.event_id: meeting for meeting in reversed(chosen)}
    if len(first_of_event) > 1:
        raise WhichMeeting(sorted(first_of_event.values(), key=lambda m: (m.starts_at, m.id)))


def _nothing_open(
    session: Session,
    by: Actor,
    judged: Sequence[tuple[MeetingView, Judgement]],
    said_at: datetime,
) -> str:
    early = [(m, j) for m, j in judged if isinstance(j, TooEarly)]
    if early:
        meeting, judgement = early[0]
        return f"{meeting.title}还没到签到时间，{moment_words(judgement.opens_at)}起可以签到。"
    closed = [(m, j) for m, j in judged if isinstance(j, Closed)]
    if closed:
        return f"{closed[-1][0].title}已过补签时间，请告诉组织委员补登。"
    coming = meetings.list_near(session, by, said_at, said_at + _YEAR)
    if not coming:
        return "现在没有要签到的会。"
    opens_at = coming[0].window.opens_at
    return f"现在没有要签到的会。下次是{coming[0].title}，{moment_words(opens_at)}起可以签到。"
