"""The organiser corrects a sign-up: taken back or another number of seats, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.corrections import NothingToCorrect, check_reason
from bot.domain.ids import MeetingId, MemberId
from bot.domain.rights import Action, Actor
from bot.services import audit, corrections, meetings, study
from bot.services.meetings import MeetingView


@dataclass(frozen=True, slots=True)
class CorrectedSignup:
    """A sign-up as the organiser has set it; 0 seats is none."""

    meeting: MeetingView
    name: str
    before: int
    after: int
    reason: str


def correct(
    session: Session,
    *,
    member_id: MemberId,
    meeting_id: MeetingId,
    seats: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> CorrectedSignup:
    """Set how many seats a member has in a class.

    Args:
        seats: 0 takes the sign-up back.
        reason: Why; kept in the audit trail.

    Raises:
        Forbidden, ReasonMissing, NotFound
        NothingToCorrect: It says so already.
        Full: Fewer seats are left.
    """
    kept = check_reason(reason)
    meeting = meetings.get_meeting(session, meeting_id)
    rights.require(by, Action.RECORD_ATTENDANCE, meetings.path_of(session, meeting.unit_id))
    person = corrections.require_belongs(session, member_id, meeting)
    before = study.seats_of(session, meeting.id, member_id)
    if before == seats:
        state = f"报的就是{seats}人" if seats else "没有报名"
        raise NothingToCorrect(f"{person.name}在{meeting.title}{state}，没有变动。")
    study.set_seats(session, meeting, member_id=member_id, seats=seats, by=by, now=now)
    audit.record(
        session,
        by=by,
        at=now,
        action="signup.correct",
        subject=f"{meeting.subject}:member:{member_id}",
        before={"seats": before},
        after={"seats": seats},
        reason=kept,
    )
    return CorrectedSignup(meeting, person.name, before, seats, kept)
