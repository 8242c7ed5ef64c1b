"""The ledger `memberships`: to which branch somebody belonged from when to when.

The roster knows who belongs where now. What was before, and who has left since, is needed where the
books of a branch move to another database: dues and attendance of last year are about them, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.dues import CATEGORY_NAMES
from bot.domain.ids import UnitId
from bot.domain.members import KIND_NAMES, MemberKind
from bot.domain.units import UnitKind
from bot.services.importing import bulk, named
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Source, Staged
from bot.services.importing.named import NAME, TAIL, said
from bot.services.importing.named import UNIT as LAST
from bot.services.officers import OPERATOR
from bot.storage.models import Member, Membership, Unit

BRANCH, CELL, SINCE, UNTIL = "当时的支部", "当时的党小组", "从", "到"
KIND, CATEGORY, JOINED, FULL = "党员类型", "人员类别", "入党日期", "转正日期"
COLUMNS = (
    Column(NAME, "党员姓名，和名册上一样", required=True),
    Column(LAST, "现在所在的支部，已经离开的写最后所在的支部，写全称", required=True),
    Column(TAIL, "同名的人才要填"),
    Column(BRANCH, "这一段时间在哪个支部，写全称", required=True),
    Column(CELL, "这一段时间在哪个党小组，写全称；没有就留空"),
    Column(SINCE, "从哪天起，如 2022-07-01", required=True),
    Column(UNTIL, "到哪天为止，这一天已经不在；现在还在的留空"),
    Column(KIND, "已经离开的写正式党员或预备党员"),
    Column(CATEGORY, "已经离开的写在职、离退休、农民、学生、其他"),
    Column(JOINED, "已经离开的才写"),
    Column(FULL, "已经离开的才写"),
)
ONLY_OPERATOR = "归属历史只在搬家时由管理员在服务器上导入。平时请在聊天里发 转出、接收、去世 等。"
_KINDS = {name: kind for kind, name in KIND_NAMES.items()}
_CATEGORIES = {name: category for category, name in CATEGORY_NAMES.items()}


Who = tuple[str, str, str]  # name, branch now or last, tail


@dataclass(frozen=True, slots=True)
class _Term:
    """One row, read."""

    cells: Cells
    who: Who
    unit_id: UnitId
    cell_id: UnitId | None
    since: date
    until: date | None
    about: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Standing:
    """A term on record."""

    id: int
    unit_id: int
    cell_id: int | None
    since: date
    until: date | None


@dataclass(slots=True)
class _Person:
    """Somebody on record, with all terms."""

    id: int
    tail: str
    units: set[str]
    terms: list[_Standing]


@dataclass(slots=True)
class _Work:
    """What a batch comes to: people to enter, terms to add, and true first days of present ones."""

    fresh: list[list[_Term]] = field(default_factory=list)
    added: list[tuple[int, _Term]] = field(default_factory=list)
    begun: list[tuple[int, _Term]] = field(default_factory=list)
    unchanged: int = 0

    @property
    def changes_something(self) -> bool:
        """Whether anything is to be written."""
        return bool(self.fresh or self.added or self.begun)


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Add the terms of a file that are not on record, and those people who have left since.

    Raises:
        ImportRefused: With every mistake by row.
    """
    added = changed = unchanged = 0
    for lines in staged.batches("写入归属历史"):
        units = _units(session, lines)
        read = [_read(line, units, staged, source) for line in lines]
        people: dict[Who, list[_Term]] = defaultdict(list)
        for term in read:
            if term is not None:
                people[term.who].append(term)
        known = _known(session, {name for name, _, _ in people})
        work = _Work()
        for (name, unit, tail), terms in people.items():
            _sort_out(terms, _fitting(known[name], unit, tail), work)
        if source.by is not OPERATOR and work.changes_something:
            next(iter(people.values()))[0].cells.wrong(NAME, ONLY_OPERATOR)
        if not staged.problems:
            _write(session, work, source)
        added += len(work.added) + sum(len(terms) for terms in work.fresh)
        changed, unchanged = changed + len(work.begun), unchanged + work.unchanged
    staged.problems.check()
    return Outcome(added, changed, unchanged)


def _units(session: Session, lines: Sequence[Line]) -> dict[str, tuple[UnitId, UnitKind]]:
    names = {said(line, column) for line in lines for column in (BRANCH, CELL, LAST)} - {""}
    found: dict[str, tuple[UnitId, UnitKind]] = {}
    for some in bulk.chunks(sorted(names)):
        rows = session.execute(select(Unit.name, Unit.id, Unit.kind).where(Unit.name.in_(some)))
        found.update({name: (UnitId(unit), kind) for name, unit, kind in rows})
    return found


def _read(
    line: Line, units: Mapping[str, tuple[UnitId, UnitKind]], staged: Staged, source: Source
) -> _Term | None:
    cells = Cells(line, staged.problems, day_of(source.now))
    name, last = cells.required(NAME, longest=40), _unit(cells, LAST, units, UnitKind.BRANCH)
    unit_id = _unit(cells, BRANCH, units, UnitKind.BRANCH)
    cell_id = _unit(cells, CELL, units, UnitKind.CELL) if cells.text(CELL) else None
    cells.required(SINCE)
    since, until = cells.day(SINCE), cells.day(UNTIL, future=True)
    about = {
        "kind": cells.one_of(KIND, _KINDS) or MemberKind.FULL,
        "category": cells.one_of(CATEGORY, _CATEGORIES),
        "joined_on": cells.day(JOINED),
        "full_since": cells.day(FULL, future=True),
    }
    if not name or last is None or unit_id is None or since is None:
        return None
    if until is not None and until <= since:
        cells.wrong(UNTIL, f"要在{since}之后，请核对。")
        return None
    who = name, cells.text(LAST), cells.text(TAIL)
    first, times = staged.use("/".join((*who, str(unit_id), str(since))), str(line.number))
    if times > 1:
        cells.wrong(SINCE, f"与第{first}行重复，请留一行。")
        return None
    return _Term(cells, who, unit_id, cell_id, since, until, about)


def _unit(
    cells: Cells, column: str, units: Mapping[str, tuple[UnitId, UnitKind]], kind: UnitKind
) -> UnitId | None:
    name = cells.text(column) if column == CELL else cells.required(column)
    unit_id, found = units.get(name, (None, None))
    if name and found is not kind:
        cells.wrong(column, f"没有登记过“{name}”，请写全称。")
        return None
    return unit_id


def _known(session: Session, names: set[str]) -> dict[str, list[_Person]]:
    people: dict[int, _Person] = {}
    found: dict[str, list[_Person]] = defaultdict(list)
    for some in bulk.chunks(sorted(names)):
        rows = session.execute(
            select(Member.name, Member.phone_tail, Unit.name.label("unit"), Membership)
            .join(Membership, Membership.member_id == Member.id)
            .join(Unit, Unit.id == Membership.unit_id)
            .where(Member.name.in_(some))
            .order_by(Member.id, Membership.valid_from, Membership.id)
        )
        for name, tail, unit, term in rows:
            if term.member_id not in people:
                people[term.member_id] = _Person(term.member_id, tail, set(), [])
                found[name].append(people[term.member_id])
            person = people[term.member_id]
            person.units.add(unit)
            person.terms.append(
                _Standing(term.id, term.unit_id, term.cell_id, term.valid_from, term.valid_to)
            )
    return found


def _fitting(people: Sequence[_Person], unit: str, tail: str) -> list[_Person]:
    return [one for one in people if unit in one.units and (not tail or one.tail in ("", tail))]


def _sort_out(terms: Sequence[_Term], fitting: Sequence[_Person], work: _Work) -> None:
    """Compare the rows of one person with what is on record."""
    first = terms[0].cells
    if len(fitting) > 1:
        first.wrong(TAIL, f"{terms[0].who[1]}有{len(fitting)}位{terms[0].who[0]}，请填手机尾号。")
    elif not fitting and any(term.until is None for term in terms):
        first.wrong(NAME, f"{terms[0].who[1]}的名册里没有{terms[0].who[0]}，请先导入名册。")
    elif not fitting:
        work.fresh.append(list(terms))
    else:
        for term in terms:
            _compare(term, fitting[0], work)


def _compare(term: _Term, person: _Person, work: _Work) -> None:
    here = [one for one in person.terms if one.unit_id == term.unit_id]
    present = [one for one in here if one.until is None and one.cell_id == term.cell_id]
    # An older file does not know yet that a term has ended.
    if any(one.since == term.since and one.cell_id == term.cell_id for one in here):
        work.unchanged += 1
    elif term.until is not None:
        work.added.append((person.id, term))
    elif present:
        work.begun.append((present[0].id, term))
    else:
        words = f"名册里{term.who[0]}现在不在那里，请核对，或先导入名册。"
        term.cells.wrong(BRANCH, words)


def _write(session: Session, work: _Work, source: Source) -> None:
    ids = bulk.add_numbered(
        session,
        Member,
        Member.id,
        [
            {"name": terms[-1].who[0], "phone_tail": terms[-1].who[2], **terms[-1].about}
            for terms in work.fresh
        ],
    )
    added = list(work.added)
    for member, terms in zip(ids, work.fresh, strict=True):
        added += [(member, term) for term in terms]
    bulk.change(
        session,
        Membership,
        Membership.id,
        [{"id_": term_id, "valid_from": term.since} for term_id, term in work.begun],
    )
    bulk.add(
        session,
        Membership,
        [
            {
                "member_id": member,
                "unit_id": term.unit_id,
                "cell_id": term.cell_id,
                "valid_from": term.since,
                "valid_to": term.until,
            }
            for member, term in added
        ],
    )
    lines = [
        bulk.audit_line(source.by, source.now, "member.add", f"member:{member}") for member in ids
    ]
    lines += [
        bulk.audit_line(source.by, source.now, "member.change", f"member:{member}")
        for member, _ in work.added
    ]
    bulk.add_audit(session, lines)


LEDGER = Ledger("memberships", "归属历史", COLUMNS, run, group=named.person_of)
