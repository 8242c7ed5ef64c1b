"""How often streets and communities held what is theirs: never summed with what branches hold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MeetingId, UnitId
from bot.services import meeting_topics, meetings, survey
from bot.services.meetings import MeetingView
from bot.storage.models import Meeting

HELD_ABOVE = (
    MeetingKind.WORKING_COMMITTEE,
    MeetingKind.THEORY_GROUP,
    MeetingKind.DEMOCRATIC_LIFE,
    MeetingKind.TRAINING,
    MeetingKind.PUBLICITY_TALK,
    MeetingKind.OATH,
    MeetingKind.TOUR,
    MeetingKind.LECTURE,
)
"""Kinds of which it is told how often a unit above held them, in the order of a list."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a street or community held of one kind over some days.

    Attributes:
        times: How often: one event of several days, or one moved, is once.
        on_party: Of them, how many had Party building on the agenda.
        meetings: The rows behind it, in order.
    """

    kind: MeetingKind
    times: int
    on_party: int
    meetings: tuple[MeetingView, ...]


def held_by(
    session: Session,
    unit_id: UnitId,
    first: date,
    last: date,
    now: datetime,
    kinds: Collection[MeetingKind] = HELD_ABOVE,
) -> list[Held]:
    """Return how often a unit itself held each of some kinds over some days.

    What was called counts once somebody is marked present, or its record was confirmed.

    Args:
        first, last: Shanghai days, both included.

    Source:
        meetings.above, meetings.topic
    """
    rows = session.scalars(
        select(Meeting.id).where(
            Meeting.unit_id == unit_id,
            Meeting.kind.in_(kinds),
            Meeting.starts_at >= at(first),
            Meeting.starts_at < at(last + timedelta(days=1)),
            Meeting.starts_at <= now,
            survey.counts(now),
        )
    )
    held = meetings.list_by_ids(session, {MeetingId(meeting) for meeting in rows})
    topics = meeting_topics.load(session, [meeting.id for meeting in held])
    found = []
    for kind in kinds:
        of_kind = tuple(meeting for meeting in held if meeting.kind is kind)
        on_party = {meeting.event_id for meeting in of_kind if meeting.id in topics}
        events = {meeting.event_id for meeting in of_kind}
        found.append(Held(kind, len(events), len(on_party), of_kind))
    return found
