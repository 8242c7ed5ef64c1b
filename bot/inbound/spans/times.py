"""Times of day: 10:00, 下午3点, 晚上七点半, 两点一刻; the start where a span is given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from itertools import pairwise

from bot.inbound.numerals import SMALL, read_int
from bot.inbound.utterance import Span

_PART = (
    "凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|夜里|半夜|今晚|明晚|昨晚|今早|明早"
    "|今晨|一早|早|晚"
)
_N = rf"\d{{1,2}}|[{SMALL}]{{1,3}}"
_FOUND = re.compile(
    rf"(?P<part>{_PART})?(?:的)?\s?(?:差(?P<less>{_N}|一刻)分?钟?(?:到|就)?\s?)?(?:"
    r"(?:(?<![\d:])|(?<=20\d\d-\d\d-\d\d)|(?<=20\d{6}))(?P<clock>\d{1,2}):(?P<minute>[0-5]\d)(?![\d])"
    r"(?:\s?(?P<pm>[ap]m|[AP]M)(?![a-zA-Z]))?"
    rf"|(?:(?<![\d.{SMALL}这那几周期拜])|(?<=[周期拜][一二三四五六日天])|(?<=十[一二三四五六七八九])(?=\d))(?P<hour>{_N})(?P<unit>点钟?(?![零一二三四五六七八九](?![一二三"
    rf"四五六七八九十刻分楼层]))|时(?![候间光常而不]))"
    rf"(?P<rest>半|整|[一三13]刻|差(?:一刻|(?:{_N})分)|过(?:{_N})分|(?:\d{{1,2}}|[{SMALL}]{{1,3}})(?:分(?!之)"
    rf"|(?![\d{SMALL}度人个块元楼层])))?)"
)
_APART = re.compile(
    rf"(?:[今明]天?|后天|[一二三四五六日天号日])(晚上|晚|下午|早上|早晨|早|上午)(?!\s?(?:\d|[{SMALL}]))"
)
_SHORT_START = re.compile(rf"(?P<part>{_PART})?\s?(?<![\d:])(?P<hour>{_N})(?:点)?[到至~-]")
_A_BIT = frozenset("一")
_AFTERNOON = frozenset(("下午", "傍晚", "晚上", "晚间", "夜里", "今晚", "明晚", "昨晚", "晚"))
_MORNING = frozenset(
    ("凌晨", "半夜", "清晨", "早上", "早晨", "上午", "今早", "明早", "今晨", "一早", "早")
)


def find_times(text: str) -> Iterator[Span]:
    """Yield times of day; without a part of day, hours 1–6 are in the afternoon.

    01:50 with its zero is written by the 24-hour clock and stays in the night.
    """
    for match in _FOUND.finditer(text):
        value = _value(match, _said_before(text, match.start()))
        if value is not None:
            yield Span(match.start(), match.end(), value)


def _said_before(text: str, position: int) -> str:
    """Return the part of day said apart and before (本周一晚支部大会，七点开始)."""
    found = _APART.findall(text, max(position - 20, 0), position)
    return found[-1] if found else ""


def find_time_ranges(text: str) -> Iterator[Span]:
    """Yield spans of hours (9~12点半, 下午2点到5点) as pairs; the end shares the part of day."""
    for match in _SHORT_START.finditer(text):
        end = _FOUND.match(text, match.end())
        part = match["part"] or ""
        if end:
            yield from _paired(match.start(), (part, match["hour"], 0), end)
    spans = list(_FOUND.finditer(text))
    for one, other in pairwise(spans):
        between = text[one.end() : other.start()].strip()
        start = _value(one)
        if between in ("到", "至", "~", "-") and start is not None:
            part = one["part"] or ""
            yield from _paired(one.start(), (part, str(start.hour), start.minute), other)


def _paired(position: int, start: tuple[str, str, int], end: re.Match[str]) -> Iterator[Span]:
    part, hour, minute = start
    first = time_of(part, read_int(hour) or 0, minute)
    last = _value(end, part)
    if first is not None and last is not None:
        yield Span(position, end.end(), (first, last))


def _value(match: re.Match[str], before: str = "") -> time | None:
    part = match["part"] or before
    if match["clock"]:
        part = {"p": "下午", "a": "上午"}.get((match["pm"] or "").lower()[:1], part)
        return _by_clock(part, match["clock"], int(match["minute"]))
    hour, rest = read_int(match["hour"]), match["rest"] or ""
    if hour is None or _is_a_bit(match, part, rest):
        return None
    if rest.startswith("差"):
        return _earlier(time_of(part, hour, 0), rest[1:].removesuffix("分"))
    return _earlier(time_of(part, hour, _minutes(rest)), match["less"])


def _by_clock(part: str, hour: str, minute: int) -> time | None:
    if part or hour[0] != "0":
        return time_of(part, int(hour), minute)
    return time(int(hour), minute)


def _earlier(at: time | None, less: str | None) -> time | None:
    """Take off the minutes of 差十分九点."""
    if at is None or not less:
        return at
    minutes = 15 if less == "一刻" else read_int(less) or 0
    whole = (at.hour * 60 + at.minute - minutes) % (24 * 60)
    return time(whole // 60, whole % 60)


def _is_a_bit(match: re.Match[str], part: str, rest: str) -> bool:
    """Tell 早一点, 有一点 from one o'clock."""
    exact = rest or match["unit"] == "点钟" or len(part) > 1
    return match["hour"] in _A_BIT and not exact


def _minutes(rest: str) -> int:
    if rest in ("", "整"):
        return 0
    if rest == "半":
        return 30
    if rest.endswith("刻"):
        return 15 if rest[0] in "一1" else 45
    return read_int(rest.removesuffix("分").removeprefix("过")) or 0


def time_of(part: str, hour: int, minute: int) -> time | None:
    """Return the time of day an hour with its part of day means, or None where there is none."""
    late = part in _AFTERNOON or (part == "中午" and hour < 6)
    if 1 <= hour < 12 and (late or (not part and hour <= 6)):
        hour += 12
    if hour == 12 and part in ("晚上", "夜里", "半夜", "今晚", "明晚", "昨晚", "凌晨"):
        hour = 0
    return time(hour, minute) if hour < 24 and minute < 60 else None
