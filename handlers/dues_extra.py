"""Dues beyond what is due, of one's own will (自愿多交).

Example:
    张三: 自愿多交 100
    » 收到：自愿多交党费100元。等组织委员核对后回执。打错了回复 撤销
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.domain.dues import goes_to_the_centre
from bot.domain.errors import DomainError
from bot.domain.money import yuan
from bot.domain.privacy import dues as private
from bot.domain.privacy import say
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.names import find_people
from bot.inbound.replies import Reply
from bot.inbound.spans.money import find_bare_amounts
from bot.inbound.utterance import Utterance
from bot.services import dues_extra

DONE = "收到：自愿多交党费{amount}元。{large}等组织委员核对后回执。打错了回复 撤销"
LARGE = "一次1000元以上的由上级全部上交中央，中央组织部给收据。"
WRITE_SO = "请写上金额，例如：自愿多交 100"


@dataclass(frozen=True, slots=True)
class ExtraSlots:
    """A voluntary extra, in fen; None where no amount was said."""

    amount_fen: int | None


EXAMPLES = (
    "自愿多交 100",
    "自愿多交党费 100元",
    "多交党费 1000元",
    "我自愿多交一百元党费",
    "特殊党费交了1000元",
)
SILENT = (
    "多交了怎么办",
    "3月多交了10元",
    "自愿多交可以吗",
    "可以自愿多交党费吗",
    "不要多交",
    "特殊党费交多少",
    "新闻里说他交了特殊党费",
)

_WILLING = re.compile(
    r"(?:我|本人)?(?:今天|这次|也|想|愿意)*(?:自愿(?:再|另外)?(?:多交|增交|多缴|交纳大额|交大额)"
    r"|多交(?=党费))(?:纳)?的?(?:党费)?[\s:]*(?P<sum>[^，。？]{0,16}?)(?:党费|了)?"
)
_NAMED = re.compile(r"(?:特殊|大额)党费")
"""What is called so is never part of the monthly dues (特殊党费交了1000元)."""
_ASKED = re.compile(r"[？吗呢]|怎|可以|能不能|[不没别]")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 自愿多交 with an amount (`EXACT`), and what is called 特殊党费 or 大额党费."""
    text = utterance.text
    willing = _WILLING.fullmatch(text)
    if willing is None:
        return _named(utterance)
    if _ASKED.search(text):
        return []
    amounts = _amounts(utterance, willing.start("sum"))
    fen = amounts[0] if len(amounts) == 1 else None
    if fen is None and willing["sum"]:
        return []
    return [Reading(ExtraSlots(fen), Strength.EXACT, (0, len(text)))]


def _named(utterance: Utterance) -> list[Reading]:
    """Read 大额党费我交了一千元，表个心意: the one sum of it, and nobody else's."""
    if not _NAMED.search(utterance.text) or utterance.to_others or utterance.elsewhere:
        return []
    clause = next((one for one in utterance.clauses if _NAMED.search(one.text)), None)
    if clause is None or not clause.stated or _ASKED.search(clause.text):
        return []
    amounts = _amounts(utterance, 0)
    if len(amounts) > 1 or _OF_OTHERS.search(clause.text):
        return []
    if find_people(utterance.text, utterance.lexicon):
        return []
    slots = ExtraSlots(amounts[0] if amounts else None)
    return [Reading(slots, Strength.CLEAR, (0, len(utterance.text)))]


_OF_OTHERS = re.compile(r"[他她你您谁]|大家|收到|上缴|通知|请")


def _amounts(utterance: Utterance, start: int) -> list[int]:
    """Return the sums in fen, with their unit or, where none has one, without."""
    spans = [span for span in utterance.money if span.start >= start]
    spans = spans or list(find_bare_amounts(utterance.text, start, len(utterance.text)))
    return [span.value for span in spans if isinstance(span.value, int)]


def handle(slots: ExtraSlots, context: Context) -> Reply:
    """Record it; it counts once the organiser has confirmed it."""
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    if slots.amount_fen is None:
        raise DomainError(WRITE_SO)
    dues_extra.offer(
        context.session,
        fen=slots.amount_fen,
        by=context.actor,
        now=context.now,
        source=str(context.inbound_id),
    )
    large = LARGE if goes_to_the_centre(slots.amount_fen, context.today) else ""
    return Reply(say(DONE, amount=private(yuan(slots.amount_fen)), large=private(large)))


INTENT = Intent(
    name="dues_extra",
    title="自愿多交党费",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    numbers=True,
)
