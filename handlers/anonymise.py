"""Taking the name off the records of somebody who has left (匿名), by the officer, with preview.

Example:
    周敏: 匿名 张三 保存期已满
    » 将匿名：张三（第三党支部，2022年3月1日离开）。…… 回复 确认128 匿名，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.errors import DomainError
from bot.domain.members import ANONYMOUS
from bot.domain.privacy import Fact, FactKind, say
from bot.domain.reads import Ground
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.replies import Reply
from bot.inbound.utterance import Mood, Utterance
from bot.services import anonymise
from bot.services.anonymise import Left

PREVIEW = (
    "将匿名：{who}。依据：{ground}。\n"
    "姓名换成“{called}”，账号、尾号、别名、原因等文字去掉，共{n}条记录{mentions}；"
    "出勤、党费、名册的数字都不变。做了不能恢复。\n"
    "回复 确认{n} 匿名，回复 取消 作罢"
)
MENTIONS = "，另有{n}处提到姓名的文字"
NAMESAKE = "。有同名或姓名包含这个名字的人，别处提到的文字分不清是谁，请人工看"
DONE = "✓ 已匿名，现在叫“{called}”。各项数字不变；谁、何时、为什么已留痕。"
WRITE_SO = "请写明姓名和依据，例如：匿名 张三 保存期已满，或 匿名 张三 本人要求 书面申请"
NAME = "anonymise"


@dataclass(frozen=True, slots=True)
class AnonymiseSlots:
    """Whose records, on what ground, why."""

    name: str
    ground: Ground | None
    reason: str


EXAMPLES = ("匿名 张三 保存期已满", "匿名 张三 本人要求 书面申请", "匿名处理 12 保存期已满")
SILENT = ("匿名投票", "可以匿名吗", "匿名提意见", "匿名评议怎么弄")
_ORDER = re.compile(
    r"匿名(?:处理)?[ :：](?P<name>[一-鿿·]{2,15}|\d{1,9})(?:[ ，,](?P<rest>.{0,100}))?"
)
_GROUNDS = (
    (re.compile(r"^保存期(?:限)?(?:已|都)?(?:满|到)了?"), Ground.KEPT_LONG_ENOUGH),
    (re.compile(r"^(?:本人|家属|本人或家属)(?:要求|申请)"), Ground.ASKED),
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 匿名 with a name and a ground (`EXACT`)."""
    found = _ORDER.fullmatch(utterance.text)
    if found is None or any(clause.mood is Mood.QUESTION for clause in utterance.clauses):
        return []
    rest = (found["rest"] or "").strip()
    for pattern, ground in _GROUNDS:
        if (match := pattern.match(rest)) is not None:
            slots = AnonymiseSlots(found["name"], ground, rest[match.end() :].strip(" ，,"))
            break
    else:
        slots = AnonymiseSlots(found["name"], None, rest)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def handle(slots: AnonymiseSlots, context: Context) -> Reply:
    """Show what would change; nothing is changed yet."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    person = anonymise.find_left(
        context.session, slots.name, by=context.actor, now=context.arrived_at
    )
    if slots.ground is None:
        raise DomainError(WRITE_SO)
    shown = anonymise.prepare(
        context.session, person, slots.ground, by=context.actor, now=context.arrived_at
    )
    mentions = MENTIONS.format(n=shown.mentions) if shown.mentions else ""
    text = say(
        PREVIEW,
        who=Fact(FactKind.ROLL, _who(person)),
        ground=slots.ground.value,
        called=ANONYMOUS.format(number=person.id),
        n=shown.records,
        mentions=NAMESAKE if shown.namesake else mentions,
    )
    kept = {
        "member_id": person.id,
        "ground": slots.ground.value,
        "reason": slots.reason,
    }
    return preview(context, NAME, shown.records, kept, text, counted="条")


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Do it, now that the number of records was typed back."""
    number = str(kept["member_id"])
    person = anonymise.find_left(context.session, number, by=context.actor, now=context.arrived_at)
    anonymise.carry_out(
        context.session,
        person,
        Ground(kept["ground"]),
        reason=kept["reason"],
        by=context.actor,
        now=context.arrived_at,
    )
    return Reply(say(DONE, called=ANONYMOUS.format(number=person.id)))


def _who(person: Left) -> str:
    left = person.left_on
    day = "" if left is None else f"，{left.year}年{left.month}月{left.day}日离开"
    return f"{person.name}（{person.unit}{day}）"


INTENT = Intent(
    name=NAME,
    title="匿名离开的党员",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
