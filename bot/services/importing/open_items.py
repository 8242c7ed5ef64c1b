"""The ledger `open_items`: what is to be done, by whom, until when, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.open_items import KIND_NAMES, MAX_WORDS, ItemKind, check_words
from bot.domain.rights import Action
from bot.services import officers, open_items
from bot.services.importing import named
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.open_items import Wanted
from bot.storage.models import OpenItem, Unit

KIND, WORDS, OWNER, DUE = "类别", "事项", "负责人", "期限"
ON, CLOSED, NOTE = "登记日期", "办结日期", "办理情况"
_KINDS = {word: kind for kind, word in KIND_NAMES.items()}
COLUMNS = (
    Column(named.UNIT, "支部的全称", required=True, aliases=("所在支部", "支部", "党支部")),
    Column(KIND, "待办或问题；留空是待办"),
    Column(WORDS, f"要办什么，最多{MAX_WORDS}字", required=True, aliases=("内容",)),
    Column(OWNER, "谁来办，名册里的姓名；同名的请留空"),
    Column(DUE, "哪天以前办好，如 2026-04-20"),
    Column(ON, "哪天登记的，如 2026-04-07；留空是今天"),
    Column(CLOSED, "已经办结的写哪天办结"),
    Column(NOTE, "怎么办结的"),
)
_WRITING = "写入待办和问题"
Facts: TypeAlias = tuple[UnitId, ItemKind, str, date]


@dataclass(frozen=True, slots=True)
class _Row:
    facts: Facts
    path: str
    owner: MemberId | None
    due_on: date | None
    closed_on: date | None
    note: str


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Add the items of a file that are not on record, and close those it says are done.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = changed = unchanged = 0
    units = {
        name: (UnitId(unit), path)
        for unit, name, path in session.execute(select(Unit.id, Unit.name, Unit.path))
    }
    for lines in staged.batches(_WRITING):
        book = named.Book.of(session, lines, OWNER)
        read = [_read(line, units, book, staged, source) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({row.path for row in rows}):
            officers.require(source.by, Action.WRITE_MINUTES, path)
        if staged.problems:
            continue
        known = _known(session, [row.facts[0] for row in rows])
        still_open = open_items.still_open(session, set(known.values()))
        for row in rows:
            item = known.get(row.facts)
            is_new = item is None
            if item is None:
                item = _write(session, row, source)
            closes = row.closed_on is not None and (is_new or item in still_open)
            if closes and row.closed_on is not None:
                moment = min(at(row.closed_on, 12), source.now)
                open_items.close_known(session, item, row.note, by=source.by, now=moment)
            added += is_new
            changed += closes and not is_new
            unchanged += not (is_new or closes)
    staged.problems.check()
    return Outcome(added, changed, unchanged)


def _read(
    line: Line,
    units: dict[str, tuple[UnitId, str]],
    book: named.Book,
    staged: Staged,
    source: Source,
) -> _Row | None:
    today = day_of(source.now)
    cells = Cells(line, staged.problems, today)
    unit, words = cells.required(named.UNIT), cells.words(WORDS, longest=MAX_WORDS)
    due_on, on, closed = cells.day(DUE, future=True), cells.day(ON), cells.day(CLOSED)
    kind = cells.one_of(KIND, _KINDS) or ItemKind.ACTION
    name, note = cells.text(OWNER), cells.words(NOTE)
    if not words:
        cells.wrong(WORDS, "没有填。")
    if unit and unit not in units:
        cells.wrong(named.UNIT, f"没有登记过“{unit}”，请写名册里的全称。")
    if not words or unit not in units:
        return None
    unit_id, path = units[unit]
    owner = book.only(unit_id, name) if name else None
    if name and owner is None:
        cells.wrong(OWNER, f"{unit}的名册里没有{name}，或者有几位同名。请核对，同名的请留空。")
    try:
        words = check_words(words)
    except DomainError as refused:
        cells.wrong(WORDS, refused.sentence)
        return None
    facts = (unit_id, kind, words, on or today)
    first, times = staged.use(f"{unit_id}/{kind.value}/{words}/{on or today}", str(line.number))
    if times > 1:
        cells.wrong(WORDS, f"与第{first}行重复，请留一行。")
        return None
    return _Row(facts, path, owner, due_on, closed, note)


def _known(session: Session, units: Sequence[UnitId]) -> dict[Facts, int]:
    rows = session.execute(
        select(OpenItem.id, OpenItem.unit_id, OpenItem.kind, OpenItem.words, OpenItem.at).where(
            OpenItem.unit_id.in_(set(units))
        )
    )
    return {(UnitId(row.unit_id), row.kind, row.words, day_of(row.at)): int(row.id) for row in rows}


def _write(session: Session, row: _Row, source: Source) -> int:
    unit_id, kind, words, on = row.facts
    key = f"import:{unit_id}:{kind.value}:{on}:{open_items.digest(words)}"
    moment = min(at(on, 12), source.now)
    wanted = Wanted(key, kind, words, row.owner, row.due_on)
    (item,) = open_items.record(session, unit_id, [wanted], by=source.by, now=moment)
    return item


LEDGER = Ledger(
    "open_items", "待办和问题", COLUMNS, run, group=lambda line: named.said(line, named.UNIT)
)
