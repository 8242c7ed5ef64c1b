"""How long the annual report takes for a street and for a city, figures and document apart.

Each size in a process of its own, over an SQLite file filled before: a year of dues paid month by
month, two meetings a month in every branch. Aims: 471 members in 5 s, 100,000 in 60 s.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bench.world import name_of
from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.dues import Category, EntryKind
from bot.domain.meetings import MeetingState
from bot.domain.members import MemberKind
from bot.domain.periods import Month
from bot.domain.units import UnitForm, UnitKind
from bot.services.importing import bulk
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import (
    DuesAssessment,
    DuesEntry,
    GatheringEvent,
    Meeting,
    Member,
    Membership,
    Unit,
)

SIZES = (471, 100_000)
_BRANCH = 40
_FIRST = date(2025, 1, 1)
_AT_ONCE = 20_000
_STREET = 1
_RUN = """
import json, resource, sys, time
from datetime import UTC, datetime
from pathlib import Path
from bot.domain.ids import UnitId
from bot.files.docx.filling import write_docx
from bot.services.documents import annual
from bot.services.officers import OPERATOR
from bot.services.reports import REPORTS
from bot.services.reports.report import make
from bot.storage.engine import Database

database = Database(f"sqlite:///{sys.argv[1]}/bench.db")
now = datetime(2026, 1, 20, 2, 0, tzinfo=UTC)
started = time.perf_counter()
with database.reading() as session:
    draft = make(session, REPORTS["annual"], UnitId(1), 2025, by=OPERATOR, now=now)
    made = time.perf_counter()
    values = annual.values(session, draft, "1", "bench")
write_docx(Path(sys.argv[1]) / "report.docx", annual.FORM, values)
print(json.dumps({
    "made": made - started, "written": time.perf_counter() - made,
    "members": draft.figures.value("members"), "paid": draft.figures.value("dues_paid"),
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def measure(sizes: tuple[int, ...] = SIZES) -> Iterator[str]:
    """Yield a line for each size."""
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            fill(f"sqlite:///{folder}/bench.db", size)
            command = [sys.executable, "-c", _RUN, folder]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found = json.loads(done.stdout)
        yield (
            f"annual report, {size:,} members, SQLite: figures and text in {found['made']:.1f} s, "
            f"document in {found['written']:.1f} s, {found['peak']:.0f} MB at most"
        )


def fill(url: str, members: int) -> None:
    """Write a year of a street with so many members."""
    database = Database(url)
    schema.upgrade(database)
    with database.writing() as session:
        branches = (members + _BRANCH - 1) // _BRANCH
        bulk.add(session, Unit, list(_units(branches)))
        for start in range(1, members + 1, _AT_ONCE):
            _fill_members(session, range(start, min(start + _AT_ONCE, members + 1)))
        _fill_meetings(session, branches)
    database.close()


def _units(branches: int) -> Iterator[dict[str, Any]]:
    same = {
        "form": UnitForm.ORDINARY,
        "live_from": _FIRST,
        "valid_from": _FIRST,
        "valid_to": None,
    }
    yield {
        "id": _STREET,
        "name": "街道",
        "kind": UnitKind.STREET,
        "parent_id": None,
        "path": f"/{_STREET}/",
        **same,
    }
    for number in range(1, branches + 1):
        unit = _unit(number)
        yield {
            "id": unit,
            "name": f"第{number}党支部",
            "kind": UnitKind.BRANCH,
            "parent_id": _STREET,
            "path": f"/{_STREET}/{unit}/",
            **same,
        }


def _unit(branch: int) -> int:
    return _STREET + branch


def _fill_members(session: Session, numbers: range) -> None:
    joined = _FIRST - timedelta(days=4000)
    bulk.add(
        session,
        Member,
        [
            {
                "id": number,
                "name": name_of(number),
                "kind": MemberKind.FULL,
                "category": Category.WAGE,
                "phone_tail": "",
                "joined_on": joined,
                "full_since": joined + timedelta(days=365),
            }
            for number in numbers
        ],
    )
    places = {number: _unit((number - 1) // _BRANCH + 1) for number in numbers}
    bulk.add(
        session,
        Membership,
        [
            {
                "member_id": number,
                "unit_id": unit,
                "cell_id": None,
                "valid_from": _FIRST,
                "valid_to": None,
            }
            for number, unit in places.items()
        ],
    )
    bulk.add(
        session,
        DuesAssessment,
        [
            {
                "member_id": number,
                "effective_month": Month(2025, 1),
                "seq": 1,
                "monthly_fen": 2000,
                "category": Category.WAGE,
                "reason": "",
                "approved_by": None,
                "recorded_at": at(_FIRST, 9),
            }
            for number in numbers
        ],
    )
    bulk.add(session, DuesEntry, [row for n, unit in places.items() for row in _paid(n, unit)])


def _paid(member: int, unit: int) -> Iterator[dict[str, Any]]:
    for number in range(1, 13):
        month = Month(2025, number)
        yield {
            "key": f"settle:{member}:{month}",
            "member_id": member,
            "month": month,
            "fen": 2000,
            "kind": EntryKind.CONFIRM,
            "refers_to": None,
            "claim": "",
            "payer_id": None,
            "receipt_no": "",
            "by_id": None,
            "at": at(month.day(10), 9),
            "reason": "",
            "unit_id": unit,
        }


def _fill_meetings(session: Session, branches: int) -> None:
    called = [
        (_unit(branch), kind, Month(2025, number).day(day))
        for branch in range(1, branches + 1)
        for number in range(1, 13)
        for kind, day in ((MeetingKind.THEME_DAY, 16), (MeetingKind.COMMITTEE, 5))
    ]
    events = [
        {"id": number, "unit_id": unit, "title": "会", "created_by": None, "created_at": at(day, 9)}
        for number, (unit, _, day) in enumerate(called, start=1)
    ]
    bulk.add(session, GatheringEvent, events)
    bulk.add(
        session,
        Meeting,
        [
            {
                "event_id": number,
                "unit_id": unit,
                "branch_id": unit,
                "kind": kind,
                "title": "会",
                "starts_at": at(day, 15),
                "ends_at": at(day, 17),
                "place": "党员活动室",
                "for_period": str(Month.of(day)),
                "state": MeetingState.CONFIRMED,
                "seats": None,
                "taken": 0,
                "revision": 1,
                "window": {},
                "created_at": at(day, 9),
            }
            for number, (unit, kind, day) in enumerate(called, start=1)
        ],
    )
