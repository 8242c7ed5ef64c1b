"""Ledgers as a spreadsheet that can be imported again; a new one is listed in `EXPORTS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.files.tables import Sheets, write_sheets
from bot.services import audit
from bot.services.exporting.assessments import rows as assessment_rows
from bot.services.exporting.attendance import rows as attendance_rows
from bot.services.exporting.dues import rows as dues_rows
from bot.services.exporting.roster import rows as roster_rows
from bot.services.exporting.scope import Request, Table
from bot.services.exporting.study import rows as study_rows
from bot.services.exporting.units import rows as unit_rows
from bot.services.importing.ledger import Ledger

__all__ = ["EXPORTS", "Request", "empty_form", "run_file"]

EXPORTS: Mapping[str, Callable[[Session, Request], Table]] = {
    "units": unit_rows,
    "roster": roster_rows,
    "attendance": attendance_rows,
    "assessments": assessment_rows,
    "dues": dues_rows,
    "study": study_rows,
}


def run_file(session: Session, ledger: Ledger, path: Path, request: Request) -> int:
    """Write what the actor may see of a ledger to a file; return how many rows that is.

    Raises:
        UnreadableFile: The file cannot be written.
    """
    table = EXPORTS[ledger.name](session, request)
    write_sheets(path, Sheets(ledger.title, ledger.headers, table))
    audit.record(
        session,
        by=request.by,
        at=request.now,
        action=f"export.{ledger.name}",
        subject=f"ledger:{ledger.name}",
        after={"rows": len(table), "day": str(day_of(request.now))},
    )
    return len(table)


def empty_form(ledger: Ledger, path: Path) -> None:
    """Write an empty form, with a sheet that says how to fill it in.

    Raises:
        UnreadableFile: The file cannot be written.
    """
    notes = tuple(
        (column.name, f"必填。{column.hint}" if column.required else column.hint)
        for column in ledger.columns
    )
    write_sheets(path, Sheets(ledger.title, ledger.headers, (), notes))
