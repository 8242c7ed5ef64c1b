"""Open items (待办、问题): something somebody is to see to until a day, open until it is closed."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import Enum

from bot.domain.errors import DomainError
from bot.domain.minutes import check_line

MAX_WORDS = 200
_SHORTEST = 2
_FURTHEST = timedelta(days=300)  # a day without its year
_BEFORE, _AFTER = timedelta(days=1), timedelta(days=1)


class ItemKind(Enum):
    """Where it comes from."""

    ACTION = "action"
    ISSUE = "issue"


KIND_NAMES: dict[ItemKind, str] = {ItemKind.ACTION: "待办", ItemKind.ISSUE: "问题"}


class ItemAct(Enum):
    """What is done to an item; the last act says how it stands."""

    CLOSE = "close"  # of an issue: verified by a second person
    REOPEN = "reopen"
    WITHDRAW = "withdraw"  # it was written by mistake
    ASSIGN = "assign"  # who, until when, how
    PROGRESS = "progress"
    PROPOSE = "propose"  # done, as its owner says; of issues alone
    RETURN = "return"  # not done, as a second person says
    UNVERIFY = "unverify"  # what was verified was so by mistake


class Step(Enum):
    """When its owner is reminded: once before the day, once after it."""

    BEFORE = "T-1"
    AFTER = "T+1"


class UnfitItem(DomainError):
    """Words that cannot become an item."""


def check_words(words: str) -> str:
    """Return the words of an item as they are kept.

    Raises:
        UnfitItem: Too long.
        UnfitLine, TooPrivate, SensitiveNumber: As of a line of minutes.

    Source:
        privacy.table
    """
    kept = check_line(words)
    if len(kept) > MAX_WORDS:
        raise UnfitItem(f"写了{len(kept)}字，太长了，请缩到{MAX_WORDS}字以内再发一次。")
    return kept


def check_deadline(due_on: date | None, today: date, words: str) -> None:
    """Refuse a day that is over, or was read as one of next year because it is over.

    Args:
        words: As they were written; next year has to be said in them.

    Raises:
        UnfitItem
    """
    if due_on is None:
        return
    day = f"{due_on.month}月{due_on.day}日"
    if due_on < today:
        raise UnfitItem(f"{day}已经过了，期限请写今天或以后的日期。")
    if due_on - today > _FURTHEST and not re.search(r"\d年|[明后]年", words):
        raise UnfitItem(
            f"{day}今年的已经过了，期限请写今天或以后的日期；明年的请写{due_on.year}年{day}。"
        )


def without_name(words: str, name: str) -> str:
    """Return what is to be done without who is to do it, where the name stands by itself."""
    rest = re.sub(
        rf"(?:^|[\s，,、；;。]+)(?:由|请|@)?{re.escape(name)}(?:来?办|负责)?(?=$|[\s，,、；;。])",
        "",
        words,
    )
    rest = rest.strip(" ，,、；;。\n")
    return rest if len(rest) >= _SHORTEST else words


def steps_on(day: date) -> tuple[tuple[Step, date], ...]:
    """Return the reminders of a day, each with the due day of the items it is about.

    Source:
        minutes.open_items
    """
    return (Step.BEFORE, day + _BEFORE), (Step.AFTER, day - _AFTER)
