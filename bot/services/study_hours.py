"""Class hours of members by year, derived from who was there; the target, and what is missing.

Nothing here is stored: an organiser who puts the roll call right puts the hours right. To them come
the hours imported of the time before the branch began. However many members and sessions: the same
few queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain import rights, study_hours
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.members import MemberKind
from bot.domain.rights import COMMITTEE, Action, Actor
from bot.domain.roll import Change, standing
from bot.services import meetings, opening, people, policies, roll_books, study_terms
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.services.roll import STANDS
from bot.services.study_terms import NO_TERMS, Terms
from bot.storage.models import AttendanceMark, Meeting, Member, Membership, RollChange, Unit

_AT_ONCE = 500  # meetings a query


@dataclass(frozen=True, slots=True)
class Line:
    """What one session gave to a member in a year."""

    meeting: MeetingView
    tenths: int


@dataclass(frozen=True, slots=True)
class Hours:
    """A member's year.

    Attributes:
        target: What is asked of the year in tenths; None where nothing is: no rule, of whom
            attendance is not asked, or whose year is not on record as a whole.
        source: By what rule.
        since: From when on it is on record, where that is not the whole year.
        before: Tenths brought in from before the branch began; with them the year is on record as
            a whole.
    """

    year: int
    lines: tuple[Line, ...] = ()
    target: int | None = None
    source: str = ""
    since: date | None = None
    before: int = 0

    @property
    def here(self) -> int:
        """The hours of sessions attended."""
        return sum(line.tenths for line in self.lines)

    @property
    def tenths(self) -> int:
        """All hours of the year."""
        return self.before + self.here

    @property
    def short(self) -> int | None:
        """What is missing; 0 once the target is reached, None where there is none."""
        return None if self.target is None else max(0, self.target - self.tenths)


@dataclass(slots=True)
class _Life:
    """What of a member's own story decides whether hours count, and what is asked."""

    kind: MemberKind = MemberKind.FULL
    stays: list[tuple[date, date | None, str, date]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def is_member_on(self, day: date) -> bool:
        """Tell whether he is on a roll on a day, his membership not suspended."""
        on_roll = any(
            since <= day and (until is None or day < until) for since, until, _, _ in self.stays
        )
        if not on_roll or self.kind is MemberKind.STAFF:
            return False
        stands = standing(MemberKind.FULL, self.changes, day)
        return not stands.suspended and stands.gone is None

    def is_asked_on(self, day: date) -> bool:
        """Tell whether study is asked of him on a day."""
        return self.is_member_on(day) and standing(MemberKind.FULL, self.changes, day).is_expected

    def place_on(self, day: date) -> tuple[str, date] | None:
        """Return the path of the branch he belongs to on a day, and since when it is on record."""
        for since, until, path, live_from in self.stays:
            if since <= day and (until is None or day < until):
                return path, live_from
        return None


def of_self(session: Session, *, by: Actor, year: int, now: datetime) -> Hours:
    """Return one's own hours of a year."""
    assert by.member_id is not None
    return of_members(session, [by.member_id], year, now)[by.member_id]


def of_unit(
    session: Session, unit_id: UnitId, *, by: Actor, year: int, now: datetime
) -> list[tuple[Person, Hours]]:
    """Return the hours of everybody in a branch or cell, in the order of the roll.

    Raises:
        Forbidden
    """
    rights.require(by, Action.MANAGE_ROLL, meetings.path_of(session, unit_id))
    persons = people.list_members(session, unit_id, day_of(now))
    found = of_members(session, [person.id for person in persons], year, now)
    return [(person, found[person.id]) for person in persons]


def of_members(
    session: Session, members: Collection[MemberId], year: int, now: datetime
) -> dict[MemberId, Hours]:
    """Return the hours of some members in a calendar year, up to now.

    Source:
        study.counted, study.opening
    """
    if not members:
        return {}
    lives = _lives(session, members)
    lines = _lines(session, members, lives, year, now)
    today = min(day_of(now), date(year, 12, 31))
    asked = _targets(session, lives, today)
    before = opening.class_hours(session, members, year)
    found = {}
    for member, life in lives.items():
        had = before.get(member, 0) * study_hours.TENTHS
        hours = Hours(year, tuple(lines.get(member, ())), before=had)
        found[member] = _asked(hours, life, asked.get(member), today)
    return found


def _asked(hours: Hours, life: _Life, asked: tuple[int, str] | None, today: date) -> Hours:
    """Return a year with what is asked of it, if it is on record as a whole."""
    first = date(hours.year, 1, 1)
    place = life.place_on(today)
    begun = min((since for since, _, _, _ in life.stays), default=first)
    since = max(begun, place[1]) if place is not None else begun
    if since > first and not hours.before:
        return replace(hours, since=since)
    if asked is None or not life.is_asked_on(today):
        return hours
    return replace(hours, target=asked[0], source=asked[1])


def list_years(session: Session, member: MemberId, now: datetime) -> list[Hours]:
    """Return a member's hours of this year and of every earlier one that has any mark or import."""
    marked = session.scalars(
        select(Meeting.starts_at)
        .join(AttendanceMark, AttendanceMark.meeting_id == Meeting.id)
        .where(AttendanceMark.member_id == member, Meeting.starts_at <= now)
        .distinct()
    )
    years = {day_of(starts_at).year for starts_at in marked} | {current_year(now)}
    years |= opening.years_of(session, member)
    return [of_members(session, [member], year, now)[member] for year in sorted(years)]


def _lines(
    session: Session,
    members: Collection[MemberId],
    lives: Mapping[MemberId, _Life],
    year: int,
    now: datetime,
) -> dict[MemberId, list[Line]]:
    """Return what each session that is over gave to each member, in order of time."""
    ids = _attended(session, members, year, now)
    found: dict[MemberId, list[Line]] = defaultdict(list)
    for start in range(0, len(ids), _AT_ONCE):
        held = meetings.list_by_ids(session, ids[start : start + _AT_ONCE])
        terms = study_terms.load(session, [meeting.id for meeting in held])
        standings = roll_books.list_standings(session, held, members)
        for meeting in held:
            counts = as_session(meeting, terms.get(meeting.id, NO_TERMS))
            for member, stands in standings.get(meeting.id, {}).items():
                if not lives[member].is_member_on(meeting.day):
                    continue
                given = study_hours.earned(counts, stands.stand, stands.left_at).get(year, 0)
                if given:
                    found[member].append(Line(meeting, given))
    for lines in found.values():
        lines.sort(key=lambda line: (line.meeting.starts_at, line.meeting.id))
    return found


def as_session(meeting: MeetingView, terms: Terms) -> study_hours.Session:
    """Return a meeting as far as hours go."""
    return study_hours.Session(
        kind=meeting.kind,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        timed=meeting.timed,
        tenths=terms.tenths,
        planned=terms.programme_id is not None,
        own_word=terms.own_word,
    )


def _attended(
    session: Session, members: Collection[MemberId], year: int, now: datetime
) -> list[MeetingId]:
    """Return the meetings over by now, not cancelled, at which any of the members has a mark."""
    rows = session.scalars(
        select(Meeting.id)
        .join(AttendanceMark, AttendanceMark.meeting_id == Meeting.id)
        .where(
            AttendanceMark.member_id.in_(members),
            Meeting.ends_at > at(date(year, 1, 1)),
            Meeting.starts_at < at(date(year + 1, 1, 1)),
            Meeting.ends_at <= now,
            Meeting.state.in_(meetings.LIVE),
        )
        .distinct()
        .order_by(Meeting.id)
    )
    return [MeetingId(meeting) for meeting in rows]


def _lives(session: Session, members: Collection[MemberId]) -> dict[MemberId, _Life]:
    found = {member: _Life() for member in members}
    kinds = session.execute(select(Member.id, Member.kind).where(Member.id.in_(members)))
    for member, kind in kinds:
        found[MemberId(member)].kind = kind
    stays = session.execute(
        select(
            Membership.member_id,
            Membership.valid_from,
            Membership.valid_to,
            Unit.path,
            Unit.live_from,
        )
        .join(Unit, Unit.id == Membership.unit_id)
        .where(Membership.member_id.in_(members))
        .order_by(Membership.valid_from, Membership.id)
    )
    for member, since, until, path, live_from in stays:
        found[MemberId(member)].stays.append((since, until, path, live_from))
    changes = session.execute(
        select(RollChange.member_id, RollChange.kind, RollChange.on_day, RollChange.code)
        .where(RollChange.member_id.in_(members), STANDS)
        .order_by(RollChange.on_day, RollChange.id)
    )
    for row in changes:
        found[MemberId(row.member_id)].changes.append(Change(row.kind, row.on_day, row.code))
    return found


def _targets(
    session: Session, lives: Mapping[MemberId, _Life], today: date
) -> dict[MemberId, tuple[int, str]]:
    """Return what is asked of each member, by the branch he belongs to on a day."""
    places = {member: place[0] for member, life in lives.items() if (place := life.place_on(today))}
    history = policies.load_history(session, list(set(places.values())), policies.STUDY_HOURS)
    settled: dict[str, Mapping[str, Any]] = {
        path: history.on(path, today) for path in set(places.values())
    }
    seated = _seated(session, set(places.values()), today)
    found = {}
    for member, path in places.items():
        asked = study_hours.target(today, settled[path], on_committee=(path, member) in seated)
        if asked is not None:
            found[member] = asked
    return found


def _seated(session: Session, paths: Collection[str], on: date) -> set[tuple[str, MemberId]]:
    """Return (path of the branch, member) of everybody on the committee of some branches."""
    rows = session.execute(select(Unit.id, Unit.path).where(Unit.path.in_(paths)))
    units = {UnitId(unit): path for unit, path in rows}
    holders = people.list_holders(session, list(units), COMMITTEE, on)
    return {(units[unit], member) for unit, _, member, _ in holders}


def current_year(now: datetime) -> int:
    """Return the Shanghai year it is."""
    return day_of(now).year


def set_target(
    session: Session,
    *,
    member: int | None,
    committee: int | None,
    by: Actor,
    now: datetime,
) -> Mapping[str, int]:
    """Settle what the actor's unit asks of a year from this year on; return what holds now.

    Args:
        member, committee: Whole hours; None leaves that one as it was.

    Raises:
        Forbidden, BadHours
    """
    unit_id = people.scope_of(by, Action.MANAGE_ROLL, "定学时要求")
    year = day_of(now).year
    path = meetings.path_of(session, unit_id)
    before = policies.load_history(session, [path], policies.STUDY_HOURS).on(path, day_of(now))
    value = {k: v for k, v in before.items() if isinstance(v, int)}
    for key, hours in ((study_hours.MEMBER, member), (study_hours.COMMITTEE, committee)):
        if hours is not None:
            study_hours.check_target(hours, day_of(now))
            value[key] = hours
    policies.set_policy(
        session,
        unit_id=unit_id,
        key=policies.STUDY_HOURS,
        value=value,
        effective_from=date(year, 1, 1),
        decided_by=by.name,
        now=now,
    )
    return value
