"""How much dues were taken (3月收了多少党费), for those who keep them.

Example:
    王敏: 三月份收了多少党费
    » 3月党费：已核对45元（2人），待核对30元（1人），还没登记185.2元（5人）。看名单回复 名单 党费 3月
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.errors import Forbidden
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.privacy import dues as private
from bot.domain.privacy import say
from bot.domain.reads import Seen
from bot.domain.rights import Action, holds
from bot.domain.wording import month_ranges
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.replies import Reply
from bot.inbound.unit_words import split_unit
from bot.inbound.utterance import Utterance
from bot.services import dues_lists, scopes
from bot.services.dues import Balance
from bot.services.reads import Read

INCOME = "{months}党费：已核对{paid}，待核对{waits}，还没登记{left}。看名单回复 名单 党费 {example}"
SUM = "{amount}元（{n}人）"
NOT_YOURS = "收了多少党费，只有书记和组织委员能看。看自己的请回复 我的党费"


@dataclass(frozen=True, slots=True)
class IncomeSlots:
    """How much was taken.

    Attributes:
        months: Of which, sorted; empty for the present one.
        unit: Of this unit only, as written.
        asked: Put to people, and not to the bot.
    """

    months: tuple[Month, ...] = ()
    unit: str | None = None
    asked: bool = False


_UNIT_FIRST = re.compile(r"(?P<unit>第?[一二三四五六七八九十]{1,3}(?:党)?支部)的?")
_MUCH = r"(?:多少|几多|好多|几|哪些)(?:元|块)?钱?"
_ASKED = re.compile(
    rf"(?:(?:我们|咱们?|支部|全部|一共|总共|共|的|请问|查一?下|看一?下|问一?下|想知道)|\s)*"
    rf"(?:收(?:了|到|上来|起来|进来)*(?:一共|总共)?{_MUCH}的?党费(?:了|钱)?(?:上来|起来)?"
    rf"|党费(?:一共|总共|都|已经?|到现在|目前|我们|支部)*收(?:了|到|上来|起来|进来|齐)*(?:一共|总共)?{_MUCH}(?:了|上来|起来)?"
    r"|党费(?:收入|总额|收了的?总数)(?:是多少|多少|有多少)?)(?:啊|呢|呀|了)?"
)


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 三月份收了多少党费, 党费一共收了多少钱 (`EXACT`)."""
    if "党费" not in utterance.text or not utterance.clauses:
        return []
    text, unit = split_unit(utterance.text)
    first = _UNIT_FIRST.match(text)
    if first and unit is None:
        text, unit = text[first.end() :], first["unit"]
    spans = [*utterance.months, *utterance.years]
    for words in {utterance.text[span.start : span.end] for span in spans}:
        text = text.replace(words, "", 1)
    if not _ASKED.fullmatch(text.strip(" ，。？")):
        return []
    months = {month for span in spans for month in _of(span.value)}
    slots = IncomeSlots(tuple(sorted(months)), unit, asked=not utterance.addressed)
    return [Reading(slots, Strength.EXACT, (0, len(utterance.text)))]


def _of(value: object) -> Iterable[Month]:
    return value if isinstance(value, tuple) else ()


def handle(slots: IncomeSlots, context: Context) -> Reply:
    """Tell the sums to who confirms dues there; of others' questions in a group nothing is said."""
    if not holds(context.actor, Action.CONFIRM_DUES):
        if slots.asked:
            return Reply()
        context.member_id  # noqa: B018 - strangers are told how to bind first
        raise Forbidden(NOT_YOURS)
    this = Month.of(context.today)
    months = [month for month in slots.months if month <= this] or [this]
    unit_id = scopes.unit_meant(context.session, context.actor, Action.CONFIRM_DUES, slots.unit)
    taken = dues_lists.list_taken(context.session, unit_id, months, context.today)
    balances = [list(own.values()) for _, own in taken]
    words = month_ranges(months, context.today.year)
    text = say(
        INCOME,
        months=words,
        paid=private(_sum([sum(b.confirmed_fen for b in own) for own in balances])),
        waits=private(_sum([sum(b.declared_fen for b in own) for own in balances])),
        left=private(_sum([sum(_left(b) for b in own) for own in balances])),
        example=month_ranges(months[-1:], context.today.year),
    )
    return Reply(text, reads=(Read(Seen.DUES, unit_id),))


def _left(balance: Balance) -> int:
    if balance.assessed_fen is None or balance.settled_before:
        return 0
    return max(balance.assessed_fen - balance.confirmed_fen - balance.declared_fen, 0)


def _sum(each: Sequence[int]) -> str:
    """Return a sum and how many persons it is of."""
    return SUM.format(amount=yuan(sum(each)), n=sum(1 for fen in each if fen))


INTENT = Intent(
    name="dues_income",
    title="收了多少党费",
    recognise=recognise,
    handle=handle,
    examples=(
        "三月份收了多少党费",
        "3月收了多少党费",
        "党费一共收了多少钱",
        "一季度收上来多少党费",
        "这个月党费收了多少",
        "今年党费总额",
    ),
    silent=(
        "我该交多少党费",
        "党费总共多少",
        "党费多少钱",
        "党费收多少个点",
        "收了多少学费",
        "谁没交党费",
    ),
    for_secretaries=True,
)
