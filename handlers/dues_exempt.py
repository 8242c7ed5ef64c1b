"""Less dues, or none, in hardship (免交党费), once the superior approved; and its end (恢复党费).

Example:
    王敏: 免交党费 孙丽 到9月 街道党工委3月10日批准 家庭困难
    » 孙丽4–9月免交党费（街道党工委3月10日批准，从批准的下个月起）。原因：家庭困难。回复 确认 登记，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.money import yuan
from bot.domain.periods import Month, months_between
from bot.domain.privacy import dues as private
from bot.domain.privacy import say
from bot.domain.wording import day_words, month_ranges, month_words
from bot.inbound import dues_orders
from bot.inbound.context import Context
from bot.inbound.dues_orders import Pieces
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, ToMember
from bot.inbound.utterance import Utterance
from bot.inbound.whom import payers
from bot.services import dues_exemptions
from bot.services.dues_exemptions import Exempted

PREVIEW = (
    "{name}{months}{what}（{superior}{day}批准，从批准的下个月起）。原因：{reason}。"
    "回复 确认 登记，回复 取消 作罢"
)
NOTHING_DUE = "免交党费"
LESS_DUE = "每月党费减为{amount}元"
DONE = "✓ 已登记：{name}{months}{what}。到期自动恢复；提前恢复请发 恢复党费 {name} 原因"
TOLD = "{name}您好：您{months}{what}，{superior}{day}批准。只有您和组织委员看得到。"
ENDED = "✓ 已登记：{name}{month}起恢复交党费，免交过的月份不变。"
TOLD_ENDED = "{name}您好：您的党费从{month}起恢复。有困难可以找组织委员商量。"
WRITE_SO = (
    "减免要先由上级党委批准，从批准的下个月起。请写上到几月、谁批准、哪天批准和原因，例如："
    "免交党费 张三 到9月 街道党工委3月10日批准 家庭困难"
)


@dataclass(frozen=True, slots=True)
class ExemptSlots:
    """Somebody is to pay less, or nothing, for a while.

    Attributes:
        name: Whose, as written; "" where nobody is named.
        amount_fen: What is to be paid instead; 0 for nothing.
        last: The last month, None where not said.
        superior: Who approved, "" where not said.
        approved_on: When, None where not said.
        ends: It is to end with this month instead.
    """

    name: str = ""
    amount_fen: int | None = 0
    last: Month | None = None
    superior: str = ""
    approved_on: date | None = None
    reason: str = ""
    ends: bool = False


EXAMPLES = (
    "免交党费 张三 到9月 街道党工委3月10日批准 家庭困难",
    "减交党费 张三 每月5元 到9月 街道党工委3月10日批准 家庭困难",
    "恢复党费 张三 情况好转",
)
SILENT = ("免交党费的条件是什么", "可以免交党费吗", "恢复党费了吗", "党费减免政策", "我想免交党费")

_ORDER = re.compile(r"(?:请|麻烦)?(?P<what>免交|减交|减免|恢复)(?:交纳?)?党费[\s:]*")
_ASKED = re.compile(r"[？吗呢]|怎|什么|条件|政策|可以|申请")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 免交党费, 减交党费 and 恢复党费 with a name (`EXACT`)."""
    text = utterance.text
    order = _ORDER.match(text)
    person = dues_orders.person_ordered(utterance, order, _ASKED)
    if order is None or person is None:
        return []
    name, end = person
    today, pieces = utterance.now.date(), Pieces(text[end:])
    if order["what"] == "恢复":
        slots = ExemptSlots(name, reason=pieces.reason, ends=True)
        return [Reading(slots, Strength.EXACT, (0, len(text)))]
    approval, pieces = dues_orders.take_approval(pieces, today)
    last, pieces = dues_orders.take_until(pieces, today)
    amount: int | None = 0
    if order["what"] != "免交":
        amount, pieces = dues_orders.take_amount(pieces)
    superior, day = approval or ("", None)
    slots = ExemptSlots(name, amount, last, superior, day, pieces.reason)
    return [Reading(slots, Strength.EXACT, (0, len(text)))]


def handle(slots: ExemptSlots, context: Context) -> Reply:
    """Show from when to when less is due; nothing is written yet."""
    complete = slots.last and slots.approved_on and slots.reason and slots.amount_fen is not None
    if not slots.ends and not complete:
        raise DomainError(WRITE_SO)
    return resume(
        {
            "name": slots.name,
            "fen": slots.amount_fen,
            "last": str(slots.last),
            "superior": slots.superior,
            "on": slots.approved_on and slots.approved_on.isoformat(),
            "reason": slots.reason,
            "ends": slots.ends,
        },
        context,
    )


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Show it once it is clear whose; write it once it was confirmed."""
    if "draft" in kept:
        return _write(_loaded(kept["draft"]), context)
    found = payers(context, "dues_exempt", [kept["name"]], kept)
    if isinstance(found, Reply):
        return found
    if kept["ends"]:
        return _end(found[0].id, kept["reason"], context)
    drafted = dues_exemptions.draft(
        context.session,
        member_id=found[0].id,
        monthly_fen=kept["fen"],
        last=Month.parse(kept["last"]),
        superior=kept["superior"],
        approved_on=date.fromisoformat(kept["on"]),
        reason=kept["reason"],
        by=context.actor,
        now=context.now,
    )
    text = say(PREVIEW, reason=private(drafted.reason), **_facts(drafted, context))
    return preview(context, "dues_exempt", None, {"draft": _stored(drafted)}, text)


def _write(drafted: Exempted, context: Context) -> Reply:
    dues_exemptions.write(context.session, drafted, by=context.actor, now=context.now)
    facts = _facts(drafted, context)
    key = f"exempt:{context.inbound_id}:{drafted.member_id}"
    send = ToMember(drafted.member_id, say(TOLD, **facts), key)
    return Reply(say(DONE, **facts), send=(send,))


def _end(member_id: MemberId, reason: str, context: Context) -> Reply:
    ended = dues_exemptions.end(
        context.session, member_id=member_id, reason=reason, by=context.actor, now=context.now
    )
    month = private(month_words(ended.first, context.today.year))
    key = f"exempt:{context.inbound_id}:{member_id}"
    send = ToMember(member_id, say(TOLD_ENDED, name=ended.name, month=month), key)
    return Reply(say(ENDED, name=ended.name, month=month), send=(send,))


def _facts(drafted: Exempted, context: Context) -> dict[str, Any]:
    months = month_ranges(months_between(drafted.first, drafted.last), context.today.year)
    amount = yuan(drafted.monthly_fen)
    what = LESS_DUE.format(amount=amount) if drafted.monthly_fen else NOTHING_DUE
    return {
        "name": drafted.name,
        "months": private(months),
        "what": private(what),
        "superior": drafted.superior,
        "day": day_words(drafted.approved_on),
    }


def _stored(drafted: Exempted) -> dict[str, Any]:
    return {
        "member_id": drafted.member_id,
        "name": drafted.name,
        "fen": drafted.monthly_fen,
        "first": str(drafted.first),
        "last": str(drafted.last),
        "superior": drafted.superior,
        "on": drafted.approved_on.isoformat(),
        "reason": drafted.reason,
    }


def _loaded(kept: Mapping[str, Any]) -> Exempted:
    return Exempted(
        member_id=MemberId(kept["member_id"]),
        name=kept["name"],
        monthly_fen=kept["fen"],
        first=Month.parse(kept["first"]),
        last=Month.parse(kept["last"]),
        superior=kept["superior"],
        approved_on=date.fromisoformat(kept["on"]),
        reason=kept["reason"],
    )


INTENT = Intent(
    name="dues_exempt",
    title="免交、减交党费",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
    numbers=True,
)
