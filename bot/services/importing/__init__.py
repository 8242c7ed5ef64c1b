"""Ledgers that come as a spreadsheet; a new one is listed in `LEDGERS`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from sqlalchemy.orm import Session

from bot.services.importing.aliases import LEDGER as ALIASES
from bot.services.importing.assessments import LEDGER as ASSESSMENTS
from bot.services.importing.attendance import LEDGER as ATTENDANCE
from bot.services.importing.audit_trail import LEDGER as AUDIT
from bot.services.importing.decisions import LEDGER as DECISIONS
from bot.services.importing.development import LEDGER as DEVELOPMENT
from bot.services.importing.dues import LEDGER as DUES
from bot.services.importing.groups import LEDGER as GROUPS
from bot.services.importing.header import read_lines
from bot.services.importing.issue_publications import LEDGER as ISSUE_PUBLICATIONS
from bot.services.importing.ledger import (
    Column,
    ImportRefused,
    Ledger,
    Line,
    OnlyExported,
    Outcome,
    Source,
    Staged,
    Unwatched,
    Watch,
)
from bot.services.importing.materials import LEDGER as MATERIALS
from bot.services.importing.meeting_changes import LEDGER as MEETING_CHANGES
from bot.services.importing.meetings import LEDGER as MEETINGS
from bot.services.importing.member_files import LEDGER as MEMBER_FILES
from bot.services.importing.memberships import LEDGER as MEMBERSHIPS
from bot.services.importing.minutes import LEDGER as MINUTES
from bot.services.importing.notices import LEDGER as NOTICES
from bot.services.importing.open_items import LEDGER as OPEN_ITEMS
from bot.services.importing.opening import LEDGER as OPENING
from bot.services.importing.policies import LEDGER as POLICIES
from bot.services.importing.posts import LEDGER as POSTS
from bot.services.importing.programmes import LEDGER as PROGRAMMES
from bot.services.importing.publications import LEDGER as PUBLICATIONS
from bot.services.importing.quizzes import LEDGER as QUIZZES
from bot.services.importing.read_trail import LEDGER as READS
from bot.services.importing.receipts import LEDGER as RECEIPTS
from bot.services.importing.remittances import LEDGER as REMITTANCES
from bot.services.importing.roll_changes import LEDGER as ROLL_CHANGES
from bot.services.importing.roster import LEDGER as ROSTER
from bot.services.importing.sent import LEDGER as SENT
from bot.services.importing.series import LEDGER as SERIES
from bot.services.importing.signups import LEDGER as SIGNUPS
from bot.services.importing.staging import stage_file, stage_lines
from bot.services.importing.stated_counts import LEDGER as STATED_COUNTS
from bot.services.importing.studied import LEDGER as STUDIED
from bot.services.importing.study import LEDGER as STUDY
from bot.services.importing.transfers import LEDGER as TRANSFERS
from bot.services.importing.unit_changes import LEDGER as UNIT_CHANGES
from bot.services.importing.units import LEDGER as UNITS
from bot.services.importing.wordings import LEDGER as WORDINGS

__all__ = [
    "LEDGERS",
    "Column",
    "ImportRefused",
    "Ledger",
    "Line",
    "OnlyExported",
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
    for ledger in (
        UNITS,
        ROSTER,
        MEMBERSHIPS,
        POSTS,
        POLICIES,
        ALIASES,
        WORDINGS,
        OPENING,
        ASSESSMENTS,
        DUES,
        REMITTANCES,
        PUBLICATIONS,
        ISSUE_PUBLICATIONS,
        SERIES,
        MEETINGS,
        PROGRAMMES,
        STUDY,
        MATERIALS,
        QUIZZES,
        SIGNUPS,
        ATTENDANCE,
        STATED_COUNTS,
        DECISIONS,
        MINUTES,
        STUDIED,
        OPEN_ITEMS,
        DEVELOPMENT,
        MEMBER_FILES,
        TRANSFERS,
        ROLL_CHANGES,
        UNIT_CHANGES,
        MEETING_CHANGES,
        NOTICES,
        RECEIPTS,
        GROUPS,
        SENT,
        READS,
        AUDIT,
    )
}
"""In the order in which an empty database takes them: what is named comes first."""


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
