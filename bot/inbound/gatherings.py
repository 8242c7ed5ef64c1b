"""Gatherings read from an order: a series (每月第一个周五), or branches that meet together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time

from bot.clock import day_of
from bot.domain.cadence import KIND_ALIASES, KIND_NAMES, MeetingKind
from bot.domain.gatherings import kinds_together
from bot.domain.periods import Month
from bot.domain.series import LAST, Recurrence
from bot.inbound.fields import read_fields
from bot.inbound.numerals import read_int
from bot.inbound.utterance import Utterance

_ORDER = re.compile(
    r"(?:请|麻烦|帮我?)*(?:建会|新建会议|建会议|安排|新建|定)[ :：]?\s?(?P<rest>.*每.+)", re.DOTALL
)
_EVERY = re.compile(
    r"每个?(?:月|周|星期|礼拜)(?:的)?(?:"
    r"(?:的?第(?P<nth>[一二三四五1-5])个?|(?P<last>最后一?个))(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
    r"|(?P<week>[一二三四五六日天])"
    r"|(?P<day>\d{1,2}|[一二三四五六七八九十]{1,3})(?:号|日))"
)
_MONTHLY = re.compile(r"每个?月")
_UNTIL = re.compile(
    r"(?:一直)?(?:到|至|截止到?|直到)(?P<what>年底|今年底|(?P<month>\d{1,2})月(?:底|末)|(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号])(?:为止|止|结束)?"
)
_WEEKDAYS = "一二三四五六日"
_JOINT = re.compile(r"(?:联合|共同|合并?)(?:建|开|安排)会?[ :：]\s?(?P<rest>.+)", re.DOTALL)
_JOINED = re.compile(r"[、，,和与及+]")
_UNIT = re.compile(r"[\u4e00-\u9fa5\d]{1,12}(?:支部|党总支)")
_NOT_ORDER = re.compile(r"[吗？?]|怎|昨天|已经|如何|什么|没有|不(?:要|用|能)")


@dataclass(frozen=True, slots=True)
class SeriesSlots:
    """A series to set up; what is None was not said.

    Attributes:
        until: The last day, inclusive; None for the end of the year.
    """

    recurrence: Recurrence
    title: str | None = None
    at: time | None = None
    place: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class JointSlots:
    """A meeting that several branches hold together; what is None was not said."""

    units: tuple[str, ...]
    title: str | None = None
    day: date | None = None
    at: time | None = None
    place: str | None = None


def find_series(utterance: Utterance) -> SeriesSlots | None:
    """Read `建会 党小组会 每月第一个周五 19:00 二楼 [到6月底]`."""
    found = _ORDER.fullmatch(utterance.text) if "每" in utterance.text else None
    if found is None or _NOT_ORDER.search(utterance.text):
        return None
    every = _EVERY.search(found["rest"])
    recurrence = _recurrence(every) if every else None
    if every is None or recurrence is None:
        return None
    rest, until = _without_until(found["rest"], utterance)
    rest = rest.replace(every[0], " ")
    times = [span.value for span in utterance.times if isinstance(span.value, time)]
    for span in utterance.times:
        rest = rest.replace(utterance.text[span.start : span.end], " ")
    fields = read_fields(utterance, rest, _FAR)
    return SeriesSlots(recurrence, fields.title, times[0] if times else None, fields.place, until)


def find_joint(utterance: Utterance) -> JointSlots | None:
    """Read `联合建会 党课 三支部、五支部 3月12日 10:00 礼堂`."""
    found = _JOINT.fullmatch(utterance.text) if utterance.text[:1] in "联共合" else None
    if found is None or _NOT_ORDER.search(utterance.text):
        return None
    written, units = _units(found["rest"])
    if len(units) < 2:
        return None
    rest = found["rest"].replace(written, " ")
    dates = [span.value for span in utterance.dates if isinstance(span.value, date)]
    times = [span.value for span in utterance.times if isinstance(span.value, time)]
    for span in (*utterance.dates, *utterance.times):
        rest = rest.replace(utterance.text[span.start : span.end], " ")
    fields = read_fields(utterance, rest, _FAR)
    return JointSlots(
        units,
        fields.title,
        dates[0] if dates else None,
        times[0] if times else None,
        fields.place,
    )


def _units(rest: str) -> tuple[str, tuple[str, ...]]:
    """Return the word that names several branches, and the branches it names."""
    for word in rest.split():
        names = tuple(_JOINED.split(word))
        if all(_UNIT.fullmatch(name) for name in names):
            return word, names
    return "", ()


def find_together(text: str) -> str | None:
    """Return the kinds of meetings that a text names side by side (支部党员大会+党课), as written."""
    for found in _TOGETHER.finditer(text):
        if kinds_together(found[0]):
            return found[0]
    return None


def is_apart(utterance: Utterance) -> bool:
    """Tell whether an order to set up a meeting is one of a series, or of several branches."""
    return find_series(utterance) is not None or find_joint(utterance) is not None


_KINDS = "|".join(
    sorted(
        {
            word
            for kind in MeetingKind
            if kind is not MeetingKind.OTHER
            for word in (KIND_NAMES[kind], *KIND_ALIASES[kind])
        },
        key=lambda word: (-len(word), word),
    )
)
_TOGETHER = re.compile(rf"(?:{_KINDS})(?:\s?[+、和与及加暨]\s?(?:{_KINDS}))+")
_FAR = 10_000  # the spans of the utterance were taken out already


def _recurrence(every: re.Match[str]) -> Recurrence | None:
    monthly = bool(_MONTHLY.match(every[0]))
    if every["day"]:
        number = read_int(every["day"]) or 0
        return Recurrence(day=number) if monthly and 1 <= number <= 31 else None
    weekday = every["week"] or every["weekday"]
    number = _WEEKDAYS.index(weekday.replace("天", "日"))
    if every["week"]:
        return None if monthly else Recurrence(weekday=number)
    if not monthly:
        return None
    nth = LAST if every["last"] else read_int(every["nth"]) or 1
    return Recurrence(nth=nth, weekday=number)


def _without_until(rest: str, utterance: Utterance) -> tuple[str, date | None]:
    found = _UNTIL.search(rest)
    if found is None:
        return rest, None
    year = day_of(utterance.now).year
    if found["month"]:
        until = _month(year, found["month"]).last
    elif found["m"]:
        until = _month(year, found["m"]).day(int(found["d"]))
    else:
        until = date(year, 12, 31)
    return rest.replace(found[0], " "), until


def _month(year: int, number: str) -> Month:
    return Month(year, min(max(int(number), 1), 12))
