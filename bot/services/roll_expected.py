"""Who belongs to meetings: the roll and the posts as they were known when each began, by set.

A change counts for a meeting if it took effect before its day and was on record when it began, or
took effect on its day and was on record by its start. What is written down later, of whatever day,
changes nothing about who was expected; a correction with a reason does (`更正 … 不应到`, or a mark
set for somebody whom the roll knew too late).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.domain.attendance import CORRECTED, Mark
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.members import MemberKind
from bot.domain.rights import Role
from bot.domain.roll import Change, ChangeKind, Standing, counts_at, kind_on, standing
from bot.domain.study import SignupAction
from bot.domain.upper_meetings import CIRCLES, Circle, posts_of
from bot.services import circles, committee_terms
from bot.services.circles import Below, Seats
from bot.services.committee_terms import Term
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.services.roll import STANDS
from bot.services.study_seats import list_steps
from bot.storage.models import AttendanceMark, Member, Membership, RollChange


@dataclass(frozen=True, slots=True)
class AtStart:
    """Somebody of a unit at the start of a meeting, and where he stood."""

    person: Person
    stands: Standing


def expected_of(
    session: Session, meetings: Sequence[MeetingView]
) -> dict[MeetingId, tuple[Person, ...]]:
    """Return who is expected at some meetings (应到), each by the roll at its start.

    Source:
        attendance.roll_call
    """
    joined = _joined(session, [m.id for m in meetings if m.seats is not None])
    found: dict[MeetingId, tuple[Person, ...]] = {}
    for meeting, there in zip(meetings, _at_start(session, meetings), strict=True):
        found[meeting.id] = tuple(
            one.person
            for member, one in there.items()
            if not one.stands.suspended
            and (meeting.seats is None or member in joined.get(meeting.id, ()))
        )
    return found


def expected_members(session: Session, meeting: MeetingView) -> tuple[Person, ...]:
    """Return who is expected at one meeting, as `expected_of`."""
    return expected_of(session, [meeting])[meeting.id]


def voters_of(
    session: Session, meetings: Sequence[MeetingView]
) -> dict[MeetingId, tuple[Person, ...]]:
    """Return from whom the quorum of some meetings is counted, each by the roll at its start.

    Source:
        quorum
    """
    return {
        meeting.id: tuple(one.person for one in there.values() if one.stands.counts_in_quorum)
        for meeting, there in zip(meetings, _at_start(session, meetings), strict=True)
    }


def _at_start(session: Session, meetings: Sequence[MeetingView]) -> list[dict[MemberId, AtStart]]:
    """Return who belonged to the unit of each meeting (of a committee: sat on it), in order."""
    if not meetings:
        return []
    above = _Above.of(session, meetings)
    units = {unit for meeting in meetings for unit in above.rolls_of(meeting)}
    places = _places(session, meetings, units)
    changes = _changes(session, units)
    seats = {m.branch_id for m in meetings if m.kind is MeetingKind.COMMITTEE}
    terms = committee_terms.load(session, seats, max(m.day for m in meetings))
    corrected = _corrected(session, [meeting.id for meeting in meetings])
    found = []
    for meeting in meetings:
        of_unit = [place for unit in above.rolls_of(meeting) for place in places.get(unit, ())]
        there = _known(of_unit, changes, meeting) | above.by_post(meeting)
        if meeting.kind is MeetingKind.COMMITTEE:
            seated = committee_terms.seated_at(terms.get(meeting.branch_id, ()), meeting)
            there = {member: one for member, one in there.items() if member in seated}
        found.append(_put_right(there, corrected.get(meeting.id, {}), of_unit, changes, meeting))
    return found


@dataclass(frozen=True, slots=True)
class _Above:
    """Who belongs to those of some meetings that units above the branch hold."""

    circles: Mapping[MeetingId, Circle]
    below: Mapping[UnitId, Below]
    terms: Mapping[UnitId, Sequence[Term]]
    seats: Seats

    @classmethod
    def of(cls, session: Session, meetings: Sequence[MeetingView]) -> _Above:
        """Read it; one query where none of them is one."""
        units = circles.above_of(session, {meeting.unit_id for meeting in meetings})
        held = [meeting for meeting in meetings if meeting.unit_id in units]
        held = [meeting for meeting in held if meeting.kind in CIRCLES]
        if not held:
            return cls({}, {}, {}, Seats({}, {}, {}))
        below = circles.below_of(session, sorted(units))
        headed = {unit for one in below.values() for unit in one.headed}
        last = max(meeting.day for meeting in held)
        roles = (*posts_of(Circle.STAFF),)
        terms = committee_terms.load(session, {*units, *headed}, last, roles)
        members = {term.member_id for of_unit in terms.values() for term in of_unit}
        seats = Seats.of(session, members)
        return cls({m.id: CIRCLES[m.kind] for m in held}, below, terms, seats)

    def rolls_of(self, meeting: MeetingView) -> Sequence[UnitId]:
        """Return the branches, or the cell, whose rolls tell who belongs to a meeting."""
        circle = self.circles.get(meeting.id)
        if circle is None:
            return (meeting.unit_id,)
        to_all = circle is Circle.ALL or meeting.seats is not None  # who has signed up is expected
        return self.below[meeting.unit_id].branches if to_all else ()

    def by_post(self, meeting: MeetingView) -> dict[MemberId, AtStart]:
        """Return who belongs to a meeting by posts, and where he stood when it began."""
        circle = self.circles.get(meeting.id)
        if circle is None:
            return {}
        if meeting.seats is not None:
            circle = Circle.STAFF
        own = self.terms.get(meeting.unit_id, ())
        members = committee_terms.seated_at(own, meeting, posts_of(circle))
        if circle is Circle.HEADS:
            for unit in self.below[meeting.unit_id].headed:
                heads = self.terms.get(unit, ())
                members |= committee_terms.seated_at(heads, meeting, (Role.SECRETARY,))
        there = self.seats.on(members, meeting.day)
        return {member: AtStart(one.person, one.stands) for member, one in there.items()}


@dataclass(frozen=True, slots=True)
class _Place:
    """Somebody's place in a unit, from a day to a day (exclusive)."""

    id: int
    person: Person
    full_since: date | None
    since: date
    until: date | None

    @property
    def was(self) -> bool:
        """Whether it lasted at all: what was opened by mistake has lasted no day."""
        return self.until is None or self.until > self.since


@dataclass(frozen=True, slots=True)
class _Noted:
    """A change of the roll that stands, and when it was written down."""

    change: Change
    at: datetime
    opened_id: int | None
    closed_id: int | None

    def counts(self, meeting: MeetingView) -> bool:
        """Tell whether it counts for who is expected at a meeting."""
        return counts_at(
            self.change.on,
            self.at,
            day=meeting.day,
            start=meeting.starts_at,
            known=meeting.known_at,
        )


_Changes = Mapping[MemberId, Sequence[_Noted]]


def _known(
    places: Sequence[_Place], changes: _Changes, meeting: MeetingView
) -> dict[MemberId, AtStart]:
    """Return who belonged to a unit at the start of a meeting, by what was known then."""
    return {
        place.person.id: _as_of(place, own, meeting)
        for place in places
        if place.was and _holds(place, (own := changes.get(place.person.id, ())), meeting)
    }


def _holds(place: _Place, own: Sequence[_Noted], meeting: MeetingView) -> bool:
    opened = next((one for one in own if one.opened_id == place.id), None)
    closed = next((one for one in own if one.closed_id == place.id), None)
    began = place.since <= meeting.day and (opened is None or opened.counts(meeting))
    over = place.until is not None and place.until <= meeting.day
    return began and not (over and (closed is None or closed.counts(meeting)))


def _as_of(place: _Place, own: Sequence[_Noted], meeting: MeetingView) -> AtStart:
    """Return somebody as he stood at the start: full or probationary, with a vote or without."""
    counted = [one.change for one in own if one.counts(meeting)]
    kind = kind_on(place.person.kind, place.full_since, meeting.day)
    full = [one.counts(meeting) for one in own if one.change.kind is ChangeKind.FULL]
    if full and not any(full):  # his 转正 is of later, or was written down later
        kind = MemberKind.PROBATIONARY
    stands = replace(standing(kind, counted, meeting.day), gone=None)  # his place says that
    return AtStart(replace(place.person, kind=kind), stands)


def _put_right(
    there: Mapping[MemberId, AtStart],
    corrected: Mapping[MemberId, Mark],
    places: Sequence[_Place],
    changes: _Changes,
    meeting: MeetingView,
) -> dict[MemberId, AtStart]:
    """Return who was expected once corrections with a reason are followed."""
    found = dict(there)
    for place in places:
        member = place.person.id
        if corrected.get(member, Mark.NOT_DUE) is Mark.NOT_DUE or member in found:
            continue
        until = place.until
        if place.was and place.since <= meeting.day and (until is None or until > meeting.day):
            found[member] = _as_of(place, changes.get(member, ()), meeting)
    for member, mark in corrected.items():
        if mark is Mark.NOT_DUE:
            found.pop(member, None)
    return dict(sorted(found.items()))


def _corrected(
    session: Session, meetings: Collection[MeetingId]
) -> dict[MeetingId, dict[MemberId, Mark]]:
    """Return the last correction of everybody whose mark was ever corrected."""
    rows = session.execute(
        select(AttendanceMark.meeting_id, AttendanceMark.member_id, AttendanceMark.mark)
        .where(AttendanceMark.meeting_id.in_(meetings), AttendanceMark.source == CORRECTED)
        .order_by(AttendanceMark.seq)
    )
    found: dict[MeetingId, dict[MemberId, Mark]] = defaultdict(dict)
    for meeting, member, mark in rows:
        found[MeetingId(meeting)][MemberId(member)] = mark
    return found


def _joined(session: Session, classes: Sequence[MeetingId]) -> dict[MeetingId, set[MemberId]]:
    """Return who has seats in each of some classes: they alone are expected there."""
    if not classes:
        return {}
    steps = list_steps(session, classes, None, (SignupAction.JOIN,))
    return {meeting: {step.member_id for step in found} for meeting, found in steps.items()}


def _places(
    session: Session, meetings: Sequence[MeetingView], units: Collection[UnitId]
) -> dict[UnitId, list[_Place]]:
    """Return who belonged to branches or cells around some meetings, known in time or not."""
    days = [meeting.day for meeting in meetings]
    late = select(RollChange.closed_id).where(
        RollChange.closed_id.is_not(None),
        RollChange.recorded_at > min(meeting.starts_at for meeting in meetings),
    )
    rows = session.execute(
        select(
            Membership.id.label("place"),
            Member.id,
            Member.name,
            Member.kind,
            Membership.unit_id,
            Membership.cell_id,
            Member.phone_tail,
            Member.full_since,
            Membership.valid_from,
            Membership.valid_to,
        )
        .join(Membership, Membership.member_id == Member.id)
        .where(
            or_(Membership.unit_id.in_(units), Membership.cell_id.in_(units)),
            Membership.valid_from <= max(days),
            or_(
                Membership.valid_to.is_(None),
                Membership.valid_to > min(days),
                Membership.id.in_(late),
            ),
        )
        .order_by(Member.id, Membership.id)
    )
    found: dict[UnitId, list[_Place]] = defaultdict(list)
    for row in rows:
        branch, cell = UnitId(row.unit_id), None if row.cell_id is None else UnitId(row.cell_id)
        person = Person(MemberId(row.id), row.name, row.kind, branch, cell, row.phone_tail)
        for unit in (branch, cell):
            if unit is not None and unit in units:
                place = _Place(row.place, person, row.full_since, row.valid_from, row.valid_to)
                found[unit].append(place)
    return found


def _changes(session: Session, units: Collection[UnitId]) -> dict[MemberId, list[_Noted]]:
    """Return the changes that stand of whoever belonged to some units, in order."""
    ever = select(Membership.member_id).where(
        or_(Membership.unit_id.in_(units), Membership.cell_id.in_(units))
    )
    rows = session.execute(
        select(
            RollChange.member_id,
            RollChange.kind,
            RollChange.on_day,
            RollChange.code,
            RollChange.recorded_at,
            RollChange.opened_id,
            RollChange.closed_id,
        )
        .where(RollChange.member_id.in_(ever), STANDS)
        .order_by(RollChange.on_day, RollChange.id)
    )
    found: dict[MemberId, list[_Noted]] = defaultdict(list)
    for member, kind, on_day, code, at, opened, closed in rows:
        found[MemberId(member)].append(_Noted(Change(kind, on_day, code), at, opened, closed))
    return found
