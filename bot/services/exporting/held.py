"""The meetings within reach, as rows of other ledgers name them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of, local
from bot.services.exporting.scope import Request
from bot.services.importing import bulk
from bot.services.meetings import LIVE
from bot.storage.models import Meeting, Unit

Named: TypeAlias = tuple[str, str, date, str]  # whose, title, day, start
_AT_ONCE = 500


def batches(
    session: Session, request: Request, *, seats: bool = False
) -> Iterator[dict[int, Named]]:
    """Yield the meetings of the days asked for, in the order in which they begin, in pieces.

    Args:
        seats: Those one signs up for; else all.
    """
    units = {
        row.id: row.name
        for row in session.execute(select(Unit.id, Unit.name, Unit.path))
        if request.reaches(row.path)
    }
    query = select(Meeting.id).where(Meeting.state.in_(LIVE))
    if seats:
        query = query.where(Meeting.seats.is_not(None))
    query = request.of_days(query, Meeting.starts_at)
    ids = session.scalars(query.order_by(Meeting.starts_at, Meeting.id)).all()
    for some in bulk.chunks(ids, _AT_ONCE):
        found = session.execute(
            select(Meeting.id, Meeting.unit_id, Meeting.title, Meeting.starts_at, Meeting.timed)
            .where(Meeting.id.in_(some))
            .order_by(Meeting.starts_at, Meeting.id)
        )
        yield {
            row.id: (
                units[row.unit_id],
                row.title,
                day_of(row.starts_at),
                f"{local(row.starts_at):%H:%M}" if row.timed else "",
            )
            for row in found
            if row.unit_id in units
        }
