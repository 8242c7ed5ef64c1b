"""Whether a meeting that has opened has its quorum: who is in the room, not who said to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain.attendance import ON_LEAVE
from bot.domain.meetings import Forecast
from bot.services import attendance, quorum, vote_presence
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.services.quorum import Outlook


@dataclass(frozen=True, slots=True)
class InRoom:
    """How many of those who decide are in the room.

    Attributes:
        forecast: With those present in the place of those who promised.
        missing: Voters who are neither there nor on leave; for the organiser's eyes.
    """

    forecast: Forecast
    missing: tuple[Person, ...]


def has_opened(meeting: MeetingView, now: datetime) -> bool:
    """Tell whether check-in has opened: from then on marks count, and answers no more."""
    return now >= meeting.window.opens_at


def in_room(session: Session, outlook: Outlook, now: datetime) -> InRoom:
    """Return who is in the room of a meeting that has opened; after its end, at its end.

    Source:
        quorum.presence
    """
    meeting = outlook.meeting
    moment = min(max(now, meeting.starts_at), meeting.ends_at)
    there = vote_presence.load(session, meeting).in_room(moment)
    marks = attendance.current_marks(session, [meeting])
    voters = quorum.electorate(session, meeting)
    away = {p.id for p in voters if marks.get((meeting.id, p.id)) in ON_LEAVE}
    present = sum(person.id in there for person in voters)
    ahead = outlook.forecast
    return InRoom(
        Forecast(ahead.due, ahead.needed, promised=present, on_leave=len(away)),
        tuple(person for person in voters if person.id not in there | away),
    )
