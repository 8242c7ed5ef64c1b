"""One message with several orders (建会 …，再催一下党费; 1.… 2.…), each read by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.inbound.intents import Intent, Match, Reading, Strength
from bot.inbound.order_words import RECORD, SET_UP
from bot.inbound.own_texts import is_own_text
from bot.inbound.read import read
from bot.inbound.spans.counts import find_below_zero
from bot.inbound.utterance import Utterance

_VERB = r"(?:催|提醒|查|统计|导出|发(?:[个条一布]|通知)|群发|通知|告诉|建[个会一]|补录|补登|登记|录入|记一?下)"
_NEXT = re.compile(
    rf"[，,。；;！\s]+(?:(?:再|另外?|顺便|顺[手道带路]|接着|完了|随后|最后)[，,]?(?:请|帮我?|给我|麻烦|你|把)*(?={_VERB})"
    rf"|(?:然后|同时|还有|并且?)(?:请|帮我|给我|麻烦|你)+(?={_VERB})"
    r"|另外?(?=把[^，,。；;\n]{1,16}(?:[补记登]|录入|催|发)))"
    rf"|(?:^|\n)\d{{1,2}}[.、)）．]\s?(?={_VERB})"
)
_HALF = re.compile(r"[。；;]")
_KINDS = (
    ("set up", re.compile(rf"{SET_UP.pattern}|^(?:请|麻烦|帮我)?(?:新?建|创建|发布)")),
    ("record", RECORD),
    ("dues", re.compile(r"催|(?:提醒|知会|念叨|吱).{0,12}(?:党费|[交缴])")),
)
"""Orders of two kinds, each with a sentence of its own: the day of one is not that of the other."""
_TEACHES = ("教 ", "说法 ", "忘掉 ")
_TELLS_THEM = re.compile(r"(?:通知|告诉|群发)(?:一下|一声)?(?:大家|所有人|全体)?[。！\s]*$")


def matches_of(utterance: Utterance, intents: Sequence[Intent]) -> list[Match]:
    """Return all readings of a message, order by order where the bot is given several.

    Of a text that the bot itself has written only a command in its form is read (发通知 …); what
    is taught (教 老规矩 党费 11月 40) is said of a wording, and never done.
    """
    found = _all_matches(utterance, intents)
    if is_own_text(utterance.raw) or utterance.text.startswith(_TEACHES):
        return [match for match in found if match.reading.strength is Strength.EXACT]
    return found


def _all_matches(utterance: Utterance, intents: Sequence[Intent]) -> list[Match]:
    found: list[Match] = []
    for part, at in _orders(utterance):
        for intent in intents:
            if intent.marks and intent.marks.isdisjoint(part.marks):
                continue
            for reading in readings_of(part, intent):
                moved = replace(reading, span=_later(reading.span, at)) if at else reading
                found.append(Match(intent, moved))
    return found


def readings_of(utterance: Utterance, intent: Intent) -> Sequence[Reading]:
    """Return the readings of one intent, with the minus sign one of its numbers was written with."""
    readings = intent.recognise(utterance)
    return _signed(readings, utterance.text) if readings and intent.numbers else readings


def _signed(readings: Sequence[Reading], text: str) -> list[Reading]:
    return [
        replace(
            reading,
            below_zero=next(
                (
                    (text[span.start : span.end], str(span.value))
                    for span in find_below_zero(text)
                    if reading.span[0] <= span.start < reading.span[1]
                ),
                None,
            ),
        )
        for reading in readings
    ]


class _Elsewise(Exception):
    """A stretch by itself is brought into another form than within the whole."""


def _later(span: tuple[int, int], by: int) -> tuple[int, int]:
    return span[0] + by, span[1] + by


def _orders(utterance: Utterance) -> list[tuple[Utterance, int]]:
    raw = utterance.raw
    if utterance.addressed and utterance.clauses and (_NEXT.search(raw) or any(_halves(raw))):
        try:
            parts = list(_parts(utterance))
        except _Elsewise:
            return [(utterance, 0)]
        if len(parts) > 1:
            return parts
    return [(utterance, 0)]


def _parts(utterance: Utterance) -> Iterator[tuple[Utterance, int]]:
    """Yield each order, cut where it was typed, with where it begins in the normalised text.

    Raises:
        _Elsewise: Then nothing is cut.
    """
    end = 0
    for raw_start, raw_end in _cut(utterance.raw):
        part = read(
            utterance.raw[raw_start:raw_end],
            quoted=None,
            private=utterance.private,
            addressed=True,
            now=utterance.now,
            lexicon=utterance.lexicon,
        )
        start = utterance.text.find(part.text, end)
        if start < 0:
            raise _Elsewise
        end = start + len(part.text)
        if part.text:
            yield part, start


def _halves(text: str) -> Iterator[tuple[int, int]]:
    """Yield the mark between two sentences of which each orders something else."""
    start = 0
    for found in _HALF.finditer(text):
        left, right = _kinds(text[start : found.start()]), _kinds(text[found.end() :])
        if left and right and left.isdisjoint(right):
            yield found.span()
            start = found.end()


def _kinds(text: str) -> frozenset[str]:
    return frozenset(kind for kind, pattern in _KINDS if pattern.search(text))


def _cut(text: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches between the marks of a further order; a lone 再通知大家 is none."""
    start = 0
    nexts = (m.span() for m in _NEXT.finditer(text) if not _TELLS_THEM.match(text, m.end()))
    for begin, end in sorted({*nexts, *_halves(text)}):
        if begin > start:
            yield start, begin
        start = max(start, end)
    if start < len(text):
        yield start, len(text)
