"""What of a payment is asked before anything is written: how much, how much of it is dues, of whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.money import yuan
from bot.domain.privacy import dues as private
from bot.domain.privacy import named, say
from bot.domain.wording import month_ranges
from bot.inbound.context import Context
from bot.inbound.dues_together import kept, shares_words
from bot.inbound.payments import Doubt, DuesPaidSlots
from bot.inbound.questions import ask
from bot.inbound.replies import Reply

HOW_MUCH = "{whose}的{months}党费交了多少，我没看准，还没有登记。请回复金额，例如 30元；不是党费回复 取消。"
HOW_MUCH_IS_DUES = (
    "这{amount}元里，{whose}的{months}党费是多少？还没有登记。请回复党费的金额，例如 30元；"
    "不是党费回复 取消。"
)
EACH_MONTH = "{months}是每人每月{each}元（每人共{total}元）请回复 1；是每人一共{each}元请回复 2。"
ARE_THEY_DUES = "您写的是党费吗：{shares}？还没有登记。是请回复 1；不是回复 取消。"
WHO_PAID_WHAT = (
    "这一条里写了{names}几位的党费，各是哪个月、多少钱我没看准，还没有登记。"
    "请这样写：{month}党费 {example}"
)
NOT_THE_TOTAL = (
    "您写的是{said}，名单上{heads}位加起来是{sum}元（{shares}），对不上，还没有登记。"
    "请核对以后整条再发一次。"
)
SAID_TOTAL, SAID_HEADS = "共{amount}元", "{n}个人"


def ask_doubt(slots: DuesPaidSlots, context: Context) -> Reply:
    """Ask what cannot be told from the words of a payment."""
    assert slots.doubt is not None
    return _ASKS[slots.doubt](slots, context)


def _ask_sum(slots: DuesPaidSlots, context: Context) -> Reply:
    return _ask_for_sum(HOW_MUCH, slots, context)


def _ask_share(slots: DuesPaidSlots, context: Context) -> Reply:
    return _ask_for_sum(HOW_MUCH_IS_DUES, slots, context)


def _ask_for_sum(template: str, slots: DuesPaidSlots, context: Context) -> Reply:
    months = slots.months or slots.quoted
    text = say(
        template,
        whose=named("、".join(slots.names) if slots.names else "您"),
        months=private(month_ranges(months, context.today.year) if months else ""),
        amount=private(yuan(slots.doubted_fen or 0)),
    )
    return ask(context, "dues_paid", "{choices}", [], text, by_values=kept(slots))


def _ask_monthly(slots: DuesPaidSlots, context: Context) -> Reply:
    each, heads = slots.doubted_fen or 0, len(slots.names) + slots.with_me
    monthly = each * len(slots.months)
    text = say(
        EACH_MONTH,
        months=private(month_ranges(slots.months, context.today.year)),
        each=private(yuan(each)),
        total=private(yuan(monthly)),
    )
    options: list[tuple[str, Mapping[str, Any]]] = [
        (f"{yuan(one)}元", {**kept(slots), "each": one, "fen": one * heads, "heads": None})
        for one in (monthly, each)
    ]
    return ask(context, "dues_paid", "{choices}", options, text)


def _ask_topic(slots: DuesPaidSlots, context: Context) -> Reply:
    text = say(ARE_THEY_DUES, shares=private(shares_words(slots.shares)))
    return ask(context, "dues_paid", "{choices}", [("党费", kept(slots))], text)


def _refuse_several(slots: DuesPaidSlots, context: Context) -> Reply:
    text = say(
        WHO_PAID_WHAT,
        names=named("、".join(slots.names)),
        month=f"{context.today.month}月",
        example=named("，".join(f"{name}15" for name in slots.names[:2])),
    )
    return Reply(text)


def _refuse_total(slots: DuesPaidSlots, _context: Context) -> Reply:
    total = slots.doubted_fen
    differs = total is not None and total != slots.amount_fen
    said = (
        SAID_TOTAL.format(amount=yuan(total or 0)) if differs else SAID_HEADS.format(n=slots.heads)
    )
    text = say(
        NOT_THE_TOTAL,
        said=private(said),
        heads=private(str(len(slots.shares))),
        sum=private(yuan(slots.amount_fen or 0)),
        shares=private(shares_words(slots.shares)),
    )
    return Reply(text)


_ASKS: Mapping[Doubt, Callable[[DuesPaidSlots, Context], Reply]] = {
    Doubt.SUM: _ask_sum,
    Doubt.FEE: _ask_share,
    Doubt.MONTHLY: _ask_monthly,
    Doubt.TOPIC: _ask_topic,
    Doubt.SEVERAL: _refuse_several,
    Doubt.TOTAL: _refuse_total,
}
