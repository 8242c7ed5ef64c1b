"""Single expressions of time, money and number, read with the same finders as messages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import cast

from bot.clock import day_of, local
from bot.domain.periods import Month
from bot.inbound.normalise import plain
from bot.inbound.numerals import WORDS, read_number
from bot.inbound.spans.dates import find_dates
from bot.inbound.spans.money import find_money
from bot.inbound.spans.months import find_months, find_years
from bot.inbound.spans.times import find_time_ranges, find_times
from bot.inbound.utterance import Span

_NUMBER = re.compile(rf"\d{{1,3}}(?:,\d{{3}}){{1,4}}|[\d.{WORDS}][\d.{WORDS}点]*")
_AGO = re.compile(
    r"(?P<over>再?过)?(?P<n>半个?|\d{1,4}|[一二两三四五六七八九十]{1,3})\s?个?(?P<half>半)?"
    r"(?P<unit>分钟|小时|钟头|刻钟)(?P<more>半)?(?(over)(?:[以之]?后)?|[以之]?(?P<side>[前后]))"
)
_IDIOM = re.compile(
    r"[三一二][心番天长][二一五两][意用心次短三]|七[上嘴]八[下舌]|乱七八糟|五[花湖颜][八四六]\w|四面八方"
)
_BARE_YEAR = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)(?!\d|年|[-/.]\d)")


def read_value(kind: str, text: str, now: datetime) -> str | None:
    """Return the value of an expression in the form of the values file, or None.

    Args:
        kind: date, time, datetime, months, money, number; with `_range`, or `_none` where the
            text is expected to hold none.
        text: One expression, possibly inside a sentence.
        now: When it was said, aware.
    """
    text = plain(text)
    base = kind.removesuffix("_none")
    today = day_of(now)
    if base == "datetime":
        return _datetime(text, now)
    if base == "datetime_range":
        return _datetime_range(text, now)
    readers = {
        "date": lambda: _date(text, today),
        "date_range": lambda: _date_range(text, today),
        "time": lambda: _time(text),
        "time_range": lambda: _time_range(text),
        "months": lambda: _months(text, today),
        "money": lambda: _money(text),
        "number": lambda: _number(text),
    }
    return readers[base]() if base in readers else None


def _first(spans: Iterable[Span]) -> Span | None:
    return next(iter(spans), None)


def _dates(text: str, today: date) -> list[Span]:
    return [coming for coming, _ in find_dates(text, today, bare_days=True)]


def _date(text: str, today: date) -> str | None:
    span = _first(_dates(text, today))
    if span is None:
        return None
    return str(span.value[0] if isinstance(span.value, tuple) else span.value)


def _date_range(text: str, today: date) -> str | None:
    for span in _dates(text, today):
        if isinstance(span.value, tuple):
            return f"{span.value[0]}/{span.value[1]}"
    months = [*find_months(text, today, past=False, bare_days=True)] or [*find_years(text, today)]
    for span in months:
        if isinstance(span.value, tuple) and isinstance(span.value[0], Month):
            return f"{span.value[0].first}/{span.value[-1].last}"
    return None


def _time(text: str) -> str | None:
    span = _first(find_times(text))
    return f"{span.value:%H:%M}" if span and isinstance(span.value, time) else None


def _time_range(text: str) -> str | None:
    found = _first(find_time_ranges(text))
    if found is None or not isinstance(found.value, tuple):
        return None
    return f"{found.value[0]:%H:%M}/{found.value[1]:%H:%M}"


def _datetime(text: str, now: datetime) -> str | None:
    shifted = _AGO.search(text)
    if shifted:
        return f"{local(now) + _distance(shifted):%Y-%m-%dT%H:%M}"
    day, at = _date(text, day_of(now)), _time(text)
    return f"{day or day_of(now)}T{at}" if at else None


_HOURS = {"分钟": 1 / 60, "刻钟": 1 / 4}


def _distance(match: re.Match[str]) -> timedelta:
    number = 0.5 if match["n"].startswith("半") else float(read_number(match["n"]) or 0)
    number += 0.5 if match["half"] or match["more"] else 0
    hours = number * _HOURS.get(match["unit"], 1)
    return timedelta(hours=-hours if match["side"] == "前" else hours)


def _datetime_range(text: str, now: datetime) -> str | None:
    start, joint, end = text.replace("至", "到").partition("到")
    first, hours = _datetime(start, now), _time_range(text)
    if not joint or first is None:
        return None
    last = _datetime(end, now) if _date(end, day_of(now)) else None
    if last is None and hours is not None:
        last = f"{first[:10]}T{hours[-5:]}"
    return f"{first}/{last}" if last else None


def _months(text: str, today: date) -> str | None:
    spans = list(find_months(text, today, past=False, bare_days=True))
    spans = _listed(text, spans or list(find_years(text, today)))
    if spans:
        months = {str(month) for span in spans for month in cast("tuple[Month, ...]", span.value)}
        return ",".join(sorted(months))
    year = _BARE_YEAR.search(text)
    return ",".join(f"{year['year']}-{number:02}" for number in range(1, 13)) if year else None


def _listed(text: str, spans: list[Span]) -> list[Span]:
    """Return the first stretch and what is listed with it (3月和5月, 1月2月)."""
    listed = spans[:1]
    for span in spans[1:]:
        if text[listed[-1].end : span.start].strip(" 份的、，和跟与及"):
            break
        listed.append(span)
    return listed


def _money(text: str) -> str | None:
    span = _first(find_money(text))
    return f"{span.value / 100:.2f}" if span and isinstance(span.value, int) else None


def _number(text: str) -> str | None:
    text = _IDIOM.sub("", text)
    whole = read_number(text)
    if whole is not None:
        return f"{whole.normalize():f}"
    for match in _NUMBER.finditer(text):
        value = read_number(match[0])
        if value is not None and not _is_word(text, match):
            return f"{value.normalize():f}"
    return None


def _is_word(text: str, match: re.Match[str]) -> bool:
    """Tell 一看, 拾取, 入伍 from numbers."""
    return match[0] in "一拾伍陆肆" and len(text) > 1
