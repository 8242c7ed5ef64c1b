"""The ledger `policies`: what units have settled, from when on, who decided it, and why.

A row that says something else of the same day is a newer decision: the older one stays on record.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.meetings import FURTHEST_AHEAD
from bot.domain.policies import Policy, check_decided, check_since
from bot.domain.policy_table import POLICIES
from bot.services import officers
from bot.services.importing import bulk
from bot.services.importing.cells import Cells, shown
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import said
from bot.services.importing.policy_words import BY_KEY, BY_WORD, NOTHING, read_value
from bot.services.officers import OPERATOR
from bot.storage.models import Unit, UnitPolicy

UNIT, TOPIC, VALUE, SINCE = "党组织", "规定", "内容", "起始日期"
DECIDED, REASON = "谁定的", "原因"
_NAMES = "、".join(policy.name for policy in POLICIES)
_EXAMPLES = "；".join(f"{policy.name}写 {policy.example}" for policy in POLICIES)
COLUMNS = (
    Column(UNIT, "哪个组织定的，写全称；下面的组织没有另定就跟着", required=True),
    Column(TOPIC, f"{_NAMES}之一", required=True, aliases=("事项",)),
    Column(VALUE, f"{_EXAMPLES}；不再另定写 {NOTHING}", required=True),
    Column(SINCE, "从哪天起，如 2026-03-01", required=True, aliases=("从哪天起",)),
    Column(DECIDED, "哪次会或谁定的，如 3月12日支部党员大会", required=True, aliases=("决定",)),
    Column(REASON, "为什么这样定"),
)
_MOST = 120

_Place: TypeAlias = tuple[int, str, date]  # unit, key, first day: settled once a day
Said: TypeAlias = tuple[dict[str, Any], str, str]  # value, who decided, why


@dataclass(frozen=True, slots=True)
class _Wanted:
    cells: Cells
    unit_id: UnitId
    path: str
    policy: Policy
    since: date
    value: Mapping[str, Any]
    decided_by: str
    reason: str

    @property
    def place(self) -> _Place:
        """What may be settled once a day."""
        return self.unit_id, self.policy.key, self.since

    @property
    def said(self) -> Said:
        """What must be the same for a row to be what is on record."""
        return dict(self.value), self.decided_by, self.reason


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
        for row in rows:
            officers.require(source.by, row.policy.action, row.path)
        known = load(session, sorted({row.unit_id for row in rows}))
        new = [row for row in rows if known.get(row.place) != row.said]
        for row in new:
            _check_new(row, source)
        again = sum(row.place in known for row in new)
        if not staged.problems:
            _write(session, new, known, source)
        added, changed = added + len(new) - again, changed + again
        unchanged += len(rows) - len(new)
    staged.problems.check()
    return Outcome(added, changed, unchanged)


def load(session: Session, units: Sequence[int]) -> dict[_Place, Said]:
    """Return what units have settled, the last word of each day, in the order of days."""
    found: dict[_Place, Said] = {}
    for some in bulk.chunks(units):
        rows = session.execute(
            select(
                UnitPolicy.unit_id,
                UnitPolicy.key,
                UnitPolicy.effective_from,
                UnitPolicy.value,
                UnitPolicy.decided_by,
                UnitPolicy.reason,
            )
            .where(UnitPolicy.unit_id.in_(some), UnitPolicy.key.in_(BY_KEY))
            .order_by(UnitPolicy.effective_from, UnitPolicy.id)
        )
        for unit, key, day, value, decided_by, reason in rows:
            found[unit, key, day] = (dict(value), decided_by, reason)
    return found


def _read(
    line: Line, units: Mapping[str, tuple[UnitId, str]], staged: Staged, source: Source
) -> _Wanted | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    name, topic = cells.required(UNIT), cells.required(TOPIC)
    if name and name not in units:
        cells.wrong(UNIT, f"没有登记过“{name}”，请写全称。")
    policy = BY_WORD.get(topic)
    if topic and policy is None:
        cells.wrong(TOPIC, f"只能是{_NAMES}，现在是{shown(topic)}。")
    since = cells.day(SINCE, future=True)
    if not cells.text(SINCE):
        cells.wrong(SINCE, "没有填。")
    value = _value(cells, policy, since)
    cells.required(DECIDED, longest=_MOST)
    decided_by = cells.prose(DECIDED, longest=_MOST)
    if name not in units or policy is None or since is None or value is None or not decided_by:
        return None
    first, times = staged.use(f"{units[name][0]}/{policy.key}/{since}", str(line.number))
    if times > 1:
        cells.wrong(SINCE, f"与第{first}行是同一天的同一个规定，请留一行。")
    reason = cells.prose(REASON, longest=_MOST)
    return _Wanted(cells, *units[name], policy, since, value, decided_by, reason)


def _value(cells: Cells, policy: Policy | None, since: date | None) -> Mapping[str, Any] | None:
    text = unicodedata.normalize("NFKC", cells.required(VALUE)).replace(",", "，")
    if policy is None or not text:
        return None
    try:
        value = read_value(policy, text, since or cells.today)
    except DomainError as error:
        cells.wrong(VALUE, error.sentence)
        return None
    if value is None:
        cells.wrong(VALUE, f"应如 {policy.example}，现在是{shown(text)}。")
    return value


def _check_new(row: _Wanted, source: Source) -> None:
    """Note what the chat would refuse; who moves books brings in what was settled before."""
    today = row.cells.today
    if row.since > today + FURTHEST_AHEAD:
        row.cells.wrong(SINCE, f"{row.since}太远了，请核对年份。")
    if source.by is OPERATOR:
        return
    for column, check in (
        (SINCE, lambda: check_since(row.policy, row.since, today)),
        (REASON, lambda: check_decided(row.policy, row.decided_by, row.reason)),
    ):
        try:
            check()
        except DomainError as error:
            row.cells.wrong(column, error.sentence)


def _units(session: Session, lines: Sequence[Line]) -> dict[str, tuple[UnitId, str]]:
    found: dict[str, tuple[UnitId, str]] = {}
    for some in bulk.chunks(sorted({said(line, UNIT) for line in lines})):
        rows = session.execute(select(Unit.id, Unit.name, Unit.path).where(Unit.name.in_(some)))
        found.update({name: (UnitId(unit), path) for unit, name, path in rows})
    return found


def _write(
    session: Session, new: Sequence[_Wanted], known: Mapping[_Place, Said], source: Source
) -> None:
    rows = [
        {
            "unit_id": row.unit_id,
            "key": row.policy.key,
            "value": dict(row.value),
            "effective_from": row.since,
            "decided_by": row.decided_by,
            "reason": row.reason,
            "recorded_at": source.now,
        }
        for row in new
    ]
    bulk.add(session, UnitPolicy, rows)
    audit = [
        bulk.audit_line(
            source.by,
            source.now,
            "policy.import",
            f"unit:{row.unit_id}",
            {row.policy.key: known[row.place][0]} if row.place in known else None,
            {row.policy.key: dict(row.value), "from": str(row.since)},
        )
        for row in new
    ]
    bulk.add_audit(session, audit)


def _of_unit(line: Line) -> str:
    return said(line, UNIT)


LEDGER = Ledger("policies", "规定", COLUMNS, run, group=_of_unit)
