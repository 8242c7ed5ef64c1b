"""Corrections by the organiser: what a record may be set to, and the reason it needs."""

from __future__ import annotations

from bot.domain.attendance import MARK_NAMES, LeaveKind, Mark, speaks_of_illness
from bot.domain.errors import DomainError

MAX_REASON = 100

MARK_WORDS: dict[str, Mark] = {
    "到会": Mark.PRESENT,
    "迟到": Mark.LATE,
    "请假": Mark.LEAVE,
    "早退": Mark.LEFT_EARLY,
    "缺席": Mark.ABSENT,
    "在外参加": Mark.ELSEWHERE,
    "不应到": Mark.NOT_DUE,
}
"""What people write, and the mark it sets."""


class ReasonMissing(DomainError):
    """A correction was asked for without saying why."""

    may_be_overheard = True

    def __init__(self) -> None:
        super().__init__("更正要写原因。")


class NothingToCorrect(DomainError):
    """The record says so already, or there is none."""


def check_reason(reason: str) -> str:
    """Return the reason to keep with a correction; of an illness only 病.

    Raises:
        ReasonMissing: It says nothing.

    Source:
        privacy.table
    """
    words = reason.strip(" ，。；、（）")
    if not words:
        raise ReasonMissing
    return LeaveKind.SICK.value if speaks_of_illness(words) else words[:MAX_REASON]


def mark_words(mark: Mark | None) -> str:
    """Return a mark as the organiser writes it, or what it is called."""
    if mark is None or mark is Mark.WITHDRAWN:
        return "缺席"
    return MARK_NAMES[mark]
