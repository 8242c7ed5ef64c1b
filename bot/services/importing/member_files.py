"""The ledger `member_files`: one file a member, one row a state; never what is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.member_files import (
    MAX_CODE,
    ORDER,
    FileClass,
    FileEntry,
    FileState,
    check_code,
    check_entry,
)
from bot.domain.rights import Action
from bot.services import member_files, officers
from bot.services.importing import bulk, named
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import Named
from bot.services.importing.others import BY, SIGNED, Others, Signed, signed
from bot.storage.models import MemberFileEntry

CLASS, STATE, CODE, DAY = "类别", "状态", "存放编号", "日期"
_CLASSES = {kind.value: kind for kind in FileClass}
_STATES = {state.value: state for state in FileState}
COLUMNS = (
    *named.COLUMNS,
    Column(CLASS, f"是{'、'.join(_CLASSES)}中的一种", required=True),
    Column(STATE, f"是{'、'.join(_STATES)}中的一种；一份档案到了哪几步就写几行", required=True),
    Column(CODE, "放在哪里，只写柜号、盒号、编号，如 3柜2层-17"),
    Column(DAY, "哪天办的，如 2026-03-12", required=True),
    *SIGNED,
)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row, read."""

    cells: Cells
    person: Named
    name: str
    entry: FileEntry
    signed: Signed


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Add the states of a file that are not on record.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = unchanged = 0
    for lines in staged.batches("写入党员档案"):
        book, others = named.Book.of(session, lines), Others.of(session, lines, BY)
        read = [_read(line, book, others, staged, source) for line in lines]
        rows = sorted(
            (row for row in read if row is not None),
            key=lambda row: (row.person.id, ORDER.index(row.entry.state), row.cells.number),
        )
        for path in sorted({row.person.unit_path for row in rows}):
            officers.require(source.by, Action.MANAGE_ROLL, path)
        known = member_files.load(session, {row.person.id for row in rows})
        new = [row for row in rows if _is_new(row, known.setdefault(row.person.id, []), staged)]
        if not staged.problems:
            _write(session, new, source)
        added += len(new)
        unchanged += len(rows) - len(new)
    staged.problems.check()
    return Outcome(added, 0, unchanged)


def _read(
    line: Line, book: named.Book, others: Others, staged: Staged, source: Source
) -> _Row | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    person, day = book.find(cells), cells.day(DAY)
    kind, state = cells.one_of(CLASS, _CLASSES), cells.one_of(STATE, _STATES)
    code = cells.text(CODE, longest=MAX_CODE)
    for column in (CLASS, STATE, DAY):
        if not cells.text(column):
            cells.wrong(column, "没有填。")
    try:
        check_code(code)
    except DomainError as refused:
        cells.wrong(CODE, refused.sentence)
        return None
    if person is None or kind is None or state is None or day is None:
        return None
    own = signed(cells, others, source, person.unit_path)
    return _Row(cells, person, cells.text(named.NAME), FileEntry(state, kind, code, day), own)


def _is_new(row: _Row, known: list[FileEntry], staged: Staged) -> bool:
    """Tell whether a row is not on record; a second file of somebody is noted as a mistake."""
    if row.entry in known:
        return False
    named.check_known(row.person, row.cells.number, staged.problems)
    try:
        check_entry(row.name, known, row.entry)
    except DomainError as refused:
        row.cells.wrong(STATE, refused.sentence)
        return False
    known.append(row.entry)
    return True


def _write(session: Session, new: Sequence[_Row], source: Source) -> None:
    seqs = _seqs(session, {row.person.id for row in new})
    rows: list[Mapping[str, Any]] = []
    for row in new:
        seqs[row.person.id] = seqs.get(row.person.id, 0) + 1
        rows.append(
            {
                "member_id": row.person.id,
                "seq": seqs[row.person.id],
                "state": row.entry.state,
                "file_class": row.entry.file_class,
                "location_code": row.entry.code,
                "on_day": row.entry.on,
                "reason": "",
                "refers_to": None,
                "by_id": row.signed.by_id,
                "at": row.signed.at,
            }
        )
    bulk.add(session, MemberFileEntry, rows)
    bulk.add_audit(
        session,
        [
            bulk.audit_line(source.by, source.now, "member_file.import", f"member_file:{member}")
            for member in sorted({row.person.id for row in new})
        ],
    )


def _seqs(session: Session, members: set[MemberId]) -> dict[MemberId, int]:
    found: dict[MemberId, int] = {}
    for some in bulk.chunks(sorted(members)):
        rows = session.execute(
            select(MemberFileEntry.member_id, func.max(MemberFileEntry.seq))
            .where(MemberFileEntry.member_id.in_(some))
            .group_by(MemberFileEntry.member_id)
        )
        found.update({MemberId(member): seq for member, seq in rows})
    return found


LEDGER = Ledger("member_files", "党员档案", COLUMNS, run, group=named.person_of)
