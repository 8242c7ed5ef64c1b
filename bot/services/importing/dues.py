"""The ledger `dues`: payments confirmed, line by line; what is on record is never changed by it.

Of rows that somebody adds, only payments come in. Whoever moves the books from one database to
another brings in everything: what was declared, taken back, corrected and refunded, with who did
it, when, and to which line it belongs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.dues import EntryKind
from bot.domain.ids import UnitId
from bot.domain.money import Fen
from bot.domain.periods import Month
from bot.domain.rights import Action
from bot.domain.units import UnitKind
from bot.services import counters, officers
from bot.services.dues_ledger import take_turns
from bot.services.importing import bulk, named
from bot.services.importing.cells import moment_words
from bot.services.importing.dues_rows import (
    COLUMNS,
    KEY,
    OF_A_SHEET,
    PAYER,
    RECEIPT,
    REFERS_TO,
    Reader,
    Wanted,
    claim_of,
    key_of,
    says_of,
    sheet_key_of,
)
from bot.services.importing.ledger import Ledger, Line, Outcome, Source, Staged
from bot.services.importing.others import BY, Others
from bot.storage.insert import insert_many_once
from bot.storage.models import DuesEntry, Unit

_WRITING = "写入党费台账"
_NUMBER = re.compile(r"(20\d\d)-(\d{4,6})")


@dataclass(frozen=True, slots=True)
class _Known:
    """A line on record."""

    id: int
    facts: tuple[int, Month, Fen, EntryKind]
    at: datetime


@dataclass(frozen=True, slots=True)
class _Line:
    """A row and the key of its line."""

    row: Wanted
    key: str


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Add the lines of a file that are not on record.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row, and where a line on record would change.
        Forbidden
    """
    added = unchanged = skipped = 0
    branches = _branches(session)
    for lines in staged.batches(_WRITING):
        rows = _read_all(session, lines, staged, source, branches)
        for path in sorted({path for one in rows for path in one.row.paths}):
            officers.require(source.by, Action.CONFIRM_DUES, path)
        for some in bulk.chunks(sorted({one.row.person.id for one in rows})):
            take_turns(session, some)
        known = _known(session, rows)
        new, left_out = _sort_out(rows, known, staged)
        _check_receipts(session, [one.row for one in new if not one.row.moved], staged)
        _check_referred(new, known, staged)
        if not staged.problems:
            _write(session, new, known, source)
        added += len(new)
        skipped += left_out
        unchanged += len(rows) - len(new) - left_out
    staged.problems.check()
    notes = (f"{skipped}行是自报、更正之类，不导入，要在聊天里办。",) if skipped else ()
    return Outcome(added, 0, unchanged, notes=notes)


def _branches(session: Session) -> dict[str, tuple[UnitId, str]]:
    rows = session.execute(
        select(Unit.name, Unit.id, Unit.path).where(Unit.kind == UnitKind.BRANCH)
    )
    return {name: (UnitId(unit), path) for name, unit, path in rows}


def _read_all(
    session: Session,
    lines: Sequence[Line],
    staged: Staged,
    source: Source,
    branches: Mapping[str, tuple[UnitId, str]],
) -> list[_Line]:
    book, others = named.Book.of(session, lines), Others.of(session, lines, PAYER, BY)
    reader = Reader(staged, source, day_of(source.now), book, others, branches)
    rows = [row for line in lines if (row := reader.read(line)) is not None]
    entered = _entered(session, {row.person.id for row in rows if not row.number})
    return [_Line(row, key_of(row.number) or sheet_key_of(row, staged, entered)) for row in rows]


def _entered(session: Session, members: Collection[int]) -> dict[str, list[str]]:
    """Return the keys of lines that came from a sheet, here or elsewhere, by what they say."""
    found: dict[str, list[str]] = defaultdict(list)
    for some in bulk.chunks(sorted(members)):
        lines = session.execute(
            select(
                DuesEntry.key,
                DuesEntry.at,
                DuesEntry.member_id,
                DuesEntry.month,
                DuesEntry.fen,
                DuesEntry.kind,
                DuesEntry.receipt_no,
            )
            .where(DuesEntry.member_id.in_(some), DuesEntry.key.startswith(OF_A_SHEET))
            .order_by(DuesEntry.id)
        )
        for key, moment, member, month, fen, kind, receipt in lines:
            says = says_of(member, month, fen, kind, day_of(moment), receipt)
            found[says].append(key)
    return found


def _known(session: Session, rows: Sequence[_Line]) -> dict[str, _Known]:
    """Return the lines on record that rows may be, or may refer to, by key."""
    keys = {key for one in rows for key in (one.key, *one.row.keys)}
    found: dict[str, _Known] = {}
    for some in bulk.chunks(sorted(keys)):
        lines = session.execute(
            select(
                DuesEntry.key,
                DuesEntry.id,
                DuesEntry.member_id,
                DuesEntry.month,
                DuesEntry.fen,
                DuesEntry.kind,
                DuesEntry.at,
            ).where(DuesEntry.key.in_(some))
        )
        for key, line, member, month, fen, kind, moment in lines:
            found[key] = _Known(line, (member, month, fen, kind), moment)
    return found


def _sort_out(
    rows: Sequence[_Line], known: Mapping[str, _Known], staged: Staged
) -> tuple[list[_Line], int]:
    """Return the lines to add, and how many are of a kind that is not imported."""
    new: list[_Line] = []
    left_out = 0
    for one in rows:
        row = one.row
        standing = known.get(one.key) or _own(row, known)
        if standing is not None:
            if standing.facts != row.facts:
                words = "台账只增不改，这一行和登记的不一样。请在聊天里更正。"
                staged.problems.add(row.line, KEY, words)
        elif not row.may_be_new:
            left_out += 1
        else:
            named.check_known(row.person, row.line, staged.problems)
            first, times = staged.use(f"key:{one.key}", str(row.line))
            if times > 1:
                words = f"与第{first}行的编号一样，请留一行；自己加的行编号留空。"
                staged.problems.add(row.line, KEY, words)
            new.append(one)
    return new, left_out


def _own(row: Wanted, known: Mapping[str, _Known]) -> _Known | None:
    """Return the line of this very database that a row is.

    The same number in another database is another line, written down at another moment.
    """
    standing = known.get(row.number)
    if standing is None or row.written_at is None:
        return standing
    return standing if moment_words(standing.at) == moment_words(row.written_at) else None


def _check_receipts(session: Session, new: Sequence[Wanted], staged: Staged) -> None:
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
        known = owners.get((row.unit_id, row.receipt), row.person.id)
        own = str(row.person.id)
        first, _ = staged.use(f"receipt:{row.unit_id}:{row.receipt}", own)
        if known != row.person.id or first != own:
            staged.problems.add(row.line, RECEIPT, f"收据号{row.receipt}已经是别人的，请核对。")


def _check_referred(new: Sequence[_Line], known: Mapping[str, _Known], staged: Staged) -> None:
    """Note lines that settle or correct one which is neither in the file nor on record."""
    keys = {one.key for one in new} | known.keys()
    for one in new:
        row = one.row
        if row.moved and row.refers_to and keys.isdisjoint(row.keys_referred):
            words = (
                "没有这个编号的行。请从原来的库导出整本党费台账（不要加 --from 和 --to）再导入。"
            )
            staged.problems.add(row.line, REFERS_TO, words)


def _write(
    session: Session, new: Sequence[_Line], known: Mapping[str, _Known], source: Source
) -> None:
    for rows in bulk.chunks([_row(one, source) for one in new], 1000):
        insert_many_once(session, DuesEntry, rows)
    _refer(session, [one for one in new if one.row.moved and one.row.refers_to], known)
    _raise_counters(session, [one.row for one in new])
    audit = [
        bulk.audit_line(
            source.by, source.now, "dues.import", f"member:{one.row.person.id}:{one.row.month}"
        )
        for one in new
    ]
    bulk.add_audit(session, audit)


def _refer(session: Session, rows: Sequence[_Line], known: Mapping[str, _Known]) -> None:
    """Let new lines point to what they settle or correct, which may be as new as they are."""
    ids = {key: line.id for key, line in known.items()}
    keys = {key for one in rows for key in (one.key, key_of(one.row.refers_to))}
    for some in bulk.chunks(sorted(keys - ids.keys())):
        found = session.execute(select(DuesEntry.key, DuesEntry.id).where(DuesEntry.key.in_(some)))
        ids.update(dict(found.all()))
    bulk.change(
        session,
        DuesEntry,
        DuesEntry.id,
        [
            {
                "id_": ids[one.key],
                "refers_to": next(ids[k] for k in one.row.keys_referred if k in ids),
            }
            for one in rows
        ],
    )


def _raise_counters(session: Session, new: Sequence[Wanted]) -> None:
    """Let the next receipt of a branch go on behind the highest number of a file."""
    highest: dict[tuple[UnitId, int], int] = {}
    for row in new:
        found = _NUMBER.fullmatch(row.receipt)
        if found is not None:
            key = (row.unit_id, int(found[1]))
            highest[key] = max(highest.get(key, 0), int(found[2]))
    for (unit_id, year), number in highest.items():
        counters.raise_to(session, f"receipt:{unit_id}:{year}", number)


def _row(one: _Line, source: Source) -> dict[str, Any]:
    row = one.row
    return {
        "key": one.key,
        "member_id": row.person.id,
        "month": row.month,
        "fen": row.fen,
        "kind": row.kind,
        "refers_to": None,
        "claim": claim_of(row.claim) if row.moved else "",
        "payer_id": row.payer_id,
        "receipt_no": row.receipt,
        "by_id": row.signed.by_id,
        "at": row.signed.at if row.moved else min(at(row.day, 12), source.now),
        "reason": row.reason if row.moved else row.reason or "导入",
        "unit_id": row.unit_id if row.counts else None,
    }


LEDGER = Ledger("dues", "党费台账", COLUMNS, run, group=named.person_of)
