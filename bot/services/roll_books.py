"""The roll call of meetings as it stands: who is expected and where everybody is, by set.

However many meetings are asked for, the number of queries is the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session, aliased

from bot.domain.attendance import Mark
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.roll_call import NOTHING, Place, Roll, Stand, Tally, one, tally
from bot.services import excused, policies, roll_closings
from bot.services.attendance_marks import PROXY, SELF
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.services.roll_expected import expected_of
from bot.storage.models import AttendanceMark, Unit

_Key = tuple[MeetingId, MemberId]


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands for a member, with what a preview or an export has to know of it.

    Attributes:
        seq: Number of the last mark of any revision, 0 where there is none.
        reporter_id: Who said so.
        beneath: Number of the last mark that is no 补学; 0 where there is none.
    """

    seq: int = 0
    stand: Stand = NOTHING
    said_at: datetime | None = None
    left_at: datetime | None = None
    source: str = ""
    reporter_id: MemberId | None = None
    reason_kind: str = ""
    reason: str = ""
    beneath: int = 0

    @property
    def mark(self) -> Mark | None:
        """The mark in force."""
        return self.stand.mark


NOT_SAID = Standing()


@dataclass(frozen=True, slots=True)
class Book:
    """One meeting's roll call.

    Attributes:
        expected: In the order of the roll.
        standings: Of everybody with a mark, also of people not expected.
    """

    meeting: MeetingView
    expected: tuple[Person, ...]
    standings: Mapping[MemberId, Standing]
    roll: Roll

    @property
    def tally(self) -> Tally:
        """How many there were."""
        stands = {member: found.stand for member, found in self.standings.items()}
        return tally([person.id for person in self.expected], stands, self.roll)

    @property
    def is_settled(self) -> bool:
        """Whether the roll call is closed, or leaves nobody open."""
        return self.roll.closed or self.tally.open == 0

    def standing(self, member: MemberId) -> Standing:
        """Return how a member stands."""
        return self.standings.get(member, NOT_SAID)

    def place(self, member: MemberId) -> Place:
        """Return where somebody expected stands."""
        return self.roll.place_of(member, self.standing(member).stand)

    def at(self, place: Place) -> tuple[Person, ...]:
        """Return who stands at a place, in the order of the roll."""
        return tuple(person for person in self.expected if self.place(person.id) is place)

    def one(self, member: MemberId) -> Tally | None:
        """Count one member; None where he was not expected."""
        if all(person.id != member for person in self.expected):
            return None
        return one(member, self.standing(member).stand, self.roll)


def load(
    session: Session, meetings: Sequence[MeetingView], members: Collection[MemberId] | None = None
) -> list[Book]:
    """Return the roll calls of some meetings, in their order.

    Args:
        members: Only the marks of these are of interest; None for everybody's.
    """
    if not meetings:
        return []
    expected = expected_of(session, meetings)
    standings = list_standings(session, meetings, members)
    rolls = rolls_of(session, meetings)
    return [
        Book(meeting, expected[meeting.id], standings.get(meeting.id, {}), rolls[meeting.id])
        for meeting in meetings
    ]


def rolls_of(session: Session, meetings: Sequence[MeetingView]) -> dict[MeetingId, Roll]:
    """Return what decides the places at some meetings, besides the marks."""
    closed = roll_closings.list_closed(session, meetings)
    away = excused.excused_at(session, meetings)
    paths = _paths(session, {meeting.branch_id for meeting in meetings})
    settings = policies.load_history(session, list(paths.values()), policies.LEAVE)
    return {
        meeting.id: Roll(
            closed=meeting.id in closed,
            leave_needs_approval=policies.leave_needs_approval(
                settings.on(paths.get(meeting.branch_id, ""), meeting.day)
            ),
            excused=away[meeting.id],
        )
        for meeting in meetings
    }


def list_standings(
    session: Session, meetings: Sequence[MeetingView], members: Collection[MemberId] | None = None
) -> dict[MeetingId, dict[MemberId, Standing]]:
    """Return how everybody with a mark stands at some meetings, one query for all."""
    of = {meeting.id: meeting for meeting in meetings}
    wanted = [AttendanceMark.meeting_id.in_(of)]
    if members is not None:
        wanted.append(AttendanceMark.member_id.in_(members))
    beneath = case((AttendanceMark.mark != Mark.STUDIED_LATER, AttendanceMark.seq))
    last = (
        select(
            AttendanceMark.meeting_id,
            AttendanceMark.member_id,
            func.max(AttendanceMark.seq).label("seq"),
            func.max(beneath).label("beneath"),
        )
        .where(*wanted)
        .group_by(AttendanceMark.meeting_id, AttendanceMark.member_id)
        .subquery()
    )
    under = aliased(AttendanceMark)
    rows = session.execute(
        select(
            *_COLUMNS,
            under.mark.label("under_mark"),
            under.revision.label("under_revision"),
            last.c.beneath,
        )
        .join(
            last,
            and_(
                AttendanceMark.meeting_id == last.c.meeting_id,
                AttendanceMark.member_id == last.c.member_id,
                AttendanceMark.seq == last.c.seq,
            ),
        )
        .outerjoin(
            under,
            and_(
                under.meeting_id == last.c.meeting_id,
                under.member_id == last.c.member_id,
                under.seq == last.c.beneath,
            ),
        )
    )
    found: dict[MeetingId, dict[MemberId, Standing]] = defaultdict(dict)
    for row in rows:
        meeting = of[MeetingId(row.meeting_id)]
        found[meeting.id][MemberId(row.member_id)] = _standing(row, meeting)
    return found


_COLUMNS = (
    AttendanceMark.meeting_id,
    AttendanceMark.member_id,
    AttendanceMark.seq,
    AttendanceMark.revision,
    AttendanceMark.mark,
    AttendanceMark.said_at,
    AttendanceMark.left_at,
    AttendanceMark.source,
    AttendanceMark.reporter_id,
    AttendanceMark.reason_kind,
    AttendanceMark.reason,
    AttendanceMark.decided_by_id,
)
_OWN = (SELF, PROXY)


def _standing(row: Any, meeting: MeetingView) -> Standing:
    if row.mark is Mark.WITHDRAWN or row.revision != meeting.revision:
        return Standing(row.seq)
    stood = row.under_revision == meeting.revision and row.under_mark is not Mark.WITHDRAWN
    beneath = row.under_mark if stood else None
    return Standing(
        seq=row.seq,
        stand=Stand(
            row.mark,
            beneath if row.mark is Mark.STUDIED_LATER else None,
            checked=row.source not in _OWN or row.decided_by_id is not None,
        ),
        said_at=row.said_at,
        left_at=row.left_at,
        source=row.source,
        reporter_id=None if row.reporter_id is None else MemberId(row.reporter_id),
        reason_kind=row.reason_kind,
        reason=row.reason,
        beneath=row.beneath or 0,
    )


def _paths(session: Session, units: Collection[UnitId]) -> dict[UnitId, str]:
    rows = session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(units)))
    return {UnitId(unit): path for unit, path in rows}
