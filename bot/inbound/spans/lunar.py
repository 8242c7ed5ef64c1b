"""Days of the lunar calendar: 腊月二十三, 五月初五, 八月十五."""

from __future__ import annotations

from datetime import date, timedelta

from bot.inbound.numerals import read_int

# New Year's day of each lunar year, its months in order (1 has 30 days, 0 has 29), and the month
# that is followed by its leap month, 0 for none: facts of the almanac.
_YEARS = """
2015 0219 010010111010 0    2016 0208 101001011011 0    2017 0128 0101001010111 6
2018 0216 010100101011 0    2019 0205 101010010011 0    2020 0125 0111010010101 4
2021 0212 011010101010 0    2022 0201 101011010101 0    2023 0122 0100110110101 2
2024 0210 010010110110 0    2025 0129 1010010101110 6   2026 0217 101001001110 0
2027 0206 110100100110 0    2028 0126 1110100100110 5   2029 0213 110101010011 0
2030 0203 010110101010 0    2031 0123 0110101101010 3   2032 0211 100101101101 0
2033 0131 0100101011101 11  2034 0219 010010101101 0    2035 0208 101001001101 0
2036 0128 1101001001011 6   2037 0215 110100100101 0    2038 0204 110101010010 0
2039 0124 1101101010100 5   2040 0212 101101011010 0
"""
LUNAR_MONTH = "十[一二]|[正一二三四五六七八九十冬腊]"
LUNAR_DAY = "初[一二三四五六七八九十]|二十[一二三四五六七八九]?|三十|十[一二三四五六七八九]?"
"""Pattern fragments for a month and a day of the lunar calendar."""
_MONTHS = {"正": 1, "冬": 11, "腊": 12}


def read_lunar(month: str, day: str) -> tuple[int, int]:
    """Return the numbers of a month and a day as the fragments match them."""
    number = _MONTHS.get(month) or read_int(month) or 0
    return number, read_int(day.removeprefix("初")) or 0


def find_lunar(month: int, day: int, today: date, *, step: int) -> date | None:
    """Return the next (step 1) or the last (step -1) such day, today included."""
    for year in (today.year - step, today.year, today.year + step):
        found = lunar_day(year, month, day)
        if found is not None and (found - today).days * step >= 0:
            return found
    return None


def lunar_day(year: int, month: int, day: int) -> date | None:
    """Return a day of the lunar year that begins in `year`, None beyond the almanac."""
    first, months, leap = _almanac().get(year, (None, "", 0))
    if first is None or not 1 <= month <= 12:
        return None
    index = month - 1 + (0 < leap < month)
    if not 1 <= day <= 29 + int(months[index]):
        return None
    before = sum(29 + int(length) for length in months[:index])
    return first + timedelta(days=before + day - 1)


_KNOWN: dict[int, tuple[date | None, str, int]] = {}


def _almanac() -> dict[int, tuple[date | None, str, int]]:
    """Return first day, months and leap month by year, read when first asked for."""
    if not _KNOWN:
        words = iter(_YEARS.split())
        for year, first, months, leap in zip(words, words, words, words, strict=True):
            day = date(int(year), int(first[:2]), int(first[2:]))
            _KNOWN[int(year)] = day, months, int(leap)
    return _KNOWN
