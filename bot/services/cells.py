"""Cells of a branch, found by what its people call them (一小组)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import UnitId
from bot.domain.units import UnitKind, short_name
from bot.storage.models import Unit


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a branch."""

    id: UnitId
    name: str


def find_cell(session: Session, branch_id: UnitId, words: str) -> Cell | None:
    """Return the cell of a branch that words name: 第三党支部第一党小组, 第一党小组, 一小组, 一组."""
    branch = session.scalars(select(Unit.name).where(Unit.id == branch_id)).one()
    rows = session.execute(
        select(Unit.id, Unit.name)
        .where(Unit.parent_id == branch_id, Unit.kind == UnitKind.CELL, Unit.valid_to.is_(None))
        .order_by(Unit.id)
    )
    wanted = _short(words.removeprefix(branch))
    found = [row for row in rows if _short(row.name.removeprefix(branch)) == wanted]
    return Cell(UnitId(found[0].id), found[0].name) if len(found) == 1 else None


def _short(name: str) -> str:
    return short_name(name).replace("小组", "组")
