"""The ledger `attendance`: one row a mark in force; a list of names alone is a signed sheet.

Rows that say what stands already change nothing; the others append a mark, as every correction
does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.attendance import MARK_NAMES, ON_LEAVE, THERE, LeaveKind, Mark
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.meetings import MeetingState
from bot.domain.naming import Candidate, Roll, Verdict
from bot.domain.rights import Action
from bot.services import anonymous, attendance_bulk, meetings, officers, roll_books
from bot.services.anonymous import REFUSED
from bot.services.attendance_bulk import NewMark
from bot.services.importing import bulk
from bot.services.importing.cells import Cells, read_clock
from bot.services.importing.ledger import (
    Column,
    Ledger,
    Line,
    Outcome,
    Problems,
    Source,
    Staged,
)
from bot.services.importing.named import said
from bot.services.importing.others import Others
from bot.services.meetings import MeetingView
from bot.services.pinyin import sounds_of
from bot.services.roll_books import Book
from bot.storage.models import Member, Unit

NAME, TAIL, UNIT, TITLE, DAY = "姓名", "手机尾号", "党组织", "会议", "日期"
MARK, LEFT, KIND, SOURCE, REPORTER = "情况", "早退时间", "请假类别", "来源", "登记人"
COLUMNS = (
    Column(NAME, "名册里的姓名", required=True),
    Column(TAIL, "同名的写手机后四位", aliases=("尾号",)),
    Column(UNIT, "开会的支部或党小组，写全称", required=True, aliases=("支部", "党支部")),
    Column(TITLE, "会议名称；那天只有一个会可以不写", aliases=("会议名称", "活动")),
    Column(DAY, "开会的日期，如 2026-03-12", required=True, aliases=("会议日期",)),
    Column(MARK, "到会、迟到、早退、请假、缺席等；不写就是到会", aliases=("出勤", "出勤情况")),
    Column(LEFT, "早退的写几点走的，如 15:30"),
    Column(KIND, "请假的写：公、病、事、其他；不写原因"),
    Column(SOURCE, "本人、代报、组织委员、接龙、纸质、签到码；不写就是纸质"),
    Column(REPORTER, "由小助手填；自己加的行留空"),
)
SOURCES = {
    "self": "本人",
    "proxy": "代报",
    "organiser": "组织委员",
    "chain": "接龙",
    "paper": "纸质",
    "corrected": "更正",
    "code": "签到码",
}
_WRITING = "写入出勤"
_SOURCES = {word: source for source, word in SOURCES.items()}
_MARKS = {name: mark for mark, name in MARK_NAMES.items() if mark is not Mark.WITHDRAWN}
_KINDS = {kind.value: kind.value for kind in LeaveKind}


@dataclass(frozen=True, slots=True)
class _Row:
    """A line, read."""

    cells: Cells
    name: str
    tail: str
    unit: str
    title: str
    day: date
    mark: Mark
    left: tuple[int, int] | None
    kind: str
    source: str
    reporter_id: MemberId | None


@dataclass(slots=True)
class _Known:
    """What is on record of the meetings that a file speaks of."""

    units: Mapping[str, tuple[UnitId, str]]
    meetings: Mapping[tuple[UnitId, date], Sequence[MeetingView]]
    books: Mapping[MeetingId, Book]
    named: Mapping[str, Sequence[tuple[MemberId, str]]]
    anonymous: frozenset[MemberId] = frozenset()
    rolls: dict[MeetingId, Roll] = field(default_factory=dict)


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Append the marks that a file says and that do not stand yet: all of them, or none.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden: The actor does not record attendance there.
    """
    added = changed = unchanged = 0
    for lines in staged.batches(_WRITING):
        others = Others.of(session, lines, REPORTER)
        read = (_read(line, others, staged.problems, source) for line in lines)
        rows = [row for row in read if row is not None]
        known = _known(session, rows)
        for name in sorted({row.unit for row in rows if row.unit in known.units}):
            officers.require(source.by, Action.RECORD_ATTENDANCE, known.units[name][1])
        batch = _sort_out(rows, known, staged, source.now)
        if not staged.problems:
            _write(session, batch.new, known, source)
        added, changed = added + batch.added, changed + batch.changed
        unchanged += batch.unchanged
    staged.problems.check()
    return Outcome(added, changed, unchanged)


@dataclass(slots=True)
class _Batch:
    """What some rows come to: marks to append, by meeting and source."""

    new: dict[tuple[MeetingId, str], list[NewMark]] = field(
        default_factory=lambda: defaultdict(list)
    )
    added: int = 0
    changed: int = 0
    unchanged: int = 0


def _sort_out(rows: Sequence[_Row], known: _Known, staged: Staged, now: datetime) -> _Batch:
    batch = _Batch()
    for row in rows:
        found = _find(row, known)
        if found is None:
            continue
        book, member = found
        if staged.use(f"{book.meeting.id}:{member}")[1] > 1:
            row.cells.wrong(NAME, f"{row.name}在这次会写了两行，请留一行。")
            continue
        mark = _new_mark(row, book, member, now)
        if mark is None:
            batch.unchanged += 1
            continue
        if member in known.anonymous:
            row.cells.wrong(NAME, REFUSED)
            continue
        if book.standing(member).mark:
            batch.changed += 1
        else:
            batch.added += 1
        batch.new[book.meeting.id, row.source].append(mark)
    return batch


def _write(
    session: Session,
    new: Mapping[tuple[MeetingId, str], Sequence[NewMark]],
    known: _Known,
    source: Source,
) -> None:
    for (meeting_id, word), marks in new.items():
        meeting = known.books[meeting_id].meeting
        attendance_bulk.append_all(
            session, meeting, marks, source=word, by=source.by, now=source.now
        )
    bulk.add_audit(
        session,
        [
            bulk.audit_line(
                source.by,
                source.now,
                "attendance.import",
                f"meeting:{meeting_id}",
                None,
                {"marks": len(marks), "source": word},
            )
            for (meeting_id, word), marks in new.items()
        ],
    )


def _of_meeting(line: Line) -> str:
    """Return what tells the meeting of a line: its rows stay together."""
    return f"{said(line, UNIT)}/{said(line, DAY)}"


def _read(line: Line, others: Others, problems: Problems, source: Source) -> _Row | None:
    cells = Cells(line, problems, day_of(source.now))
    name, unit = cells.required(NAME, longest=40), cells.required(UNIT)
    if not cells.text(DAY):
        cells.wrong(DAY, "没有填。")
    day = cells.day(DAY)
    mark = cells.one_of(MARK, _MARKS) or Mark.PRESENT
    left = None
    if written := cells.text(LEFT):
        left = read_clock(written)
        if left is None:
            cells.wrong(LEFT, "应是时间，如 15:30。")
    kind = cells.one_of(KIND, _KINDS) or ""
    how = cells.one_of(SOURCE, _SOURCES) or "paper"
    # Only who moves the books of a branch brings in what somebody else has said.
    moves = source.by is officers.OPERATOR
    reporter_id = others.find(cells, REPORTER, "") if moves else None
    if not (name and unit and day):
        return None
    return _Row(
        cells=cells,
        name=name,
        tail=cells.text(TAIL),
        unit=unit,
        title=cells.text(TITLE, longest=80),
        day=day,
        mark=mark,
        left=left,
        kind=kind,
        source=how,
        reporter_id=reporter_id,
    )


def _known(session: Session, rows: Sequence[_Row]) -> _Known:
    """Load all that a file speaks of, table by table."""
    names = {row.unit for row in rows}
    units = {
        name: (UnitId(unit), path)
        for unit, name, path in session.execute(
            select(Unit.id, Unit.name, Unit.path).where(Unit.name.in_(names))
        )
    }
    if not units:
        return _Known(units, {}, {}, {})
    days = [row.day for row in rows]
    held = meetings.list_of_units(
        session,
        [unit for unit, _ in units.values()],
        at(min(days)),
        at(max(days) + timedelta(days=1)),
    )
    wanted = {(units[row.unit][0], row.day) for row in rows if row.unit in units}
    by_day: dict[tuple[UnitId, date], list[MeetingView]] = defaultdict(list)
    for meeting in held:
        if (meeting.unit_id, meeting.day) in wanted:
            by_day[meeting.unit_id, meeting.day].append(meeting)
    books = roll_books.load(session, [m for of in by_day.values() for m in of])
    named: dict[str, list[tuple[MemberId, str]]] = defaultdict(list)
    for some in bulk.chunks(sorted({row.name for row in rows})):
        found = session.execute(
            select(Member.id, Member.name, Member.phone_tail).where(Member.name.in_(some))
        )
        for member, name, tail in found:
            named[name].append((MemberId(member), tail))
    ids = [member for fitting in named.values() for member, _ in fitting]
    hidden = anonymous.among(session, ids)
    return _Known(units, by_day, {book.meeting.id: book for book in books}, named, hidden)


def _find(row: _Row, known: _Known) -> tuple[Book, MemberId] | None:
    """Return the meeting and the member of a row; what is wrong is noted."""
    unit = known.units.get(row.unit)
    if unit is None:
        row.cells.wrong(UNIT, f"没有“{row.unit}”，请写名册里的全称。")
        return None
    meeting = _meeting(row, known.meetings.get((unit[0], row.day), ()))
    if meeting is None:
        return None
    book = known.books[meeting.id]
    member = _member(row, book, known)
    return None if member is None else (book, member)


def _meeting(row: _Row, held: Sequence[MeetingView]) -> MeetingView | None:
    exact = [m for m in held if m.title.replace(" ", "") == row.title]
    fitting = exact or [
        m for m in held if (m.is_called(row.title) if row.title else m.seats is None)
    ]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        known = "、".join(m.title for m in held) or "那天没有会，请先补录"
        row.cells.wrong(TITLE, f"对不上会议。{row.unit}{row.day}有：{known}。")
    else:
        row.cells.wrong(TITLE, f"那天有几个会：{'、'.join(m.title for m in held)}，请写明。")
    return None


def _member(row: _Row, book: Book, known: _Known) -> MemberId | None:
    """Return whose row it is: of those expected, else of those there besides (列席)."""
    due = [(p.id, p.phone_tail) for p in book.expected if p.name == row.name]
    open_to_all = row.mark in THERE or book.meeting.seats is not None
    others = known.named.get(row.name, ()) if not due and open_to_all else ()
    fitting = [member for member, tail in due or others if not row.tail or tail == row.tail]
    if len(fitting) == 1:
        return fitting[0]
    if len(fitting) > 1:
        row.cells.wrong(NAME, f"有{len(fitting)}位{row.name}，请在“{TAIL}”写手机后四位。")
        return None
    near = _near(row.name, book, known)
    hint = f"是不是{'、'.join(near)}？" if near else "请核对姓名。"
    row.cells.wrong(NAME, f"{row.name}不在{book.meeting.title}的应到名单。{hint}")
    return None


def _near(name: str, book: Book, known: _Known) -> list[str]:
    """Return whom an unclear name may mean."""
    roll = known.rolls.get(book.meeting.id)
    if roll is None:
        candidates = (Candidate(person.id, person.name) for person in book.expected)
        roll = known.rolls[book.meeting.id] = Roll(candidates, sounds_of)
    naming = roll.match(name)
    if naming.verdict is Verdict.NOBODY:
        return []
    return list(dict.fromkeys(fit.candidate.name for fit in naming.fits))[:3]


def _new_mark(row: _Row, book: Book, member: MemberId, now: datetime) -> NewMark | None:
    """Return the mark to append; None where the row says what stands."""
    meeting, found = book.meeting, book.standing(member)
    left_at = at(meeting.day, *row.left) if row.left and row.mark is Mark.LEFT_EARLY else None
    if found.mark is row.mark and left_at in (None, found.left_at):
        return None
    if meeting.state is MeetingState.CONFIRMED:
        row.cells.wrong(MARK, f"{meeting.title}的记录已经确认，不能再改，请作更正。")
        return None
    if now < meeting.window.opens_at:
        row.cells.wrong(DAY, f"{meeting.title}还没有开始。")
        return None
    came = found.said_at if found.mark in THERE and found.said_at else now
    kind = (row.kind or LeaveKind.OTHER.value) if row.mark in ON_LEAVE else ""
    return NewMark(
        member_id=member,
        seq=found.seq,
        mark=row.mark,
        said_at=came if row.mark is Mark.LEFT_EARLY else now,
        reason_kind=kind,
        left_at=left_at,
        reporter_id=row.reporter_id,
    )


LEDGER = Ledger("attendance", "出勤", COLUMNS, run, group=_of_meeting)
