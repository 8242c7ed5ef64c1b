"""Telling the bot whose group this is (绑定群).

Example:
    李书记: 绑定群 三支部
    » ✓ 本群已绑定三支部。
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.privacy import event, say
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import groups

DONE = "✓ 本群已绑定{unit}。在群里 @我 签到、请假都行，私事我会私聊您。"
TWICE = "本群已经绑定{unit}了。"


@dataclass(frozen=True, slots=True)
class BindGroupSlots:
    """The unit this chat group belongs to.

    Attributes:
        unit: As written; "" when the order came without one.
    """

    unit: str


EXAMPLES = ("绑定群 三支部", "绑定群：和平社区第一党支部", "绑定群")
SILENT = ("绑定群怎么弄", "绑定 张三")

_ORDER = re.compile(r"绑定群(?:聊|组)?\s?:?\s?(?P<unit>[^\s，。？]{0,30})")
_ASKED = re.compile(r"怎|如何|什么|吗")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 绑定群 and the name of a unit (`EXACT`)."""
    match = _ORDER.fullmatch(utterance.text)
    if not match or _ASKED.search(match["unit"]):
        return []
    return [Reading(BindGroupSlots(match["unit"]), Strength.EXACT, match.span())]


def handle(slots: BindGroupSlots, context: Context) -> Reply:
    """Bind the group this is said in to a unit."""
    bound = groups.bind_group(
        context.session,
        space=context.message.space,
        chat_id=context.message.chat_id,
        channel=context.message.channel,
        unit_name=slots.unit,
        by=context.actor,
        now=context.arrived_at,
    )
    return Reply(say(DONE if bound.new else TWICE, unit=event(bound.unit)))


INTENT = Intent(
    name="bind_group",
    title="绑定群",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
