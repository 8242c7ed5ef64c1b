"""Pieces of Chinese wording that several texts share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from bot.clock import day_of, local
from bot.domain.periods import Month, Quarter, Year

MAX_NAMES = 20

_WEEKDAYS = "一二三四五六日"
_NUMBERS = "一二三四"
_FULL_WIDTH = str.maketrans(",;:?!()", "，；：？！（）")
_HAN = "\u4e00-\u9fff"
_PUNCTUATION = re.compile(f"(?<=[{_HAN}])[,;:?!()]|[,;:?!()](?=[{_HAN}])")


def weekday(day: date) -> str:
    """Return the weekday: `周一`."""
    return f"周{_WEEKDAYS[day.weekday()]}"


def day_words(day: date) -> str:
    """Return a day without its year: `3月16日`."""
    return f"{day.month}月{day.day}日"


def day_and_weekday(day: date) -> str:
    """Return a day with its weekday: `3月16日（周一）`."""
    return f"{day_words(day)}（{weekday(day)}）"


def clock_words(moment: datetime) -> str:
    """Return the Shanghai wall time of a moment: `09:02`."""
    return f"{local(moment):%H:%M}"


def moment_words(moment: datetime) -> str:
    """Return day, weekday and time of a moment: `3月16日（周一）15:00`."""
    return f"{day_and_weekday(day_of(moment))}{clock_words(moment)}"


def later_words(moment: datetime, now: datetime) -> str:
    """Return a coming moment as one says it now: `今天08:05`, `明天08:05`, `3月16日（周一）08:05`."""
    day, today = day_of(moment), day_of(now)
    near = {today: "今天", today + timedelta(days=1): "明天"}
    return f"{near.get(day) or day_and_weekday(day)}{clock_words(moment)}"


def month_words(month: Month, year: int | None = None) -> str:
    """Return a month: `3月`, or `2025年12月` where it is not in `year`."""
    prefix = "" if year in (None, month.year) else f"{month.year}年"
    return f"{prefix}{month.number}月"


def period_words(period: Month | Quarter | Year, year: int | None = None) -> str:
    """Return a period as people say it: `3月`, `一季度`, `2025年度`.

    Args:
        year: The year that goes without saying; None where it never needs saying.
    """
    if isinstance(period, Year):
        return f"{period.year}年度"
    if isinstance(period, Month):
        return month_words(period, year)
    prefix = "" if year in (None, period.year) else f"{period.year}年"
    return f"{prefix}{_NUMBERS[period.number - 1]}季度"


def month_ranges(months: Iterable[Month], year: int | None = None) -> str:
    """Return months with neighbours joined: `3–5月`, `3月、5月`, `2025年12月–2026年2月`.

    Args:
        months: In any order; each is said once.
        year: The year that goes without saying; None where one year alone never needs saying.
    """
    ordered = sorted(set(months))
    years = {month.year for month in ordered}
    silent = years == {year} or (year is None and len(years) == 1)
    return "、".join(_run_words(run, silent=silent) for run in _runs(ordered))


def month_list(months: Iterable[Month], year: int | None = None) -> str:
    """Return months one by one: `3月、4月、5月`, with the year where it is not `year`."""
    return "、".join(month_words(month, year) for month in sorted(set(months)))


def names_words(names: Sequence[str], limit: int | None = MAX_NAMES) -> str:
    """Return names joined by 、, cut after `limit`: `张三、李四…等37人`.

    Args:
        limit: None for a list that was asked for: nobody may be missing from it.
    """
    if limit is None or len(names) <= limit:
        return "、".join(names)
    return f"{'、'.join(names[:limit])}…等{len(names)}人"


def with_note(name: str, note: str) -> str:
    """Return a name with a note in brackets, if there is one: `张三（出差）`."""
    if not note:
        return name
    return f"{name[:-1]}，{note}）" if name.endswith("）") else f"{name}（{note}）"


def full_width(text: str) -> str:
    """Return a text whose punctuation next to Chinese characters is full-width."""
    return _PUNCTUATION.sub(lambda mark: mark[0].translate(_FULL_WIDTH), text)


def _runs(ordered: Sequence[Month]) -> list[tuple[Month, Month]]:
    runs: list[tuple[Month, Month]] = []
    for month in ordered:
        if runs and runs[-1][1].shift(1) == month:
            runs[-1] = (runs[-1][0], month)
        else:
            runs.append((month, month))
    return runs


def _run_words(run: tuple[Month, Month], *, silent: bool) -> str:
    first, last = run
    year = "" if silent else f"{first.year}年"
    if first == last:
        return f"{year}{first.number}月"
    if first.year == last.year:
        return f"{year}{first.number}–{last.number}月"
    return f"{first.year}年{first.number}月–{last.year}年{last.number}月"
