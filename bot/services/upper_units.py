"""Streets and communities as the scheduler sees them: their teams, what they held, what is to come."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.cadence import MeetingKind, Period
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.rights import Role
from bot.domain.units import UnitKind, ids_of
from bot.domain.upper_meetings import ABOVE, LEADING
from bot.services import meeting_topics, meetings, survey
from bot.services.meetings import MeetingView
from bot.storage.models import Meeting, Member, Post, Unit


@dataclass(frozen=True, slots=True)
class Upper:
    """A street or community that is watched over."""

    id: UnitId
    name: str
    path: str
    is_street: bool


@dataclass(frozen=True, slots=True)
class Leader:
    """Somebody in the leadership team of a unit above the branch."""

    member_id: MemberId
    name: str
    unit_id: UnitId


def list_upper(session: Session, on: date) -> list[Upper]:
    """Return the streets and communities that exist and are watched over on a day."""
    rows = session.execute(
        select(Unit.id, Unit.name, Unit.path, Unit.kind)
        .where(
            Unit.kind.in_(ABOVE),
            Unit.live_from <= on,
            Unit.valid_from <= on,
            or_(Unit.valid_to.is_(None), Unit.valid_to > on),
        )
        .order_by(Unit.id)
    )
    return [
        Upper(UnitId(unit), name, path, kind is UnitKind.STREET) for unit, name, path, kind in rows
    ]


def list_leaders(session: Session, since: date, on: date) -> list[Leader]:
    """Return the teams of a day, of units that have settled who is in theirs.

    A unit of which only secretary and officer are on record has no team here: nobody is reminded
    of what a team does.

    Args:
        since: The unit has been watched over, and the post held, since this day: who came later is
            not behind.
    """
    rows = session.execute(
        select(Member.id, Member.name, Unit.id, Post.role, Post.valid_from)
        .join(Post, Post.member_id == Member.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            Post.role.in_(LEADING),
            Post.valid_from <= on,
            or_(Post.valid_to.is_(None), Post.valid_to > on),
            Unit.kind.in_(ABOVE),
            Unit.live_from <= since,
            Unit.valid_from <= since,
            or_(Unit.valid_to.is_(None), Unit.valid_to > on),
        )
        .order_by(Unit.path, Member.id)
    ).all()
    teams = {row[2] for row in rows if row[3] is Role.LEADER}
    found = {
        member: Leader(MemberId(member), name, UnitId(unit))
        for member, name, unit, _, began in rows
        if unit in teams and began <= since
    }
    return list(found.values())


def last_counted(
    session: Session, kind: MeetingKind, day: date, now: datetime
) -> list[MeetingView]:
    """Return what units above held of a kind on a day, if nothing of it counted or is called since.

    Of the working committee only what had Party building on the agenda counts.

    Source:
        meetings.topic
    """
    query = select(Meeting.id).where(
        Meeting.kind == kind,
        Meeting.starts_at >= at(day),
        Meeting.starts_at < at(day + timedelta(days=1)),
        survey.counts(now),
    )
    held = meetings.list_by_ids(session, {MeetingId(one) for one in session.scalars(query)})
    held = _counting(session, kind, held)
    later = list_later(session, held, now)
    return [meeting for meeting in held if meeting.id not in later]


def list_later(session: Session, held: Sequence[MeetingView], now: datetime) -> set[MeetingId]:
    """Return those of some meetings after which their unit held, or has called, another that counts."""
    if not held:
        return set()
    query = select(Meeting.id).where(
        Meeting.unit_id.in_({meeting.unit_id for meeting in held}),
        Meeting.kind.in_({meeting.kind for meeting in held}),
        Meeting.starts_at > min(meeting.starts_at for meeting in held),
        survey.counts(now),
    )
    others = meetings.list_by_ids(session, {MeetingId(one) for one in session.scalars(query)})
    coming = {other.id for other in others if other.starts_at > now}
    counting = {
        other.id
        for kind in {other.kind for other in others}
        for other in _counting(session, kind, [one for one in others if one.kind is kind])
    }
    latest: dict[tuple[UnitId, MeetingKind], datetime] = {}
    for other in others:
        if other.id in coming or other.id in counting:
            key = (other.unit_id, other.kind)
            latest[key] = max(other.starts_at, latest.get(key, other.starts_at))
    return {
        one.id for one in held if latest.get((one.unit_id, one.kind), one.starts_at) > one.starts_at
    }


def _counting(
    session: Session, kind: MeetingKind, held: Sequence[MeetingView]
) -> list[MeetingView]:
    if kind not in meeting_topics.ASKED_OF:
        return list(held)
    topics = meeting_topics.load(session, [meeting.id for meeting in held])
    return [meeting for meeting in held if meeting.id in topics]


def held_for(
    session: Session, kind: MeetingKind, periods: Collection[Period], now: datetime
) -> set[tuple[UnitId, str]]:
    """Return which units have held, or called, a meeting of a kind for some periods."""
    return survey.filled(session, kind, {str(period) for period in periods}, now)


def list_renewed(session: Session, year: int, now: datetime) -> set[UnitId]:
    """Return the units above that renewed the oath in a year or will, themselves or by branches."""
    rows = session.scalars(
        select(Unit.path)
        .join(Meeting, Meeting.unit_id == Unit.id)
        .where(
            Meeting.kind == MeetingKind.OATH,
            Meeting.starts_at >= at(date(year, 1, 1)),
            Meeting.starts_at < at(date(year + 1, 1, 1)),
            survey.counts(now),
        )
        .distinct()
    )
    return {unit for path in rows for unit in ids_of(path)}
