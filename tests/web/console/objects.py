"""One object of each kind that an address may name, all of 第三党支部."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Objects:
    """What stands for the arguments of addresses."""

    values: dict[str, Any]

    def value(self, argument: str) -> Any:
        """Return the object for an argument."""
        return self.values[argument]
