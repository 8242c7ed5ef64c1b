"""What was studied: a missed session made up for, else a line of the study ledger."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain.attendance import THERE, Mark, is_missed
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.periods import Month
from bot.domain.rights import Actor
from bot.domain.studied import Missed, made_up_within, makes_up_for, title_of
from bot.services import (
    attendance,
    attendance_marks,
    meetings,
    people,
    roll,
    study_terms,
    undo,
)
from bot.services.attendance_marks import ORGANISER, SELF, Author, Entry
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.storage.insert import insert_once
from bot.storage.models import StudyRecord

STEM = "studied"


class WhichSession(DomainError):
    """What was studied fits several missed sessions; `choices` are put as one question."""

    def __init__(self, choices: Sequence[MeetingView]) -> None:
        super().__init__("有几次会可以补学，请说明是哪一次。")
        self.choices = tuple(choices)


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says was studied.

    Attributes:
        title: None where it was not said.
        day: The Shanghai day said, or the first of a span; None where none was.
        until: The last day of a span, inclusive.
        bare: Only a word (已学), which speaks of a missed session or of nothing.
    """

    title: str | None = None
    day: date | None = None
    until: date | None = None
    bare: bool = False

    def studied_on(self, today: date) -> date:
        """Return the day it goes down under: the last one said that is not to come."""
        return min(self.until or self.day or today, today)


@dataclass(frozen=True, slots=True)
class Studied:
    """What became of it.

    Attributes:
        title: Of the session made up for, or of the study.
        day: The day of the study; None for a session made up for.
        new: False when it was on record already.
        checked: It counts at once; of a session made up for, one's own word waits.
    """

    title: str
    day: date | None
    new: bool
    checked: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A study on record."""

    member_id: MemberId
    title: str
    day: date


def record(
    session: Session,
    *,
    by: Actor,
    said: Said,
    said_at: datetime,
    now: datetime,
    member: Actor | None = None,
    meeting_id: MeetingId | None = None,
    of_its_own: bool = False,
) -> Studied:
    """Record that a member has studied: for the session missed that it fits, else on its own.

    Args:
        member: Whose study it is, where an organiser says so; else the actor's.
        meeting_id: The session chosen when several fitted.
        of_its_own: It makes up for none of those offered.

    Raises:
        WhichSession: It fits several sessions.
    """
    of = member or by
    missed, made_up = list_sessions(session, of, said_at)
    fitting = [] if of_its_own else [m for m in missed if _fits(m, said)]
    if meeting_id is not None:
        fitting = [meeting for meeting in missed if meeting.id == meeting_id]
    if len(fitting) > 1:
        raise WhichSession(fitting)
    if fitting:
        return _make_up(session, fitting[0], of, by=by, said_at=said_at, now=now)
    again = [] if of_its_own else [m for m in made_up if _fits(m, said)]
    if again and (said.bare or said.title is not None or said.day is not None):
        return Studied(again[-1].title, None, new=False)
    return _append(session, of, said, by=by, said_at=said_at, now=now)


def list_own(session: Session, member_id: MemberId, since: date, until: date) -> list[Line]:
    """Return a member's studies of some days, both included, in order."""
    return _lines(session, [member_id], since, until)


def list_month(
    session: Session, branch_id: UnitId, month: Month, today: date
) -> list[tuple[Person, tuple[str, ...]]]:
    """Return the members of a branch in the order of the roll, with what each studied in a month.

    Sessions made up for are among it, as 补学.
    """
    everyone = people.list_members(session, branch_id, today)
    members = roll.without_suspended(session, everyone, today)
    told: dict[MemberId, list[str]] = {person.id: [] for person in members}
    for line in _lines(session, list(told), month.first, month.last):
        told[line.member_id].append(line.title)
    for member_id, title in _made_up_in(session, branch_id, month):
        if member_id in told:
            told[member_id].append(f"补学{title}")
    return [(person, tuple(told[person.id])) for person in members]


def undo_studied(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take a study back by a counter-entry, or let the mark before stand again (the inverse)."""
    if "marks" in inverse:
        attendance.undo_mark(session, inverse, by, now)
        return
    entry = session.get_one(StudyRecord, inverse["entry"])
    row = insert_once(
        session,
        StudyRecord,
        {
            "key": f"void:{entry.id}",
            "member_id": entry.member_id,
            "title": entry.title,
            "done_on": entry.done_on,
            "said_at": now,
            "recorded_at": now,
            "source": entry.source,
            "reporter_id": by.member_id,
            "refers_to": entry.id,
        },
    )
    if row is None:
        raise DomainError("这条学习刚刚已经撤销了。")


def _fits(meeting: MeetingView, said: Said) -> bool:
    missed = Missed(meeting.kind, meeting.title, day_of(meeting.starts_at))
    return makes_up_for(missed, said.title, said.day, said.until)


def list_sessions(
    session: Session, of: Actor, now: datetime
) -> tuple[list[MeetingView], list[MeetingView]]:
    """Return the sessions a member has missed lately, and those he has made up for."""
    near = meetings.list_near(session, of, now - made_up_within(day_of(now)), now)
    over = [meeting for meeting in near if meeting.ends_at <= now]
    own_word = {
        meeting_id
        for meeting_id, terms in study_terms.load(session, [m.id for m in over]).items()
        if terms.own_word
    }
    over = [meeting for meeting in over if meeting.seats is None or meeting.id in own_word]
    found = attendance.current_marks(session, over) if over else {}
    # Where nobody is on record as present, nobody can be told from those who were there.
    known = {meeting_id for (meeting_id, _), mark in found.items() if mark in THERE}
    missed, made_up = [], []
    for meeting in over:
        mark = found.get((meeting.id, of.member_id or MemberId(0)))
        if mark is Mark.STUDIED_LATER:
            made_up.append(meeting)
        elif is_missed(mark) and (
            mark in attendance.ON_LEAVE or meeting.id in known or meeting.id in own_word
        ):
            missed.append(meeting)
    return missed, made_up


def _make_up(
    session: Session,
    meeting: MeetingView,
    of: Actor,
    *,
    by: Actor,
    said_at: datetime,
    now: datetime,
) -> Studied:
    assert of.member_id is not None
    assert by.member_id is not None
    author = Author(of.member_id, of.name, by.member_id, _source(of, by))
    entry = Entry(Mark.STUDIED_LATER, said_at)
    marked = attendance_marks.record(session, meeting, author, entry, now=now)
    if marked.new:
        inverse = {"marks": [[meeting.id, of.member_id, marked.before, marked.seq]]}
        _remember(session, of, by, inverse, f"{meeting.title}的补学", now)
    own_word = study_terms.load(session, [meeting.id])
    checked = author.source != SELF or (meeting.id in own_word and own_word[meeting.id].own_word)
    return Studied(meeting.title, None, new=marked.new, checked=checked)


def _append(
    session: Session, of: Actor, said: Said, *, by: Actor, said_at: datetime, now: datetime
) -> Studied:
    assert of.member_id is not None
    title, day = title_of(said.title), said.studied_on(day_of(said_at))
    row = insert_once(
        session,
        StudyRecord,
        {
            "key": _key(session, of.member_id, title, day),
            "member_id": of.member_id,
            "title": title,
            "done_on": day,
            "said_at": said_at,
            "recorded_at": now,
            "source": _source(of, by),
            "reporter_id": by.member_id,
            "refers_to": None,
        },
    )
    if row is not None:
        _remember(session, of, by, {"entry": row}, f"{title}的学习登记", now)
    return Studied(title, day, new=row is not None)


def _key(session: Session, member_id: MemberId, title: str, day: date) -> str:
    """Return the key under which a study stands once a day, and again after it was taken back."""
    taken_back = session.scalar(
        select(func.count())
        .select_from(StudyRecord)
        .where(
            StudyRecord.member_id == member_id,
            StudyRecord.done_on == day,
            StudyRecord.title == title,
            StudyRecord.refers_to.is_not(None),
        )
    )
    return f"done:{member_id}:{day}:{title}:{(taken_back or 0) + 1}"


def _lines(session: Session, members: Collection[MemberId], since: date, until: date) -> list[Line]:
    back = aliased(StudyRecord)
    rows = session.execute(
        select(StudyRecord.member_id, StudyRecord.title, StudyRecord.done_on)
        .where(
            StudyRecord.member_id.in_(members),
            StudyRecord.done_on >= since,
            StudyRecord.done_on <= until,
            StudyRecord.refers_to.is_(None),
            ~exists().where(
                back.member_id == StudyRecord.member_id, back.refers_to == StudyRecord.id
            ),
        )
        .order_by(StudyRecord.done_on, StudyRecord.id)
    )
    return [Line(MemberId(member), title, day) for member, title, day in rows]


def _made_up_in(
    session: Session, branch_id: UnitId, month: Month
) -> Sequence[tuple[MemberId, str]]:
    """Return (member, title) of the sessions of a month that were made up for."""
    held = meetings.list_held(session, branch_id, month)
    found = attendance.current_marks(session, held) if held else {}
    titles = {meeting.id: meeting.title for meeting in held}
    return [
        (member_id, titles[meeting_id])
        for (meeting_id, member_id), mark in sorted(found.items())
        if mark is Mark.STUDIED_LATER
    ]


def _remember(
    session: Session,
    of: Actor,
    by: Actor,
    inverse: Mapping[str, Any],
    title: str,
    now: datetime,
) -> None:
    """Let 撤销 take it back: who said it, and whom it is about."""
    assert by.member_id is not None
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse=inverse,
        title=title,
        at=now,
        subject_id=None if of.member_id == by.member_id else of.member_id,
    )


def _source(of: Actor, by: Actor) -> str:
    return SELF if of.member_id == by.member_id else ORGANISER
