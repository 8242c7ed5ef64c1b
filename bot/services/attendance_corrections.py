"""The organiser corrects who was at a meeting: appended, with before, after and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.attendance import CORRECTED, THERE, Mark
from bot.domain.corrections import NothingToCorrect, check_reason, mark_words
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.rights import Action, Actor
from bot.services import audit, corrections, meetings, roll_books
from bot.services.attendance_marks import (
    Author,
    Entry,
    Standing,
    append,
    find_standing,
    set_back,
)
from bot.services.meetings import MeetingView
from bot.services.people import Person


@dataclass(frozen=True, slots=True)
class CorrectedMark:
    """A mark that the organiser has set, and what stood before."""

    meeting: MeetingView
    name: str
    before: Mark | None
    after: Mark | None
    reason: str


def correct(
    session: Session,
    *,
    member_id: MemberId,
    meeting_id: MeetingId,
    mark: Mark | None,
    reason: str,
    by: Actor,
    now: datetime,
) -> CorrectedMark:
    """Set a member's mark at a meeting; what stood before stays on record.

    Args:
        mark: PRESENT, LATE, LEFT_EARLY, LEAVE, ABSENT, NOT_DUE, or ELSEWHERE, where the reason
            names the evidence of the host. None takes a 补学 back: what it was laid over stands.
        reason: Why; kept in the audit trail.

    Raises:
        Forbidden: The meeting is not of a unit whose attendance the actor records.
        ReasonMissing, NotFound
        NothingToCorrect: It says so already.
    """
    assert by.member_id is not None
    kept = check_reason(reason)
    meeting = meetings.get_meeting(session, meeting_id)
    rights.require(by, Action.RECORD_ATTENDANCE, meetings.path_of(session, meeting.unit_id))
    person = corrections.require_belongs(session, member_id, meeting)
    standing = find_standing(session, meeting, member_id)
    if mark is None:
        return _not_made_up(session, meeting, person, standing, kept, by=by, now=now)
    if standing.mark is mark or (standing.mark is None and mark is Mark.ABSENT):
        raise NothingToCorrect(f"{person.name}的{meeting.title}本来就是{mark_words(mark)}。")
    came = standing.said_at if standing.mark in THERE else None
    done = append(
        session,
        meeting,
        Author(member_id, person.name, by.member_id, CORRECTED),
        Entry(mark, came if mark is Mark.LEFT_EARLY and came else now),
        now=now,
        standing=standing,
    )
    if not done.new:
        raise DomainError(f"{person.name}刚刚自己有了新的登记，这次没有改。请看一下名单再改。")
    done_so = CorrectedMark(meeting, person.name, standing.mark, mark, kept)
    _note(session, done_so, member_id, by=by, now=now)
    return done_so


def _not_made_up(
    session: Session,
    meeting: MeetingView,
    person: Person,
    standing: Standing,
    reason: str,
    *,
    by: Actor,
    now: datetime,
) -> CorrectedMark:
    """Take a 补学 back: the mark it was laid over stands again.

    Raises:
        NothingToCorrect: There is none.
    """
    if standing.mark is not Mark.STUDIED_LATER:
        raise NothingToCorrect(f"{person.name}的{meeting.title}没有记补学。")
    [book] = roll_books.load(session, [meeting], [person.id])
    before = book.standing(person.id).beneath
    assert by.member_id is not None
    author = Author(person.id, person.name, by.member_id, CORRECTED)
    set_back(session, meeting, author, before=before, seq=standing.seq, now=now)
    after = find_standing(session, meeting, person.id).mark
    done = CorrectedMark(meeting, person.name, standing.mark, after, reason)
    _note(session, done, person.id, by=by, now=now)
    return done


def _note(
    session: Session, done: CorrectedMark, member_id: MemberId, *, by: Actor, now: datetime
) -> None:
    before, after = done.before, done.after
    audit.record(
        session,
        by=by,
        at=now,
        action="attendance.correct",
        subject=f"{done.meeting.subject}:member:{member_id}",
        before={"mark": None if before is None else before.value},
        after={"mark": None if after is None else after.value},
        reason=done.reason,
    )
