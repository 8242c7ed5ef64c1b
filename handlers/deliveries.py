"""What did not arrive (没送到): by name, with what the platform said; for organisers only.

Example:
    王敏: 没送到
    » 近七天没送到2：
    | 李四：账号已停用（3月12日（周四）09:05 “明天下午3点开会”）
    | 第三党支部群：是否送达无法确认，没有重发（3月12日（周四）09:06 “【支部党员大会】…”）
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.clock import day_of
from bot.domain.privacy import missing, say
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.wording import day_words, moment_words, names_words, with_note
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply, reply
from bot.inbound.utterance import Utterance
from bot.services import deliveries, people, reach
from bot.services.deliveries import Missed
from bot.services.reach import Unreachable
from bot.services.reads import Read

FOUND = "近七天没送到{n}：\n{lines}"
LINE = "{to}：{why}（{when} “{text}”）"
UNCERTAIN = "{why}，没有重发"
TO_PHONE = "账号一直收不到，请打电话{n}：{names}"
ALL_ARRIVED = "近七天没有发失败的。"
_WORDS = re.compile(
    r"(?:有?哪些|看看?|查看?|谁)?(?:通知|消息|提醒)?(?:没送到|没送达|没发到|发送情况|送达情况)(?:的)?"
)


@dataclass(frozen=True, slots=True)
class MissedSlots:
    """A question about what did not arrive."""


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise `没送到`, `发送情况`."""
    if _WORDS.fullmatch(utterance.text) is None:
        return []
    return [Reading(MissedSlots(), Strength.EXACT, (0, len(utterance.text)))]


def handle(_slots: MissedSlots, context: Context) -> Reply:
    """List what did not arrive within the writer's units."""
    found = deliveries.list_missed(context.session, by=context.actor, now=context.arrived_at)
    phone = reach.list_unreachable(context.session, by=context.actor, now=context.arrived_at)
    if not found and not phone:
        return reply(ALL_ARRIVED)
    lines = "\n".join([*(_line(missed) for missed in found), *_to_phone(phone)])
    seen = Read(Seen.RECEIPTS, people.scope_of(context.actor, Action.SEND_NOTICE))
    return Reply(say(FOUND, n=len(found), lines=missing(lines)), reads=(seen,))


def _to_phone(members: Sequence[Unreachable]) -> list[str]:
    """Return who has to be phoned, as the account cannot be reached."""
    if not members:
        return []
    names = [with_note(one.name, f"{one.why}，{day_words(day_of(one.since))}起") for one in members]
    return [TO_PHONE.format(n=len(names), names=names_words(names, limit=None))]


def _line(missed: Missed) -> str:
    why = UNCERTAIN.format(why=missed.why) if missed.uncertain else missed.why
    head = missed.text.splitlines()[0]
    text = head if len(head) <= 16 else head[:15] + "…"
    return LINE.format(to=missed.to, why=why, when=moment_words(missed.at), text=text)


INTENT = Intent(
    name="missed_deliveries",
    title="看没送到的",
    recognise=recognise,
    handle=handle,
    examples=("没送到", "发送情况", "谁没送到", "通知送达情况"),
    silent=("快递没送到", "还没送到家", "报名表没送到"),
    for_secretaries=True,
)
