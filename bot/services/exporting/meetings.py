"""The ledger `meetings` as rows: every meeting, cancelled ones too, without what one signs up for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import day_of, local
from bot.domain.cadence import KIND_NAMES
from bot.domain.ids import MeetingId
from bot.domain.meeting_stages import STAGE_NAMES
from bot.domain.meetings import MeetingState
from bot.services import meeting_stages, meeting_topics, meetings, series
from bot.services.exporting import held
from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing import bulk
from bot.services.meetings import LIVE
from bot.storage.models import Meeting

_AT_ONCE = 1000


def rows(session: Session, request: Request) -> Rows:
    """Yield the meetings of the days asked for, in the order in which they begin."""
    units = names_in_order(session, request)
    states = tuple(MeetingState)
    ids = held.ids_in_order(session, request, Meeting.seats.is_(None), states=states)
    for some in bulk.chunks(ids, _AT_ONCE):
        yield from _some(session, some, units, request.now)


def _some(session: Session, ids: Sequence[int], units: Mapping[int, str], now: datetime) -> Rows:
    views = meetings.list_by_ids(session, [MeetingId(meeting) for meeting in ids])
    place = {meeting: at for at, meeting in enumerate(ids)}
    found = sorted(views, key=lambda view: place[view.id])
    stages = meeting_stages.stages_of(session, found, now)
    of_series = series.series_of(session, views)
    topics = meeting_topics.load(session, [view.id for view in views])
    called = series.list_labelled(session, {view.unit_id for view in views if view.id in of_series})
    together = _together(session, {row.event_id for row in found}, units)
    for row in found:
        yield (
            units[row.unit_id],
            KIND_NAMES[row.kind],
            row.title,
            day_of(row.starts_at),
            f"{local(row.starts_at):%H:%M}" if row.timed else "",
            _end(row.starts_at, row.ends_at) if row.timed else "",
            row.place,
            row.for_period,
            STAGE_NAMES[stages[row.id]],
            together.get(row.event_id, ""),
            called[of_series[row.id]][-1] if row.id in of_series else "",
            topics[row.id] or "有" if row.id in topics else "",
        )


def _end(starts_at: datetime, ends_at: datetime) -> str:
    end = local(ends_at)
    return f"{end:%H:%M}" if end.date() == day_of(starts_at) else f"{end:%Y-%m-%d %H:%M}"


def _together(session: Session, events: set[int], units: Mapping[int, str]) -> dict[int, str]:
    """Return the words for gatherings of several meetings, the same in every database."""
    rows = session.execute(
        select(Meeting.event_id, func.count(), func.min(Meeting.starts_at))
        .where(Meeting.event_id.in_(events), Meeting.state.in_(LIVE), Meeting.seats.is_(None))
        .group_by(Meeting.event_id)
        .having(func.count() > 1)
    ).all()
    several = {event: starts_at for event, _, starts_at in rows}
    firsts = session.execute(
        select(Meeting.event_id, Meeting.unit_id)
        .where(Meeting.event_id.in_(several), Meeting.state.in_(LIVE))
        .order_by(Meeting.starts_at.desc(), Meeting.id.desc())
    )
    first = dict(firsts.all())
    return {
        event: f"{units.get(first[event], '')}{local(starts_at):%Y-%m-%d %H:%M}".replace(" ", "-")
        for event, starts_at in several.items()
    }


EXPORT = Export(rows, dated=True, shows=())
