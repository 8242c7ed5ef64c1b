"""Series of meetings: called at once, each a meeting of its own; changed one, the rest, or all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.clock import at, day_of, local
from bot.domain.burden import Hours
from bot.domain.cadence import MeetingKind
from bot.domain.calendar import Workdays
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, UnitId
from bot.domain.meetings import MeetingState, check_words, for_period, title_for
from bot.domain.rights import Actor
from bot.domain.series import Recurrence, Scope, Time, parse_rule, times_of
from bot.services import announcements, audit, meetings, policies
from bot.services.announcements import Changed
from bot.services.meetings import MeetingView
from bot.services.outbox import Routes
from bot.storage.models import GatheringEvent, Meeting, MeetingSeries
from bot.storage.prepared import savepoint


class AlreadyThere(DomainError):
    """All times of the series are called already."""

    may_be_overheard = True


@dataclass(frozen=True, slots=True)
class Planned:
    """A series as it would be called.

    Attributes:
        times: Those that would be called anew, in order.
        already: Days on which such a meeting is called at that time; it stays as it is.
    """

    kind: MeetingKind
    title: str
    recurrence: Recurrence
    start: time
    place: str
    until: date
    times: tuple[Time, ...]
    already: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class CalledSeries:
    """A series that has been called.

    Attributes:
        times: How many meetings it has.
        first: The first of them.
    """

    times: int
    first: MeetingView


def plan(
    session: Session,
    *,
    kind: MeetingKind,
    title: str,
    recurrence: Recurrence,
    start: time,
    place: str,
    until: date | None,
    workdays: Workdays,
    by: Actor,
    now: datetime,
) -> Planned:
    """Return the times of a series, with holidays shown and nothing moved; nothing is written.

    Args:
        title: Of a kind that is named freely; else it is made from kind and date.
        start: Shanghai wall time. until: The last day, inclusive; None for the end of the year.

    Raises:
        Forbidden, NoCell, NotABranch, TooLong
        NoTimes: There is none, or too many.
        AlreadyThere: All of them are called.
    """
    unit_id, _ = meetings.place_for(session, kind, by)
    check_words(title, place)
    today = day_of(now)
    last = until or date(today.year, 12, 31)
    after = today if at(today, start.hour, start.minute) <= now else today - timedelta(days=1)
    times = times_of(recurrence, after=after, until=last, workdays=workdays)
    taken = _taken(session, unit_id, kind, times, start)
    free = tuple(one for one in times if one.day not in taken)
    if not free:
        raise AlreadyThere(
            f"到{last.month}月{last.day}日的{recurrence.words}都已经建过了，不用再建。"
        )
    already = tuple(one.day for one in times if one.day in taken)
    return Planned(kind, title, recurrence, start, place, last, free, already)


def call(
    session: Session,
    *,
    kind: MeetingKind,
    title: str,
    recurrence: Recurrence,
    start: time,
    place: str,
    until: date,
    days: Collection[date],
    by: Actor,
    now: datetime,
) -> CalledSeries:
    """Call the times of a series that were shown.

    Args:
        days: As shown.

    Raises:
        Forbidden, NoCell, NotABranch
        DomainError: One of them has been called meanwhile.
    """
    unit_id, branch_id = meetings.place_for(session, kind, by)
    connection = session.connection()
    series_id = connection.execute(
        insert(MeetingSeries)
        .values(
            unit_id=unit_id,
            kind=kind,
            title=title,
            rule=str(recurrence),
            start_at=start,
            place=place,
            until=until,
            created_by=by.member_id,
            created_at=now,
        )
        .returning(MeetingSeries.id)
    ).scalar_one()
    ordered = sorted(days)
    events = connection.scalars(
        insert(GatheringEvent).returning(GatheringEvent.id, sort_by_parameter_order=True),
        [
            {
                "unit_id": unit_id,
                "title": title,
                "created_by": by.member_id,
                "created_at": now,
                "series_id": series_id,
            }
            for _ in ordered
        ],
    ).all()
    rows = meeting_rows(
        meetings.settings_of(session, branch_id, at(ordered[0])),
        kind=kind,
        title=title,
        unit_id=unit_id,
        branch_id=branch_id,
        start=start,
        place=place,
        days=ordered,
        events=events,
        now=now,
    )
    try:
        with savepoint(session):
            connection.execute(insert(Meeting), rows)
    except IntegrityError as taken:
        raise DomainError("刚刚有别人建了其中一次，请再发一次 建会，我重新排。") from taken
    audit.record(
        session,
        by=by,
        at=now,
        action="series.call",
        subject=f"series:{series_id}",
        after={"rule": str(recurrence), "times": len(rows)},
    )
    first = session.scalars(select(Meeting.id).where(Meeting.event_id == events[0])).one()
    return CalledSeries(len(rows), meetings.get_meeting(session, MeetingId(first)))


def list_following(session: Session, meeting: MeetingView, now: datetime) -> list[MeetingView]:
    """Return the coming times of the series a meeting belongs to, in order; itself included.

    Empty where it belongs to none.
    """
    series_id = session.scalar(
        select(GatheringEvent.series_id).where(GatheringEvent.id == meeting.event_id)
    )
    if series_id is None:
        return []
    ids = session.scalars(
        select(Meeting.id)
        .join(GatheringEvent, GatheringEvent.id == Meeting.event_id)
        .where(
            GatheringEvent.series_id == series_id,
            Meeting.state == MeetingState.SCHEDULED,
            Meeting.starts_at > now,
        )
    ).all()
    return meetings.list_by_ids(session, {MeetingId(one) for one in ids})


def series_of(session: Session, of: Sequence[MeetingView]) -> Mapping[MeetingId, int]:
    """Return to which series some meetings belong, one query for all; those of none miss."""
    rows = session.execute(
        select(GatheringEvent.id, GatheringEvent.series_id).where(
            GatheringEvent.id.in_({meeting.event_id for meeting in of}),
            GatheringEvent.series_id.is_not(None),
        )
    )
    of_event = {event_id: series_id for event_id, series_id in rows if series_id is not None}
    return {
        meeting.id: of_event[meeting.event_id] for meeting in of if meeting.event_id in of_event
    }


def meant(
    following: Sequence[MeetingView], meeting: MeetingView, scope: Scope
) -> list[MeetingView]:
    """Return the times of a series that a change is about, in order."""
    if scope is Scope.THIS:
        return [meeting]
    if scope is Scope.ALL:
        return list(following)
    return [one for one in following if one.starts_at >= meeting.starts_at]


def plan_move(
    session: Session, *, meeting: MeetingView, scope: Scope, starts_at: datetime, now: datetime
) -> list[tuple[MeetingView, datetime]]:
    """Return when times of a series would be held if the one named is moved, in order.

    Each is moved by as many days, and to the same time of day.
    """
    by_days = day_of(starts_at) - meeting.day
    start = local(starts_at).time()
    return [
        (one, at(one.day + by_days, start.hour, start.minute))
        for one in meant(list_following(session, meeting, now), meeting, scope)
    ]


def move(
    session: Session,
    *,
    meeting_id: MeetingId,
    scope: Scope,
    starts_at: datetime,
    place: str | None,
    by: Actor,
    now: datetime,
    routes: Routes,
    hours: Hours,
) -> list[Changed]:
    """Move times of a series by as much as the one named is moved; each tells who knows of it.

    Raises:
        Forbidden, InThePast, TooFarAhead, WrongState, NothingMoved, AlreadyCalled
    """
    meeting = meetings.get_meeting(session, meeting_id)
    found = plan_move(session, meeting=meeting, scope=scope, starts_at=starts_at, now=now)
    later = day_of(starts_at) > meeting.day
    ordered = found[::-1] if later else found  # not onto the next one's time
    changed = [
        announcements.move(
            session,
            meeting_id=one.id,
            starts_at=new,
            place=place,
            by=by,
            now=now,
            routes=routes,
            hours=hours,
        )
        for one, new in ordered
    ]
    return sorted(changed, key=lambda one: one.meeting.starts_at)


def cancel(
    session: Session,
    *,
    meeting_id: MeetingId,
    scope: Scope,
    by: Actor,
    now: datetime,
    routes: Routes,
    hours: Hours,
) -> list[Changed]:
    """Cancel times of a series; each tells who knows of it.

    Raises:
        Forbidden, WrongState
    """
    meeting = meetings.get_meeting(session, meeting_id)
    batch = f"series:{meeting.id}:{now:%Y%m%d%H%M%S%f}"[:40]
    return [
        announcements.cancel(
            session,
            meeting_id=one.id,
            by=by,
            now=now,
            routes=routes,
            hours=hours,
            batch=batch,
        )
        for one in meant(list_following(session, meeting, now), meeting, scope)
    ]


def _taken(
    session: Session,
    unit_id: UnitId,
    kind: MeetingKind,
    times: Sequence[Time],
    start: time,
) -> set[date]:
    moments = [at(one.day, start.hour, start.minute) for one in times]
    rows = session.scalars(
        select(Meeting.starts_at).where(
            Meeting.unit_id == unit_id,
            Meeting.kind == kind,
            Meeting.starts_at.in_(moments),
            Meeting.state != MeetingState.CANCELLED,
        )
    )
    return {day_of(moment) for moment in rows}


def label_words(recurrence: Recurrence, start: time, until: date) -> str:
    """Return by what a series is told from others of its kind: `每月第一个周五15:00，到2026-12-31`."""
    return f"{recurrence.words}{start:%H:%M}，到{until}"


def list_labelled(
    session: Session, units: Collection[int]
) -> dict[int, tuple[UnitId, MeetingKind, str]]:
    """Return the series of some units: whose, of what kind, and what tells it from the others."""
    rows = session.execute(
        select(
            MeetingSeries.id,
            MeetingSeries.unit_id,
            MeetingSeries.kind,
            MeetingSeries.rule,
            MeetingSeries.start_at,
            MeetingSeries.until,
        )
        .where(MeetingSeries.unit_id.in_(units))
        .order_by(MeetingSeries.id)
    )
    times: Counter[tuple[int, MeetingKind, str]] = Counter()
    found: dict[int, tuple[UnitId, MeetingKind, str]] = {}
    for row in rows:
        words = label_words(parse_rule(row.rule), row.start_at, row.until)
        times[row.unit_id, row.kind, words] += 1
        nth = times[row.unit_id, row.kind, words]
        label = words if nth == 1 else f"{words}（{nth}）"
        found[row.id] = UnitId(row.unit_id), row.kind, label
    return found


def meeting_rows(
    settings: Mapping[str, Mapping[str, Any]],
    *,
    kind: MeetingKind,
    title: str,
    unit_id: UnitId,
    branch_id: UnitId,
    start: time,
    place: str,
    days: Sequence[date],
    events: Sequence[int],
    now: datetime,
) -> list[dict[str, object]]:
    """Return the meetings of a series as rows.

    Args:
        settings: Those of the branch.
        events: The gathering of each day.
    """
    window = policies.window_policy(settings)
    cadence = policies.cadence_policy(settings)
    rows: list[dict[str, object]] = []
    for day, event_id in zip(days, events, strict=True):
        starts_at = at(day, start.hour, start.minute)
        rows.append(
            {
                "event_id": event_id,
                "unit_id": unit_id,
                "branch_id": branch_id,
                "kind": kind,
                "title": title or title_for(kind, day),
                "starts_at": starts_at,
                "ends_at": starts_at + window.duration,
                "place": place,
                "for_period": str(for_period(kind, starts_at, cadence)),
                "state": MeetingState.SCHEDULED,
                "seats": None,
                "taken": 0,
                "revision": 1,
                "window": window.stored,
                "timed": True,
                "created_at": now,
            }
        )
    return rows
