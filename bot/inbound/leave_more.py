"""More days of a leave, as they are added to it: 请到20号, 礼拜五也请."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.inbound.utterance import Utterance

_UP_TO = re.compile(
    r"(?:我|俺|那|就|得|要|想|先|一直|连着|都|假)*(?:请|延|续)[到至](?:了|D)*D(?:为止|吧|了|哈|啊|再说|的)*"
)
_ALSO = re.compile(
    r"(?:我|俺|那|还有|另外|对了|，)*D(?:那天|那次|那场|的会|的活动|的|会|我|俺|[上下]午|晚上)*"
    r"也(?:要|得|想|一起|一并)*(?:请(?:一下|个|上|了|吧|哈|啊)*|[来去]不了|不[来去]了?)(?:吧|了|哈|啊)*"
    r"|(?:我|俺|那|还有|另外|对了|，)*也请D的?(?:吧|了|哈|啊)*"
)
_MARK = "D"
_SAYS = frozenset("请延续也")


@dataclass(frozen=True, slots=True)
class MoreDays:
    """A further stretch of a leave.

    Attributes:
        first: None where it goes on from the leave asked before (请到20号).
        last: Inclusive, None for a single day.
    """

    first: date | None
    last: date | None


def more_days(utterance: Utterance) -> MoreDays | None:
    """Read a message that is nothing but a further day of one's leave, said to the bot."""
    text = utterance.text
    if not utterance.addressed or len(utterance.dates) != 1 or _SAYS.isdisjoint(text):
        return None
    span = utterance.dates[0]
    said = f"{text[: span.start]}{_MARK}{text[span.end :]}"
    if _MARK in text:
        return None
    first, last = span.value if isinstance(span.value, tuple) else (span.value, None)
    if not isinstance(first, date):
        return None
    if _UP_TO.fullmatch(said):
        return None if last else MoreDays(None, first)
    return MoreDays(first, last) if _ALSO.fullmatch(said) else None
