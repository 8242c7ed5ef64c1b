"""Dues paid for others, or for several at once: who they are, of which months, what each pays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.domain.dues_allocation import Part
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.privacy import dues as private
from bot.domain.privacy import say
from bot.domain.rights import Action
from bot.domain.wording import month_list, month_ranges
from bot.inbound.context import Context
from bot.inbound.dues_payers import COUPLES
from bot.inbound.payments import DuesPaidSlots
from bot.inbound.questions import ask, close, find_question, payers_of
from bot.inbound.replies import Reply, ToMember
from bot.inbound.whom import names_of
from bot.services import dues_others, naming
from bot.services.naming import Named

OTHERS_DONE = "收到：替{names}登记了{months}党费{each}，等组织委员核对后给本人回执。打错了回复 撤销"
TOGETHER_DONE = (
    "收到：您和{names}的{months}党费都登记了{each}，等组织委员核对后给各人回执。打错了回复 撤销"
)
LISTED_DONE = (
    "收到：{months}党费替这几位登记了：{shares}。等组织委员核对后给各人回执。打错了回复 撤销"
)
ONE_TWICE = "名单里有两个名字说的是同一位，都还没有记。请写全名，整条再发一次。"
EACH = "，每人{amount}元"
OTHERS_TOLD = "{payer}替您登记了{months}党费{amount}元，等组织委员核对后回执。不是这样请回复 撤销"
WHO_PAYS = (
    "您写的是{what}，还没有登记：是哪几位的党费？回复姓名，例如 我和张三；"
    "只是您自己的回复 1，不是党费回复 取消。"
)
SO_MANY = "{n}个人"
SO_MUCH = "共{amount}元"
FOR_SOMEBODY = "替别人交"
SO_MUCH_EACH = "每人{amount}元"
NOT_SO_MANY = (
    "您说的是{n}个人，这次写了{named}位，还没有登记。请把{n}位的姓名都写上，例如 我和张三；"
    "只是您自己的回复 1，不是党费回复 取消。"
)
ONLY_ME = "只是我自己的"
WHICH_MONTHS = "{whose}交的是哪个月的党费：{choices}。回复数字，或者写月份，例如 1-3月。"
FOR_THEM = "替{names}"
FOR_ALL = "您和{names}"


def shares_words(shares: Iterable[tuple[str, int]]) -> str:
    """Return who paid how much: 赵六15元、王五15元."""
    return "、".join(f"{name}{yuan(fen)}元" for name, fen in shares)


def kept(slots: DuesPaidSlots) -> dict[str, Any]:
    """Return a payment as a question keeps it."""
    return {
        "names": list(slots.names),
        "months": [str(month) for month in slots.months or slots.quoted],
        "fen": slots.amount_fen,
        "with_me": slots.with_me,
        "each": slots.each_fen,
        "heads": slots.heads,
        **({"shares": [fen for _, fen in slots.shares]} if slots.shares else {}),
    }


def answered(option: Mapping[str, Any], context: Context) -> Mapping[str, Any] | Reply:
    """Return a payment kept with a question, with the months or the people answered.

    People who are not as many as was said are asked for once more.
    """
    said = option.get("said_names")
    if said is None:
        months = option.get("said_months", option["months"])
        return {**option, "months": months, "fen": option.get("said_fen", option["fen"])}
    own, heads, each = context.actor.name, option["heads"], option["each"]
    names = [name for name in said if name != own]
    with_me = bool(option.get("said_me")) or own in said or heads == len(names) + 1
    named = len(names) + with_me
    if heads and named != heads:
        return _ask_who(NOT_SO_MANY.format(n=heads, named=named), option, context)
    fen = option["fen"] if each is None else each * named
    return {**option, "names": names, "with_me": with_me, "heads": None, "fen": fen}


def couples(slots: DuesPaidSlots) -> DuesPaidSlots | None:
    """Return a payment for 爸妈 as one for two who are to be named; None for any other."""
    if COUPLES.isdisjoint(slots.names):
        return None
    heads = sum(2 if name in COUPLES else 1 for name in slots.names) + slots.with_me
    fen = slots.amount_fen if slots.each_fen is None else slots.each_fen * heads
    return replace(slots, names=(), with_me=False, heads=heads, amount_fen=fen)


def ask_who(slots: DuesPaidSlots, context: Context) -> Reply:
    """Ask for whom a sum was paid that is said to be several people's."""
    heads = [SO_MANY.format(n=slots.heads)] if slots.heads else []
    each = [] if slots.each_fen is None else [SO_MUCH_EACH.format(amount=yuan(slots.each_fen))]
    sums = [] if slots.amount_fen is None else [SO_MUCH.format(amount=yuan(slots.amount_fen))]
    what = "，".join((*heads, *(each or sums))) or FOR_SOMEBODY
    return _ask_who(WHO_PAYS.format(what=what), kept(slots), context)


def _ask_who(words: str, option: Mapping[str, Any], context: Context) -> Reply:
    asked = {**option, "names": [], "several": True}
    alone = {**asked, "heads": None, "with_me": False, "fen": option["each"] or option["fen"]}
    text = say("{words}", words=private(words))
    return ask(context, "dues_paid", "{choices}", [(ONLY_ME, alone)], text, by_name=asked)


def pay_for(people: Sequence[Named], context: Context, option: Mapping[str, Any]) -> Reply:
    """Record what the writer paid for others, with `with_me` for himself as well."""
    others = [person for person in people if person.id != context.actor.member_id]
    with_me = bool(option.get("with_me")) or len(others) < len(people)
    if not option["months"]:
        return _ask_months(others, option, with_me=with_me, context=context)
    months = tuple(Month.parse(month) for month in option["months"])
    shares = _shares(people, option)
    declared = dues_others.declare_for_others(
        context.session,
        people=[*_own(context), *others] if with_me else others,
        months=months,
        total_fen=option["fen"],
        each_fen=option.get("each"),
        shares_fen=shares,
        by=context.actor,
        said_on=context.today,
        now=context.now,
        source=str(context.inbound_id),
    )
    open_still = find_question(context) if with_me else None
    if (
        open_still is not None
        and open_still.payload["intent"] == "dues_paid"
        and payers_of(open_still.payload) <= {*option["names"], *(one.name for one in people)}
    ):
        close(open_still, context)
    each = option.get("each")
    told = tuple(_told(one, context) for one in declared if one.person in others)
    if shares is not None:
        listed = shares_words((person.name, shares[person.id]) for person in people)
        words = private(month_list(months, context.today.year))
        return Reply(say(LISTED_DONE, months=words, shares=private(listed)), send=told)
    return Reply(
        say(
            TOGETHER_DONE if with_me else OTHERS_DONE,
            names=names_of(others),
            months=private(month_list(months, context.today.year)),
            each=private(EACH.format(amount=yuan(each)) if each is not None else ""),
        ),
        send=told,
    )


def _shares(people: Sequence[Named], option: Mapping[str, Any]) -> dict[MemberId, int] | None:
    """Return what each of a list paid; they come in its order.

    Raises:
        DomainError: Two names of the list mean one person.
    """
    if "shares" not in option:
        return None
    if len(people) != len(option["shares"]):
        raise DomainError(ONE_TWICE)
    return {person.id: fen for person, fen in zip(people, option["shares"], strict=True)}


def _own(context: Context) -> list[Named]:
    """Return the writer, whoever else bears the name."""
    name = context.actor.name
    return naming.resolve(
        context.session,
        [name],
        by=context.actor,
        on=context.today,
        action=Action.CONFIRM_DUES,
        settled={name: context.member_id},
    )


def _ask_months(
    others: Sequence[Named], option: Mapping[str, Any], *, with_me: bool, context: Context
) -> Reply:
    """Ask which months, with what was said kept; nothing of theirs is told by the options."""
    this = Month.of(context.today)
    first = this.quarter.months[0]
    runs: list[tuple[Month, ...]] = [(this,), (this.shift(-1),)]
    if first < this:
        runs.append(tuple(month for month in this.quarter.months if month <= this))
    labels = [month_ranges(months, context.today.year) for months in runs]
    choices = "，".join(f"{number} {label}" for number, label in enumerate(labels, start=1))
    whose = (FOR_ALL if with_me else FOR_THEM).format(names=_names(others))
    text = say(WHICH_MONTHS, whose=private(whose), choices=choices)
    options = [
        (label, {**option, "months": [str(month) for month in months]})
        for label, months in zip(labels, runs, strict=True)
    ]
    return ask(context, "dues_paid", "{choices}", options, text, by_values=dict(option))


def _names(people: Sequence[Named]) -> str:
    return "、".join(person.name for person in people)


def _told(each: dues_others.DeclaredFor, context: Context) -> ToMember:
    return told_of(each.person.id, each.declared.parts, context)


def told_of(member_id: MemberId, parts: Sequence[Part], context: Context) -> ToMember:
    """Tell a member what was paid for him, and how to object."""
    text = say(
        OTHERS_TOLD,
        payer=context.actor.name,
        months=private(month_list((month for month, _ in parts), context.today.year)),
        amount=private(yuan(sum(fen for _, fen in parts))),
    )
    return ToMember(member_id, text, f"paid:{context.inbound_id}:{member_id}")
