"""Ledgers as a spreadsheet that can be imported again; a new one is listed in `EXPORTS`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import UnitId
from bot.domain.reads import Seen
from bot.files.tables import Sheets, write_sheets
from bot.services import audit, reads
from bot.services.exporting.assessments import rows as assessment_rows
from bot.services.exporting.attendance import rows as attendance_rows
from bot.services.exporting.dues import rows as dues_rows
from bot.services.exporting.roster import rows as roster_rows
from bot.services.exporting.scope import Request, Table
from bot.services.exporting.study import rows as study_rows
from bot.services.exporting.units import rows as unit_rows
from bot.services.importing.ledger import Ledger
from bot.services.reads import Read

__all__ = ["EXPORTS", "Request", "empty_form", "run_file"]

EXPORTS: Mapping[str, Callable[[Session, Request], Table]] = {
    "units": unit_rows,
    "roster": roster_rows,
    "attendance": attendance_rows,
    "assessments": assessment_rows,
    "dues": dues_rows,
    "study": study_rows,
}
SHOWS: Mapping[str, tuple[Seen, ...]] = {
    "units": (),
    "roster": (Seen.ROLL,),
    "attendance": (Seen.ATTENDANCE, Seen.LEAVE),
    "assessments": (Seen.DUES,),
    "dues": (Seen.DUES,),
}
"""What each export tells of people; a new one says so here."""


def run_file(session: Session, ledger: Ledger, path: Path, request: Request) -> int:
    """Write what the actor may see of a ledger to a file; return how many rows that is.

    Raises:
        UnreadableFile: The file cannot be written.
    """
    table = EXPORTS[ledger.name](session, request)
    write_sheets(path, Sheets(ledger.title, ledger.headers, table, stamp=request.stamp))
    _note_read(session, ledger.name, request)
    audit.record(
        session,
        by=request.by,
        at=request.now,
        action=f"export.{ledger.name}",
        subject=f"ledger:{ledger.name}",
        after={"rows": len(table), "day": str(day_of(request.now))},
    )
    return len(table)


def _note_read(session: Session, ledger: str, request: Request) -> None:
    """Write down whose data went out: everybody's within reach."""
    units: Sequence[UnitId | None] = [grant.unit_id for grant in request.by.grants]
    told = [Read(what, unit) for what in SHOWS[ledger] for unit in (units or [None])]
    reads.record(session, told, by=request.by, command=f"export.{ledger}", now=request.now)


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
