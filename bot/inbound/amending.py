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
        return None
    at = [place for place, mark in enumerate(masked) if mark in (_MONTHS, _AMOUNT)]
    told = dict(zip(at, spans, strict=True))
    right = [told[match.start(group)] for group in _RIGHT if match[group]]
    wrong = [told[match.start(group)] for group in _WRONG if match[group]]
    if wrong and type(wrong[0].value) is not type(right[0].value):
        return None
    return Amended(_values(right), _values(wrong))


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
