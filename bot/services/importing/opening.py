"""The ledger `opening`: what was already so when a branch began with the bot.

One row is a member (dues paid up to, class hours) or a meeting. The same file again changes
nothing; another value is a new entry behind the old one, and needs a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.cadence import KIND_NAMES, MeetingKind, find_kind, parse_period, period_of
from bot.domain.ids import MemberId, UnitId
from bot.domain.periods import Month
from bot.domain.rights import Action
from bot.domain.units import UnitKind
from bot.services import officers
from bot.services.dues_ledger import take_turns
from bot.services.importing import bulk, named, periods
from bot.services.importing.cells import A_MONTH, Cells, shown
from bot.services.importing.ledger import (
    MOST_TOLD,
    Column,
    Ledger,
    Line,
    Outcome,
    Source,
    Staged,
)
from bot.services.importing.named import NAME, TAIL, UNIT, Named, said
from bot.storage.models import OpeningDues, OpeningHours, OpeningMeeting, Unit

PAID, HOURS, YEAR = "党费交至", "学时", "学时年度"
KIND, HELD, PERIOD, REASON = "会议", "召开日期", "计入", "原因"
NONE = "无"
COLUMNS = (
    Column(UNIT, "支部的全称；党小组会写党小组的全称", required=True, aliases=("支部", "党支部")),
    Column(NAME, "党员姓名；这一行是会议的留空", aliases=("党员姓名",)),
    Column(TAIL, "同名的人才要填", aliases=("手机后四位", "尾号")),
    Column(PAID, "启用前党费已交到哪个月，如 2026-04；没有就留空", aliases=("党费交到",)),
    Column(HOURS, "启用前已有的学时，如 12", aliases=("已有学时",)),
    Column(YEAR, "学时是哪一年的；留空是今年"),
    Column(KIND, "启用前开过的会：支部党员大会、支委会、党小组会、党课、主题党日等"),
    Column(HELD, "哪天开的，要在启用日期以前，如 2026-04-10", aliases=("开会日期",)),
    Column(PERIOD, "算哪一期，如 2026-04、2026Q2、2026；留空按召开日期"),
    Column(REASON, "改已经导入过的才要写；取消写“无”，也要写原因", aliases=("更正原因",)),
)
_WRITING = "写入期初"
_FURTHEST = 12  # months ahead that may have been paid
_MOST_HOURS = 1000

Model: TypeAlias = type[OpeningDues] | type[OpeningMeeting] | type[OpeningHours]
Key: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """One of the three tables: what its entries are about, and the value they carry."""

    model: Model
    keys: tuple[str, ...]
    value: str
    column: str
    action: Action


_DUES = _Table(OpeningDues, ("member_id",), "until_month", PAID, Action.CONFIRM_DUES)
_HOURS = _Table(OpeningHours, ("member_id", "year"), "hours", HOURS, Action.MANAGE_ROLL)
_MEETINGS = _Table(
    OpeningMeeting, ("unit_id", "kind", "for_period"), "held_on", HELD, Action.CALL_MEETING
)
_TABLES = (_DUES, _HOURS, _MEETINGS)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One thing a row says.

    Attributes:
        value: None takes back what was imported.
    """

    cells: Cells
    table: _Table
    key: Key
    value: Any
    unit_path: str
    about: str
    reason: str
    person: Named | None = None


@dataclass(slots=True)
class _Tally:
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    changes: list[str] = field(default_factory=list)


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Append what a file says and the records do not: all of it, or nothing.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    tally = _Tally()
    for lines in staged.batches(_WRITING):
        wanted = _read_all(session, lines, staged, source)
        for action, path in sorted({(w.table.action, w.unit_path) for w in wanted}, key=str):
            officers.require(source.by, action, path)
        _take_turns(session, wanted)
        for table in _TABLES:
            own = [item for item in wanted if item.table is table]
            rows = _compare(session, table, own, staged, tally, source)
            if not staged.problems:
                bulk.add(session, table.model, rows)
                bulk.add_audit(session, [_audit(table, row, source) for row in rows])
    staged.problems.check()
    return Outcome(tally.added, tally.changed, tally.unchanged, changes=tuple(tally.changes))


def _read_all(
    session: Session, lines: Sequence[Line], staged: Staged, source: Source
) -> list[_Wanted]:
    book, units, today = named.Book.of(session, lines), _units(session, lines), day_of(source.now)
    found: list[_Wanted] = []
    for line in lines:
        cells = Cells(line, staged.problems, today)
        if cells.text(NAME):
            found += _of_member(cells, book, today)
        elif cells.text(KIND):
            found += _meeting(cells, units)
        else:
            cells.wrong(NAME, f"党员的行写姓名，会议的行写“{KIND}”，这一行两样都没有。")
    return found


def _of_member(cells: Cells, book: named.Book, today: date) -> list[_Wanted]:
    person = book.find(cells)
    found: list[_Wanted] = []
    if cells.text(KIND):
        cells.wrong(KIND, "党员和会议请分两行写。")
    if not cells.text(PAID) and not cells.text(HOURS):
        cells.wrong(PAID, f"“{PAID}”和“{HOURS}”至少填一样。")
    paid, month = cells.text(PAID), None
    if paid and paid != NONE:
        day = cells.day(PAID, future=True, what=A_MONTH)
        month = None if day is None else Month.of(day)
        if month is not None and month > Month.of(today).shift(_FURTHEST):
            cells.wrong(PAID, f"{month}太远了，最多一年以后，请核对。")
    hours, year = _hours(cells), _year(cells, today)
    if person is None:
        return []
    reason = cells.text(REASON, longest=100)
    if paid:
        found.append(_wanted(cells, _DUES, person, (person.id,), month, reason))
    if cells.text(HOURS):
        found.append(_wanted(cells, _HOURS, person, (person.id, year), hours, reason))
    return found


def _wanted(
    cells: Cells, table: _Table, person: Named, key: Key, value: Any, reason: str
) -> _Wanted:
    return _Wanted(cells, table, key, value, person.unit_path, cells.text(NAME), reason, person)


def _hours(cells: Cells) -> int | None:
    text = cells.text(HOURS)
    if not text or text == NONE:
        return None
    if not text.isdecimal() or not 0 < int(text) <= _MOST_HOURS:
        cells.wrong(HOURS, f"应是1到{_MOST_HOURS}的整数，现在是{shown(text)}；没有就留空。")
        return None
    return int(text)


def _year(cells: Cells, today: date) -> int:
    day = cells.day(YEAR)
    return today.year if day is None else day.year


def _meeting(cells: Cells, units: Mapping[str, _Unit]) -> list[_Wanted]:
    unit = units.get(cells.required(UNIT))
    if unit is None:
        cells.wrong(UNIT, f"没有登记过“{cells.text(UNIT)}”，请写全称。")
    kind = find_kind(cells.text(KIND))
    if kind is None:
        cells.wrong(KIND, f"不认识{shown(cells.text(KIND))}，请写支部党员大会、支委会、党课等。")
    held = None if cells.text(HELD) == NONE else cells.day(HELD)
    if not cells.text(HELD):
        cells.wrong(HELD, "没有填。")
    period = cells.text(PERIOD).upper()
    if period and not periods.PERIOD.fullmatch(period):
        cells.wrong(PERIOD, periods.PERIOD_WORDS.format(said=shown(period)))
        return []
    if not period and cells.text(HELD) == NONE:
        cells.wrong(PERIOD, "取消的会要写是哪一期的。")
    if unit is None or kind is None or not (held or period):
        return []
    _check_meeting(cells, unit, kind, held)
    count_for = parse_period(period) if period else period_of(kind, held or date.min)
    about = f"{unit.name}{KIND_NAMES[kind]}"
    key = (unit.id, kind, str(count_for))
    reason = cells.text(REASON, longest=100)
    return [_Wanted(cells, _MEETINGS, key, held, unit.path, about, reason)]


def _check_meeting(cells: Cells, unit: _Unit, kind: MeetingKind, held: date | None) -> None:
    if unit.kind not in (UnitKind.BRANCH, UnitKind.CELL):
        cells.wrong(UNIT, f"{unit.name}不是支部或党小组，请核对。")
    elif (kind is MeetingKind.CELL) != (unit.kind is UnitKind.CELL):
        cells.wrong(UNIT, "党小组会写党小组的全称，其他的会写支部的全称。")
    if held is not None and held >= unit.live_from:
        words = f"{unit.name}从{unit.live_from}起启用，{held}的会请在聊天里补登。"
        cells.wrong(HELD, words)


@dataclass(frozen=True, slots=True)
class _Unit:
    id: UnitId
    name: str
    path: str
    kind: UnitKind
    live_from: date


def _units(session: Session, lines: Sequence[Line]) -> dict[str, _Unit]:
    found: dict[str, _Unit] = {}
    for some in bulk.chunks(sorted({said(line, UNIT) for line in lines})):
        rows = session.execute(
            select(Unit.id, Unit.name, Unit.path, Unit.kind, Unit.live_from).where(
                Unit.name.in_(some)
            )
        )
        found.update({row.name: _Unit(UnitId(row.id), *row[1:]) for row in rows})
    return found


def _take_turns(session: Session, wanted: Sequence[_Wanted]) -> None:
    """Let nobody else write of these members and units before this transaction ends."""
    members = {MemberId(w.key[0]) for w in wanted if w.table is not _MEETINGS}
    for some in bulk.chunks(sorted(members)):
        take_turns(session, some)
    units = {w.key[0] for w in wanted if w.table is _MEETINGS}
    for part in bulk.chunks(sorted(units)):
        rows = select(Unit.id).where(Unit.id.in_(part)).order_by(Unit.id)
        session.execute(rows.with_for_update(key_share=True)).all()


def _compare(
    session: Session,
    table: _Table,
    wanted: Sequence[_Wanted],
    staged: Staged,
    tally: _Tally,
    source: Source,
) -> list[bulk.Row]:
    """Return the entries to append; what changes something needs a reason."""
    known = _known(session, table, [item.key for item in wanted])
    rows: list[bulk.Row] = []
    for item in wanted:
        first, times = staged.use(f"{table.column}:{item.key}", str(item.cells.number))
        if times > 1:
            item.cells.wrong(table.column, f"与第{first}行重复，请留一行。")
            continue
        seq, before = known.get(item.key, (0, None))
        if before == item.value:
            tally.unchanged += 1
            continue
        if item.person is not None:
            named.check_known(item.person, item.cells.number, staged.problems)
        if seq and not item.reason:
            words = f"登记的是{_words(before)}，要改成{_words(item.value)}请写明原因。"
            item.cells.wrong(REASON, words)
            continue
        if seq:
            tally.changed += 1
            words = f"{table.column} {_words(before)} → {_words(item.value)}"
            if len(tally.changes) < MOST_TOLD:
                tally.changes.append(f"第{item.cells.number}行 {item.about}：{words}")
        else:
            tally.added += 1
        rows.append(
            {
                **dict(zip(table.keys, item.key, strict=True)),
                "seq": seq + 1,
                table.value: item.value,
                "reason": item.reason or "导入",
                "by_id": source.by.member_id,
                "at": source.now,
            }
        )
    return rows


def _known(session: Session, table: _Table, keys: Sequence[Key]) -> dict[Key, tuple[int, Any]]:
    """Return the latest entry of each: its `seq` and its value."""
    found: dict[Key, tuple[int, Any]] = {}
    model = table.model
    columns = [getattr(model, name) for name in (*table.keys, "seq", table.value)]
    first = columns[0]
    for some in bulk.chunks(sorted({key[0] for key in keys})):
        rows = session.execute(select(*columns).where(first.in_(some)).order_by(model.seq))
        for row in rows:
            found[tuple(row[: len(table.keys)])] = (row[-2], row[-1])
    return found


def _audit(table: _Table, row: bulk.Row, source: Source) -> dict[str, Any]:
    of = ":".join(str(getattr(row[name], "value", row[name])) for name in table.keys)
    after = {"value": _words(row[table.value]), "reason": row["reason"]}
    subject = f"opening:{table.value}:{of}"
    return bulk.audit_line(source.by, source.now, "opening.import", subject[:80], None, after)


def _words(value: Any) -> str:
    return NONE if value is None else str(value)


def _together(line: Line) -> str:
    """Return what tells whose line it is: a person, or the meetings of a unit."""
    return named.person_of(line)


LEDGER = Ledger("opening", "期初", COLUMNS, run, group=_together)
