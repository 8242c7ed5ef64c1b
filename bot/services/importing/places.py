"""Which unit a row speaks of, by its full name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.cadence import KIND_NAMES, MeetingKind
from bot.domain.ids import UnitId
from bot.domain.units import UnitKind
from bot.domain.upper_meetings import CIRCLES, ONLY_ABOVE
from bot.services.importing import bulk
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column, Line
from bot.services.importing.named import said
from bot.storage.models import Unit

UNIT = "党组织"
ALL = tuple(UnitKind)


def column(hint: str) -> Column:
    """Return the column that names the unit."""
    return Column(UNIT, hint, required=True, aliases=("支部", "党支部"))


def whose(kind: MeetingKind) -> str:
    """Return what a unit that does not hold such meetings has to be instead."""
    if kind is MeetingKind.CELL:
        return "党小组会写党小组的全称，其他的会写支部的全称。"
    if kind in ONLY_ABOVE:
        return f"{KIND_NAMES[kind]}由街道、社区来开，写街道或社区的全称。"
    also = "街道、社区或" if kind in CIRCLES else ""
    return f"{KIND_NAMES[kind]}写{also}支部的全称，党小组会才写党小组的全称。"


@dataclass(frozen=True, slots=True)
class Place:
    """A unit that a row names.

    Attributes:
        branch_id: The branch of a cell; of everything else itself.
    """

    id: UnitId
    name: str
    kind: UnitKind
    path: str
    branch_id: UnitId


class Places:
    """The units that some lines name.

    Args:
        kinds: Those that may stand there; a unit of another kind is not known.
    """

    def __init__(
        self, session: Session, lines: Sequence[Line], kinds: Collection[UnitKind] = ALL
    ) -> None:
        self._found: dict[str, Place] = {}
        for some in bulk.chunks(sorted({said(line, UNIT) for line in lines})):
            rows = session.execute(
                select(Unit.id, Unit.name, Unit.kind, Unit.path, Unit.parent_id).where(
                    Unit.name.in_(some), Unit.kind.in_(kinds)
                )
            )
            for unit, name, kind, path, parent in rows:
                branch = (parent if kind is UnitKind.CELL else None) or unit
                self._found[name] = Place(UnitId(unit), name, kind, path, UnitId(branch))

    @property
    def all(self) -> Collection[Place]:
        """Every unit that is named."""
        return self._found.values()

    def find(self, cells: Cells) -> Place | None:
        """Return the unit a row names, or None with the mistake noted."""
        name = cells.required(UNIT)
        if name and name not in self._found:
            cells.wrong(UNIT, f"没有登记过“{name}”，请写全称。")
        return self._found.get(name)
