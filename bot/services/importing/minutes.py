"""The ledger `minutes`: the record of every meeting, entry by entry, as it was written.

Entries carry the number they have in their record. A row of our own export that says something
else by now is a correction of that line, with its reason; rows without a number are new lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import FURTHEST_AHEAD
from bot.domain.minutes import (
    MAX_LINE,
    MAX_LINES,
    PART_NAMES,
    SINGLE,
    Act,
    Entry,
    Part,
    check_line,
    fold,
)
from bot.domain.rights import Action
from bot.services import minutes_confirm, minutes_entries, officers
from bot.services.importing import bulk, held
from bot.services.importing.cells import Cells
from bot.services.importing.held import Held
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.others import AT, BY, SIGNED, Others, Signed, signed
from bot.services.meetings import MeetingView
from bot.services.officers import OPERATOR
from bot.storage.models import MinutesEntry

SEQ, ACT, PART, TEXT, MEMBER, DUE = "序号", "事项", "部分", "内容", "党员", "期限"
REFERS, OLD, REASON = "所改序号", "原来的内容", "原因"
ACT_WORDS = {Act.WRITE: "写入", Act.TAKE_BACK: "收回", Act.CONFIRM: "确认", Act.CORRECT: "更正"}
COLUMNS = (
    *held.COLUMNS,
    Column(SEQ, "由小助手填；自己加的行留空"),
    Column(ACT, "写入或更正；留空是写入。收回、确认只能在聊天里办"),
    Column(PART, f"{'、'.join(PART_NAMES.values())}之一", required=True),
    Column(TEXT, f"最多{MAX_LINE}字；不写谁投了什么票，不写病情", required=True),
    Column(MEMBER, "主持、记录、主讲或办事的党员；同名的写成 张伟（1234）"),
    Column(DUE, "待办的写办到哪天，如 2026-03-31"),
    Column(REFERS, "由小助手填；自己加的行留空"),
    Column(OLD, "由小助手填；自己加的行留空"),
    Column(REASON, "改已经写下的内容，或者记录确认以后再加，写为什么"),
    *SIGNED,
)
_ACTS = {word: act for act, word in ACT_WORDS.items()}
_PARTS = {name: part for part, name in PART_NAMES.items()}
_LINES = (Act.WRITE, Act.CORRECT)
_MAX_REASON = 200
_MOST = 100_000


@dataclass(frozen=True, slots=True)
class _Wanted:
    cells: Cells
    meeting: MeetingView
    entry: Entry  # `seq` is 0 where the row has no number
    signed: Signed

    @property
    def says(self) -> tuple[Any, ...]:
        """What a line says, whoever wrote it."""
        return _says(self.entry)


@dataclass(slots=True)
class _Record:
    """The record of one meeting while its rows are taken in."""

    entries: list[Entry]
    last: int = 0

    def __post_init__(self) -> None:
        self.last = max((entry.seq for entry in self.entries), default=0)

    def get(self, seq: int) -> Entry | None:
        """Return an entry by its number."""
        return next((entry for entry in self.entries if entry.seq == seq), None)

    def append(self, entry: Entry) -> Entry:
        """Add an entry under the next number."""
        self.last += 1
        numbered = replace(entry, seq=self.last)
        self.entries.append(numbered)
        return numbered

    def in_force(self, entry: Entry) -> Entry | None:
        """Return what stands for a line by now; None where it was taken back."""
        for later in self.entries:
            if later.refers_to == entry.seq and later.seq > entry.seq:
                return None if later.act is Act.TAKE_BACK else self.in_force(later)
        return entry


@dataclass(slots=True)
class _Done:
    added: int = 0
    changed: int = 0
    unchanged: int = 0


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Append what a file says that no record says yet; nothing that was written is rewritten.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    done = _Done()
    for lines in staged.batches("写入会议记录"):
        there, others = Held.of(session, lines), Others.of(session, lines, MEMBER, BY, TEXT)
        read = [_read(line, there, others, staged, source) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({there.path(row.meeting) for row in rows}):
            officers.require(source.by, Action.WRITE_MINUTES, path)
        ids = {row.meeting.id for row in rows}
        records = {m: _Record(e) for m, e in minutes_entries.list_entries(session, ids).items()}
        new: list[tuple[_Wanted, Entry]] = []
        for row in rows:
            entry = _take(row, records[row.meeting.id], done, source)
            if entry is not None:
                new.append((row, entry))
        _check_lengths(new, records)
        if not staged.problems:
            _write(session, new, source)
    staged.problems.check()
    return Outcome(done.added, done.changed, done.unchanged)


def _read(
    line: Line, there: Held, others: Others, staged: Staged, source: Source
) -> _Wanted | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    meeting = there.find(cells)
    seq = cells.whole(SEQ, most=_MOST) or 0
    act = cells.one_of(ACT, _ACTS) or Act.WRITE
    part = cells.one_of(PART, _PARTS)
    text = cells.prose(TEXT, longest=MAX_LINE)
    for column, value in ((PART, part), (TEXT, text)) if act in _LINES else ():
        if not value and not cells.text(column, longest=MAX_LINE):
            cells.wrong(column, "没有填。")
    if meeting is None or (act in _LINES and not (part and text)):
        return None
    near = there.path(meeting)
    member_id = others.find(cells, MEMBER, near)
    if member_id is None and not seq and part in SINGLE:
        member_id = others.only(text, near)  # a full name alone is that member
    own = signed(cells, others, source, near)
    entry = Entry(
        seq,
        act,
        own.at,
        part,
        text,
        member_id,
        _due(cells),
        cells.whole(REFERS, most=_MOST),
        cells.prose(OLD, longest=2 * MAX_LINE),
        cells.prose(REASON, longest=_MAX_REASON),
    )
    return _Wanted(cells, meeting, entry, own)


def _due(cells: Cells) -> date | None:
    day = cells.day(DUE, future=True)
    if day is not None and day > cells.today + FURTHEST_AHEAD:
        cells.wrong(DUE, f"{day}太远了，请核对年份。")
    return day


def _take(row: _Wanted, record: _Record, done: _Done, source: Source) -> Entry | None:
    """Return the entry a row appends; None where the record says so already, or with a mistake."""
    entry = row.entry
    standing = record.get(entry.seq) if entry.seq else None
    if standing is not None:
        return _compare(row, standing, record, done)
    if entry.seq:
        new = _restore(row, record, source)
    elif any(row.says == _says(one) for one in record.entries if one.act in _LINES):
        done.unchanged += 1
        return None
    else:
        new = _new_line(row, record)
    if new is None:
        return None
    done.added += 1
    return record.append(new)


def _compare(row: _Wanted, standing: Entry, record: _Record, done: _Done) -> Entry | None:
    """Compare a row with the entry it was exported from; what it says otherwise is a correction."""
    current = record.in_force(standing)
    if (row.entry.act, row.says) == (standing.act, _says(standing)) or (
        current is not None and row.says == _says(current)
    ):
        done.unchanged += 1
        return None
    if row.entry.act is not standing.act or standing.act not in _LINES:
        row.cells.wrong(
            ACT, f"登记的是{ACT_WORDS[standing.act]}，不能改。请用导出的表，或留空序号。"
        )
    elif current is None:
        row.cells.wrong(TEXT, "这一行已经收回了。要再写，请留空序号。")
    elif not row.entry.reason:
        row.cells.wrong(REASON, "和登记的不一样。要更正请写上原因，原来的会留着。")
    else:
        _check_words(row)
        done.changed += 1
        said = replace(row.entry, act=Act.CORRECT, refers_to=current.seq, old=current.text)
        return record.append(said)
    return None


def _restore(row: _Wanted, record: _Record, source: Source) -> Entry | None:
    """Return an entry of another database's record, which goes on where this one ends."""
    entry = row.entry
    if entry.seq != record.last + 1:
        words = f"前面少了第{record.last + 1}条。请用完整的导出表；自己加的行请留空序号。"
        row.cells.wrong(SEQ, words)
    elif entry.act is Act.CONFIRM and not (source.by is OPERATOR and row.cells.text(AT)):
        row.cells.wrong(ACT, "确认等于书记签字，不能从表格里来。请书记在聊天里发 确认纪要。")
    elif entry.act is Act.CONFIRM and row.meeting.starts_at > source.now:
        row.cells.wrong(held.DAY, "这个会还没有开，不会有确认过的记录。")
    elif entry.act is Act.TAKE_BACK and record.get(entry.refers_to or 0) is None:
        row.cells.wrong(REFERS, "没有这个序号，请用完整的导出表。")
    elif entry.act is Act.CORRECT and not entry.reason:
        row.cells.wrong(REASON, "没有填。更正要写上原因。")
    else:
        if entry.act in _LINES:
            _check_words(row)
        return entry
    return None


def _new_line(row: _Wanted, record: _Record) -> Entry | None:
    """Return a line that somebody has added to the file."""
    entry = row.entry
    if entry.act not in _LINES:
        row.cells.wrong(ACT, f"{ACT_WORDS[entry.act]}只能在聊天里办，请删掉这一行。")
        return None
    _check_words(row)
    if fold(record.entries).confirmed is None and entry.act is Act.WRITE:
        return replace(entry, refers_to=None, old="")
    if not entry.reason:
        row.cells.wrong(REASON, f"{row.meeting.title}的记录已经确认，再加要写上原因。")
    standing = fold(record.entries).of(entry.part) if entry.part in SINGLE else ()
    old = standing[0] if standing else None
    return replace(
        entry,
        act=Act.CORRECT,
        refers_to=old.seq if old else None,
        old=old.text if old else "",
    )


def _check_words(row: _Wanted) -> None:
    try:
        check_line(row.entry.text)
    except DomainError as error:
        row.cells.wrong(TEXT, error.sentence)


def _check_lengths(new: Sequence[tuple[_Wanted, Entry]], records: dict[MeetingId, _Record]) -> None:
    last = {row.meeting.id: row for row, _ in new}
    for meeting_id, row in last.items():
        parts = fold(records[meeting_id].entries).parts
        if sum(map(len, parts.values())) > MAX_LINES:
            row.cells.wrong(TEXT, f"一份记录最多{MAX_LINES}行，请合并几行。")


def _says(entry: Entry) -> tuple[Part | None, str, MemberId | None, date | None]:
    return entry.part, entry.text, entry.member_id, entry.due_on


def _write(session: Session, new: Sequence[tuple[_Wanted, Entry]], source: Source) -> None:
    bulk.add(session, MinutesEntry, [_row(row, entry) for row, entry in new])
    for row, entry in new:  # confirmed records come once, when the books of a branch move
        if entry.act is Act.CONFIRM:
            by = replace(source.by, member_id=row.signed.by_id)
            minutes_confirm.stand(session, row.meeting, entry.seq, by=by, now=row.signed.at)
    counts: dict[str, int] = defaultdict(int)
    for row, _ in new:
        counts[row.meeting.subject] += 1
    audit = [
        bulk.audit_line(source.by, source.now, "minutes.import", subject, None, {"entries": number})
        for subject, number in counts.items()
    ]
    bulk.add_audit(session, audit)


def _row(row: _Wanted, entry: Entry) -> dict[str, Any]:
    return {
        "meeting_id": row.meeting.id,
        "seq": entry.seq,
        "act": entry.act,
        "part": entry.part,
        "text": entry.text,
        "member_id": entry.member_id,
        "due_on": entry.due_on,
        "refers_to": entry.refers_to,
        "old": entry.old,
        "reason": entry.reason,
        "by_id": row.signed.by_id,
        "at": row.signed.at,
    }


LEDGER = Ledger("minutes", "会议记录", COLUMNS, run, group=held.of_day)
