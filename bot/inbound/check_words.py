"""Which check a text names: 3月, 一季度, 2026年上半年, 2026年."""

from __future__ import annotations

import re
from datetime import date

from bot.domain.supervision import Check, CheckKind, check_at

_WHEN = re.compile(
    r"(?:(?P<year>20\d\d)年?|(?P<named>今年|去年))?\s?"
    r"(?:(?P<month>1[0-2]|[1-9])月(?:份)?|第?(?P<quarter>[一二三四1-4])季度?|(?P<half>[上下])半年)?"
)
_QUARTERS = "一二三四"


def read_check(words: str, today: date) -> Check | None:
    """Return the check that words name and nothing else; a stretch still to come is of last year.

    Nothing at all is this month.
    """
    text = words.strip()
    found = _WHEN.fullmatch(text)
    if found is None:
        return None
    if not text:
        return check_at(CheckKind.MONTH, today)
    kind, month = _kind(found)
    if found["year"]:
        year = int(found["year"])
    elif found["named"]:
        year = today.year - (found["named"] == "去年")
    else:
        year = today.year - (date(today.year, month, 1) > today)
    return check_at(kind, date(year, month, 1))


def _kind(found: re.Match[str]) -> tuple[CheckKind, int]:
    """Return the kind of a stretch and the month in which it begins."""
    if found["month"]:
        return CheckKind.MONTH, int(found["month"])
    if found["quarter"]:
        said = found["quarter"]
        number = _QUARTERS.index(said) if said in _QUARTERS else int(said) - 1
        return CheckKind.QUARTER, number * 3 + 1
    if found["half"]:
        return CheckKind.HALF, 1 if found["half"] == "上" else 7
    return CheckKind.YEAR, 1
