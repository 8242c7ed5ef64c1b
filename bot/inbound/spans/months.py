"""Months: 本月, 去年12月, 1-3月, 七八九三个月, 一季度, 上半年; past and future by rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise

from bot.domain.periods import Month, Quarter, months_between
from bot.inbound.numerals import read_int
from bot.inbound.utterance import Span

_LIST = "0-9一二三四五六七八九十"
_JOIN = "、,，/到至~—–和及跟与-"
_YEAR = (
    r"(?:(?P<named>去年|今年|明年|前年|本年|当年|[次翌]年)|(?P<numbered>\d{4}|\d{2}"
    r"|[零〇一二三四五六七八九]{4})年)(?:度)?的?\s?"
)
_LEADS = "去今明前后本当零〇元正第Qq上下全整这次翌头末大"
_FOUND = re.compile(
    rf"(?=[{_LIST}{_LEADS}])(?:"  # most characters start nothing: leave them at once
    rf"(?:{_YEAR})?(?:"
    r"(?P<spaced>(?<![\d.])\d\d? \d\d? [\d ]{1,28}月份?)"
    rf"|(?P<dotted>(?<![\d.])\d(?=\d?\.)[\d.]{{2,24}}月(?:份)?)"
    rf"|(?P<list>(?<![块元角毛.×xX*乘])(?<![×xX*乘]\d)[{_LIST}{_JOIN}]*(?:[{_LIST}](?:个月|月份?)(?!\s?[×xX*乘])|两个月))"
    r"|(?P<first>[元正]月份?)"
    rf"|第?(?P<quarter>[一二三四1-4](?:[{_JOIN}]?第?[一二三四1-4]){{0,3}})季度?|[Qq](?P<q>[1-4])(?!\d)"
    r"|[头前](?P<quarters>[一二两三23])个?季度?|(?P<final>末季度?|最后一个?季度)"
    r"|(?:头|(?<=年)前)(?P<begin>[二两三四五六七八九2-9])个月"
    r"|(?<=年)第(?P<nth>[一二三四五六七八九1-9]|1[0-2]|十[一二]?)个月|(?P<half>[上下前后头]半年)|(?P<all>全年|整年|一整年|一年)(?!级))"
    r"|(?P<this>本月|这个?月|当月|[上大]上个?月|上一?个?月|下下个?月|下一?个?月)(?:份)?(?!\s?\d{1,2}[号日])"
    r"|(?P<season>本季度?|这个?季度|当季|上个?季度|下个?季度)"
    r"|(?P<iso>(?:19|20)\d\d[-./](?:1[0-2]|0?[1-9]))(?![./\d]|-(?!20\d\d[-./])))"
)
_YEARS = re.compile(rf"{_YEAR}")
_NUMBER = re.compile(r"\d+|十[三四五六七八九](?!个)|十[一二]?|[一二两三四五六七八九]")
_DAY = re.compile(
    r"\s?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[日号]|份?的?[上中下]旬|初[一二三四五六七八九十]"
)
_DAY_TIGHT = re.compile(r"\d{1,2}(?![\d.]|[元块角毛个人月])")
_ONE_QUARTER = re.compile(r"[一二三四1-4]")
_TO_NOW = re.compile(r"[到至](?:今|现在|目前|本月|这个月)")
_ODD = re.compile(
    r"(?<![\d.:])(?:(?P<one>\d{1,4})(?:[-~到至](?P<two>\d{1,4}))?"
    r"|(?P<words>十[三四五六七八九]|[二三四五六七八九]十[一二三四五六七八九]?))月(?!\d*[日号])"
)
_RANGE = frozenset("到至~—–-")
_TO = re.compile(
    r"(?:的|份|\s|开始|起|一直|党费|[交缴转付补])*[到至~—–-](?:了|\s)*"
)  # 7月交到了12月
_LONGEST_JOIN = 8
_FROM = re.compile(
    r"(?:开始|起)[，\s]?(?:算|的|连续|连着|一共|共|[交缴转付补]了?|\s)*"
    r"(?P<count>\d{1,2}|[两二三四五六七八九十]{1,2})个月"
)


_AHEAD = 2  # a bare month lies at most two months ahead, else it is last year's
_LONGEST = 60
_LONGEST_TURN = 6  # months of a span over the turn of the year: 11-1月; 3-2月 is a slip
_FOLLOWING = ("次年", "翌年")
_NEXT = 0  # the year after that of the month before (11月至次年1月)


@dataclass(slots=True)
class _Part:
    """A stretch of months with what is known of its year."""

    start: int
    end: int
    numbers: tuple[int, ...]
    year: int | None


def find_months(text: str, today: date, *, past: bool, bare_days: bool) -> Iterator[Span]:
    """Yield the months named, as tuples in order; neighbours joined by 到 become one span.

    Args:
        text: Normalised text.
        today: The Shanghai day it was said on.
        past: It speaks of what is overdue (补, 欠), so never of the future.
        bare_days: A number right after a month is its day (3月12), not an amount.
    """
    parts = list(_parts(text, today, bare_days=bare_days))
    index = 0
    while index < len(parts):
        part = parts[index]
        index += 1
        if index < len(parts) and _ranges(text, part, parts[index]):
            yield _span(part.start, parts[index].end, _between(part, parts[index], today, past))
            index += 1
            continue
        months = _resolve(part, today, past)
        if part.year is None and _is_ahead(text, part):
            months = [month.shift(12) if month < Month.of(today) else month for month in months]
        following = _FROM.match(text, part.end) if len(months) == 1 else None
        if following:
            last = months[0].shift(min(read_int(following["count"]) or 1, 12) - 1)
            yield _span(part.start, following.end(), months_between(months[0], last))
            continue
        since = _TO_NOW.match(text, part.end)
        if since and months:
            yield _span(part.start, since.end(), months_between(months[0], Month.of(today)))
        elif months:
            yield _span(part.start, part.end, months)


_AHEAD_OF_TIME = re.compile(r"预[交缴]|提前[交缴]")


def _is_ahead(text: str, part: _Part) -> bool:
    """Tell whether a month is said to be paid in advance (1月份的也预交15): it is not over yet."""
    if not _AHEAD_OF_TIME.search(text):
        return False
    start = max(text.rfind(mark, 0, part.start) for mark in "，。；")
    ends = [at for mark in "，。；" if (at := text.find(mark, part.end)) >= 0]
    return bool(_AHEAD_OF_TIME.search(text, start + 1, min(ends, default=len(text))))


def find_odd_months(text: str) -> Iterator[str]:
    """Yield what is written as a month and is none: 13月, 十三月, 3-2月."""
    for match in _ODD.finditer(text):
        numbers = [read_int(word) or 0 for word in (match["one"], match["two"]) if word]
        if numbers and numbers[0] >= 1000:
            continue  # 2026-3月
        backwards = len(numbers) == 2 and not _spread("-", tuple(numbers))
        if match["words"] or backwards or not all(1 <= number <= 12 for number in numbers):
            yield match[0]


def find_years(text: str, today: date) -> Iterator[Span]:
    """Yield years named (去年, 2025年) as their twelve months."""
    for match in _YEARS.finditer(text):
        year = None if _is_lasting(text, match) else _year(match, today)
        if year:
            yield _span(*match.span(), [Month(year, number) for number in range(1, 13)])


_LASTING = re.compile(r"[交缴]了?(?:已经|快|近|有|整整|将近|差不多|足足|满|\s)*$")
"""What stands before a number of years, not before a year: 交了40年党费."""


def _is_lasting(text: str, match: re.Match[str]) -> bool:
    """Tell how long (交了40年) from when (25年的党费)."""
    short = len(match["numbered"] or "") == 2
    return short and bool(_LASTING.search(text, max(match.start() - 8, 0), match.start()))


def _span(start: int, end: int, months: Iterable[Month]) -> Span:
    return Span(start, end, tuple(sorted(set(months))))


def _parts(text: str, today: date, *, bare_days: bool) -> Iterator[_Part]:
    for match in _FOUND.finditer(text):
        part = _part(match, text, today, bare_days)
        if part is not None and part.numbers:
            yield part


def _part(match: re.Match[str], text: str, today: date, bare_days: bool) -> _Part | None:
    start, end = match.span()
    kind = match.lastgroup or ""
    if kind in ("this", "season", "iso"):
        months = _relative(kind, match[kind], today)
        return _Part(start, end, tuple(month.number for month in months), months[0].year)
    year = _year(match, today)
    if kind == "spaced":
        return _spaced(match, year)
    if kind == "dotted":
        numbers = tuple(int(number) for number in re.findall(r"\d+", match["dotted"]))
        listed = "." in match["dotted"] and all(1 <= number <= 12 for number in numbers)
        return _Part(start, end, numbers, year) if listed else None
    if kind != "list":
        return _Part(start, end, _named(kind, match[kind]), year)
    if _DAY.match(text, end) or (bare_days and _DAY_TIGHT.match(text, end)):
        return None
    return _listed(match, year)


def _spaced(match: re.Match[str], year: int | None) -> _Part | None:
    """Read 10 11 12月; other numbers before a month are amounts."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", match["spaced"]))
    if all(1 <= one == other - 1 < 12 for one, other in pairwise(numbers)):
        return _Part(match.start(), match.end(), numbers, year)
    start = match.start("spaced") + match["spaced"].rindex(" ") + 1
    last = numbers[-1]
    return _Part(start, match.end(), (last,), None) if 1 <= last <= 12 else None


def _year(match: re.Match[str], today: date) -> int | None:
    named, numbered = match["named"], match["numbered"]
    if named in _FOLLOWING:
        return _NEXT
    if named:
        return today.year + {"去年": -1, "前年": -2, "明年": 1}.get(named, 0)
    number = read_int(numbered) if numbered else None
    if number is None:
        return None
    return number if number >= 1000 else _century(number)


def _century(number: int) -> int:
    """Two digits of a year: 25年 is 2025, 91年 is 1991."""
    return 2000 + number if number < 70 else 1900 + number


def _relative(kind: str, words: str, today: date) -> tuple[Month, ...]:
    if kind == "iso":
        year, number = re.split(r"[-./]", words)
        return (Month(int(year), int(number)),)
    steps = words.count("下") - words.count("上") - words.count("大")
    if kind == "season":
        return Quarter.of(today).shift(steps).months
    return (Month.of(today).shift(steps),)


def _named(kind: str, words: str) -> tuple[int, ...]:
    if kind == "first":
        return (1,)
    if kind == "all":
        return tuple(range(1, 13))
    if kind == "half":
        return tuple(range(7, 13) if words[0] in "下后" else range(1, 7))
    if kind == "final":
        return tuple(range(10, 13))
    if kind == "nth":
        return (read_int(words) or 1,)
    if kind in ("quarters", "begin"):
        return tuple(range(1, (read_int(words) or 1) * (3 if kind == "quarters" else 1) + 1))
    quarters = [read_int(mark) or 1 for mark in _ONE_QUARTER.findall(words)]
    named = _spread(words, tuple(quarters)) if quarters == sorted(quarters) else ()
    return tuple(month for quarter in named for month in range(quarter * 3 - 2, quarter * 3 + 1))


def _listed(match: re.Match[str], year: int | None) -> _Part | None:
    """Read 1-3月, 1、2、3月, 七八九月 from the right until what is no month."""
    words = match["list"]
    tokens = [(token.start(), int(read_int(token[0]) or 0)) for token in _NUMBER.finditer(words)]
    if words.endswith("个月"):
        return _counted(match, tokens, year)
    kept: list[tuple[int, int]] = []
    for start, number in reversed(tokens):
        if not 1 <= number <= 12 or (kept and _is_a_name(words[start : kept[0][0]], kept[0][1])):
            break
        kept.insert(0, (start, number))
    if not kept:
        return None
    if len(kept) == 2 and _is_a_sum(match, *kept):
        kept = kept[1:]
    begin = match.start("list") + kept[0][0]
    numbers = _spread(words[kept[0][0] :], tuple(number for _, number in kept))
    whole = kept[0][0] == 0
    return _Part(match.start() if whole else begin, match.end(), numbers, year if whole else None)


_SUM = re.compile(r"(?:费|了|[交缴转付共]|月份?)\s?$")


def _is_a_sum(match: re.Match[str], one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Tell the 8 of 10月党费8，11月党费8: a sum behind a month, and a comma."""
    start = match.start("list") + one[0]
    before = match.string[max(start - 10, 0) : start]
    return "，" in match["list"][one[0] : other[0]] and "月" in before and bool(_SUM.search(before))


def _is_a_name(word: str, following: int) -> bool:
    """Tell the 五 of 王五3月 from that of 五六月: only neighbours are said without a mark between."""
    if word[-1] in _JOIN:
        return False
    return word[0].isascii() or read_int(word) != following - 1


def _counted(match: re.Match[str], tokens: list[tuple[int, int]], year: int | None) -> _Part | None:
    """Read 七八九三个月: the last number counts the others; a count alone names no month."""
    numbers = tuple(number for _, number in tokens[:-1])
    if not numbers or not all(1 <= number <= 12 for number in numbers):
        return None
    numbers = _spread(match["list"][: tokens[-1][0]].rstrip(_JOIN), numbers)
    return _Part(*match.span(), numbers, year) if len(numbers) == tokens[-1][1] else None


def _spread(words: str, numbers: tuple[int, ...]) -> tuple[int, ...]:
    if len(numbers) != 2 or not _RANGE.intersection(words):
        return numbers
    first, last = numbers
    if first <= last:
        return tuple(range(first, last + 1))
    turned = (*range(first, 13), *range(1, last + 1))
    return turned if len(turned) <= _LONGEST_TURN else ()


def _ranges(text: str, one: _Part, other: _Part) -> bool:
    """Tell whether two stretches are the ends of one (1月到3月)."""
    return other.start - one.end <= _LONGEST_JOIN and bool(
        _TO.fullmatch(text, one.end, other.start)
    )


def _between(one: _Part, other: _Part, today: date, past: bool) -> list[Month]:
    if other.year == _NEXT:
        first = _resolve(one, today, past)[0]
        return list(months_between(first, Month(first.year + 1, other.numbers[-1])))[:_LONGEST]
    last = _resolve(other, today, past)[-1]
    if one.year is not None:
        first = Month(one.year, one.numbers[0])
        if other.year is None:
            last = Month(one.year + (other.numbers[-1] < first.number), other.numbers[-1])
    else:
        first = Month(last.year - (one.numbers[0] > last.number), one.numbers[0])
    return list(months_between(first, last))[:_LONGEST]


def _resolve(part: _Part, today: date, past: bool) -> list[Month]:
    """Give bare months their year: the last one decides, earlier ones lie before it (11-1月)."""
    numbers = part.numbers
    wraps = [number < before for before, number in pairwise(numbers)]
    if part.year == _NEXT:
        first = today.year + 1
    elif part.year is not None:
        first = part.year
    else:
        anchor = numbers[-1] if any(wraps) else numbers[0]
        ahead = 0 if past else _AHEAD
        first = today.year - (anchor > today.month + ahead) - sum(wraps)
    years = accumulate(wraps, initial=first)
    return [Month(year, number) for year, number in zip(years, numbers, strict=True)]
