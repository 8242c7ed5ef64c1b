"""Dues that are given back (退党费), with the reason: a negative line.

Example:
    王敏: 退党费 张三 3月 15 重复交了
    » 退张三3月党费15元（重复交了）。回复 确认 登记，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.corrections import ReasonMissing, check_reason
from bot.domain.errors import DomainError
from bot.domain.money import parse_yuan, yuan
from bot.domain.periods import Month
from bot.domain.privacy import dues as private
from bot.domain.privacy import say
from bot.domain.wording import month_words
from bot.inbound import dues_orders
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.dues_places import HANDED_UP, NOT_BACK, loaded, place_words, stored
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, ToMember
from bot.inbound.utterance import Utterance
from bot.inbound.whom import payers
from bot.services import dues_amendments
from bot.services.dues_amendments import Refund

PREVIEW = "退{place}党费{amount}元（{reason}）。{handed}回复 确认 登记，回复 取消 作罢"
REFUNDED = "✓ 已登记退费：{place}{amount}元（{reason}）。钱请当面退给本人。"
TOLD_REFUND = (
    "{name}您好：您{month}党费退{amount}元，原因：{reason}。由{by}办理，有疑问直接问就行。"
)
WRITE_SO = "请写上姓名、月份、金额和原因，例如：退党费 张三 3月 15 重复交了"


@dataclass(frozen=True, slots=True)
class RefundSlots:
    """Dues that are given back; `fen` None for what is over."""

    name: str
    month: Month | None
    fen: int | None = None
    reason: str = ""


EXAMPLES = ("退党费 张三 3月 15 重复交了", "退党费 张三 3月 多交了")
SILENT = ("退党费怎么办", "能退党费吗", "退费了吗", "我要退党费", "张三的党费退了")
_REFUND = re.compile(r"(?:请|麻烦)?(?:退还?党费|党费退费)[\s:]*")
_SUM = re.compile(r"(?<![\d.])(\d{1,7}(?:\.\d{1,2})?)\s?(?:元|块钱?)?(?![\d.月日号年])")
_ASKED = re.compile(r"[？吗呢]|怎|什么|能不能|可以")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 退党费 姓名 月份 金额 原因 (`EXACT`)."""
    text = utterance.text
    person = dues_orders.person_ordered(utterance, _REFUND.match(text), _ASKED)
    if person is None:
        return []
    name, end = person
    months = dues_orders.months_in(utterance, end, len(text))
    spans = [span.end for span in utterance.months if span.start >= end]
    rest = text[max(spans, default=end) :]
    amount = _SUM.search(rest)
    reason = (rest[amount.end() :] if amount else rest).strip(" ，。:")
    fen = parse_yuan(amount[1]) if amount else None
    slots = RefundSlots(name, months[0] if len(months) == 1 else None, fen, reason)
    return [Reading(slots, Strength.EXACT, (0, len(text)))]


def handle(slots: RefundSlots, context: Context) -> Reply:
    """Show what would be given back; nothing is written yet."""
    try:
        check_reason(slots.reason)
    except ReasonMissing:
        raise DomainError(WRITE_SO) from None
    if slots.month is None:
        raise DomainError(WRITE_SO)
    return resume(
        {
            "name": slots.name,
            "month": str(slots.month),
            "fen": slots.fen,
            "reason": slots.reason,
        },
        context,
    )


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Show it once it is clear whose; write it once it was confirmed."""
    if "refund" in kept:
        return _refund(kept["refund"], context)
    found = payers(context, "dues_refund", [kept["name"]], kept, dues_of=[kept["month"]])
    if isinstance(found, Reply):
        return found
    drafted = dues_amendments.draft_refund(
        context.session,
        member_id=found[0].id,
        month=Month.parse(kept["month"]),
        fen=kept["fen"],
        reason=kept["reason"],
        by=context.actor,
    )
    text = say(
        PREVIEW,
        place=private(place_words(drafted.place, context.today.year)),
        amount=private(yuan(drafted.fen)),
        reason=private(drafted.reason),
        handed=private(HANDED_UP if drafted.remitted else ""),
    )
    kept = {
        "place": stored(drafted.place),
        "fen": drafted.fen,
        "reason": drafted.reason,
        "remitted": drafted.remitted,
    }
    return preview(context, "dues_refund", None, {"refund": kept}, text)


def _refund(kept: Mapping[str, Any], context: Context) -> Reply:
    wanted = Refund(loaded(kept["place"]), kept["fen"], kept["reason"], kept["remitted"])
    dues_amendments.refund(context.session, wanted, by=context.actor, now=context.now)
    bar(context, "退党费", NOT_BACK)
    place = wanted.place
    facts = {"amount": private(yuan(wanted.fen)), "reason": private(wanted.reason)}
    told = say(
        TOLD_REFUND,
        name=place.name,
        month=private(month_words(place.month, context.today.year)),
        by=context.actor.name,
        **facts,
    )
    key = f"refunded:{context.inbound_id}:{place.member_id}"
    done = say(REFUNDED, place=private(place_words(place, context.today.year)), **facts)
    return Reply(done, send=(ToMember(place.member_id, told, key),))


INTENT = Intent(
    name="dues_refund",
    title="退党费",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
    numbers=True,
)
