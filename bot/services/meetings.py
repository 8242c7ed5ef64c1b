"""Calling and moving meetings; which one is next, which one is open."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, case, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import at, day_of, local
from bot.domain import rights
from bot.domain.attendance import Window, WindowPolicy, window_for
from bot.domain.cadence import KIND_NAMES, MeetingKind, Period, find_kind
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.meetings import (
    STATE_NAMES,
    MeetingState,
    WrongState,
    check_new,
    check_words,
    for_period,
    title_for,
    when_line,
)
from bot.domain.periods import Month
from bot.domain.rights import COMMITTEE, Action, Actor
from bot.domain.units import UnitKind
from bot.domain.upper_meetings import ABOVE, CIRCLES, ONLY_ABOVE, belongs, may_hold, units_above
from bot.domain.wording import day_words
from bot.services import audit, circles, outbox, people, policies, roll
from bot.services.people import Person
from bot.storage.insert import insert_once
from bot.storage.models import GatheringEvent, Meeting, MeetingChange, Unit
from bot.storage.prepared import Prepared, savepoint

ANNOUNCED_HOUR = 16
LIVE = (MeetingState.SCHEDULED, MeetingState.HELD, MeetingState.CONFIRMED)


class AlreadyCalled(DomainError):
    """The same unit has a meeting of this kind at this time.

    Args:
        place: What was asked for; a place that differs is changed by moving the meeting.
    """

    may_be_overheard = True

    def __init__(self, existing: MeetingView, place: str) -> None:
        sentence = f"{existing.title}（{existing.when}）已经建过了，不用再建。"
        moveable = existing.state is MeetingState.SCHEDULED
        if moveable and place not in ("", existing.place):
            sentence += f"要改地点请回复 改期 {existing.title} {existing.start_words} {place}"
        super().__init__(sentence)


class NothingMoved(DomainError):
    """A meeting was moved to when and where it is held already."""

    may_be_overheard = True

    def __init__(self, meeting: MeetingView) -> None:
        super().__init__(f"{meeting.title}本来就是{meeting.when}，没有改动。")


class NoCell(DomainError):
    """A cell meeting is called by somebody without a cell."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__("党小组会要由党小组长来建。您的名册里没有党小组。")


class NotABranch(DomainError):
    """A meeting of a branch or cell is called in a unit above."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__("这个会由支部来开，请支部书记或组织委员发 建会。")


class OnlyAbove(DomainError):
    """A meeting that only a street or community holds is called in a branch."""

    may_be_overheard = True

    def __init__(self, kind: MeetingKind) -> None:
        instead = INSTEAD.get(kind, "")
        super().__init__(f"{KIND_NAMES[kind]}由街道或社区来开，请街道党务专干来建。{instead}")


INSTEAD = {MeetingKind.DEMOCRATIC_LIFE: "支部开的是组织生活会。"}


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A meeting as others see it."""

    id: MeetingId
    event_id: int
    unit_id: UnitId
    branch_id: UnitId
    kind: MeetingKind
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    state: MeetingState
    seats: int | None
    taken: int
    revision: int
    window_minutes: Mapping[str, Any]
    timed: bool = True
    for_period: str = ""
    created_at: datetime | None = None

    @property
    def known_at(self) -> datetime:
        """Until when the roll is read for it: its start, or later, when it was entered afterwards."""
        return max(self.starts_at, self.created_at or self.starts_at)

    @property
    def when(self) -> str:
        """Day, weekday, time and place in one line."""
        return when_line(self.starts_at, self.place, timed=self.timed)

    @property
    def start_words(self) -> str:
        """Day and time as one types them: 3月16日 15:00; the day alone where no time is known."""
        start = local(self.starts_at)
        return f"{day_words(start.date())} {start:%H:%M}" if self.timed else day_words(start.date())

    @property
    def day(self) -> date:
        """The Shanghai day it is held on."""
        return day_of(self.starts_at)

    @property
    def window(self) -> Window:
        """When one may check in."""
        policy = WindowPolicy(
            opens_before=timedelta(minutes=self.window_minutes.get("opens_before", 30)),
            makeup=timedelta(minutes=self.window_minutes.get("makeup", 2880)),
        )
        return window_for(self.starts_at, self.ends_at, policy)

    def is_called(self, words: str) -> bool:
        """Tell whether people who say these words mean it: a piece of its title, or its kind."""
        kind = find_kind(words)
        named = kind not in (None, MeetingKind.OTHER)  # of the others the title is the name
        return words in self.title or (named and self.kind is kind)

    @property
    def short_title(self) -> str:
        """What it is, without the month or day its title begins with: `主题党日`."""
        kind = KIND_NAMES[self.kind]
        return kind if self.title.endswith(kind) else self.title

    @property
    def subject(self) -> str:
        """The subject under which the outbox and the audit trail know it."""
        return f"meeting:{self.id}"


@dataclass(frozen=True, slots=True)
class Called:
    """A meeting that was called, and how many are expected."""

    meeting: MeetingView
    expected: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A meeting to write down.

    Attributes:
        starts_at: The start of the day where `timed` is false.
        ends_at: Left out, the unit's usual duration later.
        period: Left out, the one it starts in.
        event_id: Of the gathering it is held in; left out, one of its own.
    """

    unit_id: UnitId
    branch_id: UnitId
    kind: MeetingKind
    title: str
    starts_at: datetime
    place: str
    ends_at: datetime | None = None
    seats: int | None = None
    state: MeetingState = MeetingState.SCHEDULED
    timed: bool = True
    period: Period | None = None
    event_id: int | None = None


_COLUMNS = (
    Meeting.id,
    Meeting.event_id,
    Meeting.unit_id,
    Meeting.branch_id,
    Meeting.kind,
    Meeting.title,
    Meeting.starts_at,
    Meeting.ends_at,
    Meeting.place,
    Meeting.state,
    Meeting.seats,
    Meeting.taken,
    Meeting.revision,
    Meeting.window,
    Meeting.timed,
    Meeting.for_period,
    Meeting.created_at,
)
_NEAR = Prepared(
    select(*_COLUMNS)
    .where(
        Meeting.branch_id == bindparam("branch_id"),
        Meeting.starts_at >= bindparam("after"),
        Meeting.starts_at < bindparam("until"),
        or_(*(Meeting.state == state for state in LIVE)),
    )
    .order_by(Meeting.starts_at, Meeting.id)
)
_ABOVE = ("above_1", "above_2", "above_3")
_NEAR_OR_ABOVE = Prepared(
    select(*_COLUMNS)
    .where(
        or_(*(Meeting.branch_id == bindparam(name) for name in ("branch_id", *_ABOVE))),
        Meeting.starts_at >= bindparam("after"),
        Meeting.starts_at < bindparam("until"),
        or_(*(Meeting.state == state for state in LIVE)),
    )
    .order_by(Meeting.starts_at, Meeting.id)
)


def call(
    session: Session,
    *,
    kind: MeetingKind,
    starts_at: datetime,
    place: str,
    by: Actor,
    now: datetime,
    title: str | None = None,
    seats: int | None = None,
    unit: UnitId | None = None,
) -> Called:
    """Call a meeting of the actor's branch (or cell), or of a unit above, under a new event.

    Args:
        title: Left out, it is made from kind and date (3月支部党员大会).
        seats: Makes it something one signs up for.
        unit: The street or community that holds it, where one was named.

    Raises:
        Forbidden, InThePast, TooFarAhead, TooLong, NoCell, NotABranch, OnlyAbove, AlreadyCalled
    """
    unit_id, branch_id = place_for(session, kind, by, unit)
    check_new(starts_at, now)
    title = title or title_for(kind, day_of(starts_at))
    check_words(title, place)
    meeting = enter(
        session,
        Entry(unit_id, branch_id, kind, title, starts_at, place, seats=seats),
        by=by,
        now=now,
    )
    audit.record(session, by=by, at=now, action="meeting.call", subject=meeting.subject)
    expected = expected_at(session, unit_id, branch_id, kind, meeting.day)
    return Called(meeting, len(expected))


def enter(session: Session, entry: Entry, *, by: Actor, now: datetime) -> MeetingView:
    """Write a meeting down; the caller has checked right, time and words.

    Raises:
        AlreadyCalled: The unit has one of this kind at this time.
    """
    settings = settings_of(session, entry.branch_id, entry.starts_at)
    window = policies.window_policy(settings)
    period = entry.period or for_period(
        entry.kind, entry.starts_at, policies.cadence_policy(settings)
    )
    event_id = entry.event_id or open_event(
        session, unit_id=entry.unit_id, title=entry.title, by=by, now=now
    )
    meeting_id = insert_once(
        session,
        Meeting,
        {
            "event_id": event_id,
            "unit_id": entry.unit_id,
            "branch_id": entry.branch_id,
            "kind": entry.kind,
            "title": entry.title,
            "starts_at": entry.starts_at,
            "ends_at": entry.ends_at or entry.starts_at + window.duration,
            "place": entry.place,
            "for_period": str(period),
            "state": entry.state,
            "seats": entry.seats,
            "taken": 0,
            "revision": 1,
            "window": window.stored,
            "timed": entry.timed,
            "created_at": now,
        },
    )
    if meeting_id is None:
        standing = _standing(session, entry.unit_id, entry.kind, entry.starts_at)
        raise AlreadyCalled(standing, entry.place)
    return get_meeting(session, MeetingId(meeting_id))


def open_event(session: Session, *, unit_id: UnitId, title: str, by: Actor, now: datetime) -> int:
    """Open a gathering under which meetings are written down; return its id."""
    made = session.connection().execute(
        insert(GatheringEvent)
        .values(unit_id=unit_id, title=title[:80], created_by=by.member_id, created_at=now)
        .returning(GatheringEvent.id)
    )
    return int(made.scalar_one())


def move(
    session: Session,
    *,
    meeting_id: MeetingId,
    starts_at: datetime,
    place: str | None,
    by: Actor,
    now: datetime,
    reason: str = "",
) -> MeetingView:
    """Move a meeting; it keeps its id, unsent reminders are void, everybody is asked again.

    Raises:
        Forbidden, InThePast, TooFarAhead, WrongState, NothingMoved, AlreadyCalled
    """
    old = get_for(session, meeting_id, by)
    check_new(starts_at, now)
    if old.state is not MeetingState.SCHEDULED:
        raise WrongState(f"{old.title}{STATE_NAMES[old.state]}，不能改期了。")
    new_place = old.place if place is None else place
    if (starts_at, new_place) == (old.starts_at, old.place):
        raise NothingMoved(old)
    check_words(old.title, new_place)
    titled = title_for(old.kind, day_of(old.starts_at)) == old.title
    title = title_for(old.kind, day_of(starts_at)) if titled else old.title
    settings = settings_of(session, old.branch_id, starts_at)
    values = {
        "starts_at": starts_at,
        "ends_at": starts_at + (old.ends_at - old.starts_at),
        "place": new_place,
        "title": title,
        "for_period": str(for_period(old.kind, starts_at, policies.cadence_policy(settings))),
    }
    change(session, old, "move", values, by=by, now=now, reason=reason)
    return get_meeting(session, meeting_id)


def announced_at(starts_at: datetime) -> datetime:
    """Return when people are asked about a meeting by themselves: the afternoon before."""
    return at(day_of(starts_at) - timedelta(days=1), ANNOUNCED_HOUR)


def get_meeting(session: Session, meeting_id: MeetingId) -> MeetingView:
    """Return a meeting.

    Raises:
        NotFound: There is none of this id.
    """
    found = _views(session, select(*_COLUMNS).where(Meeting.id == meeting_id))
    if not found:
        raise NotFound("没有找到这个会。")
    return found[0]


def list_near(
    session: Session, actor: Actor, after: datetime, until: datetime
) -> list[MeetingView]:
    """Return the meetings an actor belongs to that start in [after, until), in order."""
    rows = _near(session, _places(actor), after, until)
    return [view for row in rows if concerns(view := _view(row), actor)]


def _places(actor: Actor) -> tuple[UnitId, ...]:
    """Return the units in which an actor may have meetings, the own branch first."""
    own = () if actor.branch_id is None else (actor.branch_id,)
    return (*own, *sorted(units_above(actor)))


def _near(
    session: Session, places: Sequence[UnitId], after: datetime, until: datetime
) -> list[tuple[Any, ...]]:
    """Return the rows of what some units hold in [after, until), in order."""
    if not places:
        return []
    span = {"after": after, "until": until}
    if len(places) == 1:
        return _NEAR.rows(session, {"branch_id": places[0], **span})
    if len(places) > len(_ABOVE) + 1:  # somebody with posts in many places
        query = _of_places(places, after, until)
        return [tuple(row) for row in session.execute(query)]
    own, *above = places
    padded = {name: above[n] if n < len(above) else own for n, name in enumerate(_ABOVE)}
    return _NEAR_OR_ABOVE.rows(session, {"branch_id": own, **padded, **span})


def _of_places(places: Collection[UnitId], after: datetime, until: datetime) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .where(
            Meeting.branch_id.in_(places),
            Meeting.starts_at >= after,
            Meeting.starts_at < until,
            Meeting.state.in_(LIVE),
        )
        .order_by(Meeting.starts_at, Meeting.id)
    )


def list_near_each(
    session: Session, actors: Sequence[Actor], after: datetime, until: datetime
) -> dict[MemberId, list[MeetingView]]:
    """Return for each member the meetings as in `list_near`, one query for those of one place."""
    near = {
        places: [_view(row) for row in _near(session, places, after, until)]
        for places in {_places(actor) for actor in actors}
    }
    return {
        actor.member_id: [view for view in near[_places(actor)] if concerns(view, actor)]
        for actor in actors
        if actor.member_id is not None
    }


def list_called(session: Session, branch_id: UnitId, after: datetime) -> list[MeetingView]:
    """Return a branch's (and its cells'), or a cell's, coming meetings from a moment, in order."""
    query = select(*_COLUMNS).where(
        or_(Meeting.branch_id == branch_id, Meeting.unit_id == branch_id),
        Meeting.starts_at >= after,
        Meeting.state == MeetingState.SCHEDULED,
    )
    return _views(session, query.order_by(Meeting.starts_at, Meeting.id))


def find_same_day(
    session: Session,
    kind: MeetingKind,
    starts_at: datetime,
    *,
    by: Actor,
    now: datetime,
    unit: UnitId | None = None,
) -> MeetingView | None:
    """Return the meeting of a kind that the actor's unit has called for the same day already.

    Args:
        unit: The street or community meant, where one was named.
    """
    unit_id, _ = place_for(session, kind, by, unit)
    start = at(day_of(starts_at))
    query = select(*_COLUMNS).where(
        Meeting.unit_id == unit_id,
        Meeting.kind == kind,
        Meeting.state == MeetingState.SCHEDULED,
        Meeting.starts_at >= max(start, now),
        Meeting.starts_at < start + timedelta(days=1),
        Meeting.starts_at != starts_at,
    )
    found = _views(session, query.order_by(Meeting.starts_at, Meeting.id))
    return found[0] if found else None


def list_between(
    session: Session,
    after: datetime,
    until: datetime,
    states: Collection[MeetingState] = (MeetingState.SCHEDULED,),
) -> list[MeetingView]:
    """Return every branch's meetings that were called for [after, until), in order.

    Args:
        states: Left out, only those whose record has not been begun.
    """
    query = select(*_COLUMNS).where(
        Meeting.starts_at >= after, Meeting.starts_at < until, Meeting.state.in_(states)
    )
    return _views(session, query.order_by(Meeting.starts_at, Meeting.id))


def list_by_ids(session: Session, ids: Collection[MeetingId]) -> list[MeetingView]:
    """Return meetings by id."""
    return _views(
        session,
        select(*_COLUMNS).where(Meeting.id.in_(ids)).order_by(Meeting.starts_at, Meeting.id),
    )


def list_together(session: Session, meeting: MeetingView) -> list[MeetingView]:
    """Return the meetings a unit holds in one gathering with this one, itself included, in order.

    Source:
        meetings.together
    """
    query = select(*_COLUMNS).where(
        Meeting.event_id == meeting.event_id,
        Meeting.unit_id == meeting.unit_id,
        Meeting.starts_at == meeting.starts_at,
        Meeting.state.in_(LIVE),
    )
    return _views(session, query.order_by(Meeting.id)) or [meeting]


def list_event(session: Session, meeting: MeetingView) -> list[MeetingView]:
    """Return all that a unit holds of the event of a meeting: a tour of several days, every day."""
    query = select(*_COLUMNS).where(
        Meeting.event_id == meeting.event_id,
        Meeting.unit_id == meeting.unit_id,
        Meeting.state.in_(LIVE),
    )
    return _views(session, query.order_by(Meeting.starts_at, Meeting.id))


def list_joint(session: Session, meeting: MeetingView) -> list[MeetingView]:
    """Return what other branches hold together with a meeting, one meeting of each, in order.

    Source:
        meetings.together
    """
    query = select(*_COLUMNS).where(
        Meeting.event_id == meeting.event_id,
        Meeting.unit_id != meeting.unit_id,
        Meeting.starts_at == meeting.starts_at,
        Meeting.state.in_(LIVE),
    )
    found = _views(session, query.order_by(Meeting.id))
    return list({other.unit_id: other for other in reversed(found)}.values())[::-1]


def joined_title(together: Sequence[MeetingView]) -> str:
    """Return what one gathering is called: `支部党员大会、党课`, or the title of its one meeting."""
    if len(together) == 1:
        return together[0].title
    return "、".join(dict.fromkeys(meeting.short_title for meeting in together))


def list_held(session: Session, branch_id: UnitId, month: Month) -> list[MeetingView]:
    """Return the meetings of a branch and its cells that begin in a month, in order."""
    query = select(*_COLUMNS).where(
        Meeting.branch_id == branch_id,
        Meeting.starts_at >= at(month.first),
        Meeting.starts_at < at(month.shift(1).first),
        Meeting.state.in_(LIVE),
    )
    return _views(session, query.order_by(Meeting.starts_at, Meeting.id))


def list_of_day(
    session: Session, unit_id: UnitId, kind: MeetingKind, day: date
) -> list[MeetingView]:
    """Return a unit's meetings of a kind on a Shanghai day, in order."""
    query = select(*_COLUMNS).where(
        Meeting.unit_id == unit_id,
        Meeting.kind == kind,
        Meeting.starts_at >= at(day),
        Meeting.starts_at < at(day + timedelta(days=1)),
        Meeting.state.in_(LIVE),
    )
    return _views(session, query.order_by(Meeting.starts_at, Meeting.id))


def list_latest(session: Session, branch_id: UnitId, until: datetime) -> list[MeetingView]:
    """Return a branch's or a cell's meetings that began before a moment, the latest ten first."""
    query = select(*_COLUMNS).where(
        or_(Meeting.branch_id == branch_id, Meeting.unit_id == branch_id),
        Meeting.starts_at <= until,
        Meeting.state.in_(LIVE),
    )
    return _views(session, query.order_by(Meeting.starts_at.desc(), Meeting.id).limit(10))


def list_on(session: Session, branch_id: UnitId, day: date) -> list[MeetingView]:
    """Return a branch's (and its cells'), or a cell's, meetings of a Shanghai day, in order."""
    query = select(*_COLUMNS).where(
        or_(Meeting.branch_id == branch_id, Meeting.unit_id == branch_id),
        Meeting.starts_at >= at(day),
        Meeting.starts_at < at(day + timedelta(days=1)),
        Meeting.state.in_(LIVE),
    )
    return _views(session, query.order_by(Meeting.starts_at, Meeting.id))


def list_of_units(
    session: Session,
    units: Collection[UnitId],
    after: datetime,
    until: datetime,
    states: Collection[MeetingState] = LIVE,
) -> list[MeetingView]:
    """Return what some branches (and their cells), or cells, hold in [after, until), in order."""
    query = select(*_COLUMNS).where(
        or_(Meeting.branch_id.in_(units), Meeting.unit_id.in_(units)),
        Meeting.starts_at >= after,
        Meeting.starts_at < until,
        Meeting.state.in_(states),
    )
    return _views(session, query.order_by(Meeting.starts_at, Meeting.id))


def list_ever(
    session: Session, unit_id: UnitId, after: datetime, until: datetime
) -> list[MeetingView]:
    """Return a branch's (and its cells'), or a cell's, meetings in [after, until), also cancelled."""
    query = select(*_COLUMNS).where(
        or_(Meeting.branch_id == unit_id, Meeting.unit_id == unit_id),
        Meeting.starts_at >= after,
        Meeting.starts_at < until,
    )
    return _views(session, query.order_by(Meeting.starts_at, Meeting.id))


def list_ever_of(
    session: Session, actor: Actor, after: datetime, until: datetime
) -> list[MeetingView]:
    """Return what an actor's branch, its cells and the units above hold, also cancelled ones.

    Of them he belongs to those that `concerns` tells.
    """
    query = select(*_COLUMNS).where(
        Meeting.branch_id.in_(_places(actor)),
        Meeting.starts_at >= after,
        Meeting.starts_at < until,
    )
    return _views(session, query.order_by(Meeting.starts_at, Meeting.id))


def list_recent(
    session: Session, unit_id: UnitId, after: datetime, until: datetime | None
) -> list[MeetingView]:
    """Return a branch's (and its cells'), or a cell's, meetings begun in (after, until], latest first.

    Args:
        until: None also returns those to come.
    """
    query = select(*_COLUMNS).where(
        or_(Meeting.branch_id == unit_id, Meeting.unit_id == unit_id),
        Meeting.starts_at > after,
        Meeting.state.in_(LIVE),
    )
    if until is not None:
        query = query.where(Meeting.starts_at <= until)
    return _views(session, query.order_by(Meeting.starts_at.desc(), Meeting.id))


def stamps(
    session: Session, ids: Collection[MeetingId]
) -> dict[MeetingId, tuple[datetime, datetime, int]]:
    """Return for each of some meetings when it was written down, when it last changed, how often.

    What changes only its record (held, confirmed) is not counted.
    """
    told = case((MeetingChange.action.in_(("move", "cancel", "restore", "hand_over")), 1), else_=0)
    changed = select(
        MeetingChange.meeting_id,
        func.max(MeetingChange.at).label("at"),
        func.sum(told).label("times"),
    )
    latest = changed.group_by(MeetingChange.meeting_id).subquery()
    rows = session.execute(
        select(
            Meeting.id,
            Meeting.created_at,
            func.coalesce(latest.c.at, Meeting.created_at),
            func.coalesce(latest.c.times, 0),
        )
        .outerjoin(latest, latest.c.meeting_id == Meeting.id)
        .where(Meeting.id.in_(ids))
    )
    return {MeetingId(row[0]): (row[1], row[2], int(row[3])) for row in rows}


def expected_at(
    session: Session, unit_id: UnitId, branch_id: UnitId, kind: MeetingKind, on: date
) -> list[Person]:
    """Return who is expected at a meeting of a kind in a unit, by the roll of a day.

    Source:
        roll.lost, meetings.above
    """
    if kind in CIRCLES and kind_of(session, unit_id) in ABOVE:
        return circles.list_on(session, unit_id, CIRCLES[kind], on)
    everyone = roll.without_suspended(session, people.list_members(session, unit_id, on), on)
    if kind is not MeetingKind.COMMITTEE:
        return everyone
    holders = people.list_holders(session, [branch_id], COMMITTEE, on)
    seated = {member_id for _, _, member_id, _ in holders}
    return [person for person in everyone if person.id in seated]


def concerns(meeting: MeetingView, actor: Actor) -> bool:
    """Tell whether an actor is expected at a meeting, by branch, cell and posts."""
    if meeting.unit_id not in (actor.branch_id, actor.cell_id):
        return meeting.kind in CIRCLES and belongs(
            meeting.kind, meeting.unit_id, actor, signed_up_for=meeting.seats is not None
        )
    if meeting.kind is not MeetingKind.COMMITTEE:
        return True
    return any(
        grant.unit_id == meeting.branch_id and grant.role in COMMITTEE for grant in actor.grants
    )


def place_for(
    session: Session, kind: MeetingKind, by: Actor, unit: UnitId | None = None
) -> tuple[UnitId, UnitId]:
    """Return (whose meeting it is, the branch it belongs to: of a unit above, the unit itself).

    Args:
        unit: The street or community meant, where one was named.

    Raises:
        Forbidden, NoCell, NotABranch, OnlyAbove
    """
    if unit is None and kind in ONLY_ABOVE:
        unit = find_above(session, by)
        if unit is None:
            people.scope_of(by, Action.CALL_MEETING)  # who calls none at all is told so
            raise OnlyAbove(kind)
    if unit is not None:
        rights.require(by, Action.CALL_MEETING, path_of(session, unit))
        if not may_hold(kind_of(session, unit), kind):
            raise NotABranch
        return unit, unit
    if kind is MeetingKind.CELL:
        if by.cell_id is None or by.branch_id is None:
            raise NoCell
        rights.require(by, Action.CALL_MEETING, path_of(session, by.cell_id))
        return by.cell_id, by.branch_id
    unit_id = people.scope_of(by, Action.CALL_MEETING)
    found = kind_of(session, unit_id)
    if found is UnitKind.CELL:
        raise rights.refusal(Action.CALL_MEETING)
    if not may_hold(found, kind):
        raise NotABranch
    return unit_id, unit_id


def find_above(session: Session, by: Actor, action: Action = Action.CALL_MEETING) -> UnitId | None:
    """Return the highest street or community in which an actor may do something, or None."""
    held = [g.unit_id for g in by.grants if rights.may(by, action, g.unit_path)]
    if not held:
        return None
    query = select(Unit.id).where(Unit.id.in_(held), Unit.kind.in_(ABOVE))
    found = session.scalars(query.order_by(Unit.path)).first()
    return None if found is None else UnitId(found)


def kind_of(session: Session, unit_id: UnitId) -> UnitKind:
    """Return what a unit is."""
    return session.scalars(select(Unit.kind).where(Unit.id == unit_id)).one()


def path_of(session: Session, unit_id: UnitId) -> str:
    """Return the path of a unit; "" where there is none of this id."""
    return session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""


def get_for(session: Session, meeting_id: MeetingId, by: Actor) -> MeetingView:
    """Return a meeting that an actor may change.

    Raises:
        Forbidden, NotFound
    """
    meeting = get_meeting(session, meeting_id)
    rights.require(by, Action.CALL_MEETING, path_of(session, meeting.unit_id))
    return meeting


def change(
    session: Session,
    old: MeetingView,
    action: str,
    values: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
    reason: str,
    asks_again: bool = True,
) -> None:
    """Change a meeting that stands as it was read; before and after are kept.

    Args:
        asks_again: What was said of it is void and everybody is asked anew.

    Raises:
        AlreadyCalled: Another one stands at its time.
        DomainError: Somebody else has changed it.
    """
    connection = session.connection()
    revision = old.revision + 1 if asks_again else old.revision
    changing = (
        update(Meeting)
        .where(Meeting.id == old.id, Meeting.revision == old.revision, Meeting.state == old.state)
        .values(revision=revision, **values)
    )
    try:
        with savepoint(session):
            changed = connection.execute(changing)
    except IntegrityError as taken:
        starts_at = values.get("starts_at", old.starts_at)
        standing = _standing(session, old.unit_id, old.kind, starts_at)
        raise AlreadyCalled(standing, "") from taken
    if changed.rowcount != 1:
        raise DomainError(f"{old.title}刚刚被别人改过，请看一下再改。")
    before = {"starts_at": _stamp(old.starts_at), "place": old.place, "state": old.state.value}
    after = {key: _plain(value) for key, value in values.items()}
    connection.execute(
        insert(MeetingChange).values(
            meeting_id=old.id,
            action=action,
            before=before,
            after=after,
            reason=reason,
            by_id=by.member_id,
            at=now,
        )
    )
    outbox.void(session, subject=old.subject, now=now, detail="会议已改期或取消")
    audit.record(
        session,
        by=by,
        at=now,
        action=f"meeting.{action}",
        subject=old.subject,
        before=before,
        after=after,
        reason=reason,
    )


def _standing(
    session: Session, unit_id: UnitId, kind: MeetingKind, starts_at: datetime
) -> MeetingView:
    """Return the meeting of a unit and kind that stands at a time."""
    query = select(*_COLUMNS).where(
        Meeting.unit_id == unit_id,
        Meeting.kind == kind,
        Meeting.starts_at == starts_at,
        Meeting.state != MeetingState.CANCELLED,
    )
    return _views(session, query)[0]


def settings_of(
    session: Session, branch_id: UnitId, starts_at: datetime
) -> Mapping[str, Mapping[str, Any]]:
    """Return a branch's settings of check-in and cadence on the day of a meeting."""
    path = path_of(session, branch_id)
    keys = (policies.CHECKIN, policies.LECTURE)
    found = policies.load(session, {branch_id: path}, day_of(starts_at), keys)
    return found.get(branch_id, {})


def _views(session: Session, query: Select[Any]) -> list[MeetingView]:
    return [_view(row) for row in session.execute(query)]


def _view(row: Iterable[Any]) -> MeetingView:
    return MeetingView(*row)


def _stamp(moment: datetime) -> str:
    return local(moment).isoformat(timespec="minutes")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _stamp(value)
    return value.value if isinstance(value, MeetingState) else value


def describe(meetings: Sequence[MeetingView]) -> str:
    """Return meetings as lines, title and when."""
    return "\n".join(f"{meeting.title}：{meeting.when}" for meeting in meetings)
