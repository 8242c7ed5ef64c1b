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

    fen: int | None


EXAMPLES = ("自愿多交 100", "自愿多交党费 100元", "多交党费 1000元", "我自愿多交一百元党费")
SILENT = ("多交了怎么办", "3月多交了10元", "自愿多交可以吗", "可以自愿多交党费吗", "不要多交")

_WILLING = re.compile(
    r"(?:我|本人)?(?:今天|这次|也|想|愿意)*(?:自愿(?:再|另外)?(?:多交|增交|多缴|交纳大额|交大额)"
    r"|多交(?=党费))(?:纳)?的?(?:党费)?[\s:]*(?P<sum>[^，。？]{0,16}?)(?:党费|了)?"
)
_ASKED = re.compile(r"[？吗呢]|怎|可以|能不能|[不没别]")


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 自愿多交 with an amount (`EXACT`)."""
    text = utterance.text
    found = _WILLING.fullmatch(text)
    if found is None or _ASKED.search(text):
        return []
    amounts = [span for span in utterance.money if span.start >= found.start("sum")]
    amounts = amounts or list(find_bare_amounts(text, found.start("sum"), len(text)))
    value = amounts[0].value if len(amounts) == 1 else None
    if value is None and found["sum"]:
        return []
    fen = value if isinstance(value, int) else None
    return [Reading(ExtraSlots(fen), Strength.EXACT, (0, len(text)))]


def handle(slots: ExtraSlots, context: Context) -> Reply:
    """Record it; it counts once the organiser has confirmed it."""
    context.branch_id  # noqa: B018 - refuses strangers with the way to bind
    if slots.fen is None:
        raise DomainError(WRITE_SO)
    dues_extra.offer(
        context.session,
        fen=slots.fen,
        by=context.actor,
        now=context.now,
        source=str(context.inbound_id),
    )
    large = LARGE if goes_to_the_centre(slots.fen, context.today) else ""
    return Reply(say(DONE, amount=private(yuan(slots.fen)), large=private(large)))


INTENT = Intent(
    name="dues_extra",
    title="自愿多交党费",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    numbers=True,
)
