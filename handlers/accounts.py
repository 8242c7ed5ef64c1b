"""Accounts of members, kept by the organiser (绑定码, 解除绑定).

Example:
    王组织委员: 绑定码 赵六
    » 赵六的绑定码：48291375，三天内有效，只能用一次。请当面或电话告诉本人，让他私聊我发 绑定码 48291375
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.privacy import Fact, FactKind, Text, say
from bot.domain.rights import Action
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply, reply
from bot.inbound.utterance import Mood, Utterance
from bot.inbound.whom import whom
from bot.services import binding
from bot.services.naming import Named

CODE = (
    "{name}的绑定码：{code}，三天内有效，只能用一次。"
    "请当面或电话告诉本人，让他私聊我发 绑定码 {code}"
)
UNBOUND = "✓ 已解除{name}的账号绑定。本人可以重新绑定。"
NOT_BOUND = "{name}没有绑定账号。"
PRIVATELY = "这件事请私聊我来办。"
_CODE = re.compile(r"(?:发?绑定码|生成绑定码)[ :：]?([一-鿿·]{2,15})")
_UNBIND = re.compile(r"(?:解除绑定|解绑)[ :：]?([一-鿿·]{2,15})")


@dataclass(frozen=True, slots=True)
class NamedSlots:
    """Whose account it is about, by name."""

    name: str


def recognise_code(utterance: Utterance) -> list[Reading]:
    """Recognise `绑定码 姓名`."""
    return _named(_CODE, utterance)


def recognise_unbind(utterance: Utterance) -> list[Reading]:
    """Recognise `解除绑定 姓名`."""
    return _named(_UNBIND, utterance)


def handle_code(slots: NamedSlots, context: Context) -> Reply:
    """Give the organiser a one-time code for a member."""
    if not context.private:
        return reply(PRIVATELY)
    return resume_code({"names": [slots.name]}, context)


def resume_code(kept: Mapping[str, Any], context: Context) -> Reply:
    """Give the code once it is clear for whom."""
    person = _person(ISSUE_CODE.name, kept, context)
    if isinstance(person, Reply):
        return person
    code = binding.issue_code(
        context.session, member_id=person.id, by=context.actor, now=context.arrived_at
    )
    return Reply(_about(CODE, person, code))


def handle_unbind(slots: NamedSlots, context: Context) -> Reply:
    """Undo the binding of a member's account of this platform."""
    if not context.private:
        return reply(PRIVATELY)
    return resume_unbind({"names": [slots.name]}, context)


def resume_unbind(kept: Mapping[str, Any], context: Context) -> Reply:
    """Undo the binding once it is clear whose."""
    person = _person(UNBIND.name, kept, context)
    if isinstance(person, Reply):
        return person
    done = binding.unbind(
        context.session,
        member_id=person.id,
        space=context.message.space,
        by=context.actor,
        now=context.arrived_at,
    )
    return Reply(_about(UNBOUND if done else NOT_BOUND, person))


def _named(pattern: re.Pattern[str], utterance: Utterance) -> list[Reading]:
    found = pattern.fullmatch(utterance.text)
    if found is None or any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return []
    return [Reading(NamedSlots(found[1]), Strength.EXACT, (0, len(utterance.text)))]


def _person(intent: str, kept: Mapping[str, Any], context: Context) -> Named | Reply:
    action = Action.MANAGE_ROLL
    found = whom(context, intent, kept["names"], kept, action=action, own_branch=False)
    return found if isinstance(found, Reply) else found[0]


def _about(template: str, person: Named, code: str = "") -> Text:
    return say(template, name=Fact(FactKind.ROLL, person.name), code=code)


ISSUE_CODE = Intent(
    name="issue_code",
    title="发绑定码",
    recognise=recognise_code,
    handle=handle_code,
    resume=resume_code,
    examples=("绑定码 赵六", "发绑定码 王秀英"),
    silent=("绑定码 48291375", "绑定码是什么"),
    for_secretaries=True,
)
UNBIND = Intent(
    name="unbind",
    title="解除绑定",
    recognise=recognise_unbind,
    handle=handle_unbind,
    resume=resume_unbind,
    examples=("解除绑定 张三", "解绑 王秀英"),
    silent=("怎么解除绑定",),
    for_secretaries=True,
)
