"""Where meetings stand as people would say it, from marks, roll calls, records and changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain import rights
from bot.domain.attendance import THERE
from bot.domain.ids import MeetingId, UnitId
from bot.domain.meeting_stages import Facts, MeetingStage, stage_of
from bot.domain.meetings import MeetingState
from bot.domain.minutes import MinutesState
from bot.domain.rights import Action, Actor
from bot.services import attendance, meetings, minutes_entries, policies, roll_closings, survey
from bot.services.meetings import MeetingView
from bot.storage.models import MeetingChange


def stages_of(
    session: Session, of: Sequence[MeetingView], now: datetime
) -> dict[MeetingId, MeetingStage]:
    """Return where some meetings stand at a moment; the same few queries however many there are.

    Source:
        meetings.stage
    """
    if not of:
        return {}
    called = [meeting for meeting in of if meeting.state is MeetingState.SCHEDULED]
    marks = attendance.current_marks(session, called) if called else {}
    attended = {meeting for (meeting, _), mark in marks.items() if mark in THERE}
    closed = roll_closings.list_closed(session, called)
    moved = _moved(session, [meeting.id for meeting in called])
    records = _records(session, [m for m in of if m.state is MeetingState.CONFIRMED], now)
    return {
        meeting.id: stage_of(
            Facts(
                meeting.state,
                meeting.starts_at,
                meeting.ends_at,
                moved=meeting.id in moved,
                attended=meeting.id in attended,
                closed=meeting.id in closed,
                record=records.get(meeting.id, MinutesState.EMPTY),
            ),
            now,
        )
        for meeting in of
    }


def list_of_unit(
    session: Session, unit_id: UnitId, first: date, last: date, *, by: Actor
) -> list[MeetingView]:
    """Return the meetings of a branch with its cells, or of a cell, also cancelled ones, in order.

    Args:
        first, last: Shanghai days, both included.

    Raises:
        Forbidden
    """
    rights.require(by, Action.VIEW_LISTS, meetings.path_of(session, unit_id))
    return _without_classes(meetings.list_ever(session, unit_id, *_moments(first, last)))


def list_own(session: Session, first: date, last: date, *, by: Actor) -> list[MeetingView]:
    """Return the meetings the actor belongs to, also cancelled ones, in order.

    Args:
        first, last: Shanghai days, both included.
    """
    found = meetings.list_ever_of(session, by, *_moments(first, last))
    return _without_classes([meeting for meeting in found if meetings.concerns(meeting, by)])


def _moments(first: date, last: date) -> tuple[datetime, datetime]:
    return at(first), at(last + timedelta(days=1))


def _without_classes(found: Sequence[MeetingView]) -> list[MeetingView]:
    return [meeting for meeting in found if meeting.seats is None]


def _moved(session: Session, ids: Collection[MeetingId]) -> set[MeetingId]:
    rows = session.scalars(
        select(MeetingChange.meeting_id)
        .where(MeetingChange.meeting_id.in_(ids), MeetingChange.action == "move")
        .distinct()
    )
    return {MeetingId(meeting) for meeting in rows}


def _records(
    session: Session, confirmed: Sequence[MeetingView], now: datetime
) -> Mapping[MeetingId, MinutesState]:
    """Return where records stand, each by the policy of the day it was confirmed."""
    if not confirmed:
        return {}
    found = minutes_entries.load_many(session, [meeting.id for meeting in confirmed])
    branches = survey.names_and_paths(session, {meeting.branch_id for meeting in confirmed})
    paths = {unit: path for unit, (_, path) in branches.items()}
    history = policies.load_history(session, paths.values(), policies.MINUTES)
    states = {}
    for meeting in confirmed:
        record = found[meeting.id]
        on = day_of(record.confirmed.at if record.confirmed else now)
        settings = {policies.MINUTES: history.on(paths[meeting.branch_id], on)}
        states[meeting.id] = record.state(now, policies.lock_days(settings, on))
    return states
