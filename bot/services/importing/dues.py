"""The ledger `dues`: payments confirmed, line by line; what is on record is never changed by it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.dues import EntryKind
from bot.domain.ids import MemberId, UnitId
from bot.domain.money import Fen
from bot.domain.periods import Month
from bot.domain.rights import Action
from bot.services import counters, officers
from bot.services.dues_ledger import take_turns
from bot.services.importing import bulk, named
from bot.services.importing.cells import A_MONTH, Cells
from bot.services.importing.ledger import (
    Column,
    Ledger,
    Line,
    Outcome,
    Problems,
    Source,
    Staged,
)
from bot.storage.insert import insert_many_once
from bot.storage.models import DuesEntry

KEY, MONTH, FEN, KIND = "编号", "月份", "金额", "类别"
DAY, RECEIPT, PAYER, REASON = "日期", "收据号", "代交人", "原因"
KIND_WORDS: dict[EntryKind, str] = {
    EntryKind.CONFIRM: "核对",
    EntryKind.EXTRA: "自愿多交",
    EntryKind.DECLARE: "自报",
    EntryKind.VOID: "作废",
    EntryKind.CORRECT: "更正",
    EntryKind.REFUND: "退费",
    EntryKind.OFFER: "自报多交",
}
_KINDS = {word: kind for kind, word in KIND_WORDS.items()}
_WRITING = "写入党费台账"
_NEW = (EntryKind.CONFIRM, EntryKind.EXTRA)
_AMOUNT = re.compile(r"-?\d{1,7}(?:\.\d{1,2})?")
_NUMBER = re.compile(r"(20\d\d)-(\d{4,6})")
COLUMNS = (
    *named.COLUMNS,
    Column(MONTH, "是哪个月的党费，如 2026-03", required=True, aliases=("所属月份",)),
    Column(FEN, "元，如 30", required=True, aliases=("金额（元）", "交纳金额")),
    Column(KIND, "核对或自愿多交；留空是核对。别的类别只能在聊天里办", aliases=("类型",)),
    Column(DAY, "哪天收到的，如 2026-03-05", required=True, aliases=("收到日期", "交纳日期")),
    Column(RECEIPT, "有收据的写收据号"),
    Column(PAYER, "别人代交的写代交人姓名"),
    Column(REASON, "一般留空"),
    Column(KEY, "由小助手填；自己加的行留空"),
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One row, read."""

    line: int
    person: named.Named
    month: Month
    fen: Fen
    kind: EntryKind
    day: date
    receipt: str
    payer_id: MemberId | None
    reason: str
    key: str

    @property
    def facts(self) -> tuple[int, Month, Fen, EntryKind]:
        """What must be the same for a line to be the one on record."""
        return self.person.id, self.month, self.fen, self.kind


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Add the payments of a file that are not on record.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row, and where a line on record would change.
        Forbidden
    """
    added = unchanged = skipped = 0
    for lines in staged.batches(_WRITING):
        rows = _read_all(session, lines, staged, source)
        for path in {row.person.unit_path for row in rows}:
            officers.require(source.by, Action.CONFIRM_DUES, path)
        for some in bulk.chunks(sorted({row.person.id for row in rows})):
            take_turns(session, some)
        new, left_out = _sort_out(session, rows, staged.problems)
        _check_receipts(session, new, staged)
        if not staged.problems:
            _write(session, new, source)
        added += len(new)
        skipped += left_out
        unchanged += len(rows) - len(new) - left_out
    staged.problems.check()
    notes = (f"{skipped}行是自报、更正之类，不导入，要在聊天里办。",) if skipped else ()
    return Outcome(added, 0, unchanged, notes=notes)


def _read_all(
    session: Session, lines: Sequence[Line], staged: Staged, source: Source
) -> list[_Wanted]:
    book, today = named.Book.of(session, lines, PAYER), day_of(source.now)
    read = [_read(Cells(line, staged.problems, today), book) for line in lines]
    return _with_keys([row for row in read if row is not None], staged)


def _sort_out(
    session: Session, rows: Sequence[_Wanted], problems: Problems
) -> tuple[list[_Wanted], int]:
    """Return the rows to add, and how many are of a kind that is not imported."""
    known = _known(session, [row.key for row in rows])
    new: list[_Wanted] = []
    left_out = 0
    for row in rows:
        if row.key in known:
            if known[row.key] != row.facts:
                problems.add(row.line, KEY, "台账只增不改，这一行和登记的不一样。请在聊天里更正。")
        elif row.kind in _NEW:
            named.check_known(row.person, row.line, problems)
            new.append(row)
        else:
            left_out += 1
    return new, left_out


def _write(session: Session, new: Sequence[_Wanted], source: Source) -> None:
    for rows in bulk.chunks([_row(row, source) for row in new], 1000):
        insert_many_once(session, DuesEntry, rows)
    _raise_counters(session, new)
    audit = [
        bulk.audit_line(source.by, source.now, "dues.import", f"member:{r.person.id}:{r.month}")
        for r in new
    ]
    bulk.add_audit(session, audit)


def _read(cells: Cells, book: named.Book) -> _Wanted | None:
    person = book.find(cells)
    month, day = cells.day(MONTH, future=True, what=A_MONTH), cells.day(DAY)
    for column in (MONTH, DAY):
        if not cells.text(column):
            cells.wrong(column, "没有填。")
    kind = cells.one_of(KIND, _KINDS) or EntryKind.CONFIRM
    fen = _fen(cells)
    key = cells.text(KEY, longest=80)
    if not key and fen is not None and fen <= 0:
        cells.wrong(FEN, "要大于0。退费、更正请在聊天里办。")
        return None
    if person is None or month is None or day is None or fen is None:
        return None
    payer = cells.text(PAYER)
    payer_id = book.only(person.unit_id, payer) if payer else None
    return _Wanted(
        line=cells.number,
        person=person,
        month=Month.of(month),
        fen=fen,
        kind=kind,
        day=day,
        receipt=cells.text(RECEIPT, longest=20),
        payer_id=payer_id,
        reason=cells.text(REASON, longest=100),
        key=key,
    )


def _fen(cells: Cells) -> Fen | None:
    """Return an amount that may be negative: a correction of our own export."""
    text = cells.required(FEN).replace(",", "").removesuffix("元")
    if not text:
        return None
    if not _AMOUNT.fullmatch(text):
        cells.wrong(FEN, "应是金额（元），最多两位小数，如 30。")
        return None
    whole, _, decimals = text.removeprefix("-").partition(".")
    fen = int(whole) * 100 + int(decimals.ljust(2, "0") or 0)
    return -fen if text.startswith("-") else fen


def _with_keys(rows: Sequence[_Wanted], staged: Staged) -> list[_Wanted]:
    """Give rows without a number one made of what they say: the same file adds nothing twice."""
    keyed = []
    for row in rows:
        if row.key:
            keyed.append(row)
            continue
        says = f"{row.person.id}:{row.month}:{row.fen}:{row.kind.value}:{row.day}:{row.receipt}"
        _, nth = staged.use(says)
        digest = hashlib.sha256(f"{says}:{nth}".encode()).hexdigest()
        keyed.append(replace(row, key=f"import:{digest[:40]}"))
    return keyed


def _known(session: Session, keys: Sequence[str]) -> dict[str, tuple[int, Month, Fen, EntryKind]]:
    found: dict[str, tuple[int, Month, Fen, EntryKind]] = {}
    for some in bulk.chunks(keys):
        rows = session.execute(
            select(
                DuesEntry.key, DuesEntry.member_id, DuesEntry.month, DuesEntry.fen, DuesEntry.kind
            ).where(DuesEntry.key.in_(some))
        )
        found.update({key: (member, month, fen, kind) for key, member, month, fen, kind in rows})
    return found


def _check_receipts(session: Session, new: Sequence[_Wanted], staged: Staged) -> None:
    """Note receipt numbers that somebody else of the branch has already."""
    numbers = {row.receipt for row in new if row.receipt}
    owners: dict[tuple[int | None, str], int] = {}
    for some in bulk.chunks(sorted(numbers)):
        rows = session.execute(
            select(DuesEntry.unit_id, DuesEntry.receipt_no, DuesEntry.member_id).where(
                DuesEntry.receipt_no.in_(some)
            )
        )
        owners.update({(unit, number): member for unit, number, member in rows})
    for row in new:
        if not row.receipt:
            continue
        known = owners.get((row.person.unit_id, row.receipt), row.person.id)
        own = str(row.person.id)
        first, _ = staged.use(f"receipt:{row.person.unit_id}:{row.receipt}", own)
        if known != row.person.id or first != own:
            staged.problems.add(row.line, RECEIPT, f"收据号{row.receipt}已经是别人的，请核对。")


def _raise_counters(session: Session, new: Sequence[_Wanted]) -> None:
    """Let the next receipt of a branch go on behind the highest number of a file."""
    highest: dict[tuple[UnitId, int], int] = {}
    for row in new:
        found = _NUMBER.fullmatch(row.receipt)
        if found is not None:
            key = (row.person.unit_id, int(found[1]))
            highest[key] = max(highest.get(key, 0), int(found[2]))
    for (unit_id, year), number in highest.items():
        counters.raise_to(session, f"receipt:{unit_id}:{year}", number)


def _row(row: _Wanted, source: Source) -> Mapping[str, object]:
    moment: datetime = at(row.day, 12)
    return {
        "key": row.key,
        "member_id": row.person.id,
        "month": row.month,
        "fen": row.fen,
        "kind": row.kind,
        "refers_to": None,
        "claim": "",
        "payer_id": row.payer_id,
        "receipt_no": row.receipt,
        "by_id": source.by.member_id,
        "at": min(moment, source.now),
        "reason": row.reason or "导入",
        "unit_id": row.person.unit_id,
    }


LEDGER = Ledger("dues", "党费台账", COLUMNS, run, group=named.person_of)
