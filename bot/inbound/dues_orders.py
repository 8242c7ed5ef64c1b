"""Orders of the organiser about dues: 核定, 减免, 改记, 退党费, read piece by piece.

What is taken as a piece is taken out; what is left in the end is the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import cast

from bot.domain.dues import Category, category_words, find_category
from bot.domain.dues_assessing import BASE_WORDS
from bot.domain.money import Fen
from bot.domain.periods import Month
from bot.inbound.names import read_names
from bot.inbound.normalise import normalise
from bot.inbound.numerals import WORDS, read_int, read_number
from bot.inbound.spans.months import find_months
from bot.inbound.utterance import Utterance

_NUMBER = rf"(?:\d[\d,]*(?:\.\d{{1,2}})?[万千]?(?![\d百千万亿])|[{WORDS}]{{2,12}})"
_BASES = "|".join(sorted(BASE_WORDS, key=len, reverse=True))
_BASE = re.compile(
    rf"(?P<word>{_BASES})(?:是|为|约|每月|月|共|总额|[:\s])*(?P<base>{_NUMBER})\s?(?:元|块钱?)?"
)
_AMOUNT = re.compile(
    r"(?:每个?月|月缴|党费|交|缴|[:\s])*(?<![\d.])(?P<amount>\d{1,7}(?:\.\d{1,2})?)"
    r"\s?(?:元整?|块钱?)?(?![\d.年月日号])"
)
_MONTH_NUMBER = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_YEAR = r"(?:(?P<year>\d{4})年|(?P<next>明年))?"
_SINCE = re.compile(
    rf"(?:从|自)?{_YEAR}(?P<month>{_MONTH_NUMBER})月(?:份)?(?:起|开始|以后)(?:执行)?"
)
_UNTIL = re.compile(rf"(?:到|至|截止到?){_YEAR}(?P<month>{_MONTH_NUMBER})月(?:份|底|止)*")
_APPROVED = re.compile(
    r"(?:经)?(?P<superior>[^\s，\d]{2,30}?)\s?(?:于|在)?\s?"
    r"(?:(?P<year>\d{4})年)?(?P<month>1[0-2]|0?[1-9])月(?P<day>[12]\d|3[01]|0?[1-9])[日号]\s?"
    r"(?:批准|同意|批复)(?:了|的)?"
)
_LEAD = re.compile(r"^[\s，。:；]*(?:原因|因为|理由)?[\s:，]*")
_TAIL = " ，。；:、"
_TIMES = {"千": 1_000, "万": 10_000}
_FAR = 60  # days ahead; a day named without a year that is further ahead was last year's


@dataclass(frozen=True, slots=True)
class Pieces:
    """A text from which pieces are taken."""

    text: str

    def take(self, pattern: re.Pattern[str]) -> tuple[re.Match[str] | None, Pieces]:
        """Return the first match and what is left without it."""
        found = pattern.search(self.text)
        if found is None:
            return None, self
        return found, Pieces(f"{self.text[: found.start()]} {self.text[found.end() :]}")

    @property
    def reason(self) -> str:
        """What is left: why."""
        return " ".join(_LEAD.sub("", self.text).split()).strip(_TAIL)


def person_at(utterance: Utterance, start: int) -> tuple[str, int] | None:
    """Return the one person named at a place of the text, with where the name ends."""
    text = utterance.text
    while start < len(text) and text[start] in " :，@":
        start += 1
    names, end = read_names(text, start, utterance.lexicon)
    return (names[0], end) if len(names) == 1 else None


def person_ordered(
    utterance: Utterance, order: re.Match[str] | None, asked: re.Pattern[str]
) -> tuple[str, int] | None:
    """Return the one person named behind an order, with where the name ends.

    Args:
        order: The words of the order at the head of the text, if they are there.
        asked: What tells that it is asked about, and not ordered.
    """
    if order is None or asked.search(utterance.text):
        return None
    return person_at(utterance, order.end())


def months_ordered(
    utterance: Utterance, order: re.Match[str] | None, only: re.Pattern[str]
) -> tuple[Month, ...] | None:
    """Return the months an order names in its groups `before` and `after`; None where it is none.

    Args:
        only: What may stand there.
    """
    if order is None:
        return None
    said = (order["before"] or "") + (order["after"] or "").strip()
    months = months_in(utterance, 0, len(utterance.text))
    return None if not only.fullmatch(said) or (said and not months) else months


def take_base(pieces: Pieces) -> tuple[Fen | None, Category | None, Pieces]:
    """Take 工资 5100: the base in fen, and whose base it is."""
    found, rest = pieces.take(_BASE)
    if found is None:
        return None, None, pieces
    return _fen(found["base"]), BASE_WORDS[found["word"]], rest


def take_amount(pieces: Pieces) -> tuple[Fen | None, Pieces]:
    """Take an amount of money, in fen."""
    found, rest = pieces.take(_AMOUNT)
    return (None, pieces) if found is None else (_fen(found["amount"]), rest)


def take_category(pieces: Pieces) -> tuple[Category | None, Pieces]:
    """Take what somebody lives on: 退休, 学生; the longest word counts."""
    for word in category_words():
        if word in pieces.text and word not in BASE_WORDS:  # 工资调整 says why
            return find_category(word), Pieces(pieces.text.replace(word, " ", 1))
    return None, pieces


def take_since(pieces: Pieces, today: date) -> tuple[Month | None, Pieces]:
    """Take 3月起: of this year, or of the next where the year is nearly over."""
    found, rest = pieces.take(_SINCE)
    return (None, pieces) if found is None else (_month(found, today), rest)


def take_until(pieces: Pieces, today: date) -> tuple[Month | None, Pieces]:
    """Take 到9月: the last month, of this year or, where that is over, of the next."""
    found, rest = pieces.take(_UNTIL)
    if found is None:
        return None, pieces
    month = _month(found, today)
    over = month < Month.of(today) and not (found["year"] or found["next"])
    return (month.shift(12) if over and month < Month.of(today).shift(-3) else month), rest


def take_approval(pieces: Pieces, today: date) -> tuple[tuple[str, date] | None, Pieces]:
    """Take 街道党工委3月20日批准: who approved, and when."""
    found, rest = pieces.take(_APPROVED)
    if found is None:
        return None, pieces
    try:
        year = int(found["year"] or today.year)
        day = date(year, int(found["month"]), int(found["day"]))
        if not found["year"] and (day - today).days > _FAR:
            day = day.replace(year=year - 1)
    except ValueError:
        return None, pieces
    return (found["superior"], day), rest


def months_in(utterance: Utterance, start: int, end: int) -> tuple[Month, ...]:
    """Return the months named within [start, end) of the text, in order, each once.

    A year is all of its months, unless it says of a month which one it is (2026年3月).
    """
    found: set[Month] = set()
    years = (
        year
        for year in utterance.years
        if not any(m.start < year.end and year.start < m.end for m in utterance.months)
    )
    for span in (*utterance.months, *years):
        if start <= span.start and span.end <= end and isinstance(span.value, tuple):
            found.update(month for month in _months(span.value))
    return tuple(sorted(found))


def months_of(text: str, today: date) -> tuple[Month, ...]:
    """Return the months a piece of text names, read by itself."""
    spans = find_months(text, today, past=False, bare_days=False)
    found = {month for span in spans for month in _months(cast("Iterable[object]", span.value))}
    return tuple(sorted(found))


def months_named(text: str, day: date) -> tuple[Month, ...]:
    """Return the months a remark of a bill names, as typed; written on a Shanghai day."""
    return months_of(normalise(text).text, day)


def leading_month(text: str, today: date) -> tuple[Month | None, int]:
    """Return the one month a piece of text begins with, and where it ends; None, 0 without."""
    for span in find_months(text, today, past=False, bare_days=False):
        months = list(_months(cast("Iterable[object]", span.value)))
        if span.start <= 1 and len(months) == 1:
            return months[0], span.end
        break
    return None, 0


def _months(values: Iterable[object]) -> Iterable[Month]:
    return (value for value in values if isinstance(value, Month))


def _month(found: re.Match[str], today: date) -> Month:
    number = read_int(found["month"]) or 1
    if found["year"]:
        return Month(int(found["year"]), number)
    if found["next"]:
        return Month(today.year + 1, number)
    ahead = today.month >= 11 and number <= 2
    return Month(today.year + ahead, number)


def _fen(written: str) -> Fen | None:
    times = _TIMES.get(written[-1], 1) if written[0].isdigit() else 1
    value = read_number(written[:-1] if times > 1 else written)
    return None if value is None else int(value * 100 * times)
