"""Greetings and thanks, said to the bot alone (你好, 谢谢).

Example:
    张三: 谢谢
    » 不用谢，有事随时发给我。
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from bot.domain.privacy import say, writer
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength, Waiting
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance

HELLO = "{name}您好，我是支部小助手。会前回复 签到，来不了回复 请假 原因，不清楚就回复 帮助。"
WELCOME = "不用谢，有事随时发给我。"
GOODBYE = "好的，有事随时发给我。"


class Courtesy(Enum):
    """What sort of courtesy it is, with the words that answer it."""

    GREETING = HELLO
    THANKS = WELCOME
    GOODBYE = GOODBYE


@dataclass(frozen=True, slots=True)
class CourtesySlots:
    """A courtesy that asks for nothing."""

    courtesy: Courtesy


EXAMPLES = ("你好", "您好", "谢谢", "谢谢小助手", "辛苦了", "在吗", "再见")
SILENT = ("谢谢，签到", "你好，我要请假", "谢谢你的伞", "在吗，党费怎么交")

_ADDRESSEE = r"(?:小助手|机器人|书记|委员|您|你|大家)*"
_ENDING = r"[了啦啊呀哈哦嘞~！。，\s]*"
_KINDS = (
    (
        Courtesy.GREETING,
        rf"{_ADDRESSEE}(?:好|在吗|在不在|早|早上好|上午好|中午好|下午好|晚上好|hi|hello|嗨){_ENDING}[？]?",
    ),
    (
        Courtesy.THANKS,
        rf"(?:非常|十分|太|多)?(?:谢谢|多谢|谢了|感谢|辛苦|麻烦|费心){_ADDRESSEE}{_ENDING}",
    ),
    (Courtesy.GOODBYE, rf"(?:再见|拜拜|没事|没别的事|先这样){_ENDING}"),
)
_PATTERNS = tuple((kind, re.compile(words, re.IGNORECASE)) for kind, words in _KINDS)
_MERE = frozenset(("好", "早"))  # 好 alone acknowledges, and greets nobody
_LONGEST = 12


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise a message that is nothing but a courtesy (`BARE`)."""
    text = utterance.text
    if len(text) > _LONGEST or text in _MERE:
        return []
    for kind, pattern in _PATTERNS:
        if pattern.fullmatch(text):
            return [Reading(CourtesySlots(kind), Strength.BARE, (0, len(text)))]
    return []


def handle(slots: CourtesySlots, context: Context) -> Reply:
    """Return the courtesy in one short line."""
    return Reply(say(slots.courtesy.value, name=writer(context.actor.name)))


def _waits(context: Context) -> Waiting:
    """Among people courtesies are theirs; only what is said to us is answered."""
    addressed = context.private or context.message.mentions_bot
    return Waiting.OPEN if addressed else Waiting.NOTHING


INTENT = Intent(
    name="courtesy",
    title="问好",
    recognise=recognise,
    handle=handle,
    waits=_waits,
    examples=EXAMPLES,
    silent=SILENT,
)
