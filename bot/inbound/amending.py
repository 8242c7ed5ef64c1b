"""Values said alone, as answers (3月, 18, 3月 26), and values put right (不是18，是51; 改成22)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from bot.domain.periods import Month
from bot.inbound.spans.money import find_bare_amounts
from bot.inbound.utterance import Span, Utterance


@dataclass(frozen=True, slots=True)
class Values:
    """Months and an amount in fen, whichever were said."""

    months: tuple[Month, ...] = ()
    fen: int | None = None

    def __bool__(self) -> bool:
        return bool(self.months) or self.fen is not None


@dataclass(frozen=True, slots=True)
class Amended:
    """What is right, and what was wrong where that was said as well."""

    right: Values
    wrong: Values


_MONTHS, _AMOUNT = "M", "A"
_ALONE = re.compile(r"(?:(?:党费|一?共|是|的|交了?|，|\s)*[MA]){1,2}(?:的|党费|\s)*")
_MINE = r"(?:(?:把|将|请|麻烦|帮我|刚才|刚刚|上一?条|前面|那[笔条]|我|的|报|登记|写)*(?:党费|金额|钱数|数字?|月份?|钱)?)"
_IS_WRONG = r"(?:(?:交|写|报|打|填|说|记|弄|搞|登)?(?:错了?|得?不对|多了|少了|有误)(?:了|的)?)"
_IS_RIGHT = r"(?:应该?是|应当是|应为|改成|改为|换成|改到)"
_PUT_RIGHT = re.compile(
    rf"{_MINE}(?:{_IS_WRONG}[，\s]*)?{_IS_RIGHT}\s?(?P<right>[MA])(?:才对|吧|的)?"
    rf"|(?:[少多打写]了?[打写错]了?[，\s]*)?{_MINE}{_IS_WRONG}[，\s]*是\s?(?P<is>[MA])的?"
    r"|(?:刚才|刚刚|刚)?(?:那|上一?|这)笔(?:报的|交的)?是(?P<told>[MA])的?|再?改一下[，\s]*(?P<again>[MA])"
    rf"|{_MINE}不是(?P<wrong>[MA])的?[，\s]*(?:应该?)?是(?P<but>[MA])的?"
    rf"|{_MINE}应?该?是(?P<yes>[MA])的?[，\s]*不是(?P<no>[MA])的?"
    rf"|把?(?P<meant>[MA])[写打说记输报填]成了?(?P<said>[MA])了?"
)
_RIGHT = ("right", "is", "told", "again", "but", "yes", "meant")
_WRONG = ("wrong", "no", "said")
_LONGEST = 30


def values_alone(utterance: Utterance) -> Values:
    """Read a message that holds nothing but months, an amount, or both."""
    if len(utterance.text) > _LONGEST:
        return Values()
    masked, spans = _masked(utterance)
    if not _ALONE.fullmatch(masked) or masked.count(_MONTHS) > 1 or masked.count(_AMOUNT) > 1:
        return Values()
    return _values(spans)


def amended(utterance: Utterance) -> Amended | None:
    """Read a message that does nothing but put a month or an amount right."""
    if len(utterance.text) > _LONGEST:
        return None
    masked, spans = _masked(utterance)
    match = _PUT_RIGHT.fullmatch(masked)
    if match is None:
        return months_put_right(utterance)
    at = [place for place, mark in enumerate(masked) if mark in (_MONTHS, _AMOUNT)]
    told = dict(zip(at, spans, strict=True))
    right = [told[match.start(group)] for group in _RIGHT if match[group]]
    wrong = [told[match.start(group)] for group in _WRONG if match[group]]
    if wrong and type(wrong[0].value) is not type(right[0].value):
        return None
    return Amended(_values(right), _values(wrong))


_SLIP = r"(?:(?:不对)+|(?:写|报|打|填|说|记|弄|搞|登|发|讲|输|看|算)?错|有误)"
_BACK = r"(?:更正|改一?下|撤[了回销]|作废|不算)"
_FILL = (
    r"(?:刚才?|刚刚|[那这上][一]?[个笔条份次]|前面|上面|我|党费|月份|的|了|啦|哒|喽|哈|啊|哦|哟|把|将|请|麻烦"
    r"|帮我|给我|不好意思|对不起|[报写登记交缴转说发]|，|。|:|\s)"
)
_IS = r"(?:应?该?当?(?:是|系|为)|改成|改为|换成|才对|算)"
_OF = r"(?:份|的|党费|那|个|月|了|啦|才对|吧|啊|哈|哦|钱|这个?)*"
_BREAK = r"[，。\s]*"
_MONTHS_RIGHT = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_FILL}*(?:(?:{_SLIP}|{_BACK}){_FILL}*)*不(?:是|系)(?P<wrong>M){_OF}{_BREAK}(?:而|我?交的|这笔)?{_IS}(?P<right>M){_OF}",
        rf"{_FILL}*(?:(?:{_SLIP}|{_BACK}){_FILL}*)*{_IS}?(?P<right>M){_OF}{_BREAK}(?:而|并)?(?:不是|不系|非)(?P<wrong>M){_OF}",
        rf"{_FILL}*(?P<wrong>M){_OF}(?:改成|改为|换成|改到|挪到|改)(?P<right>M){_OF}",
        rf"{_FILL}*{_IS}?(?P<right>M){_OF}{_BREAK}{_FILL}*[写报打填说记弄搞登发讲输看]成了?(?P<wrong>M){_OF}",
        rf"{_FILL}*(?P<wrong>M){_OF}{_FILL}*{_SLIP}{_FILL}*{_IS}(?P<right>M){_OF}",
        rf"{_FILL}*(?:{_SLIP}{_FILL}*)+{_IS}?(?P<right>M){_OF}",
        rf"{_FILL}*(?:{_BACK}{_FILL}*)+{_IS}(?P<right>M){_OF}",
    )
)


def months_put_right(utterance: Utterance) -> Amended | None:
    """Read a message that only says which month was meant (说错了，是9月; 是9月的党费，不是10月)."""
    if len(utterance.text) > _LONGEST or not utterance.months or utterance.money:
        return None
    masked, spans = _masked(utterance)
    if _AMOUNT in masked:
        return None
    at = [place for place, mark in enumerate(masked) if mark == _MONTHS]
    told = dict(zip(at, spans, strict=True))
    for pattern in _MONTHS_RIGHT:
        if match := pattern.fullmatch(masked):
            place = match.start("wrong") if match.groupdict().get("wrong") else None
            wrong = Values() if place is None else _values([told[place]])
            return Amended(_values([told[match.start("right")]]), wrong)
    return None


def _values(spans: list[Span]) -> Values:
    months: tuple[Month, ...] = ()
    fen = None
    for span in spans:
        if isinstance(span.value, int):
            fen = span.value
        else:
            months = cast("tuple[Month, ...]", span.value)
    return Values(months, fen)


def _masked(utterance: Utterance) -> tuple[str, list[Span]]:
    """Return the text with a letter in place of each value, and the values in order."""
    text = utterance.text
    if _MONTHS in text or _AMOUNT in text:
        return "", []
    spans = sorted(_spans(utterance), key=lambda span: span.start)
    masked, end = "", 0
    for span in spans:
        masked += text[end : span.start]
        masked += _AMOUNT if isinstance(span.value, int) else _MONTHS
        end = span.end
    return masked + text[end:], spans


def _spans(utterance: Utterance) -> Iterator[Span]:
    yield from utterance.months
    yield from utterance.money
    taken = (*utterance.months, *utterance.money, *utterance.dates, *utterance.times)
    taken += utterance.counts
    for span in find_bare_amounts(utterance.text, 0, len(utterance.text)):
        if not any(span.start < other.end and other.start < span.end for other in taken):
            yield span
