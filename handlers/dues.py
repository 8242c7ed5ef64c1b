"""Dues paid, and questions about them (党费).

Example:
    张三: 3月党费30元已交
    » 收到：3月，共30元。等组织委员核对后回执。金额不对请回复 更正
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from bot.clock import day_of
from bot.domain.dues import STATE_NAMES
from bot.domain.dues_allocation import Allocated, NeedsAnswer
from bot.domain.money import yuan
from bot.domain.periods import Month, months_between
from bot.domain.privacy import Text, join, say
from bot.domain.privacy import dues as private
from bot.domain.rights import Action, holds
from bot.domain.wording import month_list, month_ranges
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength, Teachable
from bot.inbound.names import NAME, read_names
from bot.inbound.questions import ask
from bot.inbound.replies import Reply, ToMember, reply
from bot.inbound.scope import about_everybody, about_listener
from bot.inbound.spans.money import find_bare_amounts
from bot.inbound.topics import Topic
from bot.inbound.utterance import Clause, Mood, Span, Utterance
from bot.inbound.whom import is_self, names_of, whom
from bot.services import dues, dues_others

DONE = "收到：{months}，共{amount}元。等组织委员核对后回执。金额不对请回复 更正"
OTHERS_DONE = "收到：替{names}登记了{months}党费，等组织委员核对后给本人回执。打错了回复 撤销"
OTHERS_TOLD = "{payer}替您登记了{months}党费{amount}元，等组织委员核对后回执。不是这样请回复 撤销"
OTHERS_QUERY = "别人的党费只有本人和组织委员能看。"
MINE = "{name}，您每月党费{amount}元。\n{lines}"
THEIRS = "{name}，每月党费{amount}元。\n{lines}"
NOT_ASSESSED = "{name}的月缴党费还没有核定。"
LINE = "{month}：{state}"
NOTHING_ASSESSED = "您的月缴党费还没有核定，请问组织委员。"


@dataclass(frozen=True, slots=True)
class DuesPaidSlots:
    """Dues somebody says to have paid.

    Attributes:
        months: The months named, sorted; empty when none was.
        amount_fen: The total in fen (a monthly rate is multiplied), None when not said.
        names: Those paid for, empty for the sender.
    """

    months: tuple[Month, ...] = ()
    amount_fen: int | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DuesQuerySlots:
    """A question about dues.

    Attributes:
        months: The months asked about, sorted; empty for all.
        names: Those asked about, empty for the sender.
    """

    months: tuple[Month, ...] = ()
    names: tuple[str, ...] = ()


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

_PAID = re.compile(
    r"(?:上交|补交|补缴|缴纳|代缴|代交|[交缴转付汇打扫补存清])"
    r"(?:[上齐清完好掉足满账款进纳您]|过去|过来|出去){0,3}(?:[给到][^，]{0,10}?)?"
    r"(?:[齐清完好]|过去|账){0,2}[了过啦咯喽讫毕罗]"
    r"|已经?[^，]{0,10}?(?:上交|补交|补缴|缴纳|[交缴转付补汇清])"
    r"|完成.{0,6}[交缴]|缴讫|付讫|完成缴费|缴费成功|支付成功|转账成功"
)
_OFFERED = re.compile(r"上交|补交|补缴|缴纳|[交缴转补]")
_CALLS = re.compile(
    r"请(?!.{0,4}[查核确收看知放登记])|记得|[应该必须]交|(?<!刚)要[交缴]|需[要]?[交缴]"
    r"|得[交缴]|开始[交缴]|收党费|收[取缴]|催|提醒|统计|截止|标准"
    r"|比例|基数|必须|按时交|及时|主动|规定|制度|条例|公示|党费(?:收据|证|使用|管理"
    r"|工作|通知|是(?!\s?\d))|大家|各位|同志们|说[他她我]|听说|据说|忘|收到.{0,4}党费"
    r"|想[交缴]|去[交缴](?!了)|去把"
)
_FOR = re.compile(r"(?:[帮替代为连]|(?<![转交付打发汇退还缴])给)@?")
_OF = re.compile(
    r"(?:的|家的|这个月的?|本月的?|上个?月的?|\s)*(?:[^，]{0,8}?党费|也?一[起并块]"
    r"|也[交缴]|的也|交了)"
)
_START = re.compile(r"^(?:\d{1,2}月|本月|这个月)?(?:我[和跟与])?@?")
_ALONE = re.compile(
    r"(?:我|都|已经?|刚|也|全部?|这个月|本月)*(?:交|缴|转)(?:上|齐|完|好|过去)?(?:了|啦"
    r"|过)?(?P<sum>\s?[\d.]+(?:元|块钱?)?)?(?:了|啦)?"
)
_TOTAL = re.compile(r"(?:一共|总共|总计|合计|共计|共|总)(?:是|交|缴|了|转|计|为|:|\s)*")
_MONTHLY = re.compile(
    r"(?:每个?月|一个月|月均|每月份|按月|月缴|月交)(?:都|是|各|交|缴|党费|按|,|:|\s)*"
    r"|各(?:交|缴|是)?"
)
_EACH = re.compile(r"(?:每人|一人|一个人|每个人)(?:都|各|是|交|:|\s)*")
_NOT_BUT = re.compile(
    r"(?:不是|并非|而不是|不应该是|写成了?|打成了?|输成了?|发成了?"
    r"|说成了?)\s?[^，]{0,3}?[\d.]+(?:元|块)?"
)
_ASKED = re.compile(r"党费|[交缴欠]|多少|什么时候|截止|哪|标准|几号|转给|怎么|咋")
_LOOKUP = re.compile(
    r"查(?:一?下|查|询|看)?.{0,10}党费|党费.{0,4}(?:查|情况|明细|记录|标准|余额)"
    r"|^我的?(?:[^，]{0,6}的?)?党费$|欠.{0,4}(?:多少|几)"
)
_RECEIVER = re.compile(r"(?:给|到|找|向|转|交|跟|是)谁|谁(?:来)?收|谁那")


def recognise_dues_paid(utterance: Utterance) -> list[Reading]:
    """Recognise dues said to be paid; 交了 and 已交 alone read `BARE`."""
    if not utterance.clauses or utterance.to_others:
        return []
    alone = _ALONE.fullmatch(utterance.text)
    quoted = Topic.DUES in utterance.quoted_topics
    if Topic.DUES not in utterance.topics and not (quoted or alone):
        return []
    if Topic.DUES not in utterance.topics and alone and not quoted:
        return [_paid(utterance, list(utterance.clauses), Strength.BARE)]
    around = utterance.about(Topic.DUES) or utterance.clauses
    said = [clause for clause in around if _is_said(clause, utterance)]
    if not any(_is_paid(utterance, clause, said) for clause in said):
        return []
    return [_paid(utterance, said, Strength.CLEAR)]


def _is_said(clause: Clause, utterance: Utterance) -> bool:
    """Tell whether a clause may hold what was paid: neither asked, denied, ordered nor others'."""
    if _CALLS.search(clause.text) or about_listener(clause.text):
        return False
    return clause.stated or bool(_NOT_BUT.search(clause.text))


def _is_paid(utterance: Utterance, clause: Clause, said: list[Clause]) -> bool:
    topical = Topic.DUES in clause.topics or len(said) > 1 or utterance.quoted is not None
    if Topic.UNDO in utterance.topics:
        return topical and bool(_amounts(utterance, said))
    if _PAID.search(clause.text):
        return True
    amount = any(_amounts(utterance, [part]) for part in said)
    months = any(utterance.months_in(part) for part in said)
    offered = _OFFERED.search(clause.text)
    if offered and months and re.search(r"补[交缴]", clause.text):
        return True
    return topical and amount and (months or bool(offered) or clause.text.startswith("党费"))


def _paid(utterance: Utterance, said: list[Clause], strength: Strength) -> Reading:
    months = _months(utterance, said)
    slots = DuesPaidSlots(
        months=months,
        amount_fen=_total(utterance, said, len(months)),
        names=_payers(utterance, said),
    )
    return Reading(slots, strength, (_begin(utterance, said), said[-1].end))


def _begin(utterance: Utterance, said: list[Clause]) -> int:
    """Return where the dues begin; a correction before them (更正：…) is an action of its own."""
    if Topic.UNDO not in utterance.topics:
        return said[0].start
    starts = [span.start for span in (*_amounts(utterance, said), *utterance.months)]
    return min(max(start, said[0].start) for start in starts) if starts else said[0].start


def _months(utterance: Utterance, clauses: list[Clause]) -> tuple[Month, ...]:
    months = {month for clause in clauses for month in utterance.months_in(clause)}
    if not months:
        for clause in clauses:
            for span in utterance.years:
                if clause.start <= span.start and span.end <= clause.end:
                    months.update(cast("tuple[Month, ...]", span.value))
    return tuple(sorted(months))


def _amounts(utterance: Utterance, clauses: list[Clause]) -> list[Span]:
    """Return the amounts said, with or without a unit, leaving out 不是15."""
    found: list[Span] = []
    for clause in clauses:
        wrong = [match.span() for match in _NOT_BUT.finditer(clause.text)]
        spans = [s for s in utterance.money if clause.start <= s.start and s.end <= clause.end]
        if not spans:
            spans = [s for s in _bare(utterance, clause) if not _is_taken(utterance, s)]
        for span in spans:
            at = span.start - clause.start
            if not any(start <= at < end for start, end in wrong):
                found.append(span)
    return found


def _bare(utterance: Utterance, clause: Clause) -> list[Span]:
    return list(find_bare_amounts(utterance.text, clause.start, clause.end))


def _is_taken(utterance: Utterance, span: Span) -> bool:
    others = (*utterance.months, *utterance.dates, *utterance.times, *utterance.counts)
    others += utterance.years
    return any(span.start < other.end and other.start < span.end for other in others)


def _total(utterance: Utterance, clauses: list[Clause], months: int) -> int | None:
    """Add up: a total said wins, a monthly rate is multiplied, several amounts are summed."""
    spans = _amounts(utterance, clauses)
    values = [(span, cast("int", span.value)) for span in spans]
    for span, value in values:
        if _ends(utterance.text, span.start, _TOTAL):
            return value
    each = [value for span, value in values if _ends(utterance.text, span.start, _EACH)]
    if each:
        return each[0] * _heads(utterance, clauses)
    monthly = [value for span, value in values if _ends(utterance.text, span.start, _MONTHLY)]
    if monthly:
        return monthly[0] * max(months, 1)
    return sum(value for _, value in values) or None


def _heads(utterance: Utterance, clauses: list[Clause]) -> int:
    with_me = any(re.search(r"我[和跟与]", clause.text) for clause in clauses)
    return max(len(_payers(utterance, clauses)) + with_me, 1)


def _ends(text: str, position: int, pattern: re.Pattern[str]) -> bool:
    """Tell whether a pattern matches right up to a position."""
    begin = max(position - 8, 0)
    return any(match.end() == position for match in pattern.finditer(text, begin, position))


def _payers(utterance: Utterance, clauses: list[Clause]) -> tuple[str, ...]:
    """Read whose dues: 帮老李, 老伴的党费; never the sender, never who received them."""
    for clause in clauses:
        for match in _FOR.finditer(clause.text):
            names, _ = read_names(clause.text, match.end(), utterance.lexicon)
            if names:
                return names
    for clause in clauses:
        names = _owners(utterance, clause)
        if names:
            return names
    return ()


def _owners(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    start = _START.match(clause.text)
    names, end = read_names(clause.text, start.end() if start else 0, utterance.lexicon)
    return names if names and _OF.match(clause.text, end) else ()


def recognise_dues_query(utterance: Utterance) -> list[Reading]:
    """Recognise a question on one's own or a named person's dues."""
    topics = utterance.topics | utterance.quoted_topics
    if Topic.DUES not in topics or utterance.to_others or not utterance.clauses:
        return []
    around = utterance.about(Topic.DUES) or utterance.clauses
    asked = [clause for clause in around if _is_asked(clause)]
    if not asked or recognise_dues_paid(utterance):
        return []
    whole = utterance.stretch(around)
    if about_everybody(_RECEIVER.sub("", whole.text)):
        return []
    names = next((n for clause in around if (n := _asked_of(utterance, clause))), ())
    months = _months(utterance, list(around))
    return [Reading(DuesQuerySlots(months, names), Strength.CLEAR, (whole.start, whole.end))]


def _is_asked(clause: Clause) -> bool:
    text = clause.text
    if about_listener(text):
        return False
    if clause.mood is Mood.QUESTION:
        return bool(_ASKED.search(text)) and not re.search(r"为什么|为啥|凭什么", text)
    return bool(_LOOKUP.search(text))


def _asked_of(utterance: Utterance, clause: Clause) -> tuple[str, ...]:
    owners = _owners(utterance, clause)
    if owners:
        return owners
    match = _ABOUT.search(clause.text)
    return read_names(clause.text, match.end(), utterance.lexicon)[0] if match else ()


_ABOUT = re.compile(
    rf"(?:查(?:一?下|查|询|看)?|看看|问一?下|[帮替]我?(?:看|查|问)(?:一?下)?)\s?(?={NAME})"
)


def handle_paid(slots: DuesPaidSlots, context: Context) -> Reply:
    """Record what the writer says to have paid, or ask the one question that is open."""
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    if slots.names and slots.names != (context.actor.name,):
        return _pay_for_others(context, slots, _kept(slots))
    result = dues.declare(
        context.session,
        months=slots.months,
        total_fen=slots.amount_fen,
        by=context.actor,
        said_on=context.today,
        now=context.now,
        source=str(context.inbound_id),
    )
    if isinstance(result, NeedsAnswer):
        return _ask(result, context)
    return _done(result, context)


def resume_paid(option: Mapping[str, Any], context: Context) -> Reply:
    """Record the months chosen, or go on with the person chosen."""
    if "names" in option:
        return _pay_for_others(context, _slots(option), option)
    parts = tuple((Month.parse(month), fen) for month, fen in option["parts"])
    declared = dues.record_declared(
        context.session,
        Allocated(parts),
        by=context.actor,
        now=context.now,
        source=str(context.inbound_id),
    )
    return _done(declared, context)


def _kept(slots: DuesPaidSlots | DuesQuerySlots) -> dict[str, Any]:
    months = [str(month) for month in slots.months]
    return {
        "names": list(slots.names),
        "months": months,
        "fen": getattr(slots, "amount_fen", None),
    }


def _slots(option: Mapping[str, Any]) -> DuesPaidSlots:
    months = tuple(Month.parse(month) for month in option["months"])
    return DuesPaidSlots(months, option["fen"], tuple(option["names"]))


def _pay_for_others(context: Context, slots: DuesPaidSlots, kept: Mapping[str, Any]) -> Reply:
    people = whom(context, "dues_paid", slots.names, kept, action=Action.CONFIRM_DUES)
    if isinstance(people, Reply):
        return people
    if is_self(people, context):
        return handle_paid(replace(slots, names=()), context)
    declared = dues_others.declare_for_others(
        context.session,
        people=people,
        months=slots.months,
        total_fen=slots.amount_fen,
        by=context.actor,
        said_on=context.today,
        now=context.now,
        source=str(context.inbound_id),
    )
    months = month_list(slots.months, context.today.year)
    return Reply(
        say(OTHERS_DONE, names=names_of(people), months=private(months)),
        send=tuple(_told(each, context) for each in declared),
    )


def _told(each: dues_others.DeclaredFor, context: Context) -> ToMember:
    """Tell the member what was paid for him, and how to object."""
    months = month_list((month for month, _ in each.declared.parts), context.today.year)
    text = say(
        OTHERS_TOLD,
        payer=context.actor.name,
        months=private(months),
        amount=private(yuan(each.declared.total_fen)),
    )
    return ToMember(each.person.id, text, f"paid:{context.inbound_id}:{each.person.id}")


def handle_query(slots: DuesQuerySlots, context: Context) -> Reply:
    """Tell the writer the amount and how the months stand."""
    if slots.names and slots.names != (context.actor.name,):
        return _query_others(context, slots, _kept(slots))
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    months = slots.months or _lately(context)
    found = dues.balances(context.session, [context.member_id], months)[context.member_id]
    words = _account(MINE, context.actor.name, found, slots, context)
    return Reply(words or say("{words}", words=private(NOTHING_ASSESSED)))


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
    people = whom(context, "dues_query", slots.names, kept, action=action, own_branch=False)
    if isinstance(people, Reply):
        return people
    months = slots.months or _lately(context)
    found = dues.balances(context.session, [person.id for person in people], months)
    return Reply(
        join(
            *(
                _account(THEIRS, person.name, found[person.id], slots, context)
                or say(NOT_ASSESSED, name=private(person.name))
                for person in people
            )
        )
    )


def _account(
    template: str,
    name: str,
    found: Mapping[Month, dues.Balance],
    slots: DuesQuerySlots,
    context: Context,
) -> Text | None:
    """Return one member's amount and months; None where nothing is assessed."""
    due = [balance for balance in found.values() if balance.assessed_fen is not None]
    if not due:
        return None
    year = day_of(context.now).year
    lines = "\n".join(
        LINE.format(month=month_list([month], year), state=STATE_NAMES[balance.state])
        for month, balance in found.items()
        if balance.assessed_fen is not None and _is_told(month, balance, slots, context)
    )
    amount = yuan(due[-1].assessed_fen or 0)
    return say(template, name=name, amount=private(amount), lines=private(lines))


def _ask(question: NeedsAnswer, context: Context) -> Reply:
    text = say("{words}", words=private(question.sentence))
    if not question.choices:
        return Reply(text)
    year = context.today.year
    options = [
        (month_ranges((m for m, _ in choice.parts), year), {"parts": _stored(choice.parts)})
        for choice in question.choices
    ]
    return ask(context, "dues_paid", "{choices}", options, text)


def _done(declared: dues.Declared, context: Context) -> Reply:
    months = month_list((month for month, _ in declared.parts), context.today.year)
    return Reply(say(DONE, months=private(months), amount=private(yuan(declared.total_fen))))


def _stored(parts: Sequence[tuple[Month, int]]) -> list[list[object]]:
    return [[str(month), fen] for month, fen in parts]


def _lately(context: Context) -> tuple[Month, ...]:
    this = Month.of(context.today)
    return tuple(months_between(this.shift(-2), this.quarter.months[-1]))


def _is_told(month: Month, balance: dues.Balance, slots: DuesQuerySlots, context: Context) -> bool:
    """Months to come are told only where something is on record, or they were asked about."""
    on_record = balance.declared_fen or balance.confirmed_fen
    return bool(slots.months or on_record) or month <= Month.of(context.today)


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
    teachable=Teachable.QUESTION,
)
