"""A member's month, as a preview keeps it and as it is said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.domain.wording import month_words
from bot.services.dues_amendments import Place

HANDED_UP = "这笔已经上缴，差额算在下一次上缴里。"
NOT_BACK = "这件事不能撤销。要改回去，请再改记一次，写上原因。"


def place_words(place: Place, year: int) -> str:
    """Return whose and which: `张三3月`."""
    return f"{place.name}{month_words(place.month, year)}"


def stored(place: Place) -> Sequence[Any]:
    """Return what a preview keeps."""
    return [place.member_id, place.name, str(place.month)]


def loaded(kept: Sequence[Any]) -> Place:
    """Return what a preview has kept."""
    member_id, name, month = kept
    return Place(MemberId(member_id), name, Month.parse(month))
