"""Numbers as Chinese writes them: 一百二, 壹佰贰拾, 1千零1, 10.1万, 两千六."""

from __future__ import annotations

import re
from decimal import Decimal

_MARKS = ("零〇", "一壹", "二贰两俩", "三叁仨", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
DIGITS = {mark: value for value, marks in enumerate(_MARKS) for mark in marks}
UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
LARGE = {"万": 10_000, "亿": 100_000_000}

SMALL = "零〇一二两三四五六七八九十"
"""Characters of everyday numbers up to 99, for use inside a character class."""
WORDS = "".join((*DIGITS, *UNITS, *LARGE))
"""Every character of a Chinese number, for use inside a character class."""

_WHOLE = re.compile(r"\d{1,3}(?:,\d{3}){1,4}(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+")
_TOKEN = re.compile(rf"\d+(?:\.\d+)?|[{WORDS}]")
_LONGEST = 40


def read_number(text: str) -> Decimal | None:
    """Read a text that is one number and nothing else.

    A last digit without its unit counts in the next lower unit: 一百二 is 120, 两千六 is 2600.
    """
    text = text.replace(" ", "")
    if not text or len(text) > _LONGEST:
        return None
    if _WHOLE.fullmatch(text):
        return Decimal(text.replace(",", ""))
    whole, point, fraction = text.partition("点")
    value = _read_whole(whole)
    if value is None or not point:
        return value
    digits = _read_digits(fraction)
    return None if digits is None else value + Decimal(f"0.{digits}")


def read_int(text: str) -> int | None:
    """Read a text that is one whole number and nothing else."""
    if text.isdecimal() and len(text) <= _LONGEST:
        return int(text)
    value = read_number(text)
    return None if value is None or value != value.to_integral_value() else int(value)


def _read_digits(text: str) -> str | None:
    if text.isdecimal():
        return text
    if not text or any(mark not in DIGITS for mark in text):
        return None
    return "".join(str(DIGITS[mark]) for mark in text)


def _read_whole(text: str) -> Decimal | None:
    digits = _read_digits(text)
    if digits is not None:
        return Decimal(digits)
    tokens = _TOKEN.findall(text)
    if not tokens or sum(map(len, tokens)) != len(text):
        return None
    sum_up = _Sum()
    return sum_up.result() if all(sum_up.add(mark) for mark in tokens) else None


class _Sum:
    """Adds up digits, units and large units from left to right."""

    def __init__(self) -> None:
        self.total = Decimal(0)  # whole groups of 万 and 亿
        self.section = Decimal(0)  # the group being read
        self.pending: Decimal | None = None  # a digit whose unit has not come yet
        self.tail = 1  # the unit a last digit without unit counts in

    def add(self, mark: str) -> bool:
        """Take the next mark; False where no number can be made of it."""
        if mark in LARGE:
            return self._add_large(LARGE[mark])
        if mark in UNITS:
            return self._add_unit(UNITS[mark])
        if mark in "零〇":
            self.tail = 1
            return self.pending is None
        if self.pending is not None:
            return False
        self.pending = Decimal(DIGITS[mark]) if mark in DIGITS else Decimal(mark)
        return True

    def _add_unit(self, unit: int) -> bool:
        self.section += (Decimal(1) if self.pending is None else self.pending) * unit
        self.pending = None
        self.tail = unit // 10
        return True

    def _add_large(self, unit: int) -> bool:
        self.section += self.pending or 0
        self.pending = None
        if self.section:
            self.total += self.section * unit
        else:
            self.total *= unit
        self.section = Decimal(0)
        self.tail = unit // 10
        return self.total > 0

    def result(self) -> Decimal:
        """Return the number read so far."""
        if self.pending is None:
            return self.total + self.section
        return self.total + self.section + self.pending * max(self.tail, 1)
