"""Questions the bot has put to somebody and waits on."""

from __future__ import annotations

from datetime import timedelta
from enum import Enum


class PromptKind(Enum):
    """How a question is answered."""

    CHOOSE = "choose"  # by a number: which of a few
    CONFIRM = "confirm"  # by 确认 and the number of people concerned
    REASON = "reason"  # by 原因 and some words
    LISTED = "listed"  # waits for nothing: the numbers of a list shown, for commands that name one


ANSWERED = (PromptKind.CHOOSE, PromptKind.CONFIRM, PromptKind.REASON)
"""The kinds that wait for an answer."""


LASTS = timedelta(minutes=30)
MAX_CHOICES = 5
