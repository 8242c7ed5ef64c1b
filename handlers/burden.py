"""How much people are written to (打扰统计): counts by week, for those who write.

Example:
    李建国: 打扰统计
    » 第三党支部最近7天：群里1条，私聊共14条，最多的一位3条；通知发了2条（一周超过5条要写原因）。
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.privacy import say
from bot.domain.rights import Action
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import burden_meter, scopes

FOUND = (
    "{unit}最近7天：群里{group}条，私聊共{private}条，最多的一位{most}条；"
    "通知发了{notices}条（一周超过{cap}条要写原因）。"
)
WHOSE = "打扰统计 {unit}"


@dataclass(frozen=True, slots=True)
class BurdenSlots:
    """A question how much a branch is written to; `unit` as written."""

    unit: str | None = None


EXAMPLES = ("打扰统计", "打扰统计 三支部", "这周发了多少条", "发得多不多")
SILENT = ("打扰了", "不好意思打扰一下", "打扰统计局的同志了", "这周发了多少钱")

_ORDER = re.compile(
    r"打扰统计|(?:这|本|最近一)(?:个?星期|个?礼拜|周)(?:一共|共)?发了(?:多少|几)条(?:消息)?|(?:消息)?发得多不多"
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 打扰统计, said to the bot (`EXACT`)."""
    if not utterance.addressed:
        return []
    text, unit = split_unit(utterance.text)
    if _ORDER.fullmatch(text.strip()) is None:
        return []
    return [Reading(BurdenSlots(unit), Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: BurdenSlots, context: Context) -> Reply:
    """Tell how much the members of a branch were sent in seven days."""
    session, now = context.session, context.arrived_at
    unit_id = scopes.branch_meant(session, context.actor, Action.SEND_NOTICE, slots.unit, WHOSE)
    found = burden_meter.of_branches(session, [unit_id], now - burden_meter.WEEK, now)[unit_id]
    return Reply(
        say(
            FOUND,
            unit=scopes.names_of(session, {unit_id})[unit_id],
            group=found.group,
            private=found.private,
            most=found.most,
            notices=burden_meter.notices_lately(session, unit_id, now),
            cap=context.hours.policy.notices_per_week,
        )
    )


INTENT = Intent(
    name="burden",
    title="看发了多少消息",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
