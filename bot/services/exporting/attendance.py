"""The ledger `attendance` as rows: every mark in force, with source and reporter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import local
from bot.domain.attendance import MARK_NAMES, ON_LEAVE
from bot.domain.ids import MemberId
from bot.domain.reads import Seen
from bot.files.tables import CellValue
from bot.services import meetings, roll_books
from bot.services.exporting.people import labels_of
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing import bulk
from bot.services.importing.attendance import SOURCES
from bot.services.meetings import MeetingView
from bot.services.roll_books import Book
from bot.storage.models import Member, Unit

_AT_ONCE = 100  # meetings


def rows(session: Session, request: Request) -> Rows:
    """Yield the marks in force of all meetings within reach, of the days asked for."""
    units = {
        unit: (name, path)
        for unit, name, path in session.execute(select(Unit.id, Unit.name, Unit.path))
    }
    first, until = request.days
    held = [
        meeting
        for meeting in meetings.list_held_by(session, request.now)
        if first <= meeting.day < until and request.reaches(units[meeting.unit_id][1])
    ]
    for some in bulk.chunks(held, _AT_ONCE):
        books = roll_books.load(session, some)
        names = _names(session, books)
        labels = labels_of(session, {s.reporter_id for b in books for s in b.standings.values()})
        for book in books:
            for member, standing in sorted(book.standings.items()):
                if standing.mark is not None:
                    yield _row(book, member, units[book.meeting.unit_id][0], names, labels)


def _names(session: Session, books: Sequence[Book]) -> dict[MemberId, tuple[str, str]]:
    """Return (name, tail) of everybody some roll calls are about."""
    wanted = {member for book in books for member in book.standings}
    found: dict[MemberId, tuple[str, str]] = {}
    for part in bulk.chunks(sorted(wanted)):
        rows = session.execute(
            select(Member.id, Member.name, Member.phone_tail).where(Member.id.in_(part))
        )
        found.update({MemberId(member): (name, tail) for member, name, tail in rows})
    return found


def _row(
    book: Book,
    member: MemberId,
    unit: str,
    names: Mapping[MemberId, tuple[str, str]],
    labels: Mapping[int | None, str],
) -> Sequence[CellValue]:
    meeting: MeetingView = book.meeting
    standing = book.standing(member)
    mark = standing.mark
    assert mark is not None
    name, tail = names[member]
    left = f"{local(standing.left_at):%H:%M}" if standing.left_at else ""
    return (
        name,
        tail,
        unit,
        meeting.title,
        meeting.day,
        MARK_NAMES[mark],
        left,
        standing.reason_kind if mark in ON_LEAVE else "",
        SOURCES.get(standing.source, standing.source),
        labels[standing.reporter_id],
    )


EXPORT = Export(rows, dated=True, shows=(Seen.ATTENDANCE, Seen.LEAVE))
