"""Numbers of persons: 2人, 三位, 两个人, 限20人; and numbers below zero, which are no number of anything."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.inbound.numerals import SMALL, WORDS, read_int
from bot.inbound.utterance import Span

_FOUND = re.compile(
    rf"(?=[\d{WORDS}俩仨])(?:"  # most characters start nothing: leave them at once
    rf"(?<![\d.第{SMALL}])(?P<n>\d{{1,4}}|[{WORDS}]{{1,6}})\s?(?:个?(?:人|同志|党员)(?!次|民|物|大|员)"
    rf"|位(?!置|子)|口人|名(?![额字单称]))"
    r"|(?P<pair>[俩仨])(?:人)?)"
)


def find_counts(text: str) -> Iterator[Span]:
    """Yield how many persons are spoken of."""
    for match in _FOUND.finditer(text):
        number = read_int(match["n"] or match["pair"])
        if number:
            yield Span(match.start(), match.end(), number)


_UNITS = "元|圆|块钱?|人|名|位|票|个(?:学时|人)?|份|学时|小时"
_BELOW_ZERO = re.compile(
    r"(?<![\da-zA-Z月日号年期点楼室栋幢度第周星])\s?(?P<said>(?:-\s?|负)"
    rf"(?P<n>\d+(?:\.\d+)?)(?:{_UNITS})?)(?![\d.:月日号年点时楼室栋幢度%-])"
)


def find_below_zero(text: str) -> Iterator[Span]:
    """Yield numbers with a minus sign (-5, -2人, 负5元), as what they are without it.

    A sign between two numbers (1-3月, 9:00-11:00) stands for 到.
    """
    if "-" not in text and "负" not in text:
        return
    for match in _BELOW_ZERO.finditer(text):
        said = match["said"]
        yield Span(match.start("said"), match.end("said"), said.lstrip("-负 "))
