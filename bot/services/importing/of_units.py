"""Which unit a row is about, where a ledger is about units and not about people."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.ids import UnitId
from bot.domain.units import UnitKind
from bot.services.importing.cells import Cells
from bot.services.importing.ledger import Column
from bot.storage.models import Unit

UNIT = "党组织"
COLUMN = Column(UNIT, "社区或支部的全称", required=True, aliases=("社区", "支部", "党支部"))


@dataclass(frozen=True, slots=True)
class Units:
    """The communities and branches there are, by name."""

    known: dict[str, tuple[UnitId, str]]

    @classmethod
    def load(cls, session: Session) -> Units:
        """Return all of them; one query."""
        rows = session.execute(
            select(Unit.id, Unit.name, Unit.path).where(
                Unit.kind.in_((UnitKind.COMMUNITY, UnitKind.BRANCH))
            )
        )
        return cls({name: (UnitId(unit), path) for unit, name, path in rows})

    def find(self, cells: Cells) -> tuple[UnitId, str] | None:
        """Return (unit, path) of a row, or None with the mistake noted."""
        name = cells.required(UNIT)
        if name and name not in self.known:
            cells.wrong(UNIT, f"没有登记过“{name}”，请写社区或支部的全称。")
        return self.known.get(name)
