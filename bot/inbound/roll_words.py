"""Orders about the roll as keepers write them: 转正 李四 3月12日, 转出 张三 到 五支部 党费交到3月."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar, cast

from bot.clock import day_of
from bot.domain.members import POSTS
from bot.domain.periods import Month
from bot.domain.roll import ChangeKind
from bot.inbound.utterance import Mood, Utterance

T = TypeVar("T")

CHANGE_WORDS: Mapping[str, ChangeKind] = {
    "转正": ChangeKind.FULL,
    "按期转正": ChangeKind.FULL,
    "外出流动": ChangeKind.MOBILE,
    "流动返回": ChangeKind.BACK,
    "失联": ChangeKind.LOST,
    "失去联系": ChangeKind.LOST,
    "恢复联系": ChangeKind.FOUND,
    "停止党籍": ChangeKind.SUSPENDED,
    "恢复党籍": ChangeKind.RESUMED,
    "出党": ChangeKind.LEFT,
    "退党": ChangeKind.LEFT,
    "劝其退党": ChangeKind.LEFT,
    "除名": ChangeKind.LEFT,
    "开除党籍": ChangeKind.LEFT,
    "去世": ChangeKind.DIED,
    "逝世": ChangeKind.DIED,
    "病故": ChangeKind.DIED,
    "暂停表决权": ChangeKind.VOTE_BARRED,
    "留党察看": ChangeKind.VOTE_BARRED,
    "恢复表决权": ChangeKind.VOTE_RESTORED,
    "不作硬性要求": ChangeKind.EXCUSED,
    "恢复参加要求": ChangeKind.EXPECTED,
    "不计入应到会": ChangeKind.LEFT_OUT,
    "不计入应到": ChangeKind.LEFT_OUT,
    "恢复计入应到会": ChangeKind.COUNTED,
    "恢复计入应到": ChangeKind.COUNTED,
}
_ALSO = {"接收预备党员": ChangeKind.ADMITTED, "转入": ChangeKind.IN, "转出": ChangeKind.OUT}

NAME = r"(?P<name>已匿名\d+|[一-鿿·]{2,15}?)"
_BY_LENGTH = sorted(CHANGE_WORDS, key=len, reverse=True)
_VERB = rf"(?P<verb>{'|'.join(_BY_LENGTH)})"
_CHANGE = re.compile(rf"(?:请|麻烦)?(?:登记)?{_VERB}[\s:]+{NAME}(?:同志)?(?P<rest>[\s，].*)?")
_NAME_FIRST = re.compile(rf"(?:请|麻烦)?(?:登记)?\s?{NAME}(?:同志)?\s{_VERB}(?P<rest>[\s，].*)?")
_TAKE_BACK = re.compile(
    rf"名册[更改]正[\s:]+{NAME}(?:同志)?\s+"
    rf"(?P<verb>{'|'.join([*_BY_LENGTH, *_ALSO])})(?:的?登记)?(?P<rest>[\s，].*)?"
)
_ADMIT = re.compile(
    rf"(?:登记)?(?:接收|发展)(?:预备党员[\s:]+{NAME}|\s?(?P<named>[一-鿿·]{{2,4}})\s?为预备党员)"
    r"(?P<rest>[\s，].*)?"
)
_UNIT = re.compile(
    r"(?:^|[\s，])(?P<unit>[^\s，。:]{1,24}(?:支部|总支|党委|小组|社区|街道))(?=[\s，]|$)"
)
_MONTH_AFTER = re.compile(r"党费(?:已经?)?[交缴](?:到|至)")
_TERM = re.compile(r"(?:任期)?(?:到|至)\s?$")
_ASKED = re.compile(r"[?？]|[吗呢]$|怎么[弄办填写发]|如何")
POST = "|".join(sorted(POSTS, key=len, reverse=True))
_POST = re.compile(rf"(?P<of>[^\s，。:、为任的]{{0,24}}?)(?P<post>{POST})")
_POST_OF = re.compile(r"(?P<of>党?支部|党小组|街道)(?=.*(?:书记|长|专干)$)")


@dataclass(frozen=True, slots=True)
class Written:
    """An order about one person, as written.

    Attributes:
        day: The Shanghai day named, nearest to today; None where none was.
        words: What else was written, without the day and the unit.
        unit: The unit named.
    """

    name: str
    day: date | None
    words: str
    unit: str | None = None


def is_order(utterance: Utterance, *, with_reason: bool = False) -> bool:
    """Tell whether an utterance may be an order: said to the bot, and not asked.

    Args:
        with_reason: Words of its own belong to it (没写交到几月), which ask nothing.
    """
    asked = any(clause.mood is Mood.QUESTION for clause in utterance.clauses)
    if with_reason:
        asked = bool(_ASKED.search(utterance.text))
    return utterance.addressed and not asked and not utterance.to_others


def read_change(utterance: Utterance) -> tuple[str, Written] | None:
    """Read a change of the roll in its written form; return (the verb, the rest)."""
    return _read(utterance, _CHANGE) or _read(utterance, _NAME_FIRST)


def read_take_back(utterance: Utterance) -> tuple[str, Written] | None:
    """Read 名册更正 张三 转正 登记错了; return (the verb, the rest)."""
    return _read(utterance, _TAKE_BACK, with_reason=True)


def read_admission(utterance: Utterance) -> Written | None:
    """Read 接收预备党员 赵新 3月10日."""
    found = _ADMIT.fullmatch(utterance.text)
    if found is None or not is_order(utterance):
        return None
    return _written(utterance, found["name"] or found["named"], found.start("rest"), found["rest"])


def change_of(verb: str) -> ChangeKind:
    """Return which change a word of an order names."""
    return CHANGE_WORDS[verb] if verb in CHANGE_WORDS else _ALSO[verb]


def written(utterance: Utterance, found: re.Match[str]) -> Written:
    """Return what a pattern with `name` and `rest` found, its day and unit read."""
    return _written(utterance, found["name"], found.start("rest"), found["rest"])


def nearest_day(utterance: Utterance, start: int = 0, end: int | None = None) -> date | None:
    """Return the first day named within [start, end), read as the one nearest to today."""
    today = day_of(utterance.now)
    stop = len(utterance.text) if end is None else end
    for coming, past in zip(utterance.dates, utterance.past_dates, strict=True):
        if start <= coming.start < stop:
            days = (_first(coming.value), _first(past.value))
            return min(days, key=lambda day: abs(day - today))
    return None


def term_of(utterance: Utterance) -> tuple[date | None, date | None]:
    """Return (the day from which, the last day) of an appointment: 4月1日 到2029年3月31日."""
    since: date | None = None
    for span in utterance.dates:
        if _TERM.search(utterance.text, 0, span.start):
            last = span.value[1] if isinstance(span.value, tuple) else _first(span.value)
            return since, last
        if isinstance(span.value, tuple):
            return _first(span.value), span.value[1]
        since = nearest_day(utterance, span.start, span.end)
    return since, None


def month_of_dues(utterance: Utterance) -> Month | None:
    """Return the month of 党费交到3月, the last one where several are named."""
    found = _MONTH_AFTER.search(utterance.text)
    if found is None:
        return None
    for span in utterance.months:
        if span.start <= found.end() + 1 and span.end > found.end():
            return max(cast("tuple[Month, ...]", span.value))
    return None


def split_post(words: str) -> tuple[str | None, str | None]:
    """Return (the unit written right before a post, the post), None for what is not there.

    七支部书记 is of 七支部, 第三党支部副书记 of 第三党支部; 支部书记 names no unit.
    """
    found = _POST.search(words)
    if found is None:
        return None, None
    post, of = found["post"], found["of"]
    own = _POST_OF.match(post)
    return (of + (own["of"] if own else "") or None) if of else None, post


def _read(
    utterance: Utterance, pattern: re.Pattern[str], *, with_reason: bool = False
) -> tuple[str, Written] | None:
    found = pattern.fullmatch(utterance.text)
    if found is None or not is_order(utterance, with_reason=with_reason):
        return None
    return found["verb"], written(utterance, found)


def _written(utterance: Utterance, name: str, start: int, rest: str | None) -> Written:
    if not rest:
        return Written(name, None, "")
    text, unit = rest, None
    for span in sorted(utterance.dates, key=lambda span: -span.start):
        begin, end = span.start - start, span.end - start
        if 0 <= begin < end <= len(text):
            text = f"{text[:begin]} {text[end:]}"
    named = _UNIT.search(text)
    if named is not None:
        unit = named["unit"]
        text = f"{text[: named.start()]} {text[named.end() :]}"
    return Written(name, nearest_day(utterance, start), " ".join(text.strip(" ，。").split()), unit)


def _first(value: object) -> date:
    return cast("date", value[0] if isinstance(value, tuple) else value)
