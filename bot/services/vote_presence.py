"""Who was there at a vote, of those who decide: the one place where that is told.

The roll is that of the meeting's start, and presence goes by what was said in time. Once the record
is confirmed only what was known then counts, whatever is written down later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.attendance import THERE
from bot.domain.ids import MemberId
from bot.domain.in_room import Said, was_in_room
from bot.services import minutes_entries, quorum
from bot.services.meetings import MeetingView
from bot.storage.models import AttendanceMark, FrozenAttendance


@dataclass(frozen=True, slots=True)
class Deciding:
    """Who decides at a meeting, and what is on record of their presence.

    Attributes:
        due: From whom the quorum is counted.
        trails: Their marks in order; of who has none, nothing.
    """

    meeting: MeetingView
    due: frozenset[MemberId]
    trails: dict[MemberId, list[Said]]

    @property
    def marked(self) -> frozenset[MemberId]:
        """Who counts as having been at the meeting at all (实到)."""
        return frozenset(m for m, trail in self.trails.items() if trail[-1].mark in THERE)

    def in_room(self, moment: datetime) -> frozenset[MemberId]:
        """Return who was in the room at a moment.

        Source:
            quorum.presence
        """
        start, end = self.meeting.starts_at, self.meeting.ends_at
        return frozenset(
            member
            for member, trail in self.trails.items()
            if was_in_room(trail, start=start, end=end, moment=moment)
        )


def load(session: Session, meeting: MeetingView) -> Deciding:
    """Return who decides at a meeting and what counts of their presence."""
    found = minutes_entries.load(session, meeting.id)
    if found.confirmed is None or found.is_open:
        due = frozenset(person.id for person in quorum.electorate(session, meeting))
        return Deciding(meeting, due, _trails(session, meeting, due, None))
    frozen = select(FrozenAttendance.member_id).where(
        FrozenAttendance.meeting_id == meeting.id,
        FrozenAttendance.seq == found.confirmed.seq,
        FrozenAttendance.has_vote,
    )
    due = frozenset(MemberId(member) for member in session.scalars(frozen))
    return Deciding(meeting, due, _trails(session, meeting, due, found.confirmed.at))


def _trails(
    session: Session,
    meeting: MeetingView,
    members: Collection[MemberId],
    until: datetime | None,
) -> dict[MemberId, list[Said]]:
    """Return the marks of some members at a meeting as it is held, recorded until a moment."""
    query = select(
        AttendanceMark.member_id,
        AttendanceMark.mark,
        AttendanceMark.source,
        AttendanceMark.said_at,
        AttendanceMark.recorded_at,
        AttendanceMark.left_at,
    ).where(
        AttendanceMark.meeting_id == meeting.id,
        AttendanceMark.revision == meeting.revision,
        AttendanceMark.member_id.in_(members),
    )
    if until is not None:
        query = query.where(AttendanceMark.recorded_at <= until)
    trails: dict[MemberId, list[Said]] = defaultdict(list)
    rows = session.execute(query.order_by(AttendanceMark.seq))
    for member, mark, source, said_at, recorded_at, left_at in rows:
        trails[MemberId(member)].append(Said(mark, source, said_at, recorded_at, left_at))
    return dict(trails)
