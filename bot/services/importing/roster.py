"""The ledger `roster`: who belongs where, with posts, dues and accounts.

A roster can be imported again and again: unchanged rows change nothing, a person in another
branch is moved, posts follow the file. Who is not in the file is left alone, except that a
post ends where the file names somebody else for it or is the whole roll of the branch.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.periods import Month
from bot.domain.rights import Action, Role
from bot.domain.units import UnitKind, ids_of, short_name
from bot.services import officers
from bot.services.importing import bulk, roster_people, roster_rows
from bot.services.importing.ledger import Ledger, Line, Outcome, Problems, Source
from bot.services.importing.roster_people import Known, People
from bot.services.importing.roster_rows import ACCOUNTS, CELL, COLUMNS, OFFICIAL, UNIT, WECOM, Entry
from bot.services.importing.roster_writer import Place, Writer
from bot.services.importing.unit_tree import Node, Planned, Tree, cell_name

_CHANNELS = {
    WECOM: 'kind = "wecom_app" 或 "wecom_robot"',
    OFFICIAL: 'kind = "official_account"',
}
_MAX_NAME = 60
_MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the rows of a file belong, and the names of what had to be made for it."""

    branches: Mapping[str, Node]
    cells: Mapping[tuple[str, str], Node]
    created: tuple[str, ...]

    def of(self, entry: Entry) -> Place:
        """Return the place of a row; an unknown cell is left as it is on record."""
        cell = self.cells[(entry.unit, entry.cell)] if entry.cell else None
        return Place(self.branches[entry.unit], cell, known=entry.cell is not None)


def run(session: Session, lines: Sequence[Line], source: Source) -> Outcome:
    """Import a roster in the caller's transaction.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden: The actor does not keep the roll of one of the branches.
    """
    today = day_of(source.now)
    problems = Problems()
    entries = roster_rows.read_entries(lines, problems, today)
    tree = Tree.load(session)
    _check_places(entries, tree, problems)
    branch_of = {e.unit: node.id for e in entries if (node := tree.find(e.unit)) is not None}
    wanted = roster_people.account_keys(entries, source.spaces)
    branches = sorted(set(branch_of.values()))
    people = roster_people.load(session, branches, wanted, Month.of(today))
    matched = roster_people.match(entries, people, branch_of, source.spaces, problems)
    problems.check()
    similar = _similar(entries, tree)
    _require_rights(entries, tree, matched, source)
    places = _make_places(session, entries, tree, source)
    writer = Writer(session, source, people)
    for entry in entries:
        writer.take(entry, matched.get(entry.line), places.of(entry))
    writer.end_posts_of_absent(entries, matched, tree)
    writer.finish()
    notes = [*similar, *_notes(entries, matched, people, source)]
    return writer.outcome(len(entries), places.created, notes)


def _check_places(entries: Sequence[Entry], tree: Tree, problems: Problems) -> None:
    for entry in entries:
        node = tree.find(entry.unit)
        if node is not None and node.ended:
            problems.add(entry.line, UNIT, f"{node.name}已经撤销，请写现在所在的支部。")
        elif node is not None and node.kind is not UnitKind.BRANCH:
            words = f"{node.name}是{node.kind_name}，党员要编入支部，请写支部的名称。"
            problems.add(entry.line, UNIT, words)
        elif entry.cell:
            _check_cell(entry, entry.cell, tree, problems)


def _check_cell(entry: Entry, name: str, tree: Tree, problems: Problems) -> None:
    branch = tree.find(entry.unit)
    cell = tree.find_cell(entry.unit, name)
    if cell is None:
        if len(cell_name(entry.unit, name)) > _MAX_NAME:
            problems.add(entry.line, CELL, "支部名称加小组名称超过60字，请缩短。")
    elif cell.kind is not UnitKind.CELL or branch is None or cell.parent_id != branch.id:
        problems.add(entry.line, CELL, f"{cell.name}不是{entry.unit}的党小组，请核对。")
    elif cell.ended:
        problems.add(entry.line, CELL, f"{cell.name}已经撤销，请核对。")


def _require_rights(
    entries: Sequence[Entry], tree: Tree, matched: Mapping[int, Known], source: Source
) -> None:
    """Refuse unless the actor keeps every roll that is written to, also those people leave."""
    if source.by is officers.OPERATOR:
        return
    if any(tree.find(entry.unit) is None for entry in entries):
        officers.require(source.by, Action.MANAGE_UNITS, "")
    left = {person.unit_id for person in matched.values() if person.unit_id is not None}
    named = {node.id for entry in entries if (node := tree.find(entry.unit)) is not None}
    for unit_id in left | named:
        officers.require(source.by, Action.MANAGE_ROLL, tree.get(unit_id).path)
    for entry in entries:
        if Role.OFFICER in (entry.roles or ()):  # a post above the branch is not the branch's
            officers.require(source.by, Action.MANAGE_UNITS, _root(tree, entry))


def _root(tree: Tree, entry: Entry) -> str:
    branch = tree.named(entry.unit)
    return tree.get(ids_of(branch.path)[0]).path


def _make_places(session: Session, entries: Sequence[Entry], tree: Tree, source: Source) -> _Places:
    """Make the branches and cells that only the roster names."""
    first = day_of(source.now).replace(day=1)
    street = tree.only_street()
    names = dict.fromkeys(entry.unit for entry in entries if tree.find(entry.unit) is None)
    planned = [
        Planned(name, UnitKind.BRANCH, street, street.live_from if street else first)
        for name in names
    ]
    made = tree.grow(session, planned)
    branches = {entry.unit: tree.named(entry.unit) for entry in entries}
    wanted = dict.fromkeys((entry.unit, entry.cell) for entry in entries if entry.cell)
    new = [pair for pair in wanted if tree.find_cell(*pair) is None]
    planned = [
        Planned(cell_name(unit, cell), UnitKind.CELL, branches[unit], branches[unit].live_from)
        for unit, cell in new
    ]
    made += tree.grow(session, planned)
    bulk.add_audit(session, [_made(node, source) for node in made])
    cells = {pair: node for pair in wanted if (node := tree.find_cell(*pair)) is not None}
    return _Places(branches, cells, tuple(node.name for node in made))


def _made(node: Node, source: Source) -> dict[str, Any]:
    after = {"kind": node.kind.value, "parent": node.parent_id}
    return bulk.audit_line(source.by, source.now, "unit.add", f"unit:{node.id}", None, after)


def _similar(entries: Sequence[Entry], tree: Tree) -> list[str]:
    """Return a remark for every branch to be made whose name is close to another one's."""
    existing = tree.names()
    called = {short_name(name): name for name in existing}
    notes = []
    for name in dict.fromkeys(entry.unit for entry in entries if tree.find(entry.unit) is None):
        close = called.get(short_name(name))
        if close is None and existing:
            near = difflib.get_close_matches(name, existing[:2000], n=1, cutoff=0.8)
            close = near[0] if near and _differ_in_more_than_number(name, near[0]) else None
        if close is not None:
            notes.append(f"新建了{name}，名册里已有相近的{close}；是同一个支部请改成一样再导入。")
    return notes


_NUMBERS = set("〇零一二三四五六七八九十百0123456789")


def _differ_in_more_than_number(one: str, other: str) -> bool:
    """第一党支部 and 第二党支部 are close, and rightly two."""

    def without(name: str) -> str:
        return "".join(c for c in name if c not in _NUMBERS)

    return without(one) != without(other)


def _notes(
    entries: Sequence[Entry], matched: Mapping[int, Known], people: People, source: Source
) -> list[str]:
    notes = []
    for column in ACCOUNTS:
        lost = sum(1 for e in entries if column in e.accounts and column not in source.spaces)
        if lost:
            notes.append(
                f"“{column}”有{lost}个没有绑定：配置里没有这个渠道，"
                f"请加一节 [[channel]]（{_CHANNELS[column]}）后再导入一次。"
            )
    namesakes = _namesakes(entries, matched, people)
    if namesakes:
        notes.append(f"与名册里的人同名、手机尾号不同，按另一个人新登记：{_some(namesakes)}。")
    here = {person.id for person in matched.values()}
    absent = [
        person.name
        for unit in {person.unit_id for person in matched.values()}
        if unit is not None
        for person in people.by_branch[unit]
        if person.id not in here
    ]
    if absent:
        notes.append(f"名册里有、文件里没有，名册没有动：{_some(absent)}。")
    return notes


def _namesakes(entries: Sequence[Entry], matched: Mapping[int, Known], people: People) -> list[str]:
    here = {person.id for person in matched.values()}
    free = {person.name for person in people.all.values() if person.id not in here}
    return [
        f"第{entry.line}行{entry.name}"
        for entry in entries
        if entry.line not in matched and entry.name in free
    ]


def _some(names: Sequence[str]) -> str:
    more = f"等{len(names)}人" if len(names) > _MOST_SHOWN else ""
    return "、".join(names[:_MOST_SHOWN]) + more


LEDGER = Ledger("roster", "名册", COLUMNS, run)
