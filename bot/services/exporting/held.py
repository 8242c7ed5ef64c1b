"""The meetings within reach, as rows of other ledgers name them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.clock import day_of, local
from bot.domain.meetings import MeetingState
from bot.services.exporting.scope import Request, names_in_order
from bot.services.importing import bulk
from bot.services.meetings import LIVE
from bot.storage.models import Meeting

Named: TypeAlias = tuple[str, str, date, str]  # whose, title, day, start
_AT_ONCE = 500


def ids_in_order(
    session: Session,
    request: Request,
    *where: ColumnElement[bool],
    states: Collection[MeetingState] = LIVE,
) -> list[int]:
    """Return the meetings of the days asked for, in the order in which they begin.

    Of those that begin together, meetings come before classes, and then as the sheet of units
    lists whose they are: that is the order in which an empty database takes them in.

    Args:
        where: Which of them.
        states: Left out, those that stand.
    """
    place = {unit: at for at, unit in enumerate(names_in_order(session, request))}
    found = session.execute(
        select(Meeting.id, Meeting.starts_at, Meeting.unit_id, Meeting.seats).where(
            Meeting.state.in_(states), *request.on_days(Meeting.starts_at), *where
        )
    )
    within: list[tuple[datetime, bool, int, int]] = [
        (row.starts_at, row.seats is not None, place[row.unit_id], row.id)
        for row in found
        if row.unit_id in place
    ]
    return [meeting for *_, meeting in sorted(within)]


def batches(
    session: Session, request: Request, *, seats: bool = False, size: int = _AT_ONCE
) -> Iterator[dict[int, Named]]:
    """Yield the meetings of the days asked for, in the order in which they begin, in pieces.

    Args:
        seats: Those one signs up for; else all.
    """
    names = names_in_order(session, request)
    where: tuple[ColumnElement[bool], ...] = (Meeting.seats.is_not(None),) if seats else ()
    for some in bulk.chunks(ids_in_order(session, request, *where), size):
        rows: dict[int, Any] = {
            row.id: row
            for row in session.execute(
                select(
                    Meeting.id, Meeting.unit_id, Meeting.title, Meeting.starts_at, Meeting.timed
                ).where(Meeting.id.in_(some))
            )
        }
        yield {
            meeting: (
                names[row.unit_id],
                row.title,
                day_of(row.starts_at),
                f"{local(row.starts_at):%H:%M}" if row.timed else "",
            )
            for meeting in some
            if (row := rows.get(meeting)) is not None
        }
