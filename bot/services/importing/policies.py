"""The ledger `policies`: what units have settled, from when on, and who decided it.

A row that says something else of the same day is a new decision: the older one stays on record,
and what was judged by it is told by the audit trail.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import UnitId
from bot.domain.meetings import FURTHEST_AHEAD
from bot.domain.rights import Action
from bot.services import officers
from bot.services.importing import bulk
from bot.services.importing.cells import Cells, shown
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import said
from bot.services.importing.policy_words import KEYS, TOPICS
from bot.storage.models import Unit, UnitPolicy

UNIT, TOPIC, VALUE, SINCE, DECIDED = "党组织", "规定", "内容", "起始日期", "谁定的"
COLUMNS = (
    Column(UNIT, "哪个组织定的，写全称；下面的组织没有另定就跟着", required=True),
    Column(TOPIC, f"{'、'.join(KEYS)}之一", required=True, aliases=("事项",)),
    Column(
        VALUE,
        "；".join(f"{topic.title}写 {topic.example}" for topic in TOPICS.values()),
        required=True,
    ),
    Column(SINCE, "从哪天起，如 2026-03-01", required=True, aliases=("从哪天起",)),
    Column(DECIDED, "哪次会或谁定的，如 3月12日支部党员大会", required=True, aliases=("决定",)),
)
_MOST_DECIDED = 60


@dataclass(frozen=True, slots=True)
class _Wanted:
    unit_id: UnitId
    path: str
    key: str
    value: Mapping[str, Any]
    since: date
    decided_by: str

    @property
    def place(self) -> tuple[int, str, date]:
        """What may be settled once a day."""
        return self.unit_id, self.key, self.since


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Write down the decisions of a file that are not on record.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = changed = unchanged = 0
    for lines in staged.batches("写入规定"):
        units = _units(session, lines)
        read = [_read(line, units, staged, source) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({row.path for row in rows}):
            officers.require(source.by, Action.MANAGE_ROLL, path)
        known = load(session, sorted({row.unit_id for row in rows}))
        new = [row for row in rows if known.get(row.place) != (dict(row.value), row.decided_by)]
        again = sum(row.place in known for row in new)
        if not staged.problems:
            _write(session, new, known, source)
        added, changed = added + len(new) - again, changed + again
        unchanged += len(rows) - len(new)
    staged.problems.check()
    return Outcome(added, changed, unchanged)


def load(
    session: Session, units: Sequence[int]
) -> dict[tuple[int, str, date], tuple[dict[str, Any], str]]:
    """Return (value, who decided) by unit, key and first day, in the order of days."""
    found: dict[tuple[int, str, date], tuple[dict[str, Any], str]] = {}
    for some in bulk.chunks(units):
        rows = session.execute(
            select(
                UnitPolicy.unit_id,
                UnitPolicy.key,
                UnitPolicy.effective_from,
                UnitPolicy.value,
                UnitPolicy.decided_by,
            )
            .where(UnitPolicy.unit_id.in_(some), UnitPolicy.key.in_(TOPICS))
            .order_by(UnitPolicy.effective_from, UnitPolicy.id)
        )
        found.update({(unit, key, day): (dict(said), who) for unit, key, day, said, who in rows})
    return found


def _read(
    line: Line, units: Mapping[str, tuple[UnitId, str]], staged: Staged, source: Source
) -> _Wanted | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    unit = units.get(cells.required(UNIT))
    if unit is None and cells.text(UNIT):
        cells.wrong(UNIT, f"没有登记过“{cells.text(UNIT)}”，请写全称。")
    cells.required(TOPIC)
    key = cells.one_of(TOPIC, KEYS)
    value = None if key is None else _value(cells, key)
    since = cells.day(SINCE, future=True)
    if not cells.text(SINCE):
        cells.wrong(SINCE, "没有填。")
    if since is not None and since > cells.today + FURTHEST_AHEAD:
        cells.wrong(SINCE, f"{since}太远了，请核对年份。")
    cells.required(DECIDED, longest=_MOST_DECIDED)
    decided_by = cells.prose(DECIDED, longest=_MOST_DECIDED)
    if unit is None or key is None or value is None or since is None or not decided_by:
        return None
    first, times = staged.use(f"{unit[0]}/{key}/{since}", str(line.number))
    if times > 1:
        cells.wrong(SINCE, f"与第{first}行是同一天的同一个规定，请留一行。")
    return _Wanted(*unit, key, value, since, decided_by)


def _value(cells: Cells, key: str) -> Mapping[str, Any] | None:
    text = unicodedata.normalize("NFKC", cells.required(VALUE)).replace(",", "，")
    value = TOPICS[key].read(text) if text else None
    if text and value is None:
        cells.wrong(VALUE, f"应如 {TOPICS[key].example}，现在是{shown(text)}。")
    return value


def _units(session: Session, lines: Sequence[Line]) -> dict[str, tuple[UnitId, str]]:
    found: dict[str, tuple[UnitId, str]] = {}
    for some in bulk.chunks(sorted({said(line, UNIT) for line in lines})):
        rows = session.execute(select(Unit.id, Unit.name, Unit.path).where(Unit.name.in_(some)))
        found.update({name: (UnitId(unit), path) for unit, name, path in rows})
    return found


def _write(
    session: Session,
    new: Sequence[_Wanted],
    known: Mapping[tuple[int, str, date], tuple[dict[str, Any], str]],
    source: Source,
) -> None:
    bulk.add(
        session,
        UnitPolicy,
        [
            {
                "unit_id": row.unit_id,
                "key": row.key,
                "value": dict(row.value),
                "effective_from": row.since,
                "decided_by": row.decided_by,
                "recorded_at": source.now,
            }
            for row in new
        ],
    )
    audit = [
        bulk.audit_line(
            source.by,
            source.now,
            "policy.import",
            f"unit:{row.unit_id}",
            {row.key: known[row.place][0]} if row.place in known else None,
            {row.key: dict(row.value), "from": str(row.since)},
        )
        for row in new
    ]
    bulk.add_audit(session, audit)


def _of_unit(line: Line) -> str:
    return said(line, UNIT)


LEDGER = Ledger("policies", "规定", COLUMNS, run, group=_of_unit)
