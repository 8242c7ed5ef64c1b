"""How somebody wants to be reminded: at which hour, once only, without the morning note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from enum import Enum
from typing import Any

EARLIEST, LATEST = time(9), time(20)
"""Between which an hour may be chosen: within what quiet hours leave open.

Source:
    burden.preferences
"""


class PreferenceKey(Enum):
    """What can be chosen; the last choice of each counts."""

    HOUR = "hour"  # "19:00", or "" for the usual
    ONCE = "once"  # of every ladder the first rung alone
    NOTE = "note"  # the morning note


KEY_NAMES: dict[PreferenceKey, str] = {
    PreferenceKey.HOUR: "几点提醒",
    PreferenceKey.ONCE: "只提醒一次",
    PreferenceKey.NOTE: "早上合成一条",
}


@dataclass(frozen=True, slots=True)
class Preferences:
    """What somebody has chosen; without a choice, as everybody.

    Attributes:
        hour: Shanghai wall time at which what is not about this very day arrives; None: the usual.
        once: Of each thing he is reminded once, however many rungs its ladder has.
        note: He gets the morning note of what waits.
    """

    hour: time | None = None
    once: bool = False
    note: bool = True


USUAL = Preferences()


def preferences_of(chosen: Mapping[str, Any]) -> Preferences:
    """Return preferences from what is stored; what is not understood is as usual."""
    hour = str(chosen.get(PreferenceKey.HOUR.value) or "")
    return Preferences(
        hour=time.fromisoformat(hour) if hour else None,
        once=bool(chosen.get(PreferenceKey.ONCE.value, False)),
        note=bool(chosen.get(PreferenceKey.NOTE.value, True)),
    )
