"""The ledger `roster`: who belongs where, with posts, dues and accounts.

A roster can be imported again and again: unchanged rows change nothing, a person in another
branch is moved, posts follow the file. Who is not in the file is left alone, except that a
post ends where the file names somebody else for it or is the whole roll of the branch.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import MemberId
from bot.domain.rights import Action, Role
from bot.domain.units import UnitKind, ids_of, short_name
from bot.services import officers
from bot.services.importing import bulk, post_barred, roster_people, roster_rows
from bot.services.importing.ledger import MOST_TOLD, Ledger, Outcome, Problems, Source, Staged
from bot.services.importing.post_barred import Given
from bot.services.importing.roster_matching import Matcher
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
_COMPARED = 50  # new names of a batch held against those that exist
_WRITING = "写入名册"
NO_SECRETARY = (
    "新建的{names}还没有书记，提醒没有人接。"
    "请在名册的职务一栏写上再导入一次，或在聊天里发：任命 张三 书记。"
)


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


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Import a roster in the caller's transaction: first all of it is checked, then written.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden: The actor does not keep the roll of one of the branches.
    """
    tree = Tree.load(session)
    for batch in staged.batches():
        _check_places(batch, tree, staged.problems)
        roster_rows.check_branches(batch, staged.problems)
        for entry in batch:
            roster_rows.check_accounts(entry, staged)
            roster_rows.check_persons(entry, staged)
    matcher = Matcher(session, staged, tree, source.spaces)
    matcher.match()
    staged.problems.check()
    return _Import(session, source, tree, matcher).write(staged)


class _Import:
    """Writes a roster that was checked, branch by branch."""

    def __init__(self, session: Session, source: Source, tree: Tree, matcher: Matcher) -> None:
        self._session = session
        self._source = source
        self._tree = tree
        self._matcher = matcher
        self._existing = tree.names()
        self._created: list[str] = []
        self._similar: list[str] = []
        self._lost: dict[str, int] = defaultdict(int)
        self._namesakes, self._absent = _Some(), _Some()
        self._new_branches: dict[str, None] = {}
        self._led: set[str] = set()
        self._today = day_of(source.now)

    def write(self, staged: Staged) -> Outcome:
        """Write everything, and return what was done.

        Raises:
            ImportRefused: A post is given to who cannot hold it; that is known only by the roll.
        """
        added = changed = 0
        changes: list[str] = []
        for batch in staged.batches(_WRITING):
            writer = self._write(batch, staged.problems)
            added += writer.added
            changed += writer.changed
            changes += writer.changes[: MOST_TOLD - len(changes)]
        staged.problems.check()
        return Outcome(
            added=added,
            changed=changed,
            unchanged=len(staged) - added - changed,
            created_units=tuple(self._created),
            changes=tuple(changes),
            notes=tuple(self._notes()),
        )

    def _write(self, batch: Sequence[Entry], problems: Problems) -> Writer:
        found = self._matcher.found
        matched = {entry.line: member for entry in batch if (member := found.of(entry))}
        branches = {node.id for e in batch if (node := self._tree.find(e.unit)) is not None}
        people = roster_people.load(
            self._session, sorted(branches), sorted(matched.values()), self._today
        )
        persons = {line: people.all[member] for line, member in matched.items()}
        _require_rights(batch, self._tree, persons, self._source)
        _check_posts(self._session, batch, persons, problems, self._today)
        self._note(batch, people, branches)
        places = _make_places(self._session, batch, self._tree, self._source)
        self._created += places.created
        self._new_branches |= dict.fromkeys(e.unit for e in batch if e.unit in places.created)
        self._led |= {e.unit for e in batch if Role.SECRETARY in (e.roles or ())}
        writer = Writer(self._session, self._source, people)
        for entry in batch:
            writer.take(entry, persons.get(entry.line), places.of(entry))
        writer.end_posts_of_absent(batch, found.is_taken, self._tree)
        writer.finish()
        return writer

    def _note(self, batch: Sequence[Entry], people: People, branches: Iterable[int]) -> None:
        """Note what the person should look at, before anything of a batch is written."""
        if len(self._similar) < _MOST_SHOWN:
            self._similar += _similar(batch, self._tree, self._existing)
        for entry in batch:
            for column in entry.accounts:
                self._lost[column] += column not in self._source.spaces
        for entry in self._matcher.namesakes(batch):
            self._namesakes.add(f"第{entry.line}行{entry.name}")
        for branch in sorted(branches):
            roll = people.by_branch.get(branch, [])
            absent = [p for p in roll if not self._matcher.found.is_taken(p.id)]
            for person in absent if len(absent) < len(roll) else ():
                self._absent.add(person.name)

    def _notes(self) -> Iterator[str]:
        yield from self._similar
        if leaderless := [name for name in self._new_branches if name not in self._led]:
            more = f"等{len(leaderless)}个" if len(leaderless) > _MOST_SHOWN else ""
            yield NO_SECRETARY.format(names="、".join(leaderless[:_MOST_SHOWN]) + more)
        for column in ACCOUNTS:
            if self._lost[column]:
                yield (
                    f"“{column}”有{self._lost[column]}个没有绑定：配置里没有这个渠道，"
                    f"请加一节 [[channel]]（{_CHANNELS[column]}）后再导入一次。"
                )
        if self._namesakes.count:
            yield f"与名册里的人同名、手机尾号不同，按另一个人新登记：{self._namesakes.words}。"
        if self._absent.count:
            yield f"名册里有、文件里没有，名册没有动：{self._absent.words}。"


class _Some:
    """The first names of many, and how many there are."""

    def __init__(self) -> None:
        self._first: list[str] = []
        self.count = 0

    def add(self, name: str) -> None:
        """Count one more."""
        self.count += 1
        if len(self._first) < _MOST_SHOWN:
            self._first.append(name)

    @property
    def words(self) -> str:
        """The first names."""
        more = f"等{self.count}人" if self.count > _MOST_SHOWN else ""
        return "、".join(self._first) + more


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


def _check_posts(
    session: Session,
    entries: Sequence[Entry],
    matched: Mapping[int, Known],
    problems: Problems,
    today: date,
) -> None:
    """Note posts that a file newly gives to somebody whose rights are suspended."""
    given = [
        Given(entry.line, MemberId(person.id), entry.name, entry.unit, role)
        for entry in entries
        if (person := matched.get(entry.line)) is not None
        for role in entry.roles or ()
        if role not in {held for _, held in person.posts}
    ]
    post_barred.check(session, given, today, problems, roster_rows.POST)


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


def _similar(entries: Sequence[Entry], tree: Tree, existing: Sequence[str]) -> list[str]:
    """Return a remark for every branch to be made whose name is close to another one's.

    Args:
        existing: The names there were before the import.
    """
    new = dict.fromkeys(entry.unit for entry in entries if tree.find(entry.unit) is None)
    called = {short_name(name): name for name in existing} if new else {}
    notes = []
    for name in list(new)[:_COMPARED]:
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


LEDGER = Ledger(
    "roster",
    "名册",
    COLUMNS,
    run,
    read=roster_rows.read,
    group=lambda entry: str(entry.unit),
)
