"""The ledger `units`: organisations, their place in the tree, activity day, since when they count.

A file may name them in any order; parents may stand in it or be on record already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.calendar import ShiftPolicy
from bot.domain.rights import Action
from bot.domain.units import (
    FORM_NAMES,
    UNIT_NAMES,
    UnitForm,
    UnitKind,
    WrongParent,
    check_parent,
)
from bot.services import officers, policies
from bot.services.importing import bulk
from bot.services.importing.activity_days import activity_words, stored
from bot.services.importing.cells import shown
from bot.services.importing.ledger import (
    Ledger,
    Outcome,
    Problems,
    Source,
    Staged,
)
from bot.services.importing.unit_rows import (
    COLUMNS,
    ENDED,
    FORM,
    KIND,
    NAME,
    PARENT,
    Wanted,
    read,
)
from bot.services.importing.unit_tree import (
    LEVELS,
    Node,
    Planned,
    Tree,
    first_of_year,
)
from bot.storage.models import Unit, UnitPolicy

_WRITING = "写入组织"

Setting = Mapping[str, Any]


@dataclass(slots=True)
class _Written:
    """What is to be written, gathered level by level."""

    added: set[int] = field(default_factory=set)
    moved: list[tuple[Node, Node | None]] = field(default_factory=list)
    started: list[Node] = field(default_factory=list)
    founded: list[Node] = field(default_factory=list)
    stated: set[int] = field(default_factory=set)  # whose day of founding the file says
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
    wanted = read(lines, tree, problems, today)
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


def _check(wanted: Sequence[Wanted], tree: Tree, problems: Problems) -> None:
    kinds = {unit.name: unit.kind for unit in wanted}
    for unit in wanted:
        known = tree.find(unit.name)
        if known is not None and known.valid_to is not None and known.valid_to == unit.ended:
            continue
        if known is not None and known.ended:
            problems.add(unit.line, NAME, f"{unit.name}已经撤销，请换一个名称。")
        elif known is not None and known.kind is not unit.kind:
            words = f"{unit.name}已登记为{known.kind_name}，不能改成{UNIT_NAMES[unit.kind]}。"
            problems.add(unit.line, KIND, words)
        elif known is not None and unit.ended is not None:
            words = f"{unit.name}还在。撤销要写明党员转到哪里，请在聊天里发：撤销支部 {unit.name}"
            problems.add(unit.line, ENDED, words)
        elif known is not None and unit.form not in (None, known.form):
            words = f"登记的是{FORM_NAMES[known.form]}。要改请在聊天里办，会留下哪天改的。"
            problems.add(unit.line, FORM, words)
        elif unit.parent is not None or known is None:
            _check_parent(unit, kinds, tree, problems)


def _check_parent(
    unit: Wanted, kinds: Mapping[str, UnitKind], tree: Tree, problems: Problems
) -> None:
    above: UnitKind | None = None
    if unit.parent is not None:
        node = tree.find(unit.parent)
        there = node is not None and (not node.ended or unit.ended is not None)
        above = kinds.get(unit.parent) or (node.kind if node and there else None)
        if above is None:
            problems.add(unit.line, PARENT, f"没有叫{shown(unit.parent)}的组织，请核对名称。")
            return
    try:
        check_parent(unit.kind, above)
    except WrongParent as error:
        problems.add(unit.line, PARENT, error.sentence)


def _grow(
    session: Session, tree: Tree, wanted: Sequence[Wanted], source: Source, written: _Written
) -> None:
    new = [unit for unit in wanted if tree.find(unit.name) is None]
    default = day_of(source.now).replace(day=1)
    planned = []
    for unit in new:
        parent = tree.find(unit.parent) if unit.parent else None
        officers.require(source.by, Action.MANAGE_UNITS, parent.path if parent else "")
        live_from = unit.live_from or (parent.live_from if parent else default)
        form = unit.form or UnitForm.ORDINARY
        planned.append(
            Planned(unit.name, unit.kind, parent, live_from, unit.founded, unit.ended, form)
        )
    for node in tree.grow(session, planned):
        written.added.add(node.id)
        subject, after = f"unit:{node.id}", {"kind": node.kind.value, "parent": node.parent_id}
        line = bulk.audit_line(source.by, source.now, "unit.add", subject, None, after)
        written.audit.append(line)


def _compare(
    unit: Wanted, tree: Tree, in_force: Mapping[int, Setting], source: Source, written: _Written
) -> None:
    """Note what the file says of a unit that the records do not."""
    node = tree.named(unit.name)
    if node.ended and node.id not in written.added:
        return
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
    if unit.founded is not None:
        written.stated.add(node.id)
    if not is_new and unit.founded is not None and unit.founded != node.valid_from:
        before["founded"], after["founded"] = str(node.valid_from), str(unit.founded)
        words.append(f"成立日期 {node.valid_from} → {unit.founded}")
        node.valid_from = unit.founded
        written.founded.append(node)
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
    begun = {node.id: node for node in (*written.started, *written.founded)}
    started = [
        {
            "id_": node.id,
            "live_from": node.live_from,
            "valid_from": node.valid_from
            if node.id in written.stated
            else min(node.valid_from, first_of_year(node.live_from)),
        }
        for node in begun.values()
    ]
    bulk.change(session, Unit, Unit.id, started)
    bulk.add(session, UnitPolicy, written.settings)
    bulk.add_audit(session, written.audit)


def _setting(unit: Wanted, old: Setting | None) -> Setting | None:
    """Return the activity day a line asks for; without a word the shift stays as it is."""
    if unit.activity is None:
        return None
    usual, shift = unit.activity
    kept = (old or {}).get("shift", ShiftPolicy.NEXT_WORKDAY.value)
    return stored(usual, shift.value if shift else kept)


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
