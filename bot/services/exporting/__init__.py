"""Ledgers as a spreadsheet that can be imported again; a new one is listed in `EXPORTS`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.files.tables import Sheets, write_sheets
from bot.services import audit, reads
from bot.services.exporting.aliases import EXPORT as ALIASES
from bot.services.exporting.assessments import EXPORT as ASSESSMENTS
from bot.services.exporting.attendance import EXPORT as ATTENDANCE
from bot.services.exporting.audit_trail import EXPORT as AUDIT
from bot.services.exporting.decisions import EXPORT as DECISIONS
from bot.services.exporting.development import EXPORT as DEVELOPMENT
from bot.services.exporting.dues import EXPORT as DUES
from bot.services.exporting.groups import EXPORT as GROUPS
from bot.services.exporting.issue_publications import EXPORT as ISSUE_PUBLICATIONS
from bot.services.exporting.materials import EXPORT as MATERIALS
from bot.services.exporting.meeting_changes import EXPORT as MEETING_CHANGES
from bot.services.exporting.meetings import EXPORT as MEETINGS
from bot.services.exporting.member_files import EXPORT as MEMBER_FILES
from bot.services.exporting.memberships import EXPORT as MEMBERSHIPS
from bot.services.exporting.minutes import EXPORT as MINUTES
from bot.services.exporting.notices import EXPORT as NOTICES
from bot.services.exporting.open_items import EXPORT as OPEN_ITEMS
from bot.services.exporting.opening import EXPORT as OPENING
from bot.services.exporting.policies import EXPORT as POLICIES
from bot.services.exporting.posts import EXPORT as POSTS
from bot.services.exporting.programmes import EXPORT as PROGRAMMES
from bot.services.exporting.publications import EXPORT as PUBLICATIONS
from bot.services.exporting.quizzes import EXPORT as QUIZZES
from bot.services.exporting.read_trail import EXPORT as READS
from bot.services.exporting.receipts import EXPORT as RECEIPTS
from bot.services.exporting.remittances import EXPORT as REMITTANCES
from bot.services.exporting.roll_changes import EXPORT as ROLL_CHANGES
from bot.services.exporting.roster import EXPORT as ROSTER
from bot.services.exporting.scope import Export, Request, Row
from bot.services.exporting.sent import EXPORT as SENT
from bot.services.exporting.series import EXPORT as SERIES
from bot.services.exporting.signups import EXPORT as SIGNUPS
from bot.services.exporting.stated_counts import EXPORT as STATED_COUNTS
from bot.services.exporting.studied import EXPORT as STUDIED
from bot.services.exporting.study import EXPORT as STUDY
from bot.services.exporting.transfers import EXPORT as TRANSFERS
from bot.services.exporting.unit_changes import EXPORT as UNIT_CHANGES
from bot.services.exporting.units import EXPORT as UNITS
from bot.services.exporting.wordings import EXPORT as WORDINGS
from bot.services.importing.ledger import Ledger, Unwatched, Watch
from bot.services.reads import Read

__all__ = ["EXPORTS", "NotDated", "Request", "empty_form", "record", "run_file", "write_file"]

EXPORTS: Mapping[str, Export] = {
    "units": UNITS,
    "roster": ROSTER,
    "memberships": MEMBERSHIPS,
    "posts": POSTS,
    "policies": POLICIES,
    "aliases": ALIASES,
    "wordings": WORDINGS,
    "opening": OPENING,
    "assessments": ASSESSMENTS,
    "dues": DUES,
    "remittances": REMITTANCES,
    "publications": PUBLICATIONS,
    "issue_publications": ISSUE_PUBLICATIONS,
    "series": SERIES,
    "meetings": MEETINGS,
    "programmes": PROGRAMMES,
    "study": STUDY,
    "materials": MATERIALS,
    "quizzes": QUIZZES,
    "signups": SIGNUPS,
    "attendance": ATTENDANCE,
    "stated_counts": STATED_COUNTS,
    "decisions": DECISIONS,
    "minutes": MINUTES,
    "studied": STUDIED,
    "open_items": OPEN_ITEMS,
    "development": DEVELOPMENT,
    "member_files": MEMBER_FILES,
    "transfers": TRANSFERS,
    "roll_changes": ROLL_CHANGES,
    "unit_changes": UNIT_CHANGES,
    "meeting_changes": MEETING_CHANGES,
    "notices": NOTICES,
    "receipts": RECEIPTS,
    "groups": GROUPS,
    "sent": SENT,
    "reads": READS,
    "audit": AUDIT,
}
_UNWATCHED = Unwatched()
_TICK = 500


class NotDated(DomainError):
    """A period was asked for of a ledger that has none."""


def run_file(session: Session, ledger: Ledger, path: Path, request: Request) -> int:
    """Write what the actor may see of a ledger to a file; return how many rows that is.

    Raises:
        NotDated
        UnreadableFile: The file cannot be written.
    """
    rows = write_file(session, ledger, path, request)
    record(session, ledger, request, rows)
    return rows


def write_file(
    session: Session, ledger: Ledger, path: Path, request: Request, watch: Watch = _UNWATCHED
) -> int:
    """Write the file alone, row by row; it only reads, so nobody has to wait for it.

    Raises:
        NotDated
        UnreadableFile: The file cannot be written.
    """
    export = EXPORTS[ledger.name]
    if not export.dated and (request.first or request.last):
        raise NotDated(f"{ledger.title}没有时段，请去掉 --from 和 --to 再导出。")
    rows = _Counted(export.rows(session, request), watch)
    write_sheets(path, Sheets(ledger.title, ledger.headers, rows, stamp=request.stamp))
    return rows.count


def record(session: Session, ledger: Ledger, request: Request, rows: int) -> None:
    """Note in the audit trail who took what away, and whose data went out."""
    _note_read(session, ledger.name, request)
    after = {"rows": rows, "day": str(day_of(request.now))}
    if request.first or request.last:
        after["period"] = f"{request.first or ''}/{request.last or ''}"
    audit.record(
        session,
        by=request.by,
        at=request.now,
        action=f"export.{ledger.name}",
        subject=f"ledger:{ledger.name}",
        after=after,
    )


def _note_read(session: Session, ledger: str, request: Request) -> None:
    """Write down whose data went out: everybody's within reach."""
    units: Sequence[UnitId | None] = [grant.unit_id for grant in request.by.grants]
    told = [Read(what, unit) for what in EXPORTS[ledger].shows for unit in (units or [None])]
    reads.record(session, told, by=request.by, command=f"export.{ledger}", now=request.now)


def empty_form(ledger: Ledger, path: Path) -> None:
    """Write an empty form, with a sheet that says how to fill it in.

    Raises:
        OnlyExported
        UnreadableFile: The file cannot be written.
    """
    ledger.check_open()
    notes = tuple(
        (column.name, f"必填。{column.hint}" if column.required else column.hint)
        for column in ledger.columns
    )
    write_sheets(path, Sheets(ledger.title, ledger.headers, (), notes))


class _Counted:
    """Rows that are counted as they go by."""

    def __init__(self, rows: Iterable[Row], watch: Watch) -> None:
        self._rows = rows
        self._watch = watch
        self.count = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            yield row
            self.count += 1
            if self.count % _TICK == 0:
                self._watch.advance(_TICK)
