"""The usual day of the Theme Party Day as a cell shows it: `16 顺延`, `第二个周五 就近`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.activity_words import SHIFT_WORDS
from bot.domain.calendar import ShiftPolicy
from bot.domain.series import Recurrence
from bot.services import policies


def stored(usual: Recurrence, shift: str) -> dict[str, Any]:
    """Return an activity day in the form in which a unit's setting keeps it."""
    when = {"day": usual.day} if usual.day else {"nth": usual.nth, "weekday": usual.weekday}
    return {**when, "shift": shift}


def activity_words(setting: Mapping[str, Any]) -> str:
    """Return a stored activity day as the cell takes it."""
    usual = policies.activity_setting(setting)
    words = str(usual.day) if usual.day else usual.words.removeprefix("每月")
    return f"{words} {SHIFT_WORDS[ShiftPolicy(setting['shift'])]}"
