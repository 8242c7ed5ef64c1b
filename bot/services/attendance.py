"""Check-in, leave, and who has and has not come: append-only marks, the last one in force."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.attendance import (
    ON_LEAVE,
    WAITING,
    Closed,
    Judgement,
    Late,
    LeaveKind,
    MakeUp,
    Mark,
    OnTime,
    TooEarly,
    classify_leave,
    judge,
    leave_words,
)
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.periods import Month
from bot.domain.rights import Actor
from bot.domain.roll_call import Place
from bot.domain.sensitive import mask_numbers
from bot.domain.wording import moment_words, month_words
from bot.services import attendance_marks, meetings, roll_books, study, undo
from bot.services.attendance_marks import AskFirst, Author, Entry, Marked, Standing
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.storage.models import AttendanceMark

__all__ = ["ON_LEAVE", "AskFirst", "Marked"]

STEM = "attendance"
CHECKIN, LEAVE = "checkin", "leave"  # kinds of action that 撤销 can tell apart
_BEFORE, _AFTER = timedelta(days=4), timedelta(days=2)

Judged: TypeAlias = tuple[MeetingView, Judgement]


class NothingOpen(DomainError):
    """There is no meeting to check in to at this moment."""

    may_be_overheard = True


class SignedUp(DomainError):
    """One does not ask leave of what one has signed up for, but gives the seat back."""

    def __init__(self, meeting: MeetingView) -> None:
        super().__init__(f"{meeting.title}是您报了名的，不去了请回复 取消报名，名额让给别人。")


class WhichMeeting(DomainError):
    """Several meetings could be meant; `choices` are put as one numbered question."""

    def __init__(
        self,
        choices: Sequence[MeetingView],
        sentence: str = "现在有几个会可以签到，请说明是哪一个。",
    ) -> None:
        super().__init__(sentence)
        self.choices = tuple(choices)


class NoLeave(DomainError):
    """There is no leave of one's own to take back."""

    def __init__(self) -> None:
        super().__init__("没有找到您还没开始的会的请假。已经开过的会，请告诉组织委员更正。")


@dataclass(frozen=True, slots=True)
class Own:
    """What is on record of one member at a meeting.

    Attributes:
        judgement: What a check-in would count as at this moment.
        mark: The one in force, None where there is none; `at` is when it was said.
    """

    meeting: MeetingView
    judgement: Judgement
    mark: Mark | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who has and who has not, of those expected; everybody once.

    Attributes:
        missing: With nothing on record yet. absent: The same once the roll call is closed, and
            whom the organiser marked so.
        pending: Whose 补签 waits for approval. proxied: Whom another member reported.
        asked: Whose leave waits for approval, where the branch wants that.
        excused: Of whom attendance is not asked, and who are not there.
        elsewhere: Who took part in another branch.
        left_early: Of those present.
        away: How many are on leave, whether they have made up for it or not.
        reasons: Why, of those on leave: their words, or 病假 alone. For those who keep the roll.
    """

    meeting: MeetingView
    present: tuple[Person, ...]
    leave: tuple[Person, ...]
    pending: tuple[Person, ...]
    missing: tuple[Person, ...]
    reasons: Mapping[MemberId, str]
    proxied: tuple[Person, ...] = ()
    studied: tuple[Person, ...] = ()
    asked: tuple[Person, ...] = ()
    absent: tuple[Person, ...] = ()
    excused: tuple[Person, ...] = ()
    elsewhere: tuple[Person, ...] = ()
    left_early: tuple[Person, ...] = ()
    away: int = 0
    closed: bool = False

    @property
    def everybody(self) -> tuple[Person, ...]:
        """All who are expected."""
        waiting = (*self.pending, *self.proxied, *self.asked)
        away = (*self.leave, *self.excused, *self.elsewhere, *self.studied)
        return (*self.present, *waiting, *self.missing, *self.absent, *away)

    @property
    def expected(self) -> int:
        """How many are expected."""
        return len(self.everybody)


def check_in(
    session: Session,
    *,
    by: Actor,
    said_at: datetime,
    now: datetime,
    day: date | None = None,
    month: Month | None = None,
    meeting_id: MeetingId | None = None,
    late_entry: bool = False,
) -> list[Marked]:
    """Check the actor in to what is open at `said_at`.

    One gathering with several meetings counts for each of them. After the end, and within the
    make-up window, the mark waits for approval.

    Args:
        day: A day the member named (补签 of an earlier day).
        month: The month named instead: that of the meeting's day, or the one it counts for.
        meeting_id: The meeting chosen when several were open.
        late_entry: The member said 补签.

    Raises:
        NothingOpen: With the next opening time.
        WhichMeeting: Several gatherings are open at once.
    """
    near = meetings.list_near(session, by, said_at - _BEFORE, said_at + _AFTER)
    judged = judged_at(near, said_at, day=day, month=month, meeting_id=meeting_id)
    chosen = to_check_in(judged, late_entry=late_entry)
    if not chosen:
        raise NothingOpen(nothing_open(session, by, judged, said_at, month))
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
    month: Month | None = None,
    meeting_id: MeetingId | None = None,
) -> list[Judged]:
    """Return the meetings meant, with what a check-in said at a moment counts as.

    Args:
        day: The day named. month: The month named. meeting_id: The meeting chosen.
    """
    return [
        (meeting, judge(said_at, meeting.window))
        for meeting in near
        if (day is None or meeting.day == day)
        and (month is None or str(month) in (str(Month.of(meeting.day)), meeting.for_period))
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


def has_soon(session: Session, by: Actor, now: datetime) -> bool:
    """Tell whether a meeting goes on or begins by the end of tomorrow."""
    near = meetings.list_near(session, by, now - LEAVE_BACK, now + _AFTER)
    last = day_of(now) + timedelta(days=1)
    return any(m.ends_at > now and day_of(m.starts_at) <= last for m in near)


def has_begun(session: Session, by: Actor, now: datetime, lately: timedelta) -> bool:
    """Tell whether a meeting the actor belongs to is on, or ended lately."""
    near = meetings.list_near(session, by, now - _BEFORE, now + _AFTER)
    return any(m.window.opens_at <= now < m.ends_at + lately for m in near if m.seats is None)


def ask_leave(
    session: Session,
    *,
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
    """Record that the actor asks leave of the meeting meant.

    Several days that are named mean all that is held on them; one day, a title, or nothing at all
    must mean one gathering.

    Args:
        reason: As written; of illness only the kind is kept, numbers of persons are starred.
        day: First day away; `until`, the last, inclusive, where a span was named.
        days: All the days, where they are several and no single span.
        title: A piece of the meeting's name, or of its kind's.
        chosen: The meetings chosen when several could be meant, or that a reminder asked about.

    Raises:
        NothingOpen: No meeting is called that one could be absent from.
        WhichMeeting: Several could be meant, or none is called so, or nothing was named and the
            next one is far.
        SignedUp: What is meant is an activity the actor has signed up for.
        AskFirst: The actor has already checked in.
    """
    meant = meant_by_leave(
        _awaiting(session, by, said_at),
        said_at,
        day=day,
        until=until,
        days=days,
        title=title,
        chosen=chosen,
    )
    if all(meeting.seats is not None for meeting in meant):
        raise SignedUp(meant[0])
    entry = leave_entry(Mark.LEAVE_REQUESTED, reason, said_at)
    author = _self(by)
    asked = [meeting for meeting in meant if meeting.seats is None]
    rolls = roll_books.rolls_of(session, asked)
    return [
        replace(
            attendance_marks.record(session, meeting, author, entry, now=now),
            pending=rolls[meeting.id].leave_needs_approval,
        )
        for meeting in asked
    ]


def list_missable(session: Session, by: Actor, said_at: datetime) -> list[MeetingView]:
    """Return the coming meetings the actor is expected at, the next one of each gathering."""
    coming = meetings.list_near(session, by, said_at - LEAVE_BACK, said_at + YEAR)
    due = [m for m in coming if m.seats is None and m.ends_at > said_at]
    first = {meeting.event_id: meeting for meeting in reversed(due)}
    return sorted(first.values(), key=lambda meeting: (meeting.starts_at, meeting.id))


def leave_entry(mark: Mark, reason: str, said_at: datetime) -> Entry:
    """Return the mark of a leave; with illness no words are kept, numbers of persons are starred."""
    kind, kept = classify_leave(mask_numbers(reason))
    return Entry(mark, said_at, kind.value, kept)


def _awaiting(session: Session, by: Actor, said_at: datetime) -> list[MeetingView]:
    """Return what the actor is expected at, or has signed up for."""
    coming = meetings.list_near(session, by, said_at - LEAVE_BACK, said_at + YEAR)
    if all(meeting.seats is None for meeting in coming):
        return coming
    joined = {meeting.id for meeting in study.list_joined(session, by, said_at)}
    return [meeting for meeting in coming if meeting.seats is None or meeting.id in joined]


def meant_by_leave(
    coming: Sequence[MeetingView],
    said_at: datetime,
    *,
    day: date | None = None,
    until: date | None = None,
    days: Collection[date] = (),
    title: str | None = None,
    chosen: Collection[MeetingId] = (),
) -> list[MeetingView]:
    """Return which of somebody's meetings a leave is from; the arguments are those of `ask_leave`.

    Raises:
        NothingOpen: No meeting is called that one could be absent from.
        WhichMeeting: Several could be meant, or none is called so.
    """
    coming = [meeting for meeting in coming if meeting.ends_at > said_at]
    if chosen:
        events = {meeting.event_id for meeting in coming if meeting.id in chosen}
        if not events:
            raise NothingOpen("这个会已经开过或取消了，不用请假。")
        return [meeting for meeting in coming if meeting.event_id in events]
    if not coming:
        raise NothingOpen("近期没有安排会，不用请假。")
    last = until or day
    found = [m for m in coming if day is None or day <= day_of(m.starts_at) <= (last or day)]
    if days:
        found = [m for m in coming if day_of(m.starts_at) in days]
    if not found and title is None:
        raise NothingOpen("那天没有安排会，不用请假。")
    if title is not None:
        found = [meeting for meeting in found if meeting.is_called(title)]
    if not found:
        raise WhichMeeting(coming, "没有您说的会，请说明是哪一个。")
    if until is not None or days:
        return found
    gathering = _one_gathering(found)
    if day is None and title is None and gathering[0].starts_at - said_at > _SOON:
        raise WhichMeeting(gathering, "请说明要请哪个会的假。")
    return gathering


_SOON = timedelta(days=7)
"""A 来不了 that names nothing hardly speaks of a meeting further away: it is asked about."""


def _one_gathering(found: Sequence[MeetingView]) -> list[MeetingView]:
    """Return the meetings of the first gathering, if nothing else is held on its day."""
    first_day = day_of(found[0].starts_at)
    that_day = [meeting for meeting in found if day_of(meeting.starts_at) == first_day]
    if len({meeting.event_id for meeting in that_day}) > 1:
        raise WhichMeeting(that_day, "那天有几个会，请说明是哪一个。")
    return that_day


def promise(
    session: Session, *, by: Actor, meeting_id: MeetingId, said_at: datetime, now: datetime
) -> Marked:
    """Record that the actor says to come (来回复 1); it is neither presence nor duty.

    It is said for all that the gathering holds and the actor is expected at.

    Source:
        meetings.together
    """
    asked = meetings.get_meeting(session, meeting_id)
    together = [one for one in meetings.list_together(session, asked) if meetings.concerns(one, by)]
    entry = Entry(Mark.PROMISED, said_at)
    done = [
        attendance_marks.record(session, meeting, _self(by), entry, now=now)
        for meeting in together or [asked]
    ]
    first = next((one for one in done if one.new), done[0])
    called = meetings.joined_title(together or [asked])
    return replace(first, meeting=replace(first.meeting, title=called))


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


def is_of_day(session: Session, inverse: Mapping[str, Any], day: date) -> bool:
    """Tell whether all marks that an inverse takes back are of meetings on that day."""
    found = meetings.list_by_ids(session, {MeetingId(item[0]) for item in inverse["marks"]})
    return all(day_of(meeting.starts_at) == day for meeting in found)


def find_unexplained(session: Session, by: Actor, now: datetime) -> Mapping[str, Any] | None:
    """Return how the actor's own leave, the last thing done in ten minutes, is taken back.

    None where the last thing was something else, or the leave says why already.
    """
    inverse = undo.find_last_inverse(session, by=by, now=now, what=LEAVE)
    marks = inverse.get("marks", ())
    if not marks or any(member_id != by.member_id for _, member_id, _, _ in marks):
        return None
    told = session.scalars(
        select(AttendanceMark.reason_kind).where(
            AttendanceMark.member_id == by.member_id,
            tuple_(AttendanceMark.meeting_id, AttendanceMark.seq).in_(
                [(meeting_id, seq) for meeting_id, _, _, seq in marks]
            ),
            or_(AttendanceMark.reason != "", AttendanceMark.reason_kind == LeaveKind.SICK.value),
        )
    ).first()
    return None if told is not None else inverse


def explain_leave(
    session: Session, *, by: Actor, said_at: datetime, now: datetime, reason: str, batch: str
) -> list[Marked]:
    """Add to the actor's leave of just now why; 撤销 then takes back leave and reason together.

    Raises:
        NoLeave: There is none of the last ten minutes without a reason.
    """
    inverse = find_unexplained(session, by, said_at)
    if inverse is None:
        raise NoLeave
    before = {MeetingId(meeting_id): stood for meeting_id, _, stood, _ in inverse["marks"]}
    marked = ask_leave(session, by=by, said_at=said_at, now=now, reason=reason, chosen=list(before))
    undo.forget_actions(
        session,
        member_id=_self(by).member_id,
        stem=STEM,
        is_over=lambda stored: stored == inverse,
        now=now,
    )
    whole = [replace(m, before=before.get(m.meeting.id, m.before)) for m in marked]
    remember_marks(session, whole, by, said_at, batch=batch)
    return marked


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
    author = _self(by)
    mine = [
        (meeting, standing)
        for meeting, standing in _own_leaves(session, by, now)
        if day is None or day_of(meeting.starts_at) == day
        if meeting_id is None or meeting.id == meeting_id
    ]
    if not mine:
        raise NoLeave
    refuse_several([meeting for meeting, _ in mine])
    for meeting, standing in mine:
        entry = Entry(Mark.WITHDRAWN, now)
        attendance_marks.append(session, meeting, author, entry, now=now, standing=standing)
    return [meeting for meeting, _ in mine]


def find_latest_leave(session: Session, by: Actor, now: datetime) -> MeetingView | None:
    """Return the meeting to come that the actor asked leave of last, the first of several."""
    mine = _own_leaves(session, by, now)
    said = [(standing.said_at, meeting) for meeting, standing in mine if standing.said_at]
    if not said:
        return None
    last = max(at for at, _ in said)
    return min((m for at, m in said if at == last), key=lambda meeting: meeting.starts_at)


def _own_leaves(session: Session, by: Actor, now: datetime) -> list[tuple[MeetingView, Standing]]:
    """Return the meetings to come that the actor is on leave from, with what stands of him."""
    member_id = _self(by).member_id
    coming = meetings.list_near(session, by, now, now + YEAR)
    found = attendance_marks.list_standings(session, coming, [member_id]) if coming else {}
    return [
        (meeting, standing)
        for meeting in coming
        if (standing := found.get((meeting.id, member_id))) and standing.mark in ON_LEAVE
    ]


def roll_call(session: Session, meeting: MeetingView) -> Attendance:
    """Return who has come, is on leave, waits for approval, has made up for it, or said nothing."""
    [book] = roll_books.load(session, [meeting])
    told = leave_reasons(session, [meeting]).get(meeting.id, {})
    groups: dict[str, list[Person]] = {}
    for person in book.expected:
        group = _group_of(book.place(person.id), book.standing(person.id).mark)
        groups.setdefault(group, []).append(person)
    found = {group: tuple(persons) for group, persons in groups.items()}
    on_leave = found.get("leave", ())
    return Attendance(
        meeting=meeting,
        present=found.get("present", ()),
        leave=on_leave,
        pending=found.get("pending", ()),
        proxied=found.get("proxied", ()),
        missing=found.get("missing", ()),
        studied=found.get("studied", ()),
        asked=found.get("asked", ()),
        absent=found.get("absent", ()),
        excused=found.get("excused", ()),
        elsewhere=found.get("elsewhere", ()),
        left_early=tuple(
            person
            for person in found.get("present", ())
            if book.standing(person.id).mark is Mark.LEFT_EARLY
        ),
        away=book.tally.leave - book.tally.excused,
        closed=book.roll.closed,
        reasons={person.id: told[person.id] for person in on_leave if told.get(person.id)},
    )


def _group_of(place: Place, mark: Mark | None) -> str:
    if place is Place.PRESENT:
        return "present"
    if mark is Mark.STUDIED_LATER:
        return "studied"
    if place is Place.LEAVE:
        return _AWAY.get(mark, "excused")
    return "absent" if place is Place.ABSENT else _OPEN.get(mark, "missing")


_AWAY: dict[Mark | None, str] = {
    **dict.fromkeys(ON_LEAVE, "leave"),
    Mark.ELSEWHERE: "elsewhere",
}
_OPEN: dict[Mark | None, str] = {
    Mark.MAKEUP_REQUESTED: "pending",
    Mark.PROXY_REQUESTED: "proxied",
    Mark.LEAVE_REQUESTED: "asked",
}


def leave_reasons(
    session: Session, of: Sequence[MeetingView]
) -> dict[MeetingId, dict[MemberId, str]]:
    """Return the last reason of every leave ever asked or granted, one query for all meetings.

    A leave that was taken back has one too: ask the marks in force who is on leave.
    """
    rows = session.execute(
        select(
            AttendanceMark.meeting_id,
            AttendanceMark.member_id,
            AttendanceMark.mark,
            AttendanceMark.reason_kind,
            AttendanceMark.reason,
        )
        .where(
            AttendanceMark.meeting_id.in_([meeting.id for meeting in of]),
            AttendanceMark.mark.in_(ON_LEAVE),
        )
        .order_by(AttendanceMark.seq)
    )
    found: dict[MeetingId, dict[MemberId, str]] = {}
    for meeting_id, member_id, mark, kind, words in rows:
        said = leave_words(kind, words)
        if said or mark is Mark.LEAVE_REQUESTED:  # who grants a leave need not say why
            found.setdefault(MeetingId(meeting_id), {})[MemberId(member_id)] = said
    return found


def list_own_latest(session: Session, by: Actor, now: datetime) -> list[Own]:
    """Return what is on record of the actor at the meetings open now, else at the last one over.

    Nothing where nothing is open and nothing may be made up for any more.
    """
    assert by.member_id is not None
    near = meetings.list_near(session, by, now - _BEFORE, now + _AFTER)
    judged = [(meeting, judge(now, meeting.window)) for meeting in near]
    open_now = [item for item in judged if isinstance(item[1], OnTime | Late)]
    over = [item for item in judged if isinstance(item[1], MakeUp)]
    asked = open_now or over[-1:]
    held = [meeting for meeting, _ in asked]
    found = attendance_marks.list_standings(session, held, [by.member_id]) if held else {}
    stands = [found.get((meeting.id, by.member_id), Standing()) for meeting in held]
    return [
        Own(meeting, judgement, standing.mark, standing.said_at)
        for (meeting, judgement), standing in zip(asked, stands, strict=True)
    ]


def current_marks(
    session: Session, of: Sequence[MeetingView]
) -> dict[tuple[MeetingId, MemberId], Mark]:
    """Return the marks in force for some meetings, one query for all."""
    found = attendance_marks.list_standings(session, of)
    return {key: standing.mark for key, standing in found.items() if standing.mark is not None}


YEAR = timedelta(days=366)
LEAVE_BACK = timedelta(hours=4)
_CALLED = {CHECKIN: "签到", LEAVE: "请假"}


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
        what = LEAVE if marks[0].mark in ON_LEAVE else CHECKIN
        undo.remember(
            session,
            member_id=by.member_id,
            stem=STEM,
            inverse={"marks": [[m.meeting.id, member_id, m.before, m.seq] for m in marks]},
            title=f"{_titles(marks)}的{_CALLED[what]}",
            at=now,
            what=what,
            subject_id=None if member_id == by.member_id else member_id,
            batch=batch,
        )


def _titles(marks: Sequence[Marked]) -> str:
    """Return the first meeting of each gathering, as one name."""
    first = {mark.meeting.event_id: mark.meeting.title for mark in reversed(marks)}
    return "、".join(dict.fromkeys(reversed(first.values())))


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


def nothing_open(
    session: Session,
    by: Actor,
    judged: Sequence[Judged],
    said_at: datetime,
    month: Month | None = None,
) -> str:
    """Return the sentence for who cannot check in: too early, too late, or nothing called."""
    early = [(m, j) for m, j in judged if isinstance(j, TooEarly)]
    if early:
        meeting, judgement = early[0]
        return f"{meeting.title}还没到签到时间，{moment_words(judgement.opens_at)}起可以签到。"
    closed = [(m, j) for m, j in judged if isinstance(j, Closed)]
    if closed:
        return f"{closed[-1][0].title}已过补签时间，请告诉组织委员补登。"
    if month is not None:
        words = month_words(month, day_of(said_at).year)
        return f"{words}没有现在还能补签的会，请告诉组织委员补登。"
    coming = meetings.list_near(session, by, said_at, said_at + YEAR)
    if not coming:
        return "现在没有要签到的会。"
    opens_at = coming[0].window.opens_at
    return f"现在没有要签到的会。下次是{coming[0].title}，{moment_words(opens_at)}起可以签到。"
