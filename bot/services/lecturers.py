"""Who has given Party lectures (党课) himself, and who has to: the secretaries of committees."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.minutes import Part
from bot.domain.periods import Quarter
from bot.domain.rights import Role
from bot.domain.units import UnitKind, ids_of
from bot.domain.upper_meetings import LEADING
from bot.services import meetings, minutes_entries, survey
from bot.storage.models import Meeting, Member, MinutesEntry, Post, Unit

_COMMITTEES = (UnitKind.STREET, UnitKind.COMMUNITY)


@dataclass(frozen=True, slots=True)
class Head:
    """The secretary of a Party committee."""

    member_id: MemberId
    name: str
    unit_id: UnitId


def list_heads(session: Session, on: date) -> list[Head]:
    """Return the secretaries of committees that have been watched over since the year began.

    Of a committee that began within the year it is not known who lectured before.

    Source:
        meetings.lecture.leaders
    """
    began = date(on.year, 1, 1)
    rows = session.execute(
        select(Member.id, Member.name, Unit.id)
        .join(Post, Post.member_id == Member.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            Post.role == Role.SECRETARY,
            Post.valid_from <= on,
            or_(Post.valid_to.is_(None), Post.valid_to > on),
            Unit.kind.in_(_COMMITTEES),
            Unit.live_from <= began,
            Unit.valid_from <= began,
            or_(Unit.valid_to.is_(None), Unit.valid_to > on),
        )
        .order_by(Unit.id, Member.id)
    )
    return [Head(MemberId(member), name, UnitId(unit)) for member, name, unit in rows]


def find_head(session: Session, name: str, unit_path: str, on: date) -> MemberId | None:
    """Return the leader of a committee above a unit who is called so; None where there is none.

    He lectures in branches he is no member of.
    """
    rows = session.scalars(
        select(Member.id)
        .join(Post, Post.member_id == Member.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            Member.name == name,
            Post.role.in_(LEADING),
            Post.valid_from <= on,
            or_(Post.valid_to.is_(None), Post.valid_to > on),
            Unit.kind.in_(_COMMITTEES),
            Unit.id.in_(ids_of(unit_path)),
        )
        .distinct()
    ).all()
    return MemberId(rows[0]) if len(rows) == 1 else None


def list_given(
    session: Session, members: Collection[MemberId], quarter: Quarter, now: datetime
) -> set[MemberId]:
    """Return who gave a lecture in a quarter, or is named as lecturer of one called in it.

    It counts by the day it begins on; one that was called off does not count.

    Source:
        meetings.above
    """
    asked = select(MinutesEntry.meeting_id).where(
        MinutesEntry.member_id.in_(members), MinutesEntry.part == Part.LECTURER
    )
    counting = select(Meeting.id).where(Meeting.id.in_(asked), survey.counts(now))
    held = meetings.list_by_ids(session, {MeetingId(m) for m in session.scalars(counting)})
    held = [one for one in held if quarter.first <= one.day <= quarter.last]
    records = minutes_entries.load_many(session, [one.id for one in held])
    return {
        entry.member_id
        for one in held
        for entry in records[one.id].of(Part.LECTURER)
        if entry.member_id is not None
    }


def count(session: Session, members: Collection[MemberId], year: int) -> dict[MemberId, int]:
    """Return how many lectures each gave in a year: of several branches together it is one.

    Source:
        meetings.together
    """
    counts = dict.fromkeys(members, 0)
    asked = select(MinutesEntry.meeting_id).where(
        MinutesEntry.member_id.in_(members), MinutesEntry.part == Part.LECTURER
    )
    held = meetings.list_by_ids(session, {MeetingId(m) for m in session.scalars(asked)})
    held = [
        one for one in held if day_of(one.starts_at).year == year and one.state in meetings.LIVE
    ]
    records = minutes_entries.load_many(session, [one.id for one in held])
    given = {
        (entry.member_id, one.event_id)
        for one in held
        for entry in records[one.id].of(Part.LECTURER)
        if entry.member_id is not None
    }
    for member, _ in given:
        if member in counts:
            counts[member] += 1
    return counts
