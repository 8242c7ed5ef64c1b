"""The ledger `units`: organisations, their place in the tree, activity day, since when they count.

A file may name them in any order; parents may stand in it or be on record already.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.activity_words import SHIFT_WORDS, read_activity
from bot.domain.calendar import ShiftPolicy
from bot.domain.rights import Action
from bot.domain.series import Recurrence
from bot.domain.units import (
    UNIT_ALIASES,
    UNIT_NAMES,
    UnitKind,
    WrongParent,
    check_parent,
    find_unit_kind,
)
from bot.services import officers, policies
from bot.services.importing import bulk
from bot.services.importing.cells import Cells, shown
from bot.services.importing.ledger import (
    Column,
    Ledger,
    Line,
    Outcome,
    Problems,
    Source,
    Staged,
)
from bot.services.importing.unit_tree import (
    LEVELS,
    Node,
    Planned,
    Tree,
    cell_name,
    first_of_year,
)
from bot.storage.models import Unit, UnitPolicy

NAME, PARENT, KIND, ACTIVITY, LIVE_FROM = "名称", "上级", "类型", "活动日", "启用日期"
COLUMNS = (
    Column(NAME, "全称，不能重名", required=True, aliases=("组织名称", "党组织", "党组织名称")),
    Column(PARENT, "上级组织的名称；街道留空", aliases=("上级组织", "上级党组织")),
    Column(KIND, "街道、社区、支部、党小组；留空按名称判断", aliases=("组织类型", "类别")),
    Column(
        ACTIVITY,
        "每月几号，如 16，或第几个周几，如 第二个周五；逢休息日：16 顺延、提前、就近或不变",
    ),
    Column(LIVE_FROM, "从哪天起提醒和统计，如 2026-01-01；留空是本月1日", aliases=("启用时间",)),
)

_WRITING = "写入组织"

Setting = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One line, read; None is what the file does not say."""

    line: int
    name: str
    parent: str | None
    kind: UnitKind
    activity: tuple[Recurrence, ShiftPolicy | None] | None
    live_from: date | None


@dataclass(slots=True)
class _Written:
    """What is to be written, gathered level by level."""

    added: set[int] = field(default_factory=set)
    moved: list[tuple[Node, Node | None]] = field(default_factory=list)
    started: list[Node] = field(default_factory=list)
    settings: list[dict[str, Any]] = field(default_factory=list)
    audit: list[dict[str, Any]] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Import units in the caller's transaction; the whole tree is in memory.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden: The actor does not keep the organisations.
    """
    today = day_of(source.now)
    problems = staged.problems
    tree = Tree.load(session)
    lines = [line for batch in staged.batches(_WRITING) for line in batch]
    wanted = _read(lines, tree, problems, today)
    _check(wanted, tree, problems)
    problems.check()
    in_force = own_activity_days(session)
    written = _Written()
    for level in LEVELS:
        of_level = [unit for unit in wanted if unit.kind is level]
        _grow(session, tree, of_level, source, written)
    for unit in wanted:
        _compare(unit, tree, in_force, source, written)
    _write(session, tree, source, written)
    added, changed = len(written.added), len(written.touched)
    return Outcome(added, changed, len(wanted) - added - changed, changes=tuple(written.changes))


def _read(lines: Sequence[Line], tree: Tree, problems: Problems, today: date) -> list[_Wanted]:
    found: list[_Wanted] = []
    seen: dict[str, int] = {}
    for line in lines:
        cells = Cells(line, problems, today)
        unit = _read_line(cells, tree)
        if not unit.name:
            continue
        if unit.name in seen:
            cells.wrong(NAME, f"与第{seen[unit.name]}行重名。")
            continue
        seen[unit.name] = unit.line
        found.append(unit)
    return found


def _read_line(cells: Cells, tree: Tree) -> _Wanted:
    name = cells.required(NAME)
    parent = cells.text(PARENT) or None
    kind = _kind(cells, name, tree)
    if kind is UnitKind.CELL and parent is not None and name:
        name = cell_name(parent, name)
    return _Wanted(
        line=cells.number,
        name=name,
        parent=parent,
        kind=kind,
        activity=_activity(cells),
        live_from=cells.day(LIVE_FROM, future=True),
    )


def _kind(cells: Cells, name: str, tree: Tree) -> UnitKind:
    text = cells.text(KIND)
    kind = find_unit_kind(text) if text else _guess(name, tree)
    if kind is None and text:
        cells.wrong(KIND, f"只能是{'、'.join(UNIT_NAMES.values())}，现在是{shown(text)}。")
    elif kind is None and name:
        cells.wrong(KIND, f"没有填，从名称看不出。请写{'、'.join(UNIT_NAMES.values())}之一。")
    return kind or UnitKind.BRANCH


def _guess(name: str, tree: Tree) -> UnitKind | None:
    known = tree.find(name)
    if known is not None:
        return known.kind
    words = [(word, kind) for kind in LEVELS for word in UNIT_ALIASES[kind]]
    fitting = [(len(word), kind) for word, kind in words if name.endswith(word)]
    return max(fitting, key=lambda item: item[0])[1] if fitting else None


def _activity(cells: Cells) -> tuple[Recurrence, ShiftPolicy | None] | None:
    text = unicodedata.normalize("NFKC", cells.text(ACTIVITY))
    if not text:
        return None
    found = read_activity(text)
    if found is None:
        cells.wrong(
            ACTIVITY,
            f"应是1到31的数字，或如 第二个周五，可加顺延、提前、就近或不变，现在是{shown(text)}。",
        )
    return found


def _check(wanted: Sequence[_Wanted], tree: Tree, problems: Problems) -> None:
    kinds = {unit.name: unit.kind for unit in wanted}
    for unit in wanted:
        known = tree.find(unit.name)
        if known is not None and known.ended:
            problems.add(unit.line, NAME, f"{unit.name}已经撤销，请换一个名称。")
        elif known is not None and known.kind is not unit.kind:
            words = f"{unit.name}已登记为{known.kind_name}，不能改成{UNIT_NAMES[unit.kind]}。"
            problems.add(unit.line, KIND, words)
        elif unit.parent is not None or known is None:
            _check_parent(unit, kinds, tree, problems)


def _check_parent(
    unit: _Wanted, kinds: Mapping[str, UnitKind], tree: Tree, problems: Problems
) -> None:
    above: UnitKind | None = None
    if unit.parent is not None:
        node = tree.find(unit.parent)
        above = kinds.get(unit.parent) or (node.kind if node and not node.ended else None)
        if above is None:
            problems.add(unit.line, PARENT, f"没有叫{shown(unit.parent)}的组织，请核对名称。")
            return
    try:
        check_parent(unit.kind, above)
    except WrongParent as error:
        problems.add(unit.line, PARENT, error.sentence)


def _grow(
    session: Session, tree: Tree, wanted: Sequence[_Wanted], source: Source, written: _Written
) -> None:
    new = [unit for unit in wanted if tree.find(unit.name) is None]
    default = day_of(source.now).replace(day=1)
    planned = []
    for unit in new:
        parent = tree.find(unit.parent) if unit.parent else None
        officers.require(source.by, Action.MANAGE_UNITS, parent.path if parent else "")
        live_from = unit.live_from or (parent.live_from if parent else default)
        planned.append(Planned(unit.name, unit.kind, parent, live_from))
    for node in tree.grow(session, planned):
        written.added.add(node.id)
        subject, after = f"unit:{node.id}", {"kind": node.kind.value, "parent": node.parent_id}
        line = bulk.audit_line(source.by, source.now, "unit.add", subject, None, after)
        written.audit.append(line)


def _compare(
    unit: _Wanted, tree: Tree, in_force: Mapping[int, Setting], source: Source, written: _Written
) -> None:
    """Note what the file says of a unit that the records do not."""
    node = tree.named(unit.name)
    is_new = node.id in written.added
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    words: list[str] = []
    parent = tree.find(unit.parent) if unit.parent else None
    if not is_new and parent is not None and parent.id != node.parent_id:
        before["parent"], after["parent"] = node.parent_id, parent.id
        words.append(f"上级改为{parent.name}")
        written.moved.append((node, parent))
    if not is_new and unit.live_from is not None and unit.live_from != node.live_from:
        before["live_from"], after["live_from"] = str(node.live_from), str(unit.live_from)
        words.append(f"启用日期 {node.live_from} → {unit.live_from}")
        node.live_from = unit.live_from
        written.started.append(node)
    old = in_force.get(node.id)
    setting = _setting(unit, old)
    if setting is not None and setting != old:
        before["activity_day"], after["activity_day"] = old, setting
        words.append(f"活动日改为{activity_words(setting)}")
        since = node.valid_from if old is None else day_of(source.now)
        written.settings.append(_policy_row(node, setting, since, source))
    if after and not is_new:
        officers.require(source.by, Action.MANAGE_UNITS, node.path)
        subject = f"unit:{node.id}"
        written.audit.append(
            bulk.audit_line(source.by, source.now, "unit.change", subject, before, after)
        )
        written.touched.add(node.id)
        written.changes.append(f"第{unit.line}行 {unit.name}：{'；'.join(words)}")


def _write(session: Session, tree: Tree, source: Source, written: _Written) -> None:
    if written.moved:
        for _, parent in written.moved:
            officers.require(source.by, Action.MANAGE_UNITS, parent.path if parent else "")
        tree.move(session, written.moved)
    started = [
        {
            "id_": node.id,
            "live_from": node.live_from,
            "valid_from": min(node.valid_from, first_of_year(node.live_from)),
        }
        for node in written.started
    ]
    bulk.change(session, Unit, Unit.id, started)
    bulk.add(session, UnitPolicy, written.settings)
    bulk.add_audit(session, written.audit)


def _setting(unit: _Wanted, old: Setting | None) -> Setting | None:
    """Return the activity day a line asks for; without a word the shift stays as it is."""
    if unit.activity is None:
        return None
    usual, shift = unit.activity
    kept = (old or {}).get("shift", ShiftPolicy.NEXT_WORKDAY.value)
    when = {"day": usual.day} if usual.day else {"nth": usual.nth, "weekday": usual.weekday}
    return {**when, "shift": shift.value if shift else kept}


def activity_words(setting: Setting) -> str:
    """Return an activity day as the column takes it: `16 顺延`."""
    usual = policies.activity_setting(setting)
    words = str(usual.day) if usual.day else usual.words.removeprefix("每月")
    return f"{words} {SHIFT_WORDS[ShiftPolicy(setting['shift'])]}"


def _policy_row(node: Node, setting: Setting, since: date, source: Source) -> dict[str, Any]:
    return {
        "unit_id": node.id,
        "key": policies.ACTIVITY_DAY,
        "value": dict(setting),
        "effective_from": since,
        "decided_by": source.by.name,
        "recorded_at": source.now,
    }


def own_activity_days(session: Session) -> dict[int, Setting]:
    """Return the activity day every unit has settled for itself, as last written down."""
    rows = session.execute(
        select(UnitPolicy.unit_id, UnitPolicy.value)
        .where(UnitPolicy.key == policies.ACTIVITY_DAY)
        .order_by(UnitPolicy.effective_from, UnitPolicy.id)
    )
    latest = {row.unit_id: row.value for row in rows}
    return {unit: value for unit, value in latest.items() if value}


LEDGER = Ledger("units", "组织", COLUMNS, run)
