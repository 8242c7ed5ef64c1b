"""Days and spans of days: 明天, 下周五, 3月12日, 12-15号, 明天到19号, 本周."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.domain.periods import Month, months_after
from bot.inbound.numerals import SMALL, WORDS, read_int
from bot.inbound.patterns import one_of
from bot.inbound.spans.festivals import FESTIVAL, LEADS, festival_of, find_festival
from bot.inbound.spans.holidays import HOLIDAY, find_holiday, holiday_of
from bot.inbound.spans.lunar import LUNAR_DAY, LUNAR_MONTH, find_lunar, lunar_day, read_lunar
from bot.inbound.utterance import Span

_N = rf"\d{{1,2}}|[{SMALL}]{{1,3}}"
_WEEKDAYS = {mark: index for index, mark in enumerate("一二三四五六日")} | {"天": 6, "末": 5}
_RELATIVE = {"大前": -3, "前": -2, "昨": -1, "今": 0, "明": 1, "后": 2, "大后": 3}
_NOT_A_DAY = "楼院线机门店厅桌码房文档活班馆库教岗车卡地井公令"
_LEADS = "去今明前本这当上下昨后大周星礼中半农阴旧腊过" + LEADS
_NOT_A_WEEKDAY = (
    "[楼层月点时个名人位组支号周天日级次块元度区栋室期届分半刻小年早起下直季科班百十千万\\d:]"
)
# A festival is a day where it says when (元旦的升旗, 七一前); in 端午包粽子 it is part of a name.
_AS_A_DAY = rf"(?=的|那天|当[天日]|这天|[上下中]午|晚|早|前(?!往)|之前|[\d{SMALL}]{{1,3}}[点:]|$)"
_SELDOM = (
    r"(?P<full>(?P<fy>(?:19|20)\d\d)\s?[-/.年 ]\s?(?P<fm>\d{1,2})\s?[-/.月 ]\s?(?P<fd>\d\d?)"
    r"(?:(?=\d\d:\d\d)|(?![\d元块])[日号]?))"
    r"|(?P<solid>(?<!\d)20\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d(?!\d?:\d\d)))"
    r"|(?P<turned>(?<![\d.])(?:(?P<td>3[01]|[12]\d|0?[1-9])\.(?P<tm>1[0-2]|0?[1-9])\.(?P<ty>20\d\d)"
    r"|(?P<ky>2\d)\.(?P<km>1[0-2]|0?[1-9])\.(?P<kd>3[01]|[12]\d|0?[1-9]))(?![\d.元块]))"
    r"|(?P<third>(?:(?P<xy>\d{4}|去|今|明)年)?(?:(?P<xm>1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月份?"
    r"|(?P<xw>本月|这个?月|上个?月|下个?月))?的?(?P<ten>[上中下])旬)"
    rf"|(?P<lunar>(?:(?P<ly>去|今|明)年)?(?:(?:农历|阴历|旧历)的?(?P<lm>{LUNAR_MONTH})月(?P<ld>{LUNAR_DAY})"
    rf"|(?:(?P<lm2>{LUNAR_MONTH})月(?P<ld2>初[一二三四五六七八九十])|(?P<lm3>[正腊冬])月(?P<ld3>{LUNAR_DAY})){_AS_A_DAY}"
    rf"|(?P<moon>八月十五){_AS_A_DAY}(?!\s?(?:[上下中]午|早|晚|[\d{SMALL}]{{1,3}}[点:]|[日号元块角毛个人多]))))"
    r"|(?P<slashed>(?<![\d/.])(?P<sm>1[0-2]|0?[1-9])(?:/|(?P<dot>\.))(?P<sd>3[01]|[12]\d|0?[1-9])[日号]?"
    r"(?(dot)(?:(?=\s?(?:[上下中]午|晚|早|周|星期|那|的会|的活|的党[课日]|的例会|的学习|的座谈|前|之前))|(?=\s(?![元块人个])[\u4e00-\u9fa5])"
    r"|(?=\s?\d{1,2}:\d\d)|(?<=\.\d\d)(?=\s?[-~到至]\s?\d{1,2}\.\d\d(?![\d元块]))"
    r"|(?<=\d[-~到至]\d\.\d\d)(?![\d元块])|(?<=\d[-~到至]\d\d\.\d\d)(?![\d元块]))"
    r"|(?![\d/%元块人])))"
    r"|(?P<dashed>(?<![\d-])(?P<dm>0[1-9]|1[0-2])-(?P<dd>0[1-9]|[12]\d|3[01])(?![\d日号月天人元块-]))"
)
_OFTEN = (
    rf"(?P<part>(?:(?P<py>\d{{4}}|去|今|明)年)?(?:(?P<pm>{_N})月份?|(?P<pw>本月|这个?月|上个?月|下个?月))的?"
    r"(?:第?(?P<nth>[一二三四五1-5])个?(?:周|星期)|前(?P<few>\d{1,2}|[一二两三四五六七八九十]{1,2})天|(?P<end>最后一天)))"
    rf"|(?P<month>(?:(?P<y>\d{{4}}|\d{{2}}|[零〇一二三四五六七八九]{{4}}|去|今|明|前|本)年)?"
    rf"(?P<m>{_N})月(?:份)?(?P<d>{_N})(?P<mark>[日号]|(?![\d.{SMALL}]|[元块角毛个人月])))"
    rf"|(?P<of>(?P<which>本月|这个?月|当月|上上个?月|上个?月|下个?月)(?:份|的)?(?P<od>{_N})[日号])"
    r"|(?P<two>(?P<tw>今明|明后|昨今|前昨)(?:[两二]?[天日]))"
    r"|(?P<relative>(?P<rel>大前|前|昨|今|明|大后|后)(?:天|日(?!常)|儿个?|个儿?(?=[\u4e00-\u9fa5])|晚|早|晨))"
    r"|(?P<weekday>(?P<w>上上|下下|上|下|本|这一?|这个|上个|下个)?个?"
    r"(?:(?<![小老])周周?|星期|礼拜)(?P<wd>[一二三四五六日天末])"
    rf"(?:(?:(?P<wj>[、到至-])(?P<wd2>[一二三四五六日天])|(?<=六)日)(?!{_NOT_A_WEEKDAY}))?|双休日)"
    r"|(?P<week>(?P<ww>上上|下下|上|下|本|这一?|这个|上个|下个)个?(?:周|星期|礼拜))"
    rf"|(?P<dom>(?P<n>{_N})[日号](?![{_NOT_A_DAY}]|会[议客]室|会[所馆场]))"
    r"|(?P<ago>(?<!第)(?:(?P<a>\d{1,3}|[一二两三四五六七八九十]{1,2})(?P<unit>天|周|个?(?:星期|礼拜)|个月)"
    r"|半个月)(?P<side>[以之]?[前后](?!天)))"
    rf"|(?P<short>(?<![\d.{SMALL}])(?P<s>{_N})(?=[-~—–到至、](?:(?:{_N})、){{0,4}}(?:{_N})[日号]))"
)
_FESTIVAL = rf"(?P<festival>(?<![\d{WORDS}])(?:(?P<fyear>去|今|明|前)年的?)?(?P<fest>{FESTIVAL}){_AS_A_DAY})"
_HOLIDAY = rf"(?P<holiday>(?<![\d{WORDS}])(?:(?P<hyear>去|今|明|前)年的?)?{HOLIDAY})"
_BEGIN = rf"(?=[\d{SMALL}{_LEADS}])"  # most characters start nothing: leave them at once
_FOUND = re.compile(rf"{_BEGIN}(?:{_OFTEN})")
_FOUND_ALL = re.compile(rf"{_BEGIN}(?:{_SELDOM}|{_HOLIDAY}|{_OFTEN}|{_FESTIVAL})")
_IS_SELDOM = one_of(rf"[-/.旬农阴旧腊正初]|八月十五|20|过年|{FESTIVAL}")
"""What every way of writing a day but the usual ones holds: without it the short pattern does."""
_AND = re.compile(r"\s?[、和跟与]?\s?")
_JOIN = re.compile(r"\s?(?:到|至|~|-|—|–)\s?")


@dataclass(slots=True)
class _Point:
    """One expression: its days if it speaks of what comes, and of what is past."""

    start: int
    end: int
    coming: tuple[date, date]
    past: tuple[date, date]
    number: int | None = None  # a bare day of the month, which follows its neighbour's month


def find_dates(text: str, today: date, *, bare_days: bool) -> Iterator[tuple[Span, Span]]:
    """Yield each day or span of days twice: as read of coming things, and of past ones.

    Args:
        text: Normalised text.
        today: The Shanghai day it was said on; weeks start on Monday.
        bare_days: A number right after a month is its day (3月12), not an amount.
    """
    found = _FOUND_ALL if _IS_SELDOM.search(text) else _FOUND
    points = [p for m in found.finditer(text) if (p := _point(m, today, bare_days)) is not None]
    index = 0
    while index < len(points):
        point = points[index]
        index += 1
        while index < len(points) and _are_ends(text, point, points[index]):
            point = _joined(point, points[index])
            index += 1
        yield _span(point, point.coming), _span(point, point.past)


def _are_ends(text: str, one: _Point, other: _Point) -> bool:
    """Tell whether two days make a span: 周一到周三, or side by side as in 周四、周五."""
    if _JOIN.fullmatch(text, one.end, other.start):
        return True
    follows = other.coming[0] - one.coming[1] == timedelta(days=1)
    return follows and bool(_AND.fullmatch(text, one.end, other.start))


def _span(point: _Point, days: tuple[date, date]) -> Span:
    first, last = days
    return Span(point.start, point.end, first if first == last else (first, last))


def _joined(one: _Point, other: _Point) -> _Point:
    coming = _through(one, other, one.coming[0], other.coming[1])
    past = _through(one, other, one.past[0], other.past[1])
    return _Point(one.start, other.end, coming, past)


def _through(one: _Point, other: _Point, first: date, last: date) -> tuple[date, date]:
    """Put two ends together: 11月3日-5日 stays in its month, 28号到2号 runs into the next."""
    if one.number is not None and other.number is None:
        first = _day_before(last, one.number)
    elif other.number is not None and (last < first or one.number is None):
        last = _day_after(first, other.number) or last
    elif last < first and (last - first).days > -7:
        last += timedelta(days=7)
    return (first, last) if first <= last else (first, first)


def _day_after(day: date, number: int) -> date | None:
    month = Month.of(day)
    return _date(month if number >= day.day else month.shift(1), number)


def _day_before(day: date, number: int) -> date:
    month = Month.of(day)
    return _date(month if number <= day.day else month.shift(-1), number) or day


def _date(month: Month, number: int) -> date | None:
    return month.day(number) if 1 <= number <= month.last.day else None


def _point(match: re.Match[str], today: date, bare_days: bool) -> _Point | None:
    kind = match.lastgroup or ""
    if not bare_days and (
        (kind == "lunar" and match["moon"]) or (kind == "month" and not match["mark"])
    ):
        return None  # 八月十五 is fifteen yuan for August
    try:
        both = _READERS[kind](match, today)
    except (ValueError, OverflowError):
        return None
    if both is None:
        return None
    number = read_int(match["n"] or match["s"]) if kind in ("dom", "short") else None
    return _Point(*match.span(), both[0], both[1], number)


_Days = tuple[date, date]
_Both = tuple[_Days, _Days]


def _same(day: date) -> _Both:
    return (day, day), (day, day)


def _full(match: re.Match[str], _today: date) -> _Both:
    return _same(date(int(match["fy"]), int(match["fm"]), int(match["fd"])))


def _solid(match: re.Match[str], _today: date) -> _Both:
    words = match["solid"]
    return _same(date(int(words[:4]), int(words[4:6]), int(words[6:])))


def _slashed(match: re.Match[str], today: date) -> _Both:
    number, day = int(match["sm"]), int(match["sd"])
    coming = _nearest(today, number, day, step=1)
    past = _nearest(today, number, day, step=-1)
    return (coming, coming), (past, past)


def _dashed(match: re.Match[str], today: date) -> _Both:
    number, day = int(match["dm"]), int(match["dd"])
    coming = _nearest(today, number, day, step=1)
    past = _nearest(today, number, day, step=-1)
    return (coming, coming), (past, past)


def _part_of_month(match: re.Match[str], today: date) -> _Both | None:
    """Read 三月的第二周 (weeks that begin in the month) and 4月前4天."""
    if match["pw"]:
        words = match["pw"]
        month = Month.of(today).shift(words.count("下") - words.count("上"))
    else:
        number = read_int(match["pm"]) or 0
        if not 1 <= number <= 12:
            return None
        month = Month(_year(match["py"], today) if match["py"] else today.year, number)
    if match["end"]:
        return _same(month.last)
    if match["few"]:
        days = month.first, month.first + timedelta(days=(read_int(match["few"]) or 1) - 1)
        return days, days
    monday = month.first + timedelta(days=-month.first.weekday() % 7)
    monday += timedelta(days=7 * ((read_int(match["nth"]) or 1) - 1))
    week = monday, monday + timedelta(days=6)
    return week, week


def _turned(match: re.Match[str], _today: date) -> _Both:
    """Read 13.5.2026 and 26.5.13."""
    if match["ty"]:
        return _same(date(int(match["ty"]), int(match["tm"]), int(match["td"])))
    return _same(date(2000 + int(match["ky"]), int(match["km"]), int(match["kd"])))


def _third_of_month(match: re.Match[str], today: date) -> _Both:
    """Read 上旬, 中旬, 下旬: ten days of a month each, the last to its end."""
    index = "上中下".index(match["ten"])
    if match["xm"]:
        number = read_int(match["xm"]) or 0
        if match["xy"]:
            days = _ten_days(Month(_year(match["xy"], today), number), index)
            return days, days
        own = _ten_days(Month(today.year, number), index)
        later, earlier = Month(today.year + 1, number), Month(today.year - 1, number)
        return (
            own if own[1] >= today else _ten_days(later, index),
            own if own[0] <= today else _ten_days(earlier, index),
        )
    words = match["xw"] or ""
    days = _ten_days(Month.of(today).shift(words.count("下") - words.count("上")), index)
    return days, days


def _ten_days(month: Month, index: int) -> _Days:
    last = month.last if index == 2 else month.day(10 * index + 10)
    return month.day(10 * index + 1), last


def _of_lunar(match: re.Match[str], today: date) -> _Both | None:
    number, day = 8, 15
    if not match["moon"]:
        words = match["lm"] or match["lm2"] or match["lm3"]
        number, day = read_lunar(words, match["ld"] or match["ld2"] or match["ld3"])
    if match["ly"]:
        found = lunar_day(_year(match["ly"], today), number, day)
        return None if found is None else _same(found)
    coming = find_lunar(number, day, today, step=1)
    past = find_lunar(number, day, today, step=-1)
    return ((coming, coming), (past, past)) if coming and past else None


def _two(match: re.Match[str], today: date) -> _Both:
    first = today + timedelta(days=_RELATIVE[match["tw"][0]])
    days = first, first + timedelta(days=1)
    return days, days


def _of_festival(match: re.Match[str], today: date) -> _Both | None:
    alone = match.start() == 0 or match["fyear"]
    if match.end() == len(match.string) and not alone:
        return None
    if match["fest"] == "春节" and match.string.startswith("前", match.end()):
        return None  # 春节前 is a season, no day
    if match["fyear"]:
        day = festival_of(match["fest"], _year(match["fyear"], today))
        return None if day is None else _same(day)
    coming = find_festival(match["fest"], today, step=1)
    past = find_festival(match["fest"], today, step=-1)
    return ((coming, coming), (past, past)) if coming and past else None


def _of_holiday(match: re.Match[str], today: date) -> _Both | None:
    if match["hyear"]:
        days = holiday_of(match["hol"], _year(match["hyear"], today))
        return None if days is None else (days, days)
    coming = find_holiday(match["hol"], today, step=1)
    past = find_holiday(match["hol"], today, step=-1)
    return (coming, past) if coming and past else None


def _of_month(match: re.Match[str], today: date) -> _Both | None:
    number, day = read_int(match["m"]), read_int(match["d"])
    if number is None or day is None or not 1 <= number <= 12:
        return None
    if match["y"]:
        return _same(date(_year(match["y"], today), number, day))
    coming = _nearest(today, number, day, step=1)
    past = _nearest(today, number, day, step=-1)
    return (coming, coming), (past, past)


def _year(words: str, today: date) -> int:
    steps = {"去": -1, "今": 0, "本": 0, "明": 1, "前": -2}
    if words in steps:
        return today.year + steps[words]
    number = read_int(words) or 0
    return number if number >= 1000 else 2000 + number


def _nearest(today: date, number: int, day: int, *, step: int) -> date:
    """Find the next (or last) year's such day, today included; leap days may be years away."""
    for year in range(today.year, today.year + 9 * step, step):
        found = _date(Month(year, number), day)
        if found is not None and (found - today).days * step >= 0:
            return found
    raise ValueError("no such day")


def _of_named_month(match: re.Match[str], today: date) -> _Both | None:
    words = match["which"]
    month = Month.of(today).shift(words.count("下") - words.count("上"))
    day = _date(month, read_int(match["od"]) or 0)
    return None if day is None else _same(day)


def _of_relative(match: re.Match[str], today: date) -> _Both:
    return _same(today + timedelta(days=_RELATIVE[match["rel"]]))


def _monday(today: date, words: str) -> date:
    steps = words.count("下") - words.count("上")
    return today + timedelta(days=7 * steps - today.weekday())


def _of_weekday(match: re.Match[str], today: date) -> _Both:
    words, mark = match["w"], match["wd"] or "末"
    index = _WEEKDAYS[mark]
    long = timedelta(days=_further(match, mark))
    day = _monday(today, words or "") + timedelta(days=index)
    if words:
        return (day, day + long), (day, day + long)
    coming = day if day + long >= today else day + timedelta(days=7)
    past = day if day <= today else day - timedelta(days=7)
    return (coming, coming + long), (past, past + long)


def _further(match: re.Match[str], mark: str) -> int:
    """Return how many days follow the first: 周末, 周六日, 周一到三; 周一、四 are no span."""
    if mark == "末" or match[0].endswith("六日"):
        return 1
    last = match["wd2"]
    if not last:
        return 0
    days = (_WEEKDAYS[last] - _WEEKDAYS[mark]) % 7
    return days if days == 1 or match["wj"] != "、" else 0


def _of_week(match: re.Match[str], today: date) -> _Both:
    monday = _monday(today, match["ww"])
    week = (monday, monday + timedelta(days=6))
    return week, week


def _of_day(match: re.Match[str], today: date) -> _Both | None:
    number = read_int(match["n"] or match["s"]) or 0
    month = Month.of(today)
    if not 1 <= number <= 31:
        return None
    coming = _first_of(number, month if number >= today.day else month.shift(1), step=1)
    past = _first_of(number, month if number <= today.day else month.shift(-1), step=-1)
    return (coming, coming), (past, past)


def _first_of(number: int, month: Month, *, step: int) -> date:
    """Find the first month from here that has such a day (31号 skips short months)."""
    while (found := _date(month, number)) is None:
        month = month.shift(step)
    return found


def _of_count(match: re.Match[str], today: date) -> _Both:
    number, unit = read_int(match["a"] or "") or 0, match["unit"] or "天"
    number = number if match["side"].endswith("后") else -number
    if not match["a"]:  # 半个月
        return _same(today + timedelta(days=15 if match["side"].endswith("后") else -15))
    if unit.endswith("月"):
        return _same(months_after(today, number))
    return _same(today + timedelta(days=number * (1 if unit == "天" else 7)))


_READERS = {
    "full": _full,
    "solid": _solid,
    "turned": _turned,
    "third": _third_of_month,
    "lunar": _of_lunar,
    "slashed": _slashed,
    "dashed": _dashed,
    "part": _part_of_month,
    "two": _two,
    "festival": _of_festival,
    "holiday": _of_holiday,
    "month": _of_month,
    "of": _of_named_month,
    "relative": _of_relative,
    "weekday": _of_weekday,
    "week": _of_week,
    "dom": _of_day,
    "ago": _of_count,
    "short": _of_day,
}
