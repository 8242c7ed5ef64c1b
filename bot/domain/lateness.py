"""What leaves late because nobody was there to send it: from when on, and how it says so."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.sending import ANSWER_BYTES, without_number

LATE_AFTER = timedelta(minutes=15)
"""Over the longest jitter: what is later was not sent when it should have been."""

LAPSED = "已过时效，未发送"

_MADE_UP = "（补发）{text}"


def is_late(due: datetime, now: datetime) -> bool:
    """Tell whether a text leaves late.

    Args:
        due: Aware; when it was to leave, after quiet hours and jitter.

    Source:
        burden.late
    """
    return now - due >= LATE_AFTER


def made_up(text: str) -> str:
    """Return a message that leaves late as its reader gets it.

    A part of a longer text, and one that would be too long for a platform, stays as it is.
    """
    marked = _MADE_UP.format(text=text)
    whole = without_number(text) == text
    return marked if whole and len(marked.encode()) <= ANSWER_BYTES else text
