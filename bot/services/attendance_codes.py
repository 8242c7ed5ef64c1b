"""Checking in by the code of a session (on the screen, on paper, as a QR code).

Nothing is stored: a code is derived from the session and its revision with the server's key.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain.attendance import Late, Mark, OnTime, TooEarly, judge
from bot.domain.checkin_code import code_of, topic_of
from bot.domain.errors import DomainError
from bot.domain.meetings import MeetingState, WrongState
from bot.domain.rights import Action, Actor, require
from bot.domain.wording import moment_words
from bot.services import attendance_marks, meetings
from bot.services.attendance_marks import CODE, Author, Entry, Marked
from bot.services.meetings import MeetingView

Digest = Callable[[str], str]
"""A text → its keyed digest in hexadecimal (`TextSeal.mark`)."""

_BACK, _AHEAD = timedelta(days=4), timedelta(days=366)


class BadCode(DomainError):
    """No session that the member is expected at has this code now."""

    def __init__(self) -> None:
        super().__init__(
            "这个签到码不能用：可能打错了、会改了期，或者不是您要参加的会。请看清再发，"
            "或者直接回复 签到"
        )


class NotNow(DomainError):
    """The code is right, but check-in is not open."""


def code_for(
    session: Session, meeting: MeetingView, *, by: Actor, now: datetime, digest: Digest
) -> str:
    """Return the code of a session, for who records attendance there and nobody else.

    Raises:
        Forbidden
        WrongState: It is over or cancelled.
    """
    require(by, Action.RECORD_ATTENDANCE, meetings.path_of(session, meeting.unit_id))
    if now >= meeting.ends_at or meeting.state is MeetingState.CANCELLED:
        raise WrongState(f"{meeting.title}已经结束或取消了，不用签到码了。")
    return _code(meeting, digest)


def check_in(
    session: Session, *, code: str, by: Actor, said_at: datetime, now: datetime, digest: Digest
) -> Marked:
    """Check the actor in to the session of a code; it is good while check-in is open.

    Args:
        code: In the form in which codes are compared.

    Raises:
        BadCode: Mistyped, of another time of the meeting, or of one the actor is not expected at.
        NotNow: With what to do instead.
    """
    assert by.member_id is not None
    near = meetings.list_near(session, by, said_at - _BACK, said_at + _AHEAD)
    mine = [m for m in near if m.seats is None]
    meeting = next((m for m in mine if hmac.compare_digest(_code(m, digest), code)), None)
    if meeting is None:
        raise BadCode
    judgement = judge(said_at, meeting.window)
    if isinstance(judgement, TooEarly):
        opens = moment_words(judgement.opens_at)
        raise NotNow(f"{meeting.title}还没到签到时间，{opens}起可以签到。")
    if not isinstance(judgement, OnTime | Late):
        raise NotNow(f"{meeting.title}已经结束，签到码不能用了。到过会请回复 补签")
    mark = Mark.LATE if isinstance(judgement, Late) else Mark.PRESENT
    author = Author(by.member_id, by.name, by.member_id, CODE)
    done = attendance_marks.record(session, meeting, author, Entry(mark, said_at), now=now)
    return replace(done, late=judgement.minutes if isinstance(judgement, Late) else 0)


def _code(meeting: MeetingView, digest: Digest) -> str:
    return code_of(digest(topic_of(meeting.id, meeting.revision)))
