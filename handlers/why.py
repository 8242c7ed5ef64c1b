"""Why the bot wrote (为什么).

Example:
    张三: 为什么
    » 依据：支部党员大会一般每季度1次（支部工作条例）。一季度尚未登记。登记后自动停止。只发给您。
    | 共3次，这是第1次（本产品设定）。
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.privacy import Fact, FactKind, join, say
from bot.domain.wording import moment_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength, Waiting
from bot.inbound.replies import Reply, reply
from bot.inbound.utterance import Utterance
from bot.services import reminders
from bot.services.reminders import Reason

WHY = "依据：{parts}。"
MADE_UP = "原定{when}发，当时没有发出去，后来补发的"
NOTHING = "最近没有提醒过您什么。"


@dataclass(frozen=True, slots=True)
class WhySlots:
    """Asks the reason of the latest reminder."""


EXAMPLES = ("为什么", "为什么提醒我", "为啥又催我", "为什么给我发这个")
SILENT = ("为什么不理我", "为什么这么晚还不回家")

_ALONE = frozenset(("为什么", "为啥", "为什么呢", "依据", "为什么？"))
_ASKED = re.compile(
    r"(?:为什么|为啥|凭什么|怎么)(?:又|还|老|总|要|一直)*(?:提醒|催|通知|发给|给)(?:我|俺)"
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 为什么 alone (`BARE`) and 为什么提醒我 (`CLEAR`)."""
    text = utterance.text
    if text in _ALONE:
        return [Reading(WhySlots(), Strength.BARE, (0, len(text)))]
    if utterance.clauses and len(text) <= 16:
        match = _ASKED.search(text)
        if match and (utterance.addressed or "提醒" in match[0]):
            return [Reading(WhySlots(), Strength.CLEAR, match.span())]
    return []


def handle(_slots: WhySlots, context: Context) -> Reply:
    """Explain the last reminder: rule and source, the facts used, what ends it, who sees it."""
    reasons = reminders.latest_reasons(context.session, context.member_id)
    if not reasons:
        return reply(NOTHING)
    return Reply(join(*(say(WHY, parts=_parts(reason)) for reason in reasons)))


def _parts(reason: Reason) -> Fact:
    late = reason.late_since
    made_up = "" if late is None else MADE_UP.format(when=moment_words(late))
    parts = (reason.source, reason.facts, made_up, reason.ends_when, reason.seen_by, reason.rung)
    return Fact(FactKind.PRESENCE, "。".join(part for part in parts if part))


def _waits(context: Context) -> Waiting:
    return Waiting.OPEN if context.private else Waiting.NOTHING


INTENT = Intent(
    name="why",
    title="为什么提醒我",
    recognise=recognise,
    handle=handle,
    waits=_waits,
    examples=EXAMPLES,
    silent=SILENT,
)
