"""Who exports, and how far the export reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from bot.domain.rights import Action, Actor, may
from bot.files.tables import CellValue
from bot.services.officers import OPERATOR

Table: TypeAlias = list[Sequence[CellValue]]


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, when, and which account space each account column shows.

    Attributes:
        spaces: Column → account space; other account columns stay empty.
    """

    by: Actor
    now: datetime
    spaces: Mapping[str, str] = field(default_factory=dict)

    def reaches(self, unit_path: str) -> bool:
        """Tell whether the export includes a unit: the operator sees all, others their own."""
        return self.by is OPERATOR or may(self.by, Action.MANAGE_ROLL, unit_path)
