"""A seat given to somebody else, read from what was said (换孙丽去, 我不去了，让孙丽去)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.inbound.intents import Reading, Strength
from bot.inbound.names import is_kin, read_names
from bot.inbound.utterance import Utterance


@dataclass(frozen=True, slots=True)
class SwapSlots:
    """Somebody goes instead of the writer.

    Attributes:
        name: Who, as written.
        title: The activity named, if any.
    """

    name: str
    title: str | None = None


_OPENS = re.compile(
    r"(?:(?P<title>(?![这那换让改由叫就]|今天|明天)[^我，\d\s]{2,8}?)(?:活动)?那?天?)?(?:我|俺)?(?:[去来]不[了成]|不[去来参]加?|有事|没空|退出|这次|临时|[，\s了]|就|那|的话|活动)*"
    r"(?:换成?|改成?|让给|让|由|叫|喊|请)(?=\S{2})"
)
_ENDS = re.compile(
    r"(?:同志)?(?:[代替顶]我|帮我|来|就|一个|的位子?|的名额|代替|顶替"
    r"|顶上|[去参]加|去|上|参加|吧|了|行吗|可以吗|行不|好了)+"
)
_NOT_I = re.compile(r"不[去来参]|[去来]不|退出")
_SWAPS = re.compile(r"换|让|改|由|叫|喊|请")


def recognise_swap(utterance: Utterance) -> list[Reading]:
    """Recognise 换孙丽去, said to the bot (`BARE`), and 我不去了，换孙丽去, which is clear."""
    text = utterance.text
    if not utterance.addressed or not _SWAPS.search(text):
        return []
    opens = _OPENS.match(text)
    if opens is None:
        return []
    names, end = read_names(text, opens.end(), utterance.lexicon)
    if len(names) != 1 or is_kin(names[0]) or not _ENDS.fullmatch(text, end):
        return []
    strength = Strength.CLEAR if _NOT_I.search(opens[0]) else Strength.BARE
    return [Reading(SwapSlots(names[0], opens["title"]), strength, (0, len(text)))]
