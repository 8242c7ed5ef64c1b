"""The ledger `development`: cases of those who want to join, one row an entry.

The roll is not touched: who is on it comes with the roster. What is brought in keeps the same
order and least times as what is told in chat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.development import (
    DAYS,
    HOURS,
    Case,
    CaseAct,
    Entry,
    WhyClosed,
    check_step,
    standing_entries,
    standing_of,
)
from bot.domain.development_steps import APPROVED, STEPS, TRAINED, find_material
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Action
from bot.domain.units import UnitKind
from bot.services import counters, development, officers
from bot.services.importing import bulk, named
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.others import BY, SIGNED, Others, Signed, signed
from bot.storage.models import DevelopmentCase, DevelopmentEntry, Member, Membership, Unit

NUMBER, ACT, STEP, DAY = "编号", "记录", "步骤", "日期"
UNTIL, AMOUNT, WORDS = "到", "数量", "说明"
_ACTS = {act.value: act for act in CaseAct if act is not CaseAct.VOID}
COLUMNS = (
    Column(named.NAME, "申请人的姓名", required=True),
    Column(named.UNIT, "所在支部的全称", required=True, aliases=("所在支部", "支部", "党支部")),
    Column(NUMBER, "同名的两个人才写1、2；由小助手填，自己加的行可以留空"),
    Column(ACT, f"是{'、'.join(_ACTS)}中的一种；留空是步骤"),
    Column(STEP, "第几步，1到25；不是步骤的留空"),
    Column(DAY, "哪天办的，如 2026-03-12", required=True),
    Column(UNTIL, "公示到哪天；别的留空"),
    Column(AMOUNT, "培训几天或多少学时、延长几个月"),
    Column(WORDS, "培训写天或学时，材料写名称，终止写原因"),
    *SIGNED,
)
_WRITING = "写入发展登记"
_MOST, _LONGEST = 9999, 40
Whose: TypeAlias = tuple[UnitId, str, int | None]
Units: TypeAlias = Mapping[str, tuple[UnitId, str]]


@dataclass(frozen=True, slots=True)
class _Row:
    """One row, read."""

    cells: Cells
    whose: Whose
    path: str
    entry: Entry
    signed: Signed


@dataclass(slots=True)
class _Known:
    """A case on record, or one that this file begins."""

    id: int | None
    unit_id: UnitId
    name: str
    number: int
    entries: list[Entry]
    seq: int


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Add the entries of a file that are not on record.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = unchanged = 0
    units = {
        name: (UnitId(unit), path)
        for unit, name, path in session.execute(
            select(Unit.id, Unit.name, Unit.path).where(Unit.kind == UnitKind.BRANCH)
        )
    }
    for lines in staged.batches(_WRITING):
        others = Others.of(session, lines, BY)
        read = [_read(line, units, others, staged, source) for line in lines]
        rows = sorted((row for row in read if row is not None), key=_order)
        for path in sorted({row.path for row in rows}):
            officers.require(source.by, Action.MANAGE_ROLL, path)
        cases = _known(session, rows)
        new = [(row, case) for row in rows if (case := _place(row, cases)) is not None]
        if not staged.problems:
            _write(session, new, source)
        added += len(new)
        unchanged += len(rows) - len(new)
    staged.problems.check()
    return Outcome(added, 0, unchanged)


def _read(line: Line, units: Units, others: Others, staged: Staged, source: Source) -> _Row | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    name, unit = cells.required(named.NAME, longest=_LONGEST), cells.required(named.UNIT)
    act = cells.one_of(ACT, _ACTS) or CaseAct.STEP
    step, on = cells.whole(STEP, most=len(STEPS), unit="步"), cells.day(DAY)
    number, amount = cells.whole(NUMBER, most=_MOST), cells.whole(AMOUNT, most=999)
    until = cells.day(UNTIL, future=True)
    words = cells.text(WORDS, longest=_LONGEST)
    if not cells.text(DAY):
        cells.wrong(DAY, "没有填。")
    if unit and unit not in units:
        cells.wrong(named.UNIT, f"没有登记过“{unit}”，请写支部的全称。")
    if not _fits(cells, act, step, until, amount, words) or not name or on is None:
        return None
    if unit not in units:
        return None
    unit_id, path = units[unit]
    own = signed(cells, others, source, path)
    if act is CaseAct.MATERIAL and (found := find_material(words)) is not None:
        step = found[0].number
    return _Row(
        cells,
        (unit_id, name, number or None),
        path,
        Entry(0, act, on, step or None, until, amount, words),
        own,
    )


def _fits(
    cells: Cells, act: CaseAct, step: int | None, until: date | None, amount: int | None, words: str
) -> bool:
    """Note what an entry of its kind leaves out or cannot hold."""
    if act is CaseAct.STEP and not step:
        cells.wrong(STEP, "没有填，步骤是1到25。")
    elif act is CaseAct.STEP and step == TRAINED and amount and words not in (DAYS, HOURS):
        cells.wrong(WORDS, f"培训请写“{DAYS}”或“{HOURS}”。")
    elif act is CaseAct.PUBLICITY and until is None:
        cells.wrong(UNTIL, "公示要写到哪天。")
    elif act is CaseAct.EXTENDED and not amount:
        cells.wrong(AMOUNT, "延长预备期要写几个月。")
    elif act is CaseAct.MATERIAL and find_material(words) is None:
        cells.wrong(WORDS, "没有认出是哪份材料，请写全名，如 入党申请书。")
    elif act is CaseAct.CLOSED and words not in {why.value for why in WhyClosed}:
        cells.wrong(WORDS, f"终止的原因只能是{'、'.join(why.value for why in WhyClosed)}。")
    else:
        return True
    return False


def _order(row: _Row) -> tuple[object, ...]:
    """Return the order in which rows are taken: what a later one rests on comes first."""
    unit, name, number = row.whose
    entry = row.entry
    last = entry.act is CaseAct.CLOSED
    return (unit, name, number or 0, last, entry.on, entry.step or 0, row.cells.number)


def _known(session: Session, rows: Sequence[_Row]) -> dict[Whose, _Known]:
    """Return the cases of the names that some rows hold, under the numbers they have."""
    found: dict[Whose, _Known] = {}
    names = sorted({row.whose[1] for row in rows})
    for some in bulk.chunks(names, 500):
        for view in development.load(session, DevelopmentCase.name.in_(some)):
            found[view.unit_id, view.name, view.number] = _Known(
                view.id,
                view.unit_id,
                view.name,
                view.number,
                standing_entries(view.entries),
                len(view.entries),
            )
    return found


def _place(row: _Row, cases: dict[Whose, _Known]) -> _Known | None:
    """Return the case a new entry belongs to; None where it is on record, or with a mistake."""
    unit, name, number = row.whose
    own = [case for (at_, of, _), case in cases.items() if (at_, of) == (unit, name)]
    fitting = own if number is None else [case for case in own if case.number == number]
    if len(fitting) > 1:
        row.cells.wrong(NUMBER, f"{name}有{len(fitting)}份发展登记，请写编号。")
        return None
    if not fitting:
        fitting = [_Known(None, unit, name, number or 0, [], 0)]
        cases[unit, name, number or -1 - len(cases)] = fitting[0]
    case = fitting[0]
    if any(replace(known, id=0) == row.entry for known in case.entries):
        return None
    try:
        _check(name, standing_of(case.entries), row.entry)
    except DomainError as refused:
        row.cells.wrong(STEP if row.entry.act is CaseAct.STEP else ACT, refused.sentence)
        return None
    case.entries.append(replace(row.entry, id=-1 - len(case.entries)))
    return case


def _check(name: str, case: Case, entry: Entry) -> None:
    if entry.act is CaseAct.STEP and entry.step is not None:
        check_step(
            name, case, entry.step, entry.on, amount=entry.amount, words=entry.words, past=True
        )


def _write(session: Session, new: Sequence[tuple[_Row, _Known]], source: Source) -> None:
    begun = [case for case in _each(case for _, case in new) if case.id is None]
    _begin(session, begun, source)
    lines: list[Mapping[str, Any]] = []
    audited: set[int] = set()
    for row, case in new:
        assert case.id is not None
        case.seq += 1
        audited.add(case.id)
        lines.append(
            {
                "case_id": case.id,
                "seq": case.seq,
                "act": row.entry.act,
                "step": row.entry.step,
                "on_day": row.entry.on,
                "until_day": row.entry.until,
                "amount": row.entry.amount,
                "words": row.entry.words,
                "change_id": None,
                "refers_to": None,
                "by_id": row.signed.by_id,
                "at": row.signed.at,
            }
        )
    bulk.add(session, DevelopmentEntry, lines)
    _link(session, _each(case for row, case in new if row.entry.step == APPROVED))
    bulk.add_audit(
        session,
        [
            bulk.audit_line(source.by, source.now, "development.import", f"development:{case}")
            for case in sorted(audited)
        ],
    )


def _begin(session: Session, cases: Sequence[_Known], source: Source) -> None:
    """Write new cases down under the numbers of the file, or the next ones."""
    for case in cases:
        counter = f"development:{case.unit_id}"
        if case.number:
            counters.raise_to(session, counter, case.number)
        else:
            case.number = counters.next_number(session, counter)
    ids = bulk.add_numbered(
        session,
        DevelopmentCase,
        DevelopmentCase.id,
        [
            {
                "key": f"import:{case.unit_id}:{case.number}",
                "unit_id": case.unit_id,
                "number": case.number,
                "name": case.name,
                "member_id": None,
                "by_id": source.by.member_id,
                "at": min(at(min(e.on for e in case.entries), 12), source.now),
            }
            for case in cases
        ],
    )
    for case, case_id in zip(cases, ids, strict=True):
        case.id = case_id


def _link(session: Session, cases: Sequence[_Known]) -> None:
    """Note who on the roll those became whose admission was approved: one of the name and day."""
    if not cases:
        return
    names, units = {case.name for case in cases}, {case.unit_id for case in cases}
    people: dict[tuple[int, str, date | None], set[int]] = defaultdict(set)
    rows = session.execute(
        select(Membership.unit_id, Member.name, Member.joined_on, Member.id)
        .join(Member, Member.id == Membership.member_id)
        .where(Member.name.in_(names), Membership.unit_id.in_(units))
    )
    for unit, name, joined, member in rows:
        people[unit, name, joined].add(member)
    for case in cases:
        admitted = standing_of(case.entries).steps.get(15)
        same = people.get((case.unit_id, case.name, admitted), set())
        if len(same) == 1 and case.id is not None:
            development.link(session, case.id, MemberId(next(iter(same))))


def _each(cases: Any) -> list[_Known]:
    """Return each case once, in order."""
    return list({id(case): case for case in cases}.values())


LEDGER = Ledger("development", "发展党员", COLUMNS, run, group=named.person_of)
