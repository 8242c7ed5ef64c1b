"""The ledger `attendance` as rows: every mark in force, with source and reporter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import local
from bot.domain.attendance import MARK_NAMES, ON_LEAVE
from bot.domain.ids import MeetingId, MemberId
from bot.domain.reads import Seen
from bot.files.tables import CellValue
from bot.services import meetings, roll_books
from bot.services.exporting import held
from bot.services.exporting.people import People
from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing import bulk
from bot.services.importing.attendance import SOURCES
from bot.services.importing.others import labels_of
from bot.services.meetings import MeetingView
from bot.services.roll_books import Book
from bot.storage.models import Meeting, Member

_AT_ONCE = 100  # meetings


def rows(session: Session, request: Request) -> Rows:
    """Yield the marks in force of all meetings within reach, of the days asked for."""
    units, people = names_in_order(session, request), People(session, request)
    begun = held.ids_in_order(session, request, Meeting.starts_at <= request.now)
    for some in bulk.chunks(begun, _AT_ONCE):
        order = {meeting: at for at, meeting in enumerate(some)}
        views = meetings.list_by_ids(session, [MeetingId(meeting) for meeting in some])
        books = roll_books.load(session, sorted(views, key=lambda view: order[view.id]))
        names = _names(session, books)
        labels = labels_of(session, {s.reporter_id for b in books for s in b.standings.values()})
        ordered = people.in_order(names)
        ordered += sorted(names.keys() - ordered)  # staff, who are on no roll
        for book in books:
            for member in (MemberId(each) for each in ordered if each in book.standings):
                if book.standings[member].mark is not None:
                    yield _row(book, member, units[book.meeting.unit_id], names, labels)


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
