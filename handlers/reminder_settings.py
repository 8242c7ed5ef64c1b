"""When whom is reminded of what (提醒设置), as the unit has settled it: dated, inherited.

Example:
    李建国: 提醒设置 党费 10日、25日 支委会决定
    » ✓ 第三党支部的提醒，3月12日起：党费，每月10日、25日（支委会决定）。打错了回复 撤销
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.ids import UnitId
from bot.domain.ladder_words import BadLadder, ladder_words, order_for
from bot.domain.ladders import GROUPS, LADDERS, OF_UNITS_ABOVE, PRODUCT, find_rule
from bot.domain.privacy import event, say
from bot.domain.rights import Role
from bot.domain.upper_meetings import ABOVE
from bot.domain.wording import day_words
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.roll_words import is_order
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import ladder_settings, meetings, scopes
from bot.services.ladder_settings import InForce

LIST = "{unit}的提醒（没写谁定的是本产品设定）：\n{lines}\n{how}"
ONE = "{unit}的提醒：\n{lines}\n{how}"
OTHERS = "还有{groups}，看哪一组请发 提醒设置 {first}，都看请发 提醒设置 全部"
GROUP = "{name}{n}条"
CHANGED = "（{n}条改过）"
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
        name: Of the reminder or of a group of them, as written; "" for those first of interest.
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
    "提醒设置 会后",
    "提醒设置 全部",
    "提醒设置 党费 10日、25日 支委会决定",
    "提醒设置 党员大会 第30、60天 支委会决定",
    "提醒设置 主题党日 提前10天、3天 支委会决定",
    "提醒设置 支委会 过期10天告诉上级 街道党工委定",
    "提醒设置 党课 不提醒 支委会决定 原因 由社区统一安排",
    "提醒设置 党费 恢复 支委会决定",
)
SILENT = ("提醒设置在哪里", "怎么设置提醒", "提醒设置了吗", "提醒一下党费", "别提醒了")

_ALL = "全部"
_OWNERS_FIRST, _KEEPERS_FIRST = "三会一课", "会后"
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
    if slots.name in ("", _ALL, *GROUPS) and not slots.order:
        return _listed(slots, context)
    rule = find_rule(slots.name)
    if rule is None:
        titles = "、".join(known[0].title for known in LADDERS.values())
        raise BadLadder(UNKNOWN.format(name=slots.name, titles=titles))
    if not slots.order:
        return _one(rule, slots, context)
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


def _one(rule: str, slots: SettingSlots, context: Context) -> Reply:
    """Tell what holds of one reminder."""
    unit_id = _unit(slots, context)
    found = ladder_settings.list_in_force(
        context.session, context.ladders, unit_id, context.today, rule
    )
    return _told(ONE, unit_id, _lines(found), found[0], context)


_OF_BRANCHES = frozenset(GROUPS) - {OF_UNITS_ABOVE}


def _listed(slots: SettingSlots, context: Context) -> Reply:
    """Tell what holds of a group of reminders, and where the others stand; or of all."""
    unit_id = _unit(slots, context)
    found = {
        one.ladder.rule: one
        for one in ladder_settings.list_in_force(
            context.session, context.ladders, unit_id, context.today
        )
    }
    above = meetings.kind_of(context.session, unit_id) in ABOVE
    groups = {
        name: [found[rule] for rule in rules]
        for name, rules in GROUPS.items()
        if above or name in (slots.name, *_OF_BRANCHES)
    }
    if slots.name == _ALL:
        lines = [line for group in groups.values() for line in _lines(group)]
        return _told(LIST, unit_id, lines, found["dues_unpaid"], context)
    first = slots.name or _first_of_interest(context)
    shown = groups.pop(first)
    lines = _lines(shown) if slots.name else [*_lines(shown), _others(groups)]
    return _told(LIST, unit_id, lines, shown[0], context)


def _first_of_interest(context: Context) -> str:
    """Return the group whose reminders the writer gets: a secretary's, or an organiser's."""
    roles = {grant.role for grant in context.actor.grants}
    return _KEEPERS_FIRST if roles == {Role.ORGANISER} else _OWNERS_FIRST


def _others(groups: Mapping[str, Sequence[InForce]]) -> str:
    words = []
    for name, group in groups.items():
        changed = sum(one.ladder.settled != PRODUCT or bool(one.coming) for one in group)
        words.append(
            GROUP.format(name=name, n=len(group)) + (CHANGED.format(n=changed) if changed else "")
        )
    return OTHERS.format(groups="、".join(words), first=next(iter(groups)))


def _unit(slots: SettingSlots, context: Context) -> UnitId:
    meant = ladder_settings.unit_to_list(context.session, context.actor, slots.unit)
    return meant or context.branch_id


def _told(
    template: str, unit_id: UnitId, lines: Sequence[str], example: InForce, context: Context
) -> Reply:
    return Reply(
        say(
            template,
            unit=event(scopes.name_of(context.session, unit_id)),
            lines=event("\n".join(lines)),
            how=HOW.format(order=order_for(example.ladder)),
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
