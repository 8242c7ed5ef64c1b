"""Days with a name: 元旦, 七一, 大年初八, 端午, 中秋, 冬至."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from bot.inbound.spans.lunar import lunar_day

# New Year's day of the lunar calendar, 清明, 端午, 七夕, 中秋, 重阳, 冬至, as month and day of each
# year: facts of the almanac. A test holds them against an independent table.
_LUNAR = """
2015 0219 0405 0620 0820 0927 1021 1222   2016 0208 0404 0609 0809 0915 1009 1221
2017 0128 0404 0530 0828 1004 1028 1222   2018 0216 0405 0618 0817 0924 1017 1222
2019 0205 0405 0607 0807 0913 1007 1222   2020 0125 0404 0625 0825 1001 1025 1221
2021 0212 0404 0614 0814 0921 1014 1221   2022 0201 0405 0603 0804 0910 1004 1222
2023 0122 0405 0622 0822 0929 1023 1222   2024 0210 0404 0610 0810 0917 1011 1221
2025 0129 0404 0531 0829 1006 1029 1221   2026 0217 0405 0619 0819 0925 1018 1222
2027 0206 0405 0609 0808 0915 1008 1222   2028 0126 0404 0528 0826 1003 1026 1221
2029 0213 0404 0616 0816 0922 1016 1221   2030 0203 0405 0605 0805 0912 1005 1222
2031 0123 0405 0624 0824 1001 1024 1222   2032 0211 0404 0612 0812 0919 1012 1221
2033 0131 0404 0601 0801 0908 1001 1221   2034 0219 0405 0620 0820 0927 1020 1222
2035 0208 0405 0610 0810 0916 1009 1222   2036 0128 0404 0530 0828 1004 1027 1221
2037 0215 0404 0618 0817 0924 1017 1221   2038 0204 0405 0607 0807 0913 1007 1222
2039 0124 0405 0527 0826 1002 1026 1222   2040 0212 0404 0614 0814 0920 1014 1221
"""
_COLUMNS = ("春节", "清明", "端午", "七夕", "中秋", "重阳", "冬至")
_FIXED = {
    "元旦": (1, 1),
    "情人节": (2, 14),
    "三八": (3, 8),
    "妇女节": (3, 8),
    "植树节": (3, 12),
    "五一": (5, 1),
    "劳动节": (5, 1),
    "五四": (5, 4),
    "青年节": (5, 4),
    "六一": (6, 1),
    "儿童节": (6, 1),
    "七一": (7, 1),
    "建党节": (7, 1),
    "八一": (8, 1),
    "建军节": (8, 1),
    "教师节": (9, 10),
    "国庆": (10, 1),
    "十一": (10, 1),
    "双十一": (11, 11),
    "双11": (11, 11),
    "双十二": (12, 12),
    "平安夜": (12, 24),
    "圣诞节": (12, 25),
    "愚人节": (4, 1),
    "消费者权益日": (3, 15),
    "雷锋日": (3, 5),
    "地球日": (4, 22),
    "读书日": (4, 23),
    "护士节": (5, 12),
    "环境日": (6, 5),
    "禁毒日": (6, 26),
    "医师节": (8, 19),
    "九一八": (9, 18),
    "烈士纪念日": (9, 30),
    "记者节": (11, 8),
    "消防日": (11, 9),
    "国家宪法日": (12, 4),
    "宪法日": (12, 4),
    "志愿者日": (12, 5),
    "一二九": (12, 9),
    "国家公祭日": (12, 13),
    "公祭日": (12, 13),
}
_FROM_NEW_YEAR = {
    "除夕": -1,
    "除夕夜": -1,
    "大年三十": -1,
    "年三十": -1,
    "元宵": 14,
    "正月十五": 14,
}
_LUNAR_DAYS = {"腊八": (12, 8), "小年": (12, 23)}
_NAMES = sorted((*_COLUMNS, *_FIXED, *_FROM_NEW_YEAR, *_LUNAR_DAYS), key=len, reverse=True)

FESTIVAL = (
    rf"(?:大年|正月)?初(?:[一二三四五六七八九]|十)|(?:{'|'.join(_NAMES)})(?!节?前后)(?:节|那天)?"
)
"""A pattern fragment for the name of a day."""
LEADS = "元情三妇植五劳青六儿七建八教国十双平圣愚消雷地读护环禁医九烈记宪志一公春清端中重冬除大年正初腊小"
"""The characters such a name begins with."""


def find_festival(words: str, today: date, *, step: int) -> date | None:
    """Return the next (step 1) or the last (step -1) day of a name, today included.

    Args:
        words: What `FESTIVAL` matched.
        today: The Shanghai day it was said on.
    """
    in_year = _reader(words.removesuffix("那天"))
    for year in range(today.year - step, today.year + 2 * step, step):
        found = in_year(year)
        if found is not None and (found - today).days * step >= 0:
            return found
    return None


def festival_of(words: str, year: int) -> date | None:
    """Return the day of a name in a year, None beyond the almanac."""
    return _reader(words.removesuffix("那天"))(year)


def _reader(words: str) -> Callable[[int], date | None]:
    name = words if words in (*_FIXED, *_COLUMNS) else words.removesuffix("节")
    if name in _FIXED:
        month, day = _FIXED[name]
        return lambda year: date(year, month, day)
    if name in _COLUMNS:
        return lambda year: _almanac().get((year, name))
    if name in _LUNAR_DAYS:
        return lambda year: lunar_day(year, *_LUNAR_DAYS[name])
    days = _FROM_NEW_YEAR.get(name)
    if days is None:  # 初八: days after the lunar New Year
        days = "一二三四五六七八九十".index(words[-1])
    return lambda year: _after_new_year(year, days)


def _after_new_year(year: int, days: int) -> date | None:
    first = _almanac().get((year, "春节"))
    return None if first is None else first + timedelta(days=days)


_KNOWN: dict[tuple[int, str], date] = {}


def _almanac() -> dict[tuple[int, str], date]:
    """Return the days of the almanac by year and name, read when first asked for."""
    if not _KNOWN:
        for row in re.findall(r"(\d{4})((?: \d{4}){7})", _LUNAR):
            for name, day in zip(_COLUMNS, row[1].split(), strict=True):
                _KNOWN[int(row[0]), name] = date(int(row[0]), int(day[:2]), int(day[2:]))
    return _KNOWN
