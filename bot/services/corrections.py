"""What a correction by the organiser is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Action, Actor
from bot.services import anonymous, meetings, people, roll_expected
from bot.services.meetings import MeetingView
from bot.services.people import Person

_BACK = timedelta(days=400)


class WhichRecord(DomainError):
    """Several meetings or activities answer to what was written; `choices` become a question."""

    def __init__(self, choices: Sequence[MeetingView]) -> None:
        super().__init__("有几个对得上，请写全名称。")
        self.choices = tuple(choices)


def find_meeting(
    session: Session,
    words: str,
    *,
    branch_id: UnitId,
    now: datetime,
    classes: bool = False,
    day: date | None = None,
) -> MeetingView:
    """Return the meeting of a branch or its cells that is meant: by its title, or a piece of it.

    Args:
        words: Left empty, the only one there is.
        day: Only those of this day, where it was said.
        classes: Those one signs up for, also coming ones; else meetings that have begun.

    Raises:
        NotFound
        WhichRecord: Several, the latest first.
    """
    every = meetings.list_recent(session, branch_id, now - _BACK, None)
    every = [meeting for meeting in every if (meeting.seats is not None) is classes]
    every = [meeting for meeting in every if day is None or meeting.day == day]
    found = every if classes else [meeting for meeting in every if meeting.starts_at <= now]
    exact = [meeting for meeting in found if meeting.title == words]
    near = exact[:1] or [
        meeting for meeting in found if words in meeting.title or (day and meeting.is_called(words))
    ]
    if not near:
        for coming in every:
            if words and words in coming.title:
                raise NotFound(f"{coming.title}还没有开始（{coming.when}），开了再更正。")
        what = "活动或学习" if classes else "会"
        raise NotFound(f"没有找到“{words}”这个{what}。请写全名称，例如 3月支部党员大会")
    if len(near) > 1:
        raise WhichRecord(near)
    return near[0]


def find_former(
    session: Session, name: str, words: str, *, day: date | None, by: Actor, now: datetime
) -> tuple[MemberId, MeetingView] | None:
    """Return whom a full name means who was expected at a meeting and has left the branch since.

    Args:
        words, day: The meeting, as in `find_meeting`.

    Raises:
        Forbidden: The actor records attendance nowhere.
    """
    unit_id = people.scope_of(by, Action.RECORD_ATTENDANCE)
    if any(person.name == name for person in people.list_below(session, unit_id, day_of(now))):
        return None
    try:
        meeting = find_meeting(session, words, branch_id=unit_id, now=now, day=day)
    except (NotFound, WhichRecord):
        return None
    persons = roll_expected.expected_members(session, meeting)
    found = [person for person in persons if person.name == name]
    return (found[0].id, meeting) if len(found) == 1 else None


def require_belongs(session: Session, member_id: MemberId, meeting: MeetingView) -> Person:
    """Return the member as on the roll of a meeting, or of its day as it is known by now.

    Raises:
        NotFound: The member did not belong there.
        IsAnonymous
    """
    anonymous.refuse(session, [member_id])
    of_day = people.list_members(session, meeting.unit_id, meeting.day)
    persons = [*roll_expected.expected_members(session, meeting), *of_day]
    for person in persons:
        if person.id == member_id:
            return person
    raise NotFound(f"{meeting.title}那天，名册里没有这位同志。请核对。")
