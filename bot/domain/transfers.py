"""Transfers of the organisational relation (组织关系转接): the letter, its validity, who is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from bot.domain import regulations
from bot.domain.errors import DomainError
from bot.domain.periods import Month


class TransferState(Enum):
    """Where a transfer stands."""

    OPEN = "open"  # the letter is out; the old branch remains responsible
    RECEIVED = "received"
    RETURNED = "returned"  # sent back with a reason
    WITHDRAWN = "withdrawn"  # by the branch that issued it


STATE_NAMES: dict[TransferState, str] = {
    TransferState.OPEN: "等对方接收",
    TransferState.RECEIVED: "已接收",
    TransferState.RETURNED: "已退回",
    TransferState.WITHDRAWN: "已收回",
}


class WrongLetter(DomainError):
    """A letter of introduction that cannot be as it was written."""


@dataclass(frozen=True, slots=True)
class DuesPlace:
    """From which month on a branch takes somebody's dues.

    Attributes:
        unit_id: None where none of our branches does.
    """

    since: Month | None
    unit_id: int | None


def days_valid(on: date, agreed: int | None = None) -> int:
    """Return how many days a letter issued on a day is valid.

    Args:
        agreed: What the branch or the street has settled; never more than the most.

    Source:
        roll.letter
    """
    most = regulations.number("roll.letter.most", on)
    return min(regulations.number("roll.letter.days", on) if agreed is None else agreed, most)


def check_days(days: int, on: date) -> None:
    """Refuse a validity no letter may have.

    Raises:
        WrongLetter

    Source:
        roll.letter
    """
    most = regulations.number("roll.letter.most", on)
    if not 1 <= days <= most:
        raise WrongLetter(f"介绍信有效期是1到{most}天，请核对。")


def valid_until(issued_on: date, days: int) -> date:
    """Return the last day of a letter; the day it was issued is not counted."""
    return issued_on + timedelta(days=days)


def is_overdue(issued_on: date, days: int, today: date) -> bool:
    """Tell whether a letter that nobody has received is past its last day."""
    return today > valid_until(issued_on, days)


def check_dues_until(dues_until: Month, on: date) -> None:
    """Refuse a month up to which dues cannot be paid: over a year away from the letter.

    Raises:
        WrongLetter
    """
    if abs((dues_until.year - on.year) * 12 + dues_until.number - on.month) > 12:
        words = f"{dues_until.year}年{dues_until.number}月"
        raise WrongLetter(f"党费交到{words}，离开信的日子超过一年，请核对月份。")


def dues_place(places: tuple[DuesPlace, ...], month: Month) -> int | None:
    """Return which branch a month's dues belong to.

    Args:
        places: One after the other; the last that has begun counts, the first one always has.

    Source:
        roll.letter.dues
    """
    found: int | None = None
    for index, place in enumerate(places):
        if index == 0 or place.since is None or place.since <= month:
            found = place.unit_id
    return found
