"""Days off with a name: 清明假期, 五一期间, 国庆那几天, as the year's notice of the State Council sets them."""

from __future__ import annotations

from datetime import date, timedelta

from bot.inbound.spans.festivals import festival_of

_NAMES = {"劳动节": "五一", "十一": "国庆", "过年": "春节", "大年": "春节"}
HOLIDAY = (
    r"(?P<hol>元旦|春节|过年|清明|五一|劳动节|端午|中秋|国庆|十一)节?"
    r"(?:的?(?:小长假|长假|假期|放假|假日|假)(?:期间|那几天|这几天|那[两三]天|里)?|期间|那几天|这几天|那[两三]天)"
    r"(?=$|[\s，。？！]|我|俺|本人|请|不|没|有|回|[去来]|要|得|出|在|家|老家|孩|外|的(?!通知|安排|值班表)|还|都|也|能|开|搞|上|休息|报|参加)"
)
"""A pattern fragment for the days off around a festival."""

# First and last day off, as published; a test holds them against an independent table.
_PUBLISHED = """
2024 元旦 0101 0101  春节 0210 0217  清明 0404 0406  五一 0501 0505  端午 0610 0610  中秋 0915 0917  国庆 1001 1007
2025 元旦 0101 0101  春节 0128 0204  清明 0404 0406  五一 0501 0505  端午 0531 0602  中秋 1001 1008  国庆 1001 1008
2026 元旦 0101 0103  春节 0215 0223  清明 0404 0406  五一 0501 0505  端午 0619 0621  中秋 0925 0927  国庆 1001 1007
"""
_DAYS = {"五一": 5, "国庆": 7}
_FRIDAY, _SATURDAY, _SUNDAY = 4, 5, 6
_KNOWN: dict[tuple[int, str], tuple[date, date]] = {}


def find_holiday(name: str, today: date, *, step: int) -> tuple[date, date] | None:
    """Return the next (step 1) or the last (step -1) days off of a name, those running now included."""
    for year in range(today.year - step, today.year + 2 * step, step):
        days = holiday_of(name, year)
        if days is not None and (days[1] >= today if step > 0 else days[0] <= today):
            return days
    return None


def holiday_of(name: str, year: int) -> tuple[date, date] | None:
    """Return first and last day off of a name; where the notice is not known, by the usual rule."""
    name = _NAMES.get(name, name)
    published = _table().get((year, name))
    if published is not None:
        return published
    day = festival_of(name, year)
    if day is None:
        return None
    if name in _DAYS:
        return day, day + timedelta(days=_DAYS[name] - 1)
    if name == "春节":
        return day - timedelta(days=1), day + timedelta(days=6)
    return _with_weekend(day)


def _with_weekend(day: date) -> tuple[date, date]:
    """Return a festival of one day with the weekend it touches."""
    weekday = day.weekday()
    if weekday == 0:
        return day - timedelta(days=2), day
    if weekday in (_FRIDAY, _SATURDAY, _SUNDAY):
        first = day if weekday != _SUNDAY else day - timedelta(days=1)
        return first, first + timedelta(days=2)
    return day, day


def _table() -> dict[tuple[int, str], tuple[date, date]]:
    """Return the published days off by year and name, read when first asked for."""
    if not _KNOWN:
        for line in _PUBLISHED.split("\n"):
            year, *words = line.split() or [""]
            for name, first, last in zip(words[::3], words[1::3], words[2::3], strict=True):
                _KNOWN[int(year), name] = (_day(year, first), _day(year, last))
    return _KNOWN


def _day(year: str, words: str) -> date:
    return date(int(year), int(words[:2]), int(words[2:]))
