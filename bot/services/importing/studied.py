"""The ledger `studied`: what members say they have studied; no hours, no points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.rights import Action
from bot.domain.studied import MAX_TITLE
from bot.services import officers
from bot.services.importing import bulk, named
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import Named
from bot.storage.insert import insert_many_once
from bot.storage.models import StudyRecord

TITLE, DAY, SOURCE = "学习内容", "日期", "来源"
SOURCES = {"self": "本人", "organiser": "组织委员"}
_SOURCES = {word: source for source, word in SOURCES.items()}
COLUMNS = (
    *named.COLUMNS,
    Column(TITLE, f"学了什么，最多{MAX_TITLE}字", required=True, aliases=("内容",)),
    Column(DAY, "哪天学的，如 2026-03-12", required=True, aliases=("学习日期",)),
    Column(SOURCE, "本人或组织委员；留空是组织委员"),
)
_WRITING = "写入学习"


@dataclass(frozen=True, slots=True)
class _Wanted:
    line: int
    person: Named
    title: str
    day: date
    source: str

    @property
    def facts(self) -> tuple[int, date, str]:
        """What makes it single."""
        return self.person.id, self.day, self.title


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Add the studies of a file that are not on record.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = unchanged = 0
    for lines in staged.batches(_WRITING):
        book = named.Book.of(session, lines)
        read = [_read(line, book, staged, day_of(source.now)) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({row.person.unit_path for row in rows}):
            officers.require(source.by, Action.RECORD_ATTENDANCE, path)
        standing, times = _known(session, rows)
        new = [row for row in rows if row.facts not in standing]
        for row in new:
            named.check_known(row.person, row.line, staged.problems)
        if not staged.problems:
            _write(session, new, times, source)
        added += len(new)
        unchanged += len(rows) - len(new)
    staged.problems.check()
    return Outcome(added, 0, unchanged)


def _read(line: Line, book: named.Book, staged: Staged, today: date) -> _Wanted | None:
    cells = Cells(line, staged.problems, today)
    person, title = book.find(cells), cells.words(TITLE, longest=MAX_TITLE)
    day = cells.day(DAY)
    for column in (TITLE, DAY):
        if not cells.text(column):
            cells.wrong(column, "没有填。")
    source = cells.one_of(SOURCE, _SOURCES) or "organiser"
    if person is None or day is None or not title:
        return None
    first, times = staged.use(f"{person.id}/{day}/{title}", str(line.number))
    if times > 1:
        cells.wrong(TITLE, f"与第{first}行重复，请留一行。")
        return None
    return _Wanted(line.number, person, title, day, source)


def _known(
    session: Session, rows: Sequence[_Wanted]
) -> tuple[set[tuple[int, date, str]], dict[tuple[int, date, str], int]]:
    """Return the studies that stand, and how often each was taken back."""
    standing: dict[tuple[int, date, str], int] = {}
    times: dict[tuple[int, date, str], int] = {}
    for some in bulk.chunks(sorted({row.person.id for row in rows})):
        found = session.execute(
            select(
                StudyRecord.member_id,
                StudyRecord.done_on,
                StudyRecord.title,
                StudyRecord.refers_to,
            ).where(StudyRecord.member_id.in_(some))
        )
        for member, day, title, refers_to in found:
            key, step = (member, day, title), 1 if refers_to is None else -1
            standing[key] = standing.get(key, 0) + step
            times[key] = times.get(key, 0) + (refers_to is not None)
    return {key for key, number in standing.items() if number > 0}, times


def _write(
    session: Session,
    new: Sequence[_Wanted],
    times: dict[tuple[int, date, str], int],
    source: Source,
) -> None:
    insert_many_once(
        session,
        StudyRecord,
        [
            {
                "key": f"done:{row.person.id}:{row.day}:{row.title}:{times.get(row.facts, 0) + 1}",
                "member_id": row.person.id,
                "title": row.title,
                "done_on": row.day,
                "said_at": min(at(row.day, 12), source.now),
                "recorded_at": source.now,
                "source": row.source,
                "reporter_id": source.by.member_id,
                "refers_to": None,
            }
            for row in new
        ],
    )
    bulk.add_audit(
        session,
        [
            bulk.audit_line(
                source.by, source.now, "study.import", f"member:{row.person.id}:{row.day}"
            )
            for row in new
        ],
    )


LEDGER = Ledger("studied", "自学登记", COLUMNS, run, group=named.person_of)
