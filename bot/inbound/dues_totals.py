"""Of which months, and how much in all, people say they have paid dues."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import cast

from bot.clock import day_of
from bot.domain.periods import Month
from bot.inbound.dues_owners import find_payers
from bot.inbound.dues_payers import (
    A_HEAD,
    APIECE,
    COUPLES,
    EACH,
    NOBODY,
    Payers,
    pays_as_well,
    read_payers,
)
from bot.inbound.dues_sums import UNCLEAR, add_up, corrected, multiplied, sift, without_days
from bot.inbound.names import find_people, read_names_with_tails
from bot.inbound.numerals import WORDS, read_int
from bot.inbound.patterns import one_of
from bot.inbound.spans.money import find_bare_amounts
from bot.inbound.utterance import Clause, Span, Utterance

_TOTAL = re.compile(r"(?:一共|总共|总计|合计|共计|共|总|合)(?:是|交|缴|了|转|计|为|:|\s)*")

_MONTHLY = one_of(
    r"(?:每个?月|一个月|(?<![十、，和到至月\d])一月(?=[都是各交缴\d一二两三四五六七八九十])|月均|每月份|按月|月缴|月交)(?:都|是|各|交|缴|党费|按|,|:|\s)*"
    r"|各(?:交|缴|是)?"
)

_A_MONTH = re.compile(r"(?:一个月|每个?月|/月|一月)")

NOT_BUT = re.compile(
    r"(?:不是|并非|而不是|不应该是|写成了?|打成了?|输成了?|发成了?"
    rf"|说成了?)\s?[^，]{{0,3}}?[\d.{WORDS}]+(?:元|块)?"
)

_COUNTED = re.compile(
    r"(?:(?P<count>\d{1,2}|[两二三四五六七八九十]{1,2})个月|(?P<short>[两俩仨])个?月)(?!前|没|未)"
)


def count_months(utterance: Utterance, clauses: list[Clause]) -> int | None:
    """Return how many months are said to be paid (交了3个月), apart from those named."""
    for clause in clauses:
        for match in _COUNTED.finditer(clause.text):
            count = read_int(match["count"] or match["short"]) or 0
            start, end = clause.start + match.start(), clause.start + match.end()
            inside = any(s.start < end and start < s.end for s in utterance.months)
            if count > 1 and not inside:
                return count
    return None


def months_said(utterance: Utterance, clauses: list[Clause]) -> tuple[Month, ...]:
    spans = [s for c in clauses for s in utterance.months if c.start <= s.start and s.end <= c.end]
    spans = _without_echoes(utterance, spans)
    spans = [s for s in spans if not _is_excepted(utterance.text, s)]
    spans = [s for s in spans if not _is_when(utterance.text, s, spans)]
    rates = [span for span in spans if _is_rate(utterance, span)]
    counted = bool(rates) and count_months(utterance, clauses) is not None
    named = [span for span in spans if span not in rates] or ([] if counted else spans)
    months = {month for span in named for month in cast("tuple[Month, ...]", span.value)}
    if not months:
        for clause in clauses:
            for span in utterance.years:
                if (
                    clause.start <= span.start
                    and span.end <= clause.end
                    and not _has_month(utterance, span)
                ):
                    months.update(cast("tuple[Month, ...]", span.value))
    return tuple(sorted(months))


def _has_month(utterance: Utterance, year: Span) -> bool:
    """Tell the year of a month that does not count (交到明年3月) from one that is meant as a whole."""
    return any(s.start < year.end and year.start < s.end for s in utterance.months)


_LONG_AGO = 3  # years; whoever tells of 1983 tells a story


_FOR_YEARS = re.compile(
    rf"[交缴]了?(?:快|近|有|整整|将近|差不多|足足|满|已经|\s)*(?:[几好多数]|(?P<years>\d{{1,2}}|[{WORDS}]{{1,3}})(?:多|来|几)?)"
    r"(?P<rest>年(?!\d|[一二三四五六七八九十]{1,2}月|[上下]半年|全年|份)|十年|辈子)"
    r"|[交缴]了?[^，]{0,2}(?:一|大?半)辈子|(?:(?:几十|好多|这么多|多少)年|半辈子)(?:的|都|来|从)*(?:没|在|一直)?[^，]{0,2}[交缴]"
)
"""How long somebody has been paying: it tells of no payment."""
_FEW_YEARS = 3


def is_story(utterance: Utterance) -> bool:
    """Tell 1983年 and 交了40年党费: every year named is one of which nobody pays or asks now."""
    lasting = _FOR_YEARS.search(utterance.text)
    if lasting and (
        lasting["rest"] == "辈子" or not _is_a_year(lasting["years"], utterance.now.year)
    ):
        return True
    years = [cast("tuple[Month, ...]", span.value)[0].year for span in utterance.years]
    this = utterance.now.year
    return bool(years) and not any(this - _LONG_AGO <= year <= this + 1 for year in years)


def _is_a_year(said: str | None, this: int) -> bool:
    """Tell whether 交了26年党费 may mean this year's dues or the last one's: then it is asked."""
    number = read_int(said) if said else None
    return number is not None and (number <= _FEW_YEARS or 0 <= this - 2000 - number <= 1)


_BUT = one_of(
    r"[交缴补](?:清|齐|足|满)?[到至]了?$|(?:除[了开去却]?|[就只还仅单]?差|[就只还仅]?剩下?|[就只还]欠|不算|不含|不包括|不是|并非|而不是)(?:我的?|的|了)?\s?"
    rf"(?:[\d{WORDS}、和到至-]+月?[、和])?$"
)


def _is_excepted(text: str, span: Span) -> bool:
    """Tell the month that was left out (除了8月都交了, 就差12月的) or that it is not (不是11月)."""
    before = _BUT.search(text, max(span.start - 10, 0), span.start)
    return before is not None or text.startswith(("以前", "之前", "份以前", "份之前"), span.end)


_UNTIL = re.compile(r"[交缴补]{1,2}(?:了|齐|清|足|满)*[到至]了?\s?$")


_TO_YEARS_END = re.compile(r"[交缴补]{1,2}(?:了|齐|清|足|满)*[到至]了?(?:今年)?年[底末尾]")


def until_said(utterance: Utterance, clauses: list[Clause]) -> Month | None:
    """Return the month up to which somebody says all is paid (党费交到12月了)."""
    for clause in clauses:
        for span in utterance.months:
            here = clause.start <= span.start and span.end <= clause.end
            if here and _UNTIL.search(utterance.text, clause.start, span.start):
                return cast("tuple[Month, ...]", span.value)[-1]
        if _TO_YEARS_END.search(clause.text):
            return Month(day_of(utterance.now).year, 12)
    return None


_PAYS = re.compile(r"份?我?(?:才|再|来|把)?(?:补?[交缴]|补上?)的?")


def _is_when(text: str, span: Span, spans: Sequence[Span]) -> bool:
    """Tell the month in which it is paid from the one that is paid (11月交10月党费)."""
    if any(_PAYS.fullmatch(text, span.end, other.start) for other in spans):
        return True
    return _PAID_THEN.match(text, span.end) is not None and any(
        other.end <= span.start and "党费" in text[other.end : span.start] for other in spans
    )


_PAID_THEN = re.compile(r"(?:份|我|才|就|时候?|来|再|[底初末])*补?[交缴付转]的")
"""去年12月的党费是今年1月交的."""


_NEAR = frozenset("上下本这去今明当")
"""What a month begins with that is told by today (上个月, 今年1月)."""


def _without_echoes(utterance: Utterance, spans: list[Span]) -> list[Span]:
    """Drop a bare month that only repeats one said with its year (下个月的党费转了，1月，10元)."""
    sure = [s for s in spans if utterance.text[s.start] in _NEAR]
    if not sure:
        return spans
    numbers = {month.number for s in sure for month in cast("tuple[Month, ...]", s.value)}
    return [s for s in spans if s in sure or not _numbers(s) <= numbers]


def _numbers(span: Span) -> set[int]:
    return {month.number for month in cast("tuple[Month, ...]", span.value)}


def _is_rate(utterance: Utterance, span: Span) -> bool:
    """Tell 一月七块 (seven yuan a month) from January, where other months are named as well."""
    said = utterance.text[span.start : span.end]
    return said == "一月" and bool(_RATED.match(utterance.text, span.end))


_RATED = re.compile(rf"(?:\d|[{WORDS}])[\d.{WORDS}]*(?![\d.{WORDS}月日号、])")


def amounts_said(utterance: Utterance, clauses: list[Clause]) -> list[Span]:
    """Return the amounts said, with or without a unit, leaving out 不是15."""
    written = [s for c in clauses for s in utterance.money if c.start <= s.start and s.end <= c.end]
    bare = [s for c in clauses for s in _bare(utterance, c) if not is_taken(utterance, s)]
    if not (written or bare):
        return []
    wrong = [
        (clause.start + match.start(), clause.start + match.end())
        for clause in clauses
        for match in NOT_BUT.finditer(clause.text)
    ]
    kept = [s for s in written if not any(start <= s.start < end for start, end in wrong)]
    bare = [s for s in bare if not any(start <= s.start < end for start, end in wrong)]
    if kept:
        apart = [s for s in bare if not any(s.start < w.end and w.start < s.end for w in kept)]
        bare = [s for s in apart if _SAID_PAID.search(utterance.text, s.start - 4, s.start)]
    return sorted((*kept, *bare), key=lambda span: span.start)


_SAID_PAID = re.compile(r"(?:[交缴]|[转付给]了|共|计|党费)\s?$")


def sums_said(utterance: Utterance, clauses: list[Clause]) -> tuple[list[Span], bool]:
    """Return the amounts that may be the sum, and whether parts of it were left out."""
    text = utterance.text
    spans = amounts_said(utterance, clauses)
    if not spans:
        return [], False
    spans, partly = sift(text, spans)
    some = without_days(text, spans, day_of(utterance.now))
    spans, partly = some, partly or len(some) < len(spans)
    return multiplied(text, corrected(text, spans)), partly


def _bare(utterance: Utterance, clause: Clause) -> list[Span]:
    """Return the numbers without a unit; the 三 of 张三 is none."""
    found = list(find_bare_amounts(utterance.text, clause.start, clause.end))
    if not found:
        return []
    named = [
        (clause.start + start, clause.start + read_names_with_tails(clause.text, start)[1])
        for _, start, _ in find_people(clause.text, utterance.lexicon)
    ]
    return [s for s in found if not any(start < s.start < end for start, end in named)]


_OF_A_MONTH = re.compile(r"[-~到至]\d{1,2}月")


def is_taken(utterance: Utterance, span: Span) -> bool:
    if _OF_A_MONTH.match(utterance.text, span.end):
        return True  # 2026-3月, 3-2月
    others = (*utterance.months, *utterance.dates, *utterance.times, *utterance.counts)
    others += utterance.years
    return any(span.start < other.end and other.start < span.end for other in others)


_FROM_TO = re.compile(
    rf"(?<![\d.月])\d+(?:\.\d+)?(?:元|块)?\s?[-~到至]\s?\d+(?:\.\d+)?\s?(?:元|块)|[{WORDS}]+[元块]?[到至][{WORDS}]+[元块]"
)
"""A sum that lies somewhere between two (15-20元)."""


_CHANGE = re.compile(rf"(?<!一)找(?:了|回|我|给我|零|补)+\s?(?:\d|[{WORDS}])")


def total_said(utterance: Utterance, clauses: list[Clause], months: int) -> int | None:
    """Add up: a total said wins, a rate is multiplied, the items of one payment are summed."""
    if any(_FROM_TO.search(clause.text) for clause in clauses):
        return UNCLEAR
    spans, partly = sums_said(utterance, clauses)
    if len(spans) == 1 and _CHANGE.search(utterance.text, spans[0].end):
        return UNCLEAR  # 给了50，找回35
    values = [(span, cast("int", span.value)) for span in spans]
    for span, value in values:
        if _ends(utterance.text, span.start, _TOTAL):
            return value
    heads = _heads(utterance, clauses)
    each = per_person(utterance, clauses)
    if each is not None:
        others = [value for _, value in values if value != each]
        fits = len(others) == 1 and heads == 1 and others[0] % each == 0  # 一人30，转了90
        return others[0] if fits else each * heads
    monthly = [value for span, value in values if _is_monthly(utterance, span)]
    if monthly and heads > 1 < months and any(_APIECE_ALONE.search(c.text) for c in clauses):
        return UNCLEAR  # 我和张伟1-3月各30: a month, or in all
    if len(set(monthly)) > 1:
        return UNCLEAR  # 1-3月每月15，4-6月每月20
    if monthly:
        return monthly[0] * max(months or count_months(utterance, clauses) or 1, 1)
    if not spans:
        return UNCLEAR if partly else None
    if _like_months(utterance, spans):
        return UNCLEAR
    return add_up(utterance.text, spans, utterance.months, _owner_ends(utterance))


def _like_months(utterance: Utterance, spans: Sequence[Span]) -> bool:
    """Tell whether numbers that follow each other may as well be months: 党费 1 2 3, 党费 10 11月."""
    numbers = [(span, cast("int", span.value) / 100) for span in spans]
    for span in utterance.months:
        months = cast("tuple[Month, ...]", span.value)
        numbers.append((span, months[0].number))
    numbers.sort(key=lambda one: one[0].start)
    for (one, number), (other, following) in pairwise(numbers):
        between = utterance.text[one.end : other.start]
        if one in spans and 1 <= number == following - 1 < 12 and _NEXT_NUMBER.fullmatch(between):
            return True
    return False


_NEXT_NUMBER = re.compile(r"\s|\s?[、，和/]\s?")


def per_person(utterance: Utterance, clauses: list[Clause]) -> int | None:
    """Return what each of several pays (每人30, 我和张伟各30), over all months where it is a month's."""
    if not _EACH_WORD.search(utterance.text):
        return None
    values = [(span, cast("int", span.value)) for span in sums_said(utterance, clauses)[0]]
    months = len(months_said(utterance, clauses))
    heads = _heads(utterance, clauses)
    unknown = heads == 1 and months <= 1 and count_months(utterance, clauses) is None
    several = heads > 1 >= months or unknown  # 女儿女婿的各30: of whom is asked
    each = [
        value
        for span, value in values
        if _ends(utterance.text, span.start, EACH)
        or A_HEAD.match(utterance.text, span.end)
        or (several and _ends(utterance.text, span.start, APIECE))
    ]
    monthly = [value for span, value in values if _is_monthly(utterance, span)]
    if (each or monthly) and any(_BOTH.search(clause.text) for clause in clauses):
        return (each or monthly)[0] * max(months or count_months(utterance, clauses) or 1, 1)
    return each[0] if each else None


def apiece_said(utterance: Utterance, clauses: list[Clause]) -> int | None:
    """Return what each of several pays for several months, a month or in all (我和张伟1-3月各30)."""
    months = len(months_said(utterance, clauses))
    if not _heads(utterance, clauses) > 1 < months:
        return None
    each = {
        cast("int", span.value)
        for span in sums_said(utterance, clauses)[0]
        if _ends(utterance.text, span.start, APIECE)
    }
    return each.pop() if len(each) == 1 else None


_EACH_WORD = re.compile(r"各|[每一]个?[人位]|人均|/\s?人")

_APIECE_ALONE = re.compile(r"各")

_BOTH = re.compile(
    r"(?:每|一个?)人[^，]{0,3}(?:每个?月|一个月)|(?:每个?月|一个月)[^，]{0,2}(?:每|一个?)人"
)


def _is_monthly(utterance: Utterance, span: Span) -> bool:
    text = utterance.text
    rated = any(s.end == span.start and _is_rate(utterance, s) for s in utterance.months)
    several = len({m for s in utterance.months for m in cast("tuple[Month, ...]", s.value)}) > 1
    return (
        (rated and (several or count_months(utterance, list(utterance.clauses)) is not None))
        or _ends(text, span.start, _MONTHLY)
        or bool(_A_MONTH.match(text, span.end))
    )


KIN = r"老伴|爱人|老婆|老公|妻子|丈夫|媳妇|爸爸|妈妈|老爸|老妈|父亲|母亲|爸|妈|儿子|女儿|姑娘|哥哥|弟弟|姐姐|妹妹"

_SELF = re.compile(rf"我自己|我|本人|自己|{KIN}")


def _owner_ends(utterance: Utterance) -> list[int]:
    """Return where those end whose amounts may follow (本人10老伴8)."""
    ends = [match.end() for match in _SELF.finditer(utterance.text)]
    for _, start, _ in find_people(utterance.text, utterance.lexicon):
        ends.append(read_names_with_tails(utterance.text, start)[1])
    return ends


def is_together(utterance: Utterance, clauses: Sequence[Clause]) -> Payers:
    """Return who pays together, if more than one are spoken of."""
    text = utterance.stretch(clauses).text if clauses else ""
    return read_payers(text, utterance.lexicon) if _MAY_BE_SEVERAL.search(text) else NOBODY


_MAY_BE_SEVERAL = re.compile(
    r"[我俺咱人本][^，]{0,8}[和跟与同、俩仨两三四五六七八九十\d带还以加连]|[和跟与、连上有及][我俺]|[人位口]|夫[妻妇]"
)


def _heads(utterance: Utterance, clauses: list[Clause]) -> int:
    together = is_together(utterance, clauses)
    names = together.names or find_payers(utterance, clauses)
    with_me = together.with_me or (bool(names) and pays_as_well(utterance.text))
    couples = sum(name in COUPLES for name in names)
    return max(len(names) + couples + with_me, together.heads, 1)


def _ends(text: str, position: int, pattern: re.Pattern[str]) -> bool:
    """Tell whether a pattern matches right up to a position."""
    begin = max(position - 8, 0)
    return any(match.end() == position for match in pattern.finditer(text, begin, position))
