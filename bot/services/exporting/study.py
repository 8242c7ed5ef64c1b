"""The ledger `study` as rows: every class of every plan of study that is not cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of, local
from bot.domain.ids import UnitId
from bot.domain.study_hours import hours_words
from bot.files.tables import CellValue
from bot.services import study_programmes
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.study_programmes import Planned
from bot.storage.models import Unit


def rows(session: Session, request: Request) -> Rows:
    """Yield the classes of the days asked for, in the columns of the import."""
    units = {
        UnitId(unit): name
        for unit, name, path in session.execute(select(Unit.id, Unit.name, Unit.path))
        if request.reaches(path)
    }
    programmes = sorted(study_programmes.list_of(session, units), key=lambda one: one.id)
    lessons = study_programmes.list_lessons(session, [one.id for one in programmes])
    first, until = request.days
    for one in programmes:
        for planned in lessons[one.id]:
            if first <= planned.meeting.day < until:
                yield _row(one.title, units[one.unit_id], planned)


def _row(plan: str, unit: str, planned: Planned) -> Sequence[CellValue]:
    meeting, terms = planned.meeting, planned.terms
    end = local(meeting.ends_at)
    closes, closes_clock = _deadline(terms.closes_at)
    return (
        plan,
        unit,
        meeting.title,
        meeting.day,
        f"{local(meeting.starts_at):%H:%M}" if meeting.timed else "",
        end.date() if end.date() != meeting.day else "",
        f"{end:%H:%M}",
        meeting.place,
        meeting.seats if meeting.seats is not None else "",
        hours_words(terms.tenths) if terms.tenths is not None else "",
        closes,
        closes_clock,
        "是" if terms.own_word else "",
    )


def _deadline(closes_at: datetime | None) -> tuple[CellValue, CellValue]:
    """Return day and time of a deadline; one at midnight is the day before, without a time."""
    if closes_at is None:
        return "", ""
    end = local(closes_at)
    if (end.hour, end.minute) == (0, 0):
        return day_of(closes_at - timedelta(minutes=1)), ""
    return end.date(), f"{end:%H:%M}"


EXPORT = Export(rows, dated=True, shows=())
