"""Where to ring when the office is closed (值班电话).

Example:
    张三: 值班电话
    » 值班电话写在支部的公告栏。急事请直接找书记。
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply, reply
from bot.inbound.utterance import Utterance

ANSWER = "值班电话写在支部的公告栏。急事请直接找书记。"
EXAMPLES = ("值班电话", "值班电话是多少", "今天谁值班")
SILENT = ("我去值班", "值班的同志辛苦了", "值班表改好了")

_ASKED = re.compile(r"值班电话(?:是多少|多少|是什么)?[？?]?|今天谁值班[？?]?")


@dataclass(frozen=True, slots=True)
class DutySlots:
    """Nothing but the question."""


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise the question (`CLEAR`); anything longer is left to the others."""
    if not _ASKED.fullmatch(utterance.text):
        return []
    return [Reading(DutySlots(), Strength.CLEAR, (0, len(utterance.text)))]


def handle(slots: DutySlots, context: Context) -> Reply:
    """Say where the number is. A handler calls a service and words the answer; it never commits."""
    return reply(ANSWER)


INTENT = Intent(
    name="duty_phone",
    title="值班电话",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
)
