"""The ledger `study` as rows: every class of a plan, and every other one has to sign up for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import day_of, local
from bot.domain.cadence import KIND_NAMES
from bot.domain.ids import MeetingId
from bot.domain.study_hours import hours_words
from bot.domain.study_plan import Lesson
from bot.files.tables import CellValue
from bot.services import meetings, study_programmes, study_terms
from bot.services.exporting import held
from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing import bulk
from bot.services.study_programmes import Planned
from bot.services.study_terms import NO_TERMS

_UNITS = 500
_PROGRAMMES = 20


def rows(session: Session, request: Request) -> Rows:
    """Yield the classes of the days asked for, in the columns of the import."""
    units = names_in_order(session, request)
    first, until = request.days
    for some in bulk.chunks(list(units), _UNITS):
        place = {unit: at for at, unit in enumerate(some)}
        listed = study_programmes.list_of(session, some)
        programmes = sorted(listed, key=lambda one: (place[one.unit_id], one.id))
        for part in bulk.chunks(programmes, _PROGRAMMES):
            lessons = study_programmes.list_lessons(session, [one.id for one in part])
            for one in part:
                for planned in lessons[one.id]:
                    if first <= planned.meeting.day < until:
                        yield _row(one.title, units[one.unit_id], planned)
    for named in held.batches(session, request, seats=True):
        alone = meetings.list_by_ids(session, {MeetingId(meeting) for meeting in named})
        terms = study_terms.load(session, [meeting.id for meeting in alone])
        order = {meeting: at for at, meeting in enumerate(named)}
        for meeting in sorted(alone, key=lambda meeting: order[meeting.id]):
            own = terms.get(meeting.id, NO_TERMS)
            if own.programme_id is None and meeting.unit_id in units:
                yield _row("", units[meeting.unit_id], Planned(meeting, own))


def _row(plan: str, unit: str, planned: Planned) -> Sequence[CellValue]:
    meeting, terms = planned.meeting, planned.terms
    end, lesson = local(meeting.ends_at), Lesson(meeting.title, meeting.starts_at)
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
        "" if lesson.kind is meeting.kind else KIND_NAMES[meeting.kind],
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
