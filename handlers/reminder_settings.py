"""When whom is reminded of what (提醒设置), as the unit has settled it: dated, inherited.

Example:
    李建国: 提醒设置 党费 10日、25日 支委会决定
    » ✓ 第三党支部的提醒，3月12日起：党费，每月10日、25日（支委会决定）。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.ladder_words import BadLadder, ladder_words, order_for
from bot.domain.ladders import LADDERS, PRODUCT, find_rule
from bot.domain.privacy import event, say
from bot.domain.wording import day_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.roll_words import is_order
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import ladder_settings, scopes
from bot.services.ladder_settings import InForce

LIST = "{unit}的提醒（没写谁定的是本产品设定）：\n{lines}\n{how}"
ONE = "{unit}的提醒：\n{lines}\n{how}"
LINE = "{title}：{days}{settled}"
COMING = "{day}起改为：{days}{settled}"
SETTLED = "（{settled}）"
HOW = "要改请发，例如：{order}。改了从当天起"
DONE = "✓ {unit}的提醒，{day}起：{title}，{days}{settled}。打错了回复 撤销"
UNKNOWN = "没有“{name}”这条提醒。有：{titles}"


@dataclass(frozen=True, slots=True)
class SettingSlots:
    """What is to be settled, or looked at.

    Attributes:
        name: Of the reminder, as written; "" for all.
        order: The days and who decided, as written; "" to look at it.
        unit: As written.
    """

    name: str = ""
    order: str = ""
    unit: str | None = None


EXAMPLES = (
    "提醒设置",
    "提醒设置 三支部",
    "提醒设置 党费",
    "提醒设置 党费 10日、25日 支委会决定",
    "提醒设置 党员大会 第30、60天 支委会决定",
    "提醒设置 主题党日 提前10天、3天 支委会决定",
    "提醒设置 支委会 过期10天告诉上级 街道党工委定",
    "提醒设置 党课 不提醒 支委会决定 原因 由社区统一安排",
    "提醒设置 党费 恢复 支委会决定",
)
SILENT = ("提醒设置在哪里", "怎么设置提醒", "提醒设置了吗", "提醒一下党费", "别提醒了")

_ORDER = re.compile(r"(?:党务)?提醒设置(?:[\s:，]+(?P<name>[^\s:，]{1,12})(?P<rest>\s.*)?)?")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 提醒设置, alone or with a reminder and days (`EXACT`)."""
    if not utterance.text.startswith(("提醒设置", "党务提醒设置")):
        return []
    text, unit = split_unit(utterance.text)
    found = _ORDER.fullmatch(text.strip())
    if found is None or not is_order(utterance, with_reason=True):
        return []
    slots = SettingSlots(found["name"] or "", (found["rest"] or "").strip(), unit)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: SettingSlots, context: Context) -> Reply:
    """Settle it, or tell what holds."""
    rule = find_rule(slots.name) if slots.name else None
    if slots.name and rule is None:
        titles = "、".join(known[0].title for known in LADDERS.values())
        raise BadLadder(UNKNOWN.format(name=slots.name, titles=titles))
    if rule is None or not slots.order:
        return _listed(rule, slots, context)
    done = ladder_settings.settle(
        context.session,
        context.ladders,
        rule=rule,
        text=slots.order,
        unit=slots.unit,
        by=context.actor,
        today=context.today,
        now=context.now,
    )
    return Reply(
        say(
            DONE,
            unit=event(done.unit),
            day=day_words(done.since),
            title=done.ladder.title,
            days=ladder_words(done.ladder),
            settled=event(_settled(done.decided_by)),
        )
    )


def _listed(rule: str | None, slots: SettingSlots, context: Context) -> Reply:
    session = context.session
    unit_id = ladder_settings.unit_to_list(session, context.actor, slots.unit) or context.branch_id
    found = ladder_settings.list_in_force(session, context.ladders, unit_id, context.today, rule)
    example = found[0].ladder if rule else next(f.ladder for f in found if "dues" in f.ladder.rule)
    return Reply(
        say(
            ONE if rule else LIST,
            unit=event(scopes.name_of(session, unit_id)),
            lines=event("\n".join(_lines(found))),
            how=HOW.format(order=order_for(example)),
        )
    )


def _lines(found: Sequence[InForce]) -> list[str]:
    lines = []
    for one in found:
        ladder = one.ladder
        settled = "" if ladder.settled == PRODUCT else SETTLED.format(settled=ladder.settled)
        lines.append(LINE.format(title=ladder.title, days=ladder_words(ladder), settled=settled))
        lines += [
            COMING.format(
                day=day_words(day), days=ladder_words(coming), settled=_settled(coming.settled)
            )
            for day, coming in one.coming
        ]
    return lines


def _settled(words: str) -> str:
    return SETTLED.format(settled=words)


INTENT = Intent(
    name="reminder_settings",
    title="提醒设置",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
