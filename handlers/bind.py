"""Binding an account to a person of the roster (绑定).

Example:
    张三: 张三 1234
    » ✓ 张三，已绑定三支部。
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.privacy import Fact, FactKind, say, writer
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.names import is_real_name
from bot.inbound.replies import Reply, ToMember, reply
from bot.inbound.topics import Topic
from bot.inbound.utterance import ACTIONS, Utterance
from bot.services import binding

DONE = "✓ {name}，已对上名册（{unit}）。会前回复 签到，来不了回复 请假 原因；回复 帮助 看更多。"
TOLD = "{name}的账号刚刚绑定了名册。如果不是本人，回复 解除绑定 {name}"
IN_GROUP = "绑定请私聊我，不要在群里发手机号。"
ALREADY = "{name}，您已经对上名册了，不用再绑定。"
WRITE_SO = "请回复 姓名+手机后四位，例如 张三 1234。只用于对上党员名册。"


@dataclass(frozen=True, slots=True)
class BindSlots:
    """What a person said to be recognised.

    Attributes:
        name: The real name, or None when only a code was sent.
        digits: The last four digits of the phone, if given.
        code: A code from the secretary (eight digits), if given.
    """

    name: str | None = None
    digits: str | None = None
    code: str | None = None


EXAMPLES = (
    "张三 1234",
    "我是张三",
    "绑定 张三 1234",
    "绑定码 48291375",
    "本人姓名上官云",
    "我叫李四，手机尾号5678",
)
SILENT = ("我是党员", "我是新来的", "我是不是要签到", "我叫你呢", "绑定群 三支部")

_SAID = re.compile(
    r"(?P<lead>绑定(?:身份|姓名|账号|一下)?|姓名|真实姓名|真名|实名|认证"
    r"|(?:我的?)?(?:名字|姓名|真名|全名|大名|本名|真实姓名)[是叫]{0,2}|登记(?:一下)?(?:姓名|名字|身份)|本人(?:姓名|是|叫)?|我[是系](?!统)|我叫|这边是|这里是"
    r"|我的名字(?:是|叫)|俺是|俺叫|我姓名)"
    r"\s?[:，]?\s?(?P<name>[\u4e00-\u9fa5·]{2,8})(?:同志)?(?P<rest>.{0,40})"
)
_CORRECTED = re.compile(
    r"(?:不叫|不是|登记成|写成|录成|打成|记成|登成|叫成)了?[“\"]?[\u4e00-\u9fa5]{2,4}[”\"]?[，\s]?[^，]{0,8}?"
    r"(?:其实|应该|正确的?|实际|真名|我|改)(?:是|叫|为|成)(?:叫)?[“\"]?(?P<name>[\u4e00-\u9fa5·]{2,4})[”\"]?(?P<rest>(?:[，\s].{0,20})?)"
    r"|(?:把|将)?我?的?(?:名字|姓名|实名)(?:给我)?(?:改|换|更正|更新)(?:成|为)[“\"]?(?P<new>[\u4e00-\u9fa5·]{2,4})[”\"]?(?P<more>(?:[，\s].{0,20})?)"
)
_FROM = re.compile(
    r"(?P<lead>我是|俺是"
    r"|这里是)[^，。的]{1,12}的(?:[老新]?党员|预备党员|同志)?(?P<name>[\u4e00-\u9fa5·]{2,4})(?P<rest>(?:[\s，]\S{0,20}"
    r")?)"
)
_PLAIN = re.compile(r"(?P<name>[\u4e00-\u9fa5·]{2,6})[\s，、+:]*(?P<digits>\d{4})")
_CODE = re.compile(r"(?:绑定|验证|邀请)码?\s?(?:是|为)?\s?:?\s?(?P<code>\d{6}|\d{8})")
_DIGITS = re.compile(r"(?<!\d)(?:\d{7})?(?P<digits>\d{4})(?!\d)")
_ORDERED = re.compile(r"绑定|姓名|真名|名字|实名|认证")
_REST = re.compile(r"[\s，,。:、(]|$")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise a real name told to the bot, or a binding code."""
    text = utterance.text
    if not utterance.addressed or len(text) > 60 or text.startswith("绑定群"):
        return []
    slots = _code(text) or _plain(text) or _said(utterance)
    return [Reading(slots, Strength.CLEAR, _part(utterance, slots))] if slots else []


def _part(utterance: Utterance, slots: BindSlots) -> tuple[int, int]:
    """Return the part that tells the name, where another action stands beside it (我是张三，签到)."""
    acting = [clause for clause in utterance.clauses if clause.topics & _OTHERS]
    telling = [clause for clause in utterance.clauses if slots.name and slots.name in clause.text]
    if not acting or not telling or telling[0] in acting:
        return 0, len(utterance.text)
    return telling[0].start, telling[0].end


_OTHERS = ACTIONS - {Topic.BINDING}


def _code(text: str) -> BindSlots | None:
    match = _CODE.fullmatch(text)
    return BindSlots(code=match["code"]) if match else None


def _plain(text: str) -> BindSlots | None:
    match = _PLAIN.fullmatch(text)
    if not match or not is_real_name(match["name"]):
        return None
    return BindSlots(match["name"], match["digits"])


def _said(utterance: Utterance) -> BindSlots | None:
    corrected = _CORRECTED.search(utterance.text)
    if corrected:
        name = corrected["name"] or corrected["new"]
        return BindSlots(name) if is_real_name(name) else None
    match = _FROM.fullmatch(utterance.text) or _SAID.match(utterance.text) or _later(utterance)
    if not match or "？" in utterance.text or any(not c.stated for c in utterance.clauses[:1]):
        return None
    name = match["name"].removesuffix("同志")
    trusted = _ORDERED.search(match["lead"]) and 2 <= len(name) <= 4
    known = name in utterance.lexicon.names
    if not _REST.match(match["rest"]) or not (known or is_real_name(name) or trusted):
        return None
    digits = _DIGITS.search(match["rest"])
    return BindSlots(name, digits["digits"] if digits else None)


def _later(utterance: Utterance) -> re.Match[str] | None:
    """Find the name in a later clause (你好小助手，我叫蔺春生，今年68了)."""
    for clause in utterance.clauses[1:3]:
        match = _SAID.match(clause.text)
        if match and is_real_name(match["name"]):
            return match
    return None


def handle(slots: BindSlots, context: Context) -> Reply:
    """Bind the writer's account; a wrong try is counted, the organiser hears of a binding."""
    if not context.private:
        return reply(IN_GROUP)
    if context.actor.member_id is not None:
        return reply(say(ALREADY, name=writer(context.actor.name)))
    try:
        bound = _bind(slots, context)
    except binding.NoSuchEntry as wrong:
        binding.count_try(
            context.session,
            space=context.message.space,
            external_id=context.message.sender_id,
            now=context.arrived_at,
        )
        return reply(wrong.sentence)
    if bound is None:
        return reply(WRITE_SO)
    send: tuple[ToMember, ...] = ()
    if bound.tell is not None and bound.tell != bound.member_id:
        told = say(TOLD, name=Fact(FactKind.ROLL, bound.name))
        send = (ToMember(bound.tell, told, f"bound:{context.inbound_id}"),)
    return Reply(say(DONE, name=bound.name, unit=bound.unit), send=send)


def _bind(slots: BindSlots, context: Context) -> binding.Bound | None:
    session, message = context.session, context.message
    if slots.code is not None:
        return binding.bind_by_code(
            session,
            space=message.space,
            external_id=message.sender_id,
            code=slots.code,
            now=context.arrived_at,
        )
    if slots.name is None or slots.digits is None:
        return None
    return binding.bind_by_digits(
        session,
        space=message.space,
        external_id=message.sender_id,
        name=slots.name,
        digits=slots.digits,
        now=context.arrived_at,
    )


INTENT = Intent(
    name="bind_identity",
    title="对上名册",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    strangers=True,
)
