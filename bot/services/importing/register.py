"""Ledgers that are plain lists (楼院, 分包, 走访): a row is on record or it is not, by its key.

A row that says more than is on record (a day on which something ended) is written there; nothing
else is ever changed by a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.rights import Action
from bot.services import officers
from bot.services.importing import bulk
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Line, Outcome, Source, Staged
from bot.services.importing.others import BY, Others, Signed, signed
from bot.storage.models import Unit

Values: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One row, read: what is to be stored under its key, and the unit whose records it is of."""

    values: Values
    path: str


class Book:
    """What rows of a list name: units by name, people, and whatever the list looks up itself."""

    def __init__(self, session: Session, others: Others, source: Source) -> None:
        self.session = session
        self.others = others
        self.source = source
        self._units = {
            name: (UnitId(unit), path)
            for unit, name, path in session.execute(select(Unit.id, Unit.name, Unit.path))
        }

    def unit(
        self, cells: Cells, column: str, *, required: bool = True
    ) -> tuple[UnitId, str] | None:
        """Return the unit a cell names with its path, or None with the mistake noted."""
        name = cells.required(column) if required else cells.text(column)
        if not name:
            return None
        if name not in self._units:
            cells.wrong(column, f"没有登记过“{name}”，请写名册里的全称。")
            return None
        return self._units[name]

    def signed(self, cells: Cells, near: str) -> Signed:
        """Return who wrote the row down, and when."""
        return signed(cells, self.others, self.source, near)


@dataclass(frozen=True, slots=True)
class Register:
    """A plain list.

    Attributes:
        model: Has `key`, `by_id`, `at` and `revoked_at`.
        names: Columns that hold people.
        read: A row of the list, or None with the mistakes noted.
        later: Columns a file may fill in where they are empty on record.
        action: Of the audit trail.
    """

    model: Any
    what: str
    names: tuple[str, ...]
    read: Callable[[Cells, Book], Row | None]
    later: tuple[str, ...]
    writing: str
    action: str


def run(register: Register, session: Session, staged: Staged, source: Source) -> Outcome:
    """Add the rows of a file that are not on record.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden
    """
    added = changed = unchanged = 0
    for lines in staged.batches(register.writing):
        others = Others.of(session, lines, *register.names, BY)
        book = Book(session, others, source)
        rows = [row for line in lines if (row := _read(register, line, book, staged)) is not None]
        for path in sorted({row.path for row in rows}):
            officers.require(source.by, Action.MANAGE_ROLL, path)
        if staged.problems:
            continue
        known = _known(session, register, [row.values["key"] for row in rows])
        new = {row.values["key"]: row.values for row in rows if row.values["key"] not in known}
        more = _more(register, rows, known)
        _write(session, register, list(new.values()), source.now, source)
        for row_id, values in more.items():
            bulk.change(session, register.model, register.model.id, [{"id_": row_id, **values}])
        added += len(new)
        changed += len(more)
        unchanged += len(rows) - len(new) - len(more)
    staged.problems.check()
    return Outcome(added, changed, unchanged)


def _read(register: Register, line: Line, book: Book, staged: Staged) -> Row | None:
    cells = Cells(line, staged.problems, day_of(book.source.now))
    try:
        return register.read(cells, book)
    except DomainError as refused:
        cells.wrong("", refused.sentence)
        return None


def _known(session: Session, register: Register, keys: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for some in bulk.chunks(sorted(set(keys))):
        for row in session.scalars(
            select(register.model)
            .where(register.model.key.in_(some))
            .execution_options(populate_existing=True)
        ):
            found[row.key] = row
    return found


def _more(register: Register, rows: Sequence[Row], known: Mapping[str, Any]) -> dict[int, Values]:
    found: dict[int, Values] = {}
    for row in rows:
        on_record = known.get(row.values["key"])
        if on_record is None:
            continue
        said = {
            column: row.values[column]
            for column in register.later
            if getattr(on_record, column) in (None, "") and row.values[column] not in (None, "")
        }
        if said:
            found[on_record.id] = said
    return found


def _write(
    session: Session, register: Register, new: Sequence[Values], now: datetime, source: Source
) -> None:
    ids = bulk.add_numbered(
        session, register.model, register.model.id, [{**row, "revoked_at": None} for row in new]
    )
    bulk.add_audit(
        session,
        [
            bulk.audit_line(source.by, now, register.action, f"{register.what}:{row_id}")
            for row_id in ids
        ],
    )
