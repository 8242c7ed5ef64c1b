"""The tree of units in memory while an import runs: found by name, grown level by level."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import UnitId
from bot.domain.units import UNIT_NAMES, UnitForm, UnitKind, child_path
from bot.services.importing import bulk
from bot.storage.models import Unit

LEVELS = (UnitKind.STREET, UnitKind.COMMUNITY, UnitKind.BRANCH, UnitKind.CELL)


@dataclass(slots=True)
class Node:
    """A unit.

    Attributes:
        valid_to: It no longer exists from then on; its name stays taken.
    """

    id: int
    name: str
    kind: UnitKind
    parent_id: int | None
    path: str
    live_from: date
    valid_from: date
    valid_to: date | None = None
    form: UnitForm = UnitForm.ORDINARY

    @property
    def ended(self) -> bool:
        """Whether it no longer exists."""
        return self.valid_to is not None

    @property
    def kind_name(self) -> str:
        """What people call its kind."""
        return UNIT_NAMES[self.kind]


@dataclass(frozen=True, slots=True)
class Planned:
    """A unit to be made."""

    name: str
    kind: UnitKind
    parent: Node | None
    live_from: date
    founded: date | None = None
    ended: date | None = None
    form: UnitForm = UnitForm.ORDINARY

    @property
    def valid_from(self) -> date:
        """The day it was founded; without one, the history of its first year can be recorded."""
        return self.founded or first_of_year(self.live_from)


class Tree:
    """All units by name."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._by_name = {node.name: node for node in nodes}
        self._by_id = {node.id: node for node in self._by_name.values()}

    @classmethod
    def load(cls, session: Session) -> Tree:
        """Return the units on record."""
        rows = session.execute(
            select(
                Unit.id,
                Unit.name,
                Unit.kind,
                Unit.parent_id,
                Unit.path,
                Unit.live_from,
                Unit.valid_from,
                Unit.valid_to,
                Unit.form,
            ).order_by(Unit.id)
        )
        return cls(Node(*row) for row in rows)

    def find(self, name: str) -> Node | None:
        """Return the unit of a name as written, also one that no longer exists."""
        return self._by_name.get(name)

    def named(self, name: str) -> Node:
        """Return the unit of a name that is known to be there."""
        return self._by_name[name]

    def find_cell(self, branch: str, text: str) -> Node | None:
        """Return a cell of a branch by its full or its short name (第一党小组)."""
        node = self._by_name.get(cell_name(branch, text))
        return node or self._by_name.get(text)

    def get(self, unit_id: int) -> Node:
        """Return a unit by id."""
        return self._by_id[unit_id]

    def names(self) -> list[str]:
        """Return the names of the units that exist."""
        return [node.name for node in self._by_name.values() if not node.ended]

    def only_street(self) -> Node | None:
        """Return the street, where there is exactly one."""
        found = [n for n in self._by_name.values() if n.kind is UnitKind.STREET and not n.ended]
        return found[0] if len(found) == 1 else None

    def grow(self, session: Session, planned: Sequence[Planned]) -> list[Node]:
        """Make units whose parents exist, and return them in the same order."""
        rows = [
            {
                "name": unit.name,
                "kind": unit.kind,
                "parent_id": unit.parent.id if unit.parent else None,
                "path": "",
                "live_from": unit.live_from,
                "valid_from": unit.valid_from,
                "valid_to": unit.ended,
                "form": unit.form,
            }
            for unit in planned
        ]
        ids = bulk.add_numbered(session, Unit, Unit.id, rows)
        nodes = [_node(number, unit) for number, unit in zip(ids, planned, strict=True)]
        bulk.change(session, Unit, Unit.id, [{"id_": n.id, "path": n.path} for n in nodes])
        for node in nodes:
            self._by_name[node.name] = node
            self._by_id[node.id] = node
        return nodes

    def move(self, session: Session, moved: Sequence[tuple[Node, Node | None]]) -> None:
        """Put units under other parents, with everything beneath them."""
        for node, parent in moved:
            node.parent_id = parent.id if parent else None
        changed = [{"id_": node.id, "parent_id": node.parent_id} for node, _ in moved]
        bulk.change(session, Unit, Unit.id, changed)
        repathed = []
        for node in sorted(self._by_name.values(), key=lambda node: LEVELS.index(node.kind)):
            above = self._by_id[node.parent_id].path if node.parent_id is not None else ""
            path = _path(above, node.id)
            if path != node.path:
                node.path = path
                repathed.append({"id_": node.id, "path": path})
        bulk.change(session, Unit, Unit.id, repathed)


def cell_name(branch: str, text: str) -> str:
    """Return the full name of a cell: names are unique, 第一党小组 alone is not."""
    return text if text.startswith(branch) else branch + text


def short_cell_name(branch: str, name: str) -> str:
    """Return what a branch itself calls its cell."""
    return name.removeprefix(branch) or name


def first_of_year(day: date) -> date:
    """Return 1 January, from when the history of a year can be recorded."""
    return day.replace(month=1, day=1)


def _node(number: int, unit: Planned) -> Node:
    above = unit.parent.path if unit.parent else ""
    return Node(
        id=number,
        name=unit.name,
        kind=unit.kind,
        parent_id=unit.parent.id if unit.parent else None,
        path=_path(above, number),
        live_from=unit.live_from,
        valid_from=unit.valid_from,
        valid_to=unit.ended,
        form=unit.form,
    )


def _path(above: str, number: int) -> str:
    return child_path(above, UnitId(number))
