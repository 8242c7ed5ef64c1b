"""The ledger `premises`: the area of units, and how it is held, from a day on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.rights import Action
from bot.domain.weak_branches import Mode, Premises, read_area
from bot.services import officers, weak_branches
from bot.services.importing import bulk
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import said
from bot.services.importing.of_units import COLUMN, UNIT, Units
from bot.services.importing.others import BY, SIGNED, Others, Signed, signed
from bot.storage.models import UnitPremises

AREA, MODE, DAY = "面积", "来源", "日期"
_MODES = {mode.value: mode for mode in Mode}
COLUMNS = (
    COLUMN,
    Column(AREA, "平方米，最多一位小数，如 480.5", required=True, aliases=("面积（平方米）",)),
    Column(MODE, f"是{'、'.join(_MODES)}中的一种", required=True),
    Column(DAY, "从哪天起，如 2026-03-12", required=True),
    *SIGNED,
)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row, read."""

    cells: Cells
    unit_id: UnitId
    path: str
    premises: Premises
    signed: Signed


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Add the premises of a file that are not on record.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = unchanged = 0
    units = Units.load(session)
    for lines in staged.batches("写入活动场所"):
        others = Others.of(session, lines, BY)
        read = [_read(line, units, others, staged, source) for line in lines]
        rows = sorted(
            (row for row in read if row is not None),
            key=lambda row: (row.unit_id, row.premises.on, row.cells.number),
        )
        for path in sorted({row.path for row in rows}):
            officers.require(source.by, Action.MANAGE_UNITS, path)
        loaded = weak_branches.load_premises(session, {row.unit_id for row in rows})
        known = {unit: list(own) for unit, own in loaded.items()}
        new = [row for row in rows if _is_new(row, known.setdefault(row.unit_id, []))]
        if not staged.problems:
            _write(session, new, source)
        added += len(new)
        unchanged += len(rows) - len(new)
    staged.problems.check()
    return Outcome(added, 0, unchanged)


def _read(line: Line, units: Units, others: Others, staged: Staged, source: Source) -> _Row | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    unit, on, mode = units.find(cells), cells.day(DAY), cells.one_of(MODE, _MODES)
    for column in (AREA, MODE, DAY):
        if not cells.text(column):
            cells.wrong(column, "没有填。")
    try:
        area = read_area(cells.text(AREA))
    except DomainError as refused:
        cells.wrong(AREA, refused.sentence)
        return None
    if unit is None or on is None or mode is None:
        return None
    own = signed(cells, others, source, unit[1])
    return _Row(cells, unit[0], unit[1], Premises(area, mode, on), own)


def _is_new(row: _Row, known: list[Premises]) -> bool:
    """Tell whether a row is not on record; one between others that are is noted as a mistake."""
    if row.premises in known:
        return False
    if known and known[-1].on > row.premises.on:
        row.cells.wrong(DAY, "日期不能早于已经登记的日期，请核对。")
        return False
    known.append(row.premises)
    return True


def _write(session: Session, new: Sequence[_Row], source: Source) -> None:
    rows = session.execute(
        select(UnitPremises.unit_id, func.max(UnitPremises.seq))
        .where(UnitPremises.unit_id.in_({row.unit_id for row in new}))
        .group_by(UnitPremises.unit_id)
    )
    seqs = {UnitId(unit): seq for unit, seq in rows}
    values: list[Mapping[str, Any]] = []
    for row in new:
        seqs[row.unit_id] = seqs.get(row.unit_id, 0) + 1
        values.append(
            {
                "unit_id": row.unit_id,
                "seq": seqs[row.unit_id],
                "area": row.premises.area,
                "mode": row.premises.mode,
                "on_day": row.premises.on,
                "refers_to": None,
                "by_id": row.signed.by_id,
                "at": row.signed.at,
            }
        )
    bulk.add(session, UnitPremises, values)
    bulk.add_audit(
        session,
        [
            bulk.audit_line(source.by, source.now, "premises.import", f"unit:{row.unit_id}")
            for row in new
        ],
    )


LEDGER = Ledger("premises", "活动场所", COLUMNS, run, group=lambda line: said(line, UNIT))
