"""The ledger `attendance` as rows: every mark in force, with source and reporter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import local
from bot.domain.attendance import MARK_NAMES, ON_LEAVE
from bot.domain.ids import MemberId
from bot.files.tables import CellValue
from bot.services import meetings, roll_books
from bot.services.exporting.scope import Request, Table
from bot.services.importing.attendance import SOURCES
from bot.services.meetings import MeetingView
from bot.services.roll_books import Book
from bot.storage.models import Member, Unit

_AT_ONCE = 500  # meetings


def rows(session: Session, request: Request) -> Table:
    """Return the marks in force of all meetings within reach, in the columns of the import."""
    units = {
        unit: (name, path)
        for unit, name, path in session.execute(select(Unit.id, Unit.name, Unit.path))
    }
    held = [
        meeting
        for meeting in meetings.list_held_by(session, request.now)
        if request.reaches(units[meeting.unit_id][1])
    ]
    names = {
        MemberId(member): (name, tail)
        for member, name, tail in session.execute(select(Member.id, Member.name, Member.phone_tail))
    }
    table: Table = []
    for start in range(0, len(held), _AT_ONCE):
        for book in roll_books.load(session, held[start : start + _AT_ONCE]):
            table += _of_meeting(book, units[book.meeting.unit_id][0], names)
    return table


def _of_meeting(
    book: Book, unit: str, names: Mapping[MemberId, tuple[str, str]]
) -> list[Sequence[CellValue]]:
    return [
        _row(book, member, unit, names)
        for member, standing in sorted(book.standings.items())
        if standing.mark is not None
    ]


def _row(
    book: Book, member: MemberId, unit: str, names: Mapping[MemberId, tuple[str, str]]
) -> Sequence[CellValue]:
    meeting: MeetingView = book.meeting
    standing = book.standing(member)
    mark = standing.mark
    assert mark is not None
    name, tail = names[member]
    left = f"{local(standing.left_at):%H:%M}" if standing.left_at else ""
    reporter = standing.reporter_id
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
        names[reporter][0] if reporter is not None and reporter in names else "",
    )
