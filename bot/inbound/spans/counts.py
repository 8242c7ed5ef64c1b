"""Numbers of persons: 2人, 三位, 两个人, 限20人."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.inbound.numerals import SMALL, WORDS, read_int
from bot.inbound.utterance import Span

_FOUND = re.compile(
    rf"(?<![\d.第{SMALL}])(?P<n>\d{{1,4}}|[{WORDS}]{{1,6}})\s?(?:个?(?:人|同志|党员)(?!次|民|物|大|员)"
    rf"|位(?!置|子)|口人|名(?![额字单称]))"
    r"|(?P<pair>[俩仨])(?:人)?"
)


def find_counts(text: str) -> Iterator[Span]:
    """Yield how many persons are spoken of."""
    for match in _FOUND.finditer(text):
        number = read_int(match["n"] or match["pair"])
        if number:
            yield Span(match.start(), match.end(), number)
