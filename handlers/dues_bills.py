"""Payments of a bill file, confirmed by the organiser (核对账单), or put aside (账单不对).

Example:
    王敏: 核对账单
    » 账单里对上的：
    | 王五 3月 15元（3月5日到账）
    | 共1人1笔，15元。回复 确认1 记账，回复 取消 作罢
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.dues_bills import WHY_WORDS, Why
from bot.domain.money import yuan
from bot.domain.privacy import dues as private
from bot.domain.privacy import say
from bot.domain.reads import Seen
from bot.domain.rights import Action
from bot.domain.wording import day_words, month_ranges
from bot.inbound.barred import bar
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.names import read_names
from bot.inbound.questions import preview
from bot.inbound.replies import Reply, ToMember, telling
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.inbound.whom import whom
from bot.services import dues_bill_checks
from bot.services.dues_bill_checks import Proposal, Waiting
from bot.services.reads import Read

PREVIEW = (
    "账单里对上的：\n{lines}{unclear}\n共{n}人{k}笔，{amount}元。回复 确认{n} 记账，回复 取消 作罢"
)
LINE = "{name} {months} {amount}元（{day}到账{guessed}）"
GUESSED = "，月份按金额推的"
UNCLEAR = "\n没对上的{k}笔，请对着账单看：\n{lines}\n看过了回复 账单已看"
UNCLEAR_LINE = "{day} {amount}元：{why}"
ONLY_UNCLEAR = "账单里没有能对上的。{unclear}"
MORE = "…另有{k}笔，这批办完再发一次 核对账单"
DONE = "✓ 已核对{n}人，共{amount}元。有账号的会收到回执。"
RECEIPT = "已核对：{months}党费{amount}元，收据号 {number}。谢谢您。——{unit}"
ASIDE = "✓ 已去掉{k}笔，没有记账。"
NOT_BACK = "核对不能撤销。金额不对，请一个月一个月更正，写上原因，例如：更正 张三 3月党费 15 记错了"
_AT_ONCE = 20
_MOST_UNCLEAR = 10


@dataclass(frozen=True, slots=True)
class BillSlots:
    """The payments of a bill are to be looked at, or some of them put aside.

    Attributes:
        names: Only theirs, as written.
        aside: They are not to be confirmed; without names, those that were not clear.
    """

    names: tuple[str, ...] = ()
    unit: str | None = None
    aside: bool = False


EXAMPLES = ("核对账单", "核对账单 张三", "核对账单 三支部", "账单不对 张三", "账单已看")
SILENT = ("账单核对了吗", "账单在哪", "水电费账单", "核对账单的时间", "账单不对吧")

_CHECK = re.compile(r"(?:请|麻烦)?核对(?:党费)?账单(?:[\s:]+(?P<who>.{2,40}))?")
_ASIDE = re.compile(r"账单不对[\s:]+(?P<who>.{2,40})")
_SEEN = "账单已看"


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 核对账单, 账单不对 with a name, 账单已看 (`EXACT`)."""
    whole = (0, len(utterance.text))
    text, unit = split_unit(utterance.text)
    text = text.strip()
    if text == _SEEN:
        return [Reading(BillSlots(unit=unit, aside=True), Strength.EXACT, whole)]
    aside = _ASIDE.fullmatch(text)
    found = aside or _CHECK.fullmatch(text)
    if found is None:
        return []
    names: tuple[str, ...] = ()
    if found["who"]:
        names, end = read_names(text, found.start("who"), utterance.lexicon)
        if not names or text[end:].strip():
            return []
    return [Reading(BillSlots(names, unit, bool(aside)), Strength.EXACT, whole)]


def handle(slots: BillSlots, context: Context) -> Reply:
    """Show what waits, or put some of it aside."""
    return resume({"names": list(slots.names), "unit": slots.unit, "aside": slots.aside}, context)


def resume(kept: Mapping[str, Any], context: Context) -> Reply:
    """Show what waits once it is clear whose; confirm it once the head-count was typed back."""
    if "proposals" in kept:
        return _confirm(kept["proposals"], context)
    of = None
    if kept["names"]:
        people = whom(
            context,
            "dues_bill",
            kept["names"],
            kept,
            action=Action.CONFIRM_DUES,
            own_branch=False,
            unit=kept["unit"],
            dues_of=(),
        )
        if isinstance(people, Reply):
            return people
        of = [person.id for person in people]
    if kept["aside"]:
        return _put_aside(of, kept["unit"], context)
    waiting = dues_bill_checks.list_waiting(
        context.session, by=context.actor, today=context.today, unit=kept["unit"], of=of
    )
    return _show(waiting, context)


def _show(waiting: Waiting, context: Context) -> Reply:
    unclear = _unclear(waiting)
    if not waiting.proposals:
        return Reply(say(ONLY_UNCLEAR, unclear=private(unclear)))
    shown = waiting.proposals[:_AT_ONCE]
    people = len({proposal.member_id for proposal in shown})
    lines = [_line(proposal, context) for proposal in shown]
    if len(waiting.proposals) > _AT_ONCE:
        lines.append(MORE.format(k=len(waiting.proposals) - _AT_ONCE))
    text = say(
        PREVIEW,
        lines=private("\n".join(lines)),
        n=people,
        k=len(shown),
        amount=private(yuan(sum(proposal.fen for proposal in shown))),
        unclear=private(unclear),
    )
    kept = {"proposals": [proposal.id for proposal in shown]}
    members = tuple(dict.fromkeys(proposal.member_id for proposal in shown))
    seen = Read(Seen.DUES, members=members)
    return telling(preview(context, "dues_bill", people, kept, text), seen)


def _line(proposal: Proposal, context: Context) -> str:
    return LINE.format(
        name=proposal.name,
        months=month_ranges(proposal.months, context.today.year),
        amount=yuan(proposal.fen),
        day=day_words(proposal.paid_on),
        guessed=GUESSED if proposal.why is Why.BY_AMOUNT else "",
    )


def _unclear(waiting: Waiting) -> str:
    if not waiting.unclear:
        return ""
    lines = [
        UNCLEAR_LINE.format(day=day_words(day), amount=yuan(fen), why=WHY_WORDS[why])
        for day, fen, why in waiting.unclear[:_MOST_UNCLEAR]
    ]
    return UNCLEAR.format(k=len(waiting.unclear), lines="\n".join(lines))


def _confirm(proposals: list[int], context: Context) -> Reply:
    receipts = dues_bill_checks.confirm(
        context.session, proposals, by=context.actor, now=context.now
    )
    bar(context, "核对账单", NOT_BACK)
    year = context.today.year
    send = tuple(
        ToMember(
            receipt.member_id,
            say(
                RECEIPT,
                months=private(month_ranges((month for month, _ in receipt.parts), year)),
                amount=private(yuan(sum(fen for _, fen in receipt.parts))),
                number=private(receipt.number),
                unit=receipt.unit,
            ),
            f"receipt:{context.inbound_id}:{receipt.member_id}:{number}",
        )
        for number, receipt in enumerate(receipts)
        if receipt.sent
    )
    total = sum(fen for receipt in receipts for _, fen in receipt.parts)
    return Reply(say(DONE, n=len(receipts), amount=private(yuan(total))), send=send)


def _put_aside(of: list[Any] | None, unit: str | None, context: Context) -> Reply:
    count = dues_bill_checks.put_aside(
        context.session,
        by=context.actor,
        today=context.today,
        now=context.now,
        of=of,
        unit=unit,
    )
    return Reply(say(ASIDE, k=count))


INTENT = Intent(
    name="dues_bill",
    title="核对账单",
    recognise=recognise,
    handle=handle,
    resume=resume,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
