"""Calling, moving and cancelling meetings; which one is next, which one is open."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import at, day_of, local
from bot.domain import rights
from bot.domain.attendance import Window, WindowPolicy, window_for
from bot.domain.cadence import KIND_NAMES, MeetingKind
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MeetingId, UnitId
from bot.domain.meetings import (
    STATE_NAMES,
    MeetingState,
    WrongState,
    check_new,
    check_state,
    check_words,
    for_period,
    title_for,
    when_line,
)
from bot.domain.rights import COMMITTEE, Action, Actor
from bot.domain.units import UnitKind
from bot.services import audit, outbox, people, policies
from bot.services.people import Person
from bot.storage.insert import insert_once
from bot.storage.models import GatheringEvent, Meeting, MeetingChange, Unit
from bot.storage.prepared import Prepared, savepoint

ANNOUNCED_HOUR = 16
LIVE = (MeetingState.SCHEDULED, MeetingState.HELD, MeetingState.CONFIRMED)


class AlreadyCalled(DomainError):
    """The same unit has a meeting of this kind at this time."""

    may_be_overheard = True

    def __init__(self, title: str, when: str) -> None:
        super().__init__(f"{title}（{when}）已经建过了，不用再建。")


class NoCell(DomainError):
    """A cell meeting is called by somebody without a cell."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__("党小组会要由党小组长来建。您的名册里没有党小组。")


class NotABranch(DomainError):
    """Meetings are held by branches and cells; the street calls none in the chat."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__("会要由支部来建，请支部书记或组织委员发 建会。")


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

    @property
    def when(self) -> str:
        """Day, weekday, time and place in one line."""
        return when_line(self.starts_at, self.place)

    @property
    def window(self) -> Window:
        """When one may check in."""
        policy = WindowPolicy(
            opens_before=timedelta(minutes=self.window_minutes.get("opens_before", 30)),
            makeup=timedelta(minutes=self.window_minutes.get("makeup", 2880)),
        )
        return window_for(self.starts_at, self.ends_at, policy)

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
) -> Called:
    """Call a meeting of the actor's branch (or cell) under a new event.

    Args:
        title: Left out, it is made from kind and date (3月支部党员大会).
        seats: Makes it something one signs up for.

    Raises:
        Forbidden, InThePast, TooFarAhead, TooLong, NoCell, NotABranch, AlreadyCalled
    """
    unit_id, branch_id = _place(session, kind, by)
    check_new(starts_at, now)
    title = title or title_for(kind, day_of(starts_at))
    check_words(title, place)
    settings = _settings(session, branch_id, starts_at)
    window = policies.window_policy(settings)
    event_id = (
        session.connection()
        .execute(
            insert(GatheringEvent)
            .values(unit_id=unit_id, title=title, created_by=by.member_id, created_at=now)
            .returning(GatheringEvent.id)
        )
        .scalar_one()
    )
    meeting_id = insert_once(
        session,
        Meeting,
        {
            "event_id": event_id,
            "unit_id": unit_id,
            "branch_id": branch_id,
            "kind": kind,
            "title": title,
            "starts_at": starts_at,
            "ends_at": starts_at + window.duration,
            "place": place,
            "for_period": str(for_period(kind, starts_at, policies.cadence_policy(settings))),
            "state": MeetingState.SCHEDULED,
            "seats": seats,
            "taken": 0,
            "revision": 1,
            "window": {
                "opens_before": int(window.opens_before.total_seconds() // 60),
                "makeup": int(window.makeup.total_seconds() // 60),
            },
            "created_at": now,
        },
    )
    if meeting_id is None:
        raise AlreadyCalled(title, when_line(starts_at, place))
    meeting = get_meeting(session, MeetingId(meeting_id))
    audit.record(session, by=by, at=now, action="meeting.call", subject=meeting.subject)
    return Called(meeting, len(expected_members(session, meeting)))


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
        Forbidden, InThePast, TooFarAhead, WrongState, AlreadyCalled
    """
    old = _get_for(session, meeting_id, by)
    check_new(starts_at, now)
    if old.state is not MeetingState.SCHEDULED:
        raise WrongState(f"{old.title}{STATE_NAMES[old.state]}，不能改期了。")
    new_place = old.place if place is None else place
    check_words(old.title, new_place)
    titled = title_for(old.kind, day_of(old.starts_at)) == old.title
    title = title_for(old.kind, day_of(starts_at)) if titled else old.title
    settings = _settings(session, old.branch_id, starts_at)
    values = {
        "starts_at": starts_at,
        "ends_at": starts_at + (old.ends_at - old.starts_at),
        "place": new_place,
        "title": title,
        "for_period": str(for_period(old.kind, starts_at, policies.cadence_policy(settings))),
    }
    _change(session, old, "move", values, by=by, now=now, reason=reason)
    return get_meeting(session, meeting_id)


def cancel(
    session: Session, *, meeting_id: MeetingId, by: Actor, now: datetime, reason: str = ""
) -> MeetingView:
    """Cancel a meeting: its unsent reminders are void, its duty is open again.

    Raises:
        Forbidden, WrongState
    """
    old = _get_for(session, meeting_id, by)
    check_state(old.title, old.state, MeetingState.CANCELLED)
    _change(
        session, old, "cancel", {"state": MeetingState.CANCELLED}, by=by, now=now, reason=reason
    )
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
    if actor.branch_id is None:
        return []
    rows = _NEAR.rows(session, {"branch_id": actor.branch_id, "after": after, "until": until})
    return [view for row in rows if _concerns(view := _view(row), actor)]


def list_called(session: Session, branch_id: UnitId, after: datetime) -> list[MeetingView]:
    """Return a branch's (and its cells'), or a cell's, coming meetings from a moment, in order."""
    query = select(*_COLUMNS).where(
        or_(Meeting.branch_id == branch_id, Meeting.unit_id == branch_id),
        Meeting.starts_at >= after,
        Meeting.state == MeetingState.SCHEDULED,
    )
    return _views(session, query.order_by(Meeting.starts_at, Meeting.id))


def list_between(session: Session, after: datetime, until: datetime) -> list[MeetingView]:
    """Return every branch's meetings that were called for [after, until), in order."""
    query = select(*_COLUMNS).where(
        Meeting.starts_at >= after,
        Meeting.starts_at < until,
        Meeting.state == MeetingState.SCHEDULED,
    )
    return _views(session, query.order_by(Meeting.starts_at, Meeting.id))


def list_by_ids(session: Session, ids: Collection[MeetingId]) -> list[MeetingView]:
    """Return meetings by id."""
    return _views(session, select(*_COLUMNS).where(Meeting.id.in_(ids)))


def list_latest(session: Session, branch_id: UnitId, until: datetime) -> list[MeetingView]:
    """Return a branch's or a cell's meetings that began before a moment, the latest ten first."""
    query = select(*_COLUMNS).where(
        or_(Meeting.branch_id == branch_id, Meeting.unit_id == branch_id),
        Meeting.starts_at <= until,
        Meeting.state.in_(LIVE),
    )
    return _views(session, query.order_by(Meeting.starts_at.desc(), Meeting.id).limit(10))


def expected_members(session: Session, meeting: MeetingView) -> list[Person]:
    """Return who is expected at a meeting, by the roll of the day it is held."""
    on = day_of(meeting.starts_at)
    everyone = people.list_members(session, meeting.unit_id, on)
    if meeting.kind is not MeetingKind.COMMITTEE:
        return everyone
    holders = people.list_holders(session, [meeting.branch_id], COMMITTEE, on)
    seated = {member_id for _, _, member_id, _ in holders}
    return [person for person in everyone if person.id in seated]


def _concerns(meeting: MeetingView, actor: Actor) -> bool:
    if meeting.unit_id not in (actor.branch_id, actor.cell_id):
        return False
    if meeting.kind is not MeetingKind.COMMITTEE:
        return True
    return any(
        grant.unit_id == meeting.branch_id and grant.role in COMMITTEE for grant in actor.grants
    )


def _place(session: Session, kind: MeetingKind, by: Actor) -> tuple[UnitId, UnitId]:
    """Return (whose meeting it is, the branch it belongs to)."""
    if kind is MeetingKind.CELL:
        if by.cell_id is None or by.branch_id is None:
            raise NoCell
        rights.require(by, Action.CALL_MEETING, _path(session, by.cell_id))
        return by.cell_id, by.branch_id
    unit_id = people.scope_of(by, Action.CALL_MEETING)
    found = session.scalar(select(Unit.kind).where(Unit.id == unit_id))
    if found is UnitKind.CELL:
        raise rights.refusal(Action.CALL_MEETING)
    if found is not UnitKind.BRANCH:
        raise NotABranch
    return unit_id, unit_id


def _path(session: Session, unit_id: UnitId) -> str:
    return session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""


def _get_for(session: Session, meeting_id: MeetingId, by: Actor) -> MeetingView:
    meeting = get_meeting(session, meeting_id)
    rights.require(by, Action.CALL_MEETING, _path(session, meeting.unit_id))
    return meeting


def _change(
    session: Session,
    old: MeetingView,
    action: str,
    values: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
    reason: str,
) -> None:
    connection = session.connection()
    change = (
        update(Meeting)
        .where(Meeting.id == old.id, Meeting.revision == old.revision)
        .values(revision=old.revision + 1, **values)
    )
    try:
        with savepoint(session):
            changed = connection.execute(change)
    except IntegrityError as taken:
        raise AlreadyCalled(
            values["title"], when_line(values["starts_at"], values["place"])
        ) from taken
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
    outbox.void(session, subject=old.subject, detail="会议已改期或取消")
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


def _settings(
    session: Session, branch_id: UnitId, starts_at: datetime
) -> Mapping[str, Mapping[str, Any]]:
    path = _path(session, branch_id)
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
