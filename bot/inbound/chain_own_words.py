"""What is said of the writer's own line of a chain, in words like those for a spoken one."""

from __future__ import annotations

from bot.domain.errors import DomainError
from bot.domain.money import yuan
from bot.domain.privacy import Fact, FactKind, Text, dues, event, say, writer
from bot.domain.wording import month_list
from bot.inbound.chain_dialogue import may_list_here, overheard
from bot.inbound.context import Context
from bot.inbound.offers import tell_promoted
from bot.inbound.questions import Option, ask
from bot.inbound.replies import Reply, reply
from bot.services import chain_own
from bot.services.chain_own import Own, What
from bot.services.chain_pastes import Kept

OWN: dict[What, str] = {
    What.CHECKED_IN: "✓ {name}，{title}已签到。打错了回复 撤销",
    What.MAKEUP_ASKED: "✓ {name}，{title}的补签已记下，等组织委员同意。打错了回复 撤销",
    What.PROMISED: "✓ {name}，已记您来：{title}。来不了再回复 请假 原因",
    What.ON_LEAVE: "✓ {name}，{title}已登记请假。打错了回复 撤销",
    What.JOINED: "✓ {name}，已报名{title}，{seats}人。不去了回复 取消报名",
    What.WAITS: "✓ {name}，{title}名额满了，已给您排候补（{seats}人），有空位马上告诉您。不等了回复 取消报名",
    What.LEFT: "✓ {name}，已取消{title}的报名，名额让给别人。",
    What.ACKNOWLEDGED: "✓ {name}，已记收到：{title}",
}
OWN_DUES = "收到：{months}，共{amount}元。等组织委员核对后回执。金额不对请回复 更正"
OWN_TWICE = "您的一行已经记过了。"


def record_own(kept: Kept, context: Context, reason: str) -> Reply | None:
    """Take the writer's own line as his word; None where he has none, or it says nothing.

    Args:
        reason: The words behind his name, for a leave.
    """
    line = chain_own.own_line(kept, context.actor)
    if line is None:
        return None
    try:
        own = chain_own.record_own(
            context.session,
            kept,
            line,
            reason=reason,
            by=context.actor,
            now=context.now,
            arrived_at=context.arrived_at,
            source=str(context.inbound_id),
        )
    except DomainError as refusal:
        return Reply(Text(refusal.sentence, (Fact(FactKind.REFUSAL, refusal.sentence),)))
    if own is None:
        return None
    if own.what in (What.JOINED, What.LEFT):
        tell_promoted(context)
    return _own_words(own, context)


def _own_words(own: Own, context: Context) -> Reply:
    if own.what is What.ASKS and own.question is not None:
        return _ask_dues(own, context)
    if not own.is_new:
        quiet = overheard(context) or may_list_here(context)
        return Reply() if quiet else reply(OWN_TWICE)
    if own.declared is not None:
        months = month_list((month for month, _ in own.declared.parts), context.today.year)
        amount = yuan(own.declared.total_fen)
        return Reply(say(OWN_DUES, months=dues(months), amount=dues(amount)))
    title = event(own.title)
    if own.what is What.ACKNOWLEDGED:
        title = Fact(FactKind.NOTICE, own.title)
    seats = Fact(FactKind.SIGNUP, str(own.seats))
    return Reply(say(OWN[own.what], name=writer(context.actor.name), title=title, seats=seats))


def _ask_dues(own: Own, context: Context) -> Reply:
    """Put the one question that is open on the writer's own dues; the dues intent finishes it."""
    assert own.question is not None
    text = say("{words}", words=dues(own.question.sentence))
    if not own.question.choices:
        return Reply(text)
    options: list[Option] = [
        (str(number), {"parts": [[str(month), fen] for month, fen in choice.parts]})
        for number, choice in enumerate(own.question.choices, start=1)
    ]
    return ask(context, "dues_paid", "{choices}", options, text)
