"""A leader's plan for the community he looks after, in a message (交计划 西后街 每月走访一次).

Example:
    陈主任: 交计划 西后街 每月走访一次，办好活动室漏雨
    » ✓ 已收到西后街社区2026年工作计划：每月走访一次，办好活动室漏雨。打错了回复 撤销
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.privacy import event, say
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.utterance import Utterance
from bot.services import work_plans

DONE = "✓ 已收到{unit}{year}年工作计划：{words}。{own}打错了回复 撤销"
NOT_OWN = "是您代{member}交的，会写明不是亲自写的。"


@dataclass(frozen=True, slots=True)
class PlanSlots:
    """A plan that is handed in."""

    place: str
    words: str


EXAMPLES = (
    "交计划 西后街 每月走访一次，办好活动室漏雨",
    "交工作计划 西后街社区 抓阵地，讲四次党课",
)
SILENT = ("交计划了吗", "交计划", "计划 西后街 走访")

_PLAN = re.compile(
    r"(?:上?交)(?:工作)?计划[\s:，]+(?P<place>\S{1,20})\s+(?P<words>\S.{1,250})", re.DOTALL
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 交计划 with a community and what is planned (`EXACT`)."""
    found = _PLAN.fullmatch(utterance.text) if utterance.addressed else None
    if found is None or found["words"].endswith(("吗", "没", "呢", "么")):
        return []
    slots = PlanSlots(found["place"], found["words"].strip(" 。"))
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: PlanSlots, context: Context) -> Reply:
    """Write a plan down."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    plan = work_plans.hand_in(
        context.session,
        slots.words,
        slots.place,
        by=context.actor,
        on=context.today,
        now=context.now,
    )
    text = say(
        DONE,
        unit=event(plan.unit),
        year=plan.year,
        words=event(plan.words),
        own="" if plan.own else NOT_OWN.format(member=plan.member),
    )
    return Reply(text)


INTENT = Intent(
    name="work_plan",
    title="交工作计划",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
)
