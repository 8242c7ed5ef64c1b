"""Who exports, and how far the export reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from bot.clock import local
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

    @property
    def stamp(self) -> str:
        """Who takes it out, and when: what the file carries."""
        moment = f"{local(self.now):%Y-%m-%d %H:%M}"
        return f"支部助手导出，{self.by.name}，{moment}。内含个人信息，只限党务工作使用，请勿转发。"

    def reaches(self, unit_path: str) -> bool:
        """Tell whether the export includes a unit: the operator sees all, others their own."""
        return self.by is OPERATOR or may(self.by, Action.MANAGE_ROLL, unit_path)
