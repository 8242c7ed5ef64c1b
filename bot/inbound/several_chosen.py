"""Several numbers of one question at once (1和2, 报名1和2, 两个都请)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.inbound.intents import Reading, Strength
from bot.inbound.numerals import read_int
from bot.inbound.utterance import Utterance


@dataclass(frozen=True, slots=True)
class SeveralSlots:
    """More than one of the options.

    Attributes:
        numbers: Those chosen, in order, each once; empty for all that were offered.
        heads: How many all are, where that was said (两个都请).
        signs_up: Said with 报: without a question, the numbers are those of activities.
    """

    numbers: tuple[int, ...] = ()
    heads: int | None = None
    signs_up: bool = False


_N = r"(?:第?(?:[1-9]\d?|[一二三四五]))"
_AND = r"\s?(?:和|跟|与|、|，|,|/|\+|以及|还有|加上?|\s)\s?(?:报名?|选)?"
_WORDS = r"(?:我|俺|就|也|想|要|请|麻烦|帮我|给我|把|那)*"
_SEVERAL = re.compile(
    rf"{_WORDS}(?:(?P<signs>报名?)|选|取消|请假?)?\s?(?P<numbers>{_N}(?:号|个)?(?:{_AND}{_N}(?:号|个)?){{1,4}})"
    r"(?:号|个|项|场|次|这?[两三四五]个|的|我|会|活动)*(?:都|全)?(?P<does>报上?名?|选|要|去|来|参加|请假?|取消|退)?(?:了|吧|上|哈|啊)*"
)
_ALL = re.compile(
    rf"{_WORDS}(?:[这那]?(?P<n>[两二俩三四五2-5])个?(?:会|场|次|天)?|[这那]?几个会?|全部|所有的?)?{_WORDS}[都全](?:要|得|想)?(?:请(?:个|一下)?假?|去不了|来不了)(?:了|吧|哈|啊|上)*"
)
_ALL_MEETINGS = re.compile(
    r"(?:[这那](?P<n>[两二三四五2-5])|[这那]几)(?:次|个|场|回)的?(?:会|活动|学习)[，\s]?(?:我|俺)?(?:[都全])(?:要|得|想)?请"
)
"""这两次会我都请假, with whatever reason behind it."""
_EACH = re.compile(r"\d{1,2}|[一二三四五]")
_HOLDS_TWO = re.compile(r"[\d一二三四五].*[\d一二三四五]|[都全]")
_DAYS = re.compile(r"[^选报]*[\d一二三四五]+号[^选报]*号[^选报]*")
"""1号和2号 are days."""
_LONGEST = 20


def is_several(text: str) -> bool:
    """Tell whether a text is nothing but several numbers of a question (报名1和2)."""
    if len(text) > _LONGEST or not _HOLDS_TWO.search(text):
        return False
    return bool(_SEVERAL.fullmatch(text)) and not _DAYS.fullmatch(text)


def heads_of_all(text: str) -> int | None:
    """Return how many 两个会都请假 speaks of, 0 where it does not say, None where it is not that."""
    match = _ALL.fullmatch(text) if len(text) <= _LONGEST else _ALL_MEETINGS.search(text)
    match = match or _ALL_MEETINGS.search(text)
    return (read_int(match["n"]) or 0 if match["n"] else 0) if match else None


def recognise_several(utterance: Utterance) -> list[Reading]:
    """Recognise 1和2 and 两个都请 (`BARE`): they answer a question, and nothing else."""
    text = utterance.text
    if len(text) > _LONGEST or not _HOLDS_TWO.search(text):
        return []
    span = (0, len(text))
    if _DAYS.fullmatch(text):
        return []
    if match := _SEVERAL.fullmatch(text):
        numbers = tuple(
            dict.fromkeys(read_int(one) or 0 for one in _EACH.findall(match["numbers"]))
        )
        signs = bool(match["signs"]) or (match["does"] or "").startswith("报")
        several = len(numbers) > 1
        return [Reading(SeveralSlots(numbers, None, signs), Strength.BARE, span)] if several else []
    if match := _ALL.fullmatch(text):
        heads = read_int(match["n"]) if match["n"] else None
        return [Reading(SeveralSlots((), heads), Strength.BARE, span)]
    return []
