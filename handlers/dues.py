"""Dues paid, and questions about them (党费).

Example:
    张三: 3月党费30元已交
    » 收到：3月，共30元。等组织委员核对后回执。金额不对请回复 更正
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.clock import day_of
from bot.domain.dues import STATE_NAMES, MonthState
from bot.domain.dues_allocation import Allocated, NeedsAnswer, Question
from bot.domain.money import yuan
from bot.domain.periods import Month, months_between
from bot.domain.privacy import Fact, FactKind, Text, join, say
from bot.domain.privacy import dues as private
from bot.domain.reads import Seen
from bot.domain.rights import Action, holds
from bot.domain.units import NOT_INCLUDED
from bot.domain.wording import month_list, month_ranges
from bot.inbound.context import Context
from bot.inbound.dues_corrected import parsed, stored
from bot.inbound.dues_doubts import ask_doubt
from bot.inbound.dues_late import too_late
from bot.inbound.dues_queries import DuesQuerySlots, recognise_dues_query
from bot.inbound.dues_together import answered, ask_who, couples, kept, pay_for
from bot.inbound.intents import Intent, Teachable
from bot.inbound.payments import DuesPaidSlots, recognise_dues_paid
from bot.inbound.questions import ask, close, find_question, payers_of
from bot.inbound.replies import Reply, reply
from bot.inbound.whom import is_self, whom
from bot.services import dues
from bot.services.reads import Read

DONE = "收到：{months}，共{amount}元。等组织委员核对后回执。金额不对请回复 更正"
NO_SUCH_MONTH = (
    "没有“{words}”这样的月份，还没有登记。请这样写：党费 3月 30，几个月的写 党费 1-3月 90"
)
NO_AMOUNT = "“{words}”不能当金额，还没有登记。请这样写：党费 3月 30"
OTHERS_QUERY = "别人的党费只有本人和组织委员能看。"
MINE = "{name}，您每月党费{amount}元。\n{lines}"
THEIRS = "{name}，每月党费{amount}元。\n{lines}"
OPENING = "{name}：\n{lines}"  # nothing else is due: paid ahead before the branch began
NOT_ASSESSED = "{name}的月缴党费还没有核定。"
WAITS = "待核对，报的{amount}元"
LINE = "{month}：{state}"
NOTHING_ASSESSED = "您的月缴党费还没有核定，请问组织委员。"


PAID_EXAMPLES = (
    "党费已交",
    "3月党费30元",
    "党费 3月 30",
    "3-5月党费已交",
    "一季度党费90",
    "补交2月党费，10元",
    "已转党费一百二",
    "帮老伴把党费交了",
    "我1到3月每月15，党费都交了",
)
PAID_SILENT = (
    "党费还没交",
    "党费怎么交",
    "明天交党费",
    "收到党费通知",
    "请大家及时交党费",
    "你党费交了吗",
    "燃气费交了",
    "准备去交党费",
)
QUERY_EXAMPLES = (
    "我的党费",
    "党费多少钱",
    "我3月党费交了吗",
    "查一下党费",
    "老王党费交了吗",
    "我还欠几个月党费",
)
QUERY_SILENT = ("谁没交党费", "你们党费都交了吗", "3月党费30元已交", "物业费多少钱")


def handle_paid(slots: DuesPaidSlots, context: Context) -> Reply:
    """Record what the writer says to have paid, or ask the one question that is open."""
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    if slots.odd_month:
        return Reply(say(NO_SUCH_MONTH, words=_typed(slots.odd_month)))
    if slots.odd_amount:
        return Reply(say(NO_AMOUNT, words=_typed(slots.odd_amount)))
    if slots.doubt is not None:
        return ask_doubt(slots, context)
    if several := couples(slots):
        return ask_who(several, context)
    if slots.heads is not None:
        return ask_who(slots, context)
    if slots.names and slots.names != (context.actor.name,):
        return _pay_together(context, kept(slots))
    return _pay(context, slots)


def _pay(context: Context, slots: DuesPaidSlots) -> Reply:
    try:
        result = dues.declare(
            context.session,
            months=slots.months or slots.quoted,
            total_fen=slots.amount_fen,
            by=context.actor,
            said_on=context.today,
            now=context.now,
            source=str(context.inbound_id),
            until=slots.until,
        )
    except dues.DuesTooLate as late:
        return too_late(context, late, slots.months or slots.quoted, slots.amount_fen)
    if isinstance(result, NeedsAnswer):
        return _ask(result, slots, context)
    return _done(result, context)


def _typed(words: str) -> Fact:
    return Fact(FactKind.WRITER, words)


def resume_paid(option: Mapping[str, Any], context: Context) -> Reply:
    """Record the months chosen, or go on with the person chosen."""
    if "names" in option:
        going_on = answered(option, context)
        return going_on if isinstance(going_on, Reply) else _go_on(going_on, context)
    if "said_months" in option or "said_fen" in option:
        return _pay(context, _with_said(option, context))
    parts = parsed(option["parts"])
    declared = dues.record_declared(
        context.session,
        Allocated(parts),
        by=context.actor,
        now=context.now,
        source=str(context.inbound_id),
    )
    return _done(declared, context)


def _go_on(option: Mapping[str, Any], context: Context) -> Reply:
    """Go on with a payment whose payers or months were asked for."""
    if option["names"]:
        return _pay_together(context, option)
    months = tuple(Month.parse(month) for month in option["months"])
    return _pay(context, DuesPaidSlots(months, option["fen"]))


def _pay_together(context: Context, option: Mapping[str, Any]) -> Reply:
    people = whom(context, "dues_paid", option["names"], option, action=Action.CONFIRM_DUES)
    if isinstance(people, Reply):
        return people
    if is_self(people, context):
        return _go_on({**option, "names": []}, context)
    return pay_for(people, context, option)


def _with_said(option: Mapping[str, Any], context: Context) -> DuesPaidSlots:
    """Return a payment with what was answered.

    An amount that was doubted is not taken along to a month without an assessment, which would
    take any.
    """
    said = option.get("said_months", option["months"])
    months = tuple(Month.parse(month) for month in said)
    fen = option.get("said_fen", option["fen"])
    if option.get("doubted") and "said_fen" not in option:
        balances = dues.balances(context.session, [context.member_id], months)[context.member_id]
        fen = None if any(b.assessed_fen is None for b in balances.values()) else fen
    return DuesPaidSlots(months, fen)


def handle_query(slots: DuesQuerySlots, context: Context) -> Reply:
    """Tell the writer the amount and how the months stand."""
    if slots.names and slots.names != (context.actor.name,):
        return _query_others(context, slots, _asked(slots))
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    months = sorted({*slots.months, *_lately(context)})
    found = dues.balances(context.session, [context.member_id], months)
    words = _account(MINE, context.actor.name, found[context.member_id], slots, context)
    return Reply(words or say("{words}", words=private(NOTHING_ASSESSED)))


def _asked(slots: DuesQuerySlots) -> dict[str, Any]:
    return {"names": list(slots.names), "months": [str(month) for month in slots.months]}


def resume_query(option: Mapping[str, Any], context: Context) -> Reply:
    """Tell the organiser about the person chosen."""
    months = tuple(Month.parse(month) for month in option["months"])
    return _query_others(context, DuesQuerySlots(months, tuple(option["names"])), option)


def _query_others(context: Context, slots: DuesQuerySlots, kept: Mapping[str, Any]) -> Reply:
    """Tell who confirms dues there about others; nobody else learns anything."""
    context.member_id  # noqa: B018 - strangers are told how to bind first
    action = Action.CONFIRM_DUES
    if not holds(context.actor, action):
        return reply(OTHERS_QUERY)
    people = whom(
        context,
        "dues_query",
        slots.names,
        kept,
        action=action,
        own_branch=False,
        dues_of=slots.months,
    )
    if isinstance(people, Reply):
        return people
    months = sorted({*slots.months, *_lately(context)})
    found = dues.balances(context.session, [person.id for person in people], months)
    return Reply(
        reads=(Read(Seen.DUES, members=tuple(person.id for person in people)),),
        text=join(
            *(
                _account(THEIRS, person.name, found[person.id], slots, context)
                or say(NOT_ASSESSED, name=private(person.name))
                for person in people
            )
        ),
    )


def _account(
    template: str,
    name: str,
    own: Mapping[Month, dues.Balance],
    slots: DuesQuerySlots,
    context: Context,
) -> Text | None:
    """Return one member's amount and the months asked about; None where nothing is on record.

    Args:
        own: Balances of the months asked about and of those of late, which tell the amount.
    """
    lately = _lately(context)
    asked = slots.months or lately
    due = [own[month] for month in (*lately, *asked) if own[month].assessed_fen is not None]
    if not due and not any(own[month].settled_before for month in (*lately, *asked)):
        return None
    year = day_of(context.now).year
    lines = "\n".join(
        LINE.format(month=month_list([month], year), state=_state(own[month]))
        for month in asked
        if _is_told(month, own[month], slots, context)
    )
    if not due:
        return say(OPENING, name=name, lines=private(lines))
    amount = yuan(due[-1].assessed_fen or 0)
    return say(template, name=name, amount=private(amount), lines=private(lines))


def _ask(question: NeedsAnswer, slots: DuesPaidSlots, context: Context) -> Reply:
    """Put the one question; the months or the amount it is about are an answer as well."""
    text = say("{words}", words=private(question.sentence))
    if not question.choices and question.question is Question.PARTLY_SETTLED:
        return Reply(text)
    year = context.today.year
    doubted = question.question is Question.AMOUNT_DIFFERS
    options = [
        (
            f"{yuan(choice.total_fen)}元"  # 3月 is no word for 300元
            if doubted
            else month_ranges((m for m, _ in choice.parts), year),
            {"parts": stored(choice.parts)},
        )
        for choice in question.choices
    ]
    by_values = {
        "months": [str(month) for month in slots.months or slots.quoted],
        "fen": slots.amount_fen,
        "doubted": doubted,
    }
    return ask(context, "dues_paid", "{choices}", options, text, by_values=by_values)


def _done(declared: dues.Declared, context: Context) -> Reply:
    """Tell what was recorded; a question on dues that was still open is answered with it."""
    open_still = find_question(context)
    if (
        open_still is not None
        and open_still.payload["intent"] == "dues_paid"
        and not payers_of(open_still.payload)  # what was asked of another's stays open
    ):
        close(open_still, context)
    months = month_list((month for month, _ in declared.parts), context.today.year)
    return Reply(say(DONE, months=private(months), amount=private(yuan(declared.total_fen))))


def _lately(context: Context) -> tuple[Month, ...]:
    this = Month.of(context.today)
    return tuple(months_between(this.shift(-2), this.quarter.months[-1]))


def _is_told(month: Month, balance: dues.Balance, slots: DuesQuerySlots, context: Context) -> bool:
    """Of months not asked about, those to come or not included are told only with a record."""
    on_record = balance.declared_fen or balance.confirmed_fen
    due = balance.assessed_fen is not None or balance.settled_before
    return bool(slots.months or on_record or (due and month <= Month.of(context.today)))


def _state(balance: dues.Balance) -> str:
    if balance.state is MonthState.DECLARED:
        return WAITS.format(amount=yuan(balance.declared_fen))
    nothing_due = balance.state is MonthState.NOT_DUE
    return NOT_INCLUDED if nothing_due else STATE_NAMES[balance.state]


PAID = Intent(
    name="dues_paid",
    title="登记党费",
    recognise=recognise_dues_paid,
    handle=handle_paid,
    resume=resume_paid,
    examples=PAID_EXAMPLES,
    silent=PAID_SILENT,
    teachable=Teachable.ACTION,
)
QUERY = Intent(
    name="dues_query",
    title="问党费",
    recognise=recognise_dues_query,
    handle=handle_query,
    resume=resume_query,
    examples=QUERY_EXAMPLES,
    silent=QUERY_SILENT,
    marks=frozenset("费交缴差欠落该拖漏短"),
    teachable=Teachable.QUESTION,
)
