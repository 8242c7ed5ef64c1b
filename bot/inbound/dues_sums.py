"""Which of the numbers beside dues is the sum paid: never added up unless said as items of one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import cast

from bot.domain.periods import Month
from bot.inbound.numerals import WORDS, read_int
from bot.inbound.patterns import one_of
from bot.inbound.utterance import Span

UNCLEAR = -1
"""Numbers that rival: whoever reads them asks again rather than write one of them."""

_NUMBER = rf"(?:\d|[{WORDS}])"
_OTHER_BEFORE = re.compile(
    r"(?:工资|薪水|收入|退休金|养老金|退休费|捐款?|捐了|善款|基数|零钱|余额|存款|奖金|补贴|会费|团费"
    r"|物业费|电费|水费|话费|报销|房租)(?:[是为了有共款:里的]|\s)*$"
)
_OTHER_AFTER = re.compile(
    r"\s?(?:的|是|为|元)*(?:工资|退休金|捐款|善款|捐的|会费|团费|物业费)|(?:元|块)?(?:钱|零钱)?(?:里面?|当中)"
)
_PARTLY_BEFORE = one_of(
    r"(?:(?:大?约|大概|差不多|可能|好像|估计|也许|大致)(?:是|有|[交转付给]了?)?|[交缴转付给打]?[少多漏]了|剩下?的?|[少多漏](?:[交缴转付给打发]|收)(?:了|过)?(?:我|您|你)?|(?<!一)找(?:了|回|我|给我|零)*|[还只就]?差了?|欠了?|其中(?:有|的)?)\s?$"
)
_PARTLY_AFTER = re.compile(r"(?:元|块)?钱?[，。]?(?:给我|又|再)?找(?:了|回|我|给)")
_NAMED = re.compile(r"(?:元|块)?钱?(?:是|为|算)(?:\d{1,2}月|这个月|上个月|本月)?的?党费")
_CORRECTED = re.compile(
    r"先[交缴给转付](?!了)|[实只][交缴付]|实际[上]?(?:交|缴|给|转|付)|只(?:给|转)了|不对|(?<!没)错了|更正|改成|改为|应该?是|应为|说反了"
)
_EQUATION = re.compile(
    rf"{_NUMBER}[\d.{WORDS}元块个月人 ]{{0,12}}[*×xX+乘][\d.{WORDS}元块个月人 *×xX+乘]{{1,40}}(?:=|等于)"
)
_TIMES = re.compile(rf"\s?[*×xX乘]\s?(?P<by>\d{{1,3}}|[{WORDS}]{{1,3}})(?![\d.])")
_TIMES_BEFORE = re.compile(rf"(?P<by>\d{{1,2}}|[{WORDS}]{{1,3}})个?月\s?[*×xX乘]\s?$")
_JOINED = re.compile(r"\s?(?:钱)?\s?(?:\+|和|、|加上?|外加|跟|与)\s?")
_EITHER = re.compile(r"或|还是|^\s?(?:元|块)?\s?[-~到至]\s?$")
_ITEM = re.compile(r"(?:的|是|:|党费|[交缴]|了|\s)*")
_DAY = re.compile(
    r"(?P<month>1[0-2]|0?[1-9])\.(?P<day>3[01]|[12]\d|0?[1-9])(?=[号日]?[交缴转付给就已])"
)
_LATELY = 60  # days


_ABOUT = re.compile(r"几|来[块元]|(?:[块元]钱?)?(?:左右|上下|出头)|[oOlI]")
"""Behind a number that is none of the sum: 二十几, 20左右, and letters typed for figures (3O元)."""


def sift(text: str, spans: Sequence[Span]) -> tuple[list[Span], bool]:
    """Leave out amounts that are no sum of dues; tell whether one of them was part of the sum.

    Wages and gifts are no dues. What was short, too much or given back is a part: alone it says
    that the sum is another one.
    """
    named = [span for span in spans if _NAMED.match(text, span.end)]
    if named:
        return named, False
    kept, partly = [], False
    factors = (
        [match.span() for match in _EQUATION.finditer(text)]
        if "=" in text or "等于" in text
        else []
    )
    for span in spans:
        before = text[max(span.start - 8, 0) : span.start]
        if any(start <= span.start < end for start, end in factors):
            continue
        if before.endswith(("几", "数", "l", "I")) or _ABOUT.match(text, span.end):
            partly = True  # 几十块, 二十几
            continue
        if _PARTLY_BEFORE.search(before) or _PARTLY_AFTER.match(text, span.end):
            partly = True
        elif not _OTHER_BEFORE.search(before) and not _OTHER_AFTER.match(text, span.end):
            kept.append(span)
    return kept, partly


_FEE = r"(?:[\u4e00-\u9fa5]{1,4}(?<![党交缴收付])费|特殊党费|[捐善爱][\u4e00-\u9fa5]{0,2}款|互助金|份子钱|饭钱|书钱|团费)"
_AND = r"(?:和|跟|与|加上?|外加|连同?|带上?|还有|以及|、|\+|同)\s?"
_SHARED = re.compile(rf"党费{_AND}(?:我的)?{_FEE}|{_FEE}{_AND}(?:我的)?(?:\d{{1,2}}月份?的?)?党费")


def is_shared_with_another_fee(text: str) -> bool:
    """Tell whether a sum is said of dues and another fee together (党费和工会费一起80)."""
    return "党费" in text and bool(_SHARED.search(text))


def without_days(text: str, spans: list[Span], today: date) -> list[Span]:
    """Leave out the day of the payment (党费11.16交了15)."""
    return [span for span in spans if not _is_day(text, span, today)]


def _is_day(text: str, span: Span, today: date) -> bool:
    match = _DAY.match(text, span.start)
    if not match or match.end() < span.end:
        return False
    try:
        day = date(today.year, int(match["month"]), int(match["day"]))
    except ValueError:
        return False
    return 0 <= (today - day).days <= _LATELY


def corrected(text: str, spans: list[Span]) -> list[Span]:
    """Keep what is said after 不对 (党费交了15，不对，是20)."""
    if len(spans) < 2:
        return spans
    for match in _CORRECTED.finditer(text, spans[0].end, spans[-1].start + 1):
        later = [span for span in spans if span.start >= match.end()]
        if later:
            return later
    return spans


def multiplied(text: str, spans: Sequence[Span]) -> list[Span]:
    """Take 15*3个月 as one amount."""
    found: list[Span] = []
    for span in spans:
        if found and span.start < found[-1].end:
            continue
        match = _TIMES.match(text, span.end)
        before = _TIMES_BEFORE.search(text, max(span.start - 8, 0), span.start)
        if before and (by := read_int(before["by"])):
            found.append(Span(before.start(), span.end, cast("int", span.value) * by))
            continue
        times = read_int(match["by"]) if match else None
        if match and times:
            span = Span(span.start, match.end(), cast("int", span.value) * times)
        found.append(span)
    return found


def add_up(
    text: str, spans: Sequence[Span], months: Sequence[Span], owners: Sequence[int]
) -> int | None:
    """Return the one sum, the total among its parts, or what the items of a list come to.

    Args:
        text: All that was said.
        spans: Amounts in fen, in order.
        months: Months named, in order.
        owners: Where the names of payers end.
    """
    values = [cast("int", span.value) for span in spans]
    if len(values) < 2:
        return values[0] if values else None
    if any(_EITHER.search(text[one.end : other.start]) for one, other in pairwise(spans)):
        return UNCLEAR
    most = max(values)
    if len(values) > 2 and most * 2 == sum(values):
        return most
    if _are_items(text, spans, months, owners):
        return sum(values)
    return values[0] if len(set(values)) == 1 else UNCLEAR


def _are_items(
    text: str, spans: Sequence[Span], months: Sequence[Span], owners: Sequence[int]
) -> bool:
    if all(_JOINED.fullmatch(text, one.end, other.start) for one, other in pairwise(spans)):
        return True
    if len(months) >= len(spans) and all(
        any(one.end <= month.start and month.end <= other.start for month in months)
        for one, other in pairwise(spans)
    ):
        return True
    return all(
        any(end <= span.start and _ITEM.fullmatch(text, end, span.start) for end in owners)
        for span in spans
    )


def months_of(spans: Sequence[Span]) -> tuple[Month, ...]:
    """Return the months of several stretches, sorted, each once."""
    return tuple(sorted({month for s in spans for month in cast("tuple[Month, ...]", s.value)}))
