"""Questions the bot has put to somebody and waits on."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum


class PromptKind(Enum):
    """How a question is answered."""

    CHOOSE = "choose"  # by a number: which of a few
    CONFIRM = "confirm"  # by 确认 and the number of people concerned


LASTS = timedelta(minutes=30)
MAX_CHOICES = 5
