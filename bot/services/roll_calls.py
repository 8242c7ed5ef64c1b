"""The organiser's roll call: marks for the whole room after a preview, and its end."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.attendance import ON_LEAVE, LeaveKind, Mark, TooEarly, judge
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import MeetingState
from bot.domain.rights import Action, Actor
from bot.domain.roll_call import Place, Tally
from bot.domain.roll_order import Change, Order, carry_out, turns
from bot.services import (
    attendance_bulk,
    attendance_marks,
    audit,
    meetings,
    roll_books,
    roll_closings,
    survey,
    undo,
)
from bot.services.attendance_bulk import NewMark
from bot.services.attendance_others import LockedRecord
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.services.roll_books import Book

STEM = "roll_call"


class NotExpected(DomainError):
    """Somebody named does not belong to the meeting."""

    def __init__(self, names: Sequence[str], title: str) -> None:
        super().__init__(f"{'、'.join(names)}不在{title}的应到名单里，一个也没有登记。请核对姓名。")


class NotBegun(DomainError):
    """A roll is called once check-in has opened."""

    may_be_overheard = True

    def __init__(self, meeting: MeetingView) -> None:
        super().__init__(f"{meeting.title}还没有开始（{meeting.when}），开始了再登记。")


class ChangedMeanwhile(DomainError):
    """Between preview and answer somebody named has said something else."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}的登记刚刚变了，这次一个也没有登记。请重新发一次。")


class AlreadyClosed(DomainError):
    """The roll call is finished."""

    def __init__(self, title: str) -> None:
        super().__init__(f"{title}已经点名完毕了。有出入请作更正。")


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be marked.

    Attributes:
        expected: How many are expected.
        changes: Marks that would be written.
        came: Who will stand as present.
        not_asked: Excused by rule and left as they are.
        seqs: Number of the last mark of everybody that changes, to notice what comes between.
    """

    meeting: MeetingView
    expected: int
    persons: Mapping[MemberId, Person]
    changes: tuple[Change, ...]
    came: tuple[Person, ...]
    not_asked: tuple[Person, ...]
    seqs: Mapping[MemberId, int]

    @property
    def kept(self) -> dict[str, Any]:
        """The form in which a preview keeps it."""
        return {
            "meeting": self.meeting.id,
            "revision": self.meeting.revision,
            "marks": [[c.member, self.seqs[c.member], c.after.value] for c in self.changes],
        }


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was marked.

    Attributes:
        overruled: Members who had said otherwise themselves, with the mark that stands now.
    """

    meeting: MeetingView
    written: int
    tally: Tally
    overruled: tuple[tuple[MemberId, Mark], ...]


def prepare(
    session: Session, meeting: MeetingView, order: Order, *, by: Actor, now: datetime
) -> Draft:
    """Return what an order would mark, for the organiser to look at; nothing is written.

    Raises:
        Forbidden, NotBegun, LockedRecord
        NotExpected: With those named who are not expected.
    """
    _check(session, meeting, by, now)
    [book] = roll_books.load(session, [meeting])
    persons = {person.id: person for person in book.expected}
    strangers = [member for member in order.words if member not in persons]
    if strangers:
        raise NotExpected(_names(session, strangers), meeting.title)
    outcome = carry_out(
        order,
        list(persons),
        {member: found.stand for member, found in book.standings.items()},
        own=[m for m, f in book.standings.items() if f.source in attendance_marks.OWN_WORD],
        excused=book.roll.excused,
    )
    return Draft(
        meeting=meeting,
        expected=len(persons),
        persons=persons,
        changes=outcome.changes,
        came=tuple(persons[member] for member in outcome.came),
        not_asked=tuple(persons[member] for member in outcome.not_asked),
        seqs={change.member: book.standing(change.member).seq for change in outcome.changes},
    )


def record(
    session: Session, kept: Mapping[str, Any], *, source: str, by: Actor, now: datetime
) -> Recorded:
    """Mark what a preview showed, once; what says so already by now is left out.

    Args:
        kept: As `Draft.kept` has it.
        source: `ORGANISER`, or `PAPER` for a signed sheet.

    Raises:
        Forbidden, LockedRecord
        ChangedMeanwhile: Somebody has said otherwise since, or the meeting was moved.
    """
    meeting = meetings.get_meeting(session, MeetingId(kept["meeting"]))
    _check(session, meeting, by, now)
    if meeting.revision != kept["revision"]:
        raise ChangedMeanwhile(meeting.title)
    [book] = roll_books.load(session, [meeting])
    marks = [
        mark
        for member, seq, value in kept["marks"]
        if (mark := _still(book, MemberId(member), seq, Mark(value), now)) is not None
    ]
    overruled = tuple(
        (mark.member_id, mark.mark)
        for mark in marks
        if book.standing(mark.member_id).source in attendance_marks.OWN_WORD
        and turns(book.standing(mark.member_id).mark, mark.mark)
        and mark.member_id != by.member_id
    )
    ids = attendance_bulk.append_all(session, meeting, marks, source=source, by=by, now=now)
    if ids:
        _remember(session, meeting, {"marks": ids}, f"{meeting.title}的点名", by, now)
        audit.record(
            session,
            by=by,
            at=now,
            action="attendance.roll_call",
            subject=meeting.subject,
            after={"marks": {mark.member_id: mark.mark.value for mark in marks}, "source": source},
        )
    [after] = roll_books.load(session, [meeting])
    return Recorded(meeting, len(ids), after.tally, overruled)


def look(session: Session, meeting: MeetingView, *, by: Actor, now: datetime) -> Book:
    """Return a roll call as it stands, for the organiser to close.

    Raises:
        Forbidden, NotBegun, AlreadyClosed
    """
    _check(session, meeting, by, now, locked_too=True)
    [book] = roll_books.load(session, [meeting])
    if book.roll.closed:
        raise AlreadyClosed(meeting.title)
    return book


def close(
    session: Session, meeting_id: MeetingId, absent: int, *, by: Actor, now: datetime
) -> Book:
    """Close a roll call: who has nothing on record by now is absent.

    Args:
        absent: How many would be absent for want of a mark, as the organiser has read.

    Raises:
        Forbidden, NotBegun, AlreadyClosed, ClosedMeanwhile
        DomainError: By now it is another number.
    """
    meeting = meetings.get_meeting(session, meeting_id)
    book = look(session, meeting, by=by, now=now)
    if len(list_left(book)) != absent:
        raise DomainError(f"{meeting.title}刚刚有人签到或改了登记，人数变了。请重新发 点名完毕")
    roll_closings.append(session, meeting, closed=True, by_id=by.member_id, now=now)
    _remember(session, meeting, {"closed": True}, f"{meeting.title}的点名完毕", by, now)
    audit.record(
        session,
        by=by,
        at=now,
        action="attendance.roll_close",
        subject=meeting.subject,
        after={"absent": absent},
    )
    [closed] = roll_books.load(session, [meeting])
    return closed


def list_left(book: Book) -> tuple[Person, ...]:
    """Return who will be absent once it is closed: nothing on record, nothing to be decided."""
    return tuple(person for person in book.at(Place.OPEN) if not is_undecided(book, person.id))


def is_undecided(book: Book, member: MemberId) -> bool:
    """Tell whether something waits to be decided of a member: closing leaves that open."""
    return book.standing(member).stand.decides in _UNDECIDED


def undo_roll_call(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take marks of a room back by counter-marks, or open the roll call again (the inverse)."""
    meeting = meetings.get_meeting(session, MeetingId(inverse["meeting"]))
    if "marks" in inverse:
        source = attendance_marks.ORGANISER
        attendance_bulk.take_back(session, inverse["marks"], by=by, now=now, source=source)
    else:
        roll_closings.append(session, meeting, closed=False, by_id=by.member_id, now=now)


_UNDECIDED = (Mark.LEAVE_REQUESTED, Mark.MAKEUP_REQUESTED, Mark.PROXY_REQUESTED)


def _check(
    session: Session, meeting: MeetingView, by: Actor, now: datetime, *, locked_too: bool = False
) -> None:
    path = meetings.path_of(session, meeting.unit_id)
    rights.require(by, Action.RECORD_ATTENDANCE, path)
    if isinstance(judge(now, meeting.window), TooEarly):
        raise NotBegun(meeting)
    if meeting.state is MeetingState.CONFIRMED and not locked_too:
        raise LockedRecord(meeting.title)


def _still(book: Book, member: MemberId, seq: int, mark: Mark, now: datetime) -> NewMark | None:
    """Return the mark to append; None where it stands already, by another way."""
    found = book.standing(member)
    if found.seq != seq:
        if book.place(member) is _PLACES[mark]:
            return None
        person = next((p for p in book.expected if p.id == member), None)
        raise ChangedMeanwhile(person.name if person else book.meeting.title)
    if mark is Mark.LEAVE and found.said_at is not None and found.mark in ON_LEAVE:
        # Granted: when and why it was asked for stays.
        return NewMark(member, seq, mark, found.said_at, found.reason_kind, found.reason)
    kind = LeaveKind.OTHER.value if mark is Mark.LEAVE else ""
    return NewMark(member, seq, mark, now, kind)


_PLACES = {
    Mark.PRESENT: Place.PRESENT,
    Mark.LEAVE: Place.LEAVE,
    Mark.ABSENT: Place.ABSENT,
}


def _names(session: Session, members: Collection[MemberId]) -> list[str]:
    return list(survey.names_of(session, members).values())


def _remember(
    session: Session,
    meeting: MeetingView,
    inverse: Mapping[str, Any],
    title: str,
    by: Actor,
    now: datetime,
) -> None:
    assert by.member_id is not None
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"meeting": meeting.id, **inverse},
        title=title,
        at=now,
    )
