"""Ledgers that come as a spreadsheet; a new one is listed in `LEDGERS`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sqlalchemy.orm import Session

from bot.services.importing.assessments import LEDGER as ASSESSMENTS
from bot.services.importing.attendance import LEDGER as ATTENDANCE
from bot.services.importing.dues import LEDGER as DUES
from bot.services.importing.ledger import (
    Column,
    ImportRefused,
    Ledger,
    Line,
    Outcome,
    Source,
    read_lines,
)
from bot.services.importing.roster import LEDGER as ROSTER
from bot.services.importing.study import LEDGER as STUDY
from bot.services.importing.units import LEDGER as UNITS

__all__ = [
    "LEDGERS",
    "Column",
    "ImportRefused",
    "Ledger",
    "Line",
    "Outcome",
    "Source",
    "read_lines",
    "run_file",
]

LEDGERS: Mapping[str, Ledger] = {
    ledger.name: ledger for ledger in (UNITS, ROSTER, ASSESSMENTS, DUES, STUDY, ATTENDANCE)
}


def run_file(session: Session, ledger: Ledger, path: Path, source: Source) -> Outcome:
    """Import a file in the caller's transaction: all of it, or nothing.

    Raises:
        UnreadableFile: It is no table.
        ImportRefused: With every mistake by row.
        Forbidden: The actor does not keep these records.
    """
    lines, remarks = read_lines(path, ledger)
    outcome = ledger.run(session, lines, source)
    return replace(outcome, notes=(*remarks, *outcome.notes))
