"""The ledger `screenings`: what is there and what is missing in a unit, screening by screening."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import UnitId
from bot.domain.rights import Action
from bot.domain.weak_branches import Need, Screening
from bot.services import officers, weak_branches
from bot.services.importing import bulk
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import said
from bot.services.importing.of_units import COLUMN, UNIT, Units
from bot.services.importing.others import BY, SIGNED, Others, Signed, signed
from bot.storage.models import UnitScreening

DAY = "日期"
_ANSWERS = {"有": True, "没有": False}
COLUMNS = (
    COLUMN,
    Column(DAY, "哪天排查的，如 2026-03-12", required=True),
    *(Column(need.value, "写 有 或 没有", required=True) for need in Need),
    *SIGNED,
)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row, read."""

    unit_id: UnitId
    path: str
    screening: Screening
    signed: Signed


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Add the screenings of a file that are not on record; of several alike the third is the third.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = unchanged = 0
    units = Units.load(session)
    for lines in staged.batches("写入薄弱排查"):
        others = Others.of(session, lines, BY)
        read = [_read(line, units, others, staged, source) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({row.path for row in rows}):
            officers.require(source.by, Action.MANAGE_UNITS, path)
        new = _new(session, rows)
        if not staged.problems:
            _write(session, new, source)
        added += len(new)
        unchanged += len(rows) - len(new)
    staged.problems.check()
    return Outcome(added, 0, unchanged)


def _read(line: Line, units: Units, others: Others, staged: Staged, source: Source) -> _Row | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    unit, on = units.find(cells), cells.day(DAY)
    answers = {need: cells.one_of(need.value, _ANSWERS) for need in Need}
    for column in (DAY, *(need.value for need in Need)):
        if not cells.text(column):
            cells.wrong(column, "没有填。")
    if unit is None or on is None or None in answers.values():
        return None
    met = frozenset(need for need, answer in answers.items() if answer)
    own = signed(cells, others, source, unit[1])
    return _Row(unit[0], unit[1], Screening(met, on), own)


def _new(session: Session, rows: Sequence[_Row]) -> list[_Row]:
    known: Counter[tuple[UnitId, Screening]] = Counter()
    ids = {row.unit_id for row in rows}
    for year in sorted({row.screening.on.year for row in rows}):
        for unit, own in weak_branches.load_screenings(session, ids, year).items():
            known.update((unit, screening) for screening in own)
    times: Counter[tuple[UnitId, Screening]] = Counter()
    new = []
    for row in rows:
        key = (row.unit_id, row.screening)
        times[key] += 1
        if times[key] > known[key]:
            new.append(row)
    return new


def _write(session: Session, new: Sequence[_Row], source: Source) -> None:
    seqs: Counter[tuple[UnitId, int]] = Counter()
    rows = session.execute(
        select(UnitScreening.unit_id, UnitScreening.year, func.max(UnitScreening.seq))
        .where(UnitScreening.unit_id.in_({row.unit_id for row in new}))
        .group_by(UnitScreening.unit_id, UnitScreening.year)
    )
    for unit, year, seq in rows:
        seqs[UnitId(unit), year] = seq
    values: list[Mapping[str, Any]] = []
    for row in new:
        year = row.screening.on.year
        seqs[row.unit_id, year] += 1
        values.append(
            {
                "unit_id": row.unit_id,
                "year": year,
                "seq": seqs[row.unit_id, year],
                "met": [need.name for need in Need if need in row.screening.met],
                "on_day": row.screening.on,
                "refers_to": None,
                "by_id": row.signed.by_id,
                "at": row.signed.at,
            }
        )
    bulk.add(session, UnitScreening, values)
    bulk.add_audit(
        session,
        [
            bulk.audit_line(source.by, source.now, "screening.import", f"unit:{row.unit_id}")
            for row in new
        ],
    )


LEDGER = Ledger("screenings", "薄弱排查", COLUMNS, run, group=lambda line: said(line, UNIT))
