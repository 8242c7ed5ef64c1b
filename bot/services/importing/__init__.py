"""Ledgers that come as a spreadsheet; a new one is listed in `LEDGERS`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from sqlalchemy.orm import Session

from bot.services.importing.assessments import LEDGER as ASSESSMENTS
from bot.services.importing.attendance import LEDGER as ATTENDANCE
from bot.services.importing.dues import LEDGER as DUES
from bot.services.importing.header import read_lines
from bot.services.importing.ledger import (
    Column,
    ImportRefused,
    Ledger,
    Line,
    Outcome,
    Source,
    Staged,
    Unwatched,
    Watch,
)
from bot.services.importing.meetings import LEDGER as MEETINGS
from bot.services.importing.opening import LEDGER as OPENING
from bot.services.importing.roster import LEDGER as ROSTER
from bot.services.importing.staging import stage_file, stage_lines
from bot.services.importing.studied import LEDGER as STUDIED
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
    "Staged",
    "Unwatched",
    "Watch",
    "read_lines",
    "run_file",
    "run_lines",
    "run_staged",
    "stage_file",
]

LEDGERS: Mapping[str, Ledger] = {
    ledger.name: ledger
    for ledger in (UNITS, ROSTER, OPENING, ASSESSMENTS, DUES, MEETINGS, STUDY, ATTENDANCE, STUDIED)
}


def run_file(session: Session, ledger: Ledger, path: Path, source: Source) -> Outcome:
    """Import a file in the caller's transaction: all of it, or nothing.

    Raises:
        UnreadableFile: It is no table.
        ImportRefused: With every mistake by row.
        Forbidden: The actor does not keep these records.
    """
    with stage_file(path, ledger, source) as staged:
        return run_staged(session, ledger, staged, source)


def run_lines(session: Session, ledger: Ledger, lines: Iterable[Line], source: Source) -> Outcome:
    """Import lines that come from no file.

    Raises:
        ImportRefused, Forbidden
    """
    with stage_lines(lines, ledger, source) as staged:
        return run_staged(session, ledger, staged, source)


def run_staged(session: Session, ledger: Ledger, staged: Staged, source: Source) -> Outcome:
    """Import what was read before the caller's transaction began.

    Raises:
        ImportRefused, Forbidden
    """
    outcome = ledger.run(session, staged, source)
    return replace(outcome, notes=(*staged.remarks, *outcome.notes))
