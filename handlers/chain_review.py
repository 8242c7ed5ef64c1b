"""The last pasted chains once more: who is missing, what is still to be confirmed (核对接龙).

Example:
    王敏: 核对接龙
    » 认出4人。还缺2人：张三、李四。回复 确认 入账
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain import rights
from bot.domain.privacy import Fact, FactKind, say
from bot.domain.rights import Action
from bot.inbound.chain_dialogue import INTENT as CHAIN
from bot.inbound.chain_dialogue import ask_target, may_list_here, review
from bot.inbound.context import Context
from bot.inbound.intents import Intent, Reading, Strength
from bot.inbound.questions import Option, ask
from bot.inbound.replies import Reply, reply
from bot.inbound.utterance import Utterance
from bot.services import chain_confirm, chain_pastes, chain_targets
from bot.services.chain_pastes import Kept

NOTHING_WAITS = "最近没有要核对的接龙。把接龙整条贴给我就行。"
WHICH = "最近的接龙有：{choices}。回复数字就行。"

EXAMPLES = ("核对接龙", "接龙入账", "接龙", "接龙不对")
SILENT = ("接龙怎么发", "请大家接龙", "#接龙\n党费\n1. 张三 10元\n2. 李四 15元")


_REVIEW = frozenset(("核对接龙", "接龙", "接龙入账", "看接龙", "接龙核对", "接龙名单"))
_WRONG = frozenset(("接龙不对", "接龙错了", "接龙记错了", "接龙换一件", "不是这件事"))
_LASTS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ReviewSlots:
    """The organiser wants to see the last chains of the branch again.

    Attributes:
        is_wrong: The last one is about something else than was said (接龙不对).
    """

    is_wrong: bool = False


def recognise(utterance: Utterance) -> list[Reading]:
    """Recognise 核对接龙 (`EXACT`), said to the bot."""
    text = utterance.text
    if not utterance.addressed or text not in _REVIEW | _WRONG or utterance.raw_quoted:
        return []
    return [Reading(ReviewSlots(text in _WRONG), Strength.EXACT, (0, len(text)))]


def handle(slots: ReviewSlots, context: Context) -> Reply:
    """Show the last chain of the branch again, with what is still to be confirmed."""
    if not may_list_here(context):
        raise rights.refusal(Action.VIEW_LISTS)
    found = chain_pastes.list_latest(context.session, context.branch_id, context.now - _LASTS)
    open_ones = [kept for kept in found if chain_confirm.plan(context.session, kept).todo] or found
    if not open_ones:
        return reply(NOTHING_WAITS)
    if slots.is_wrong:
        return _ask_again(found[0], context)
    if len(open_ones) == 1:
        return review(open_ones[0], context)
    options: list[Option] = [
        (kept.title or "没有标题", {"paste": kept.paste_id, "review": True}) for kept in open_ones
    ]
    labels = "，".join(f"{n} {title}" for n, (title, _) in enumerate(options, start=1))
    # Titles are what somebody wrote in some chat: for the one who asks alone.
    text = say(WHICH, choices=Fact(FactKind.NOTICE, labels))
    return ask(context, CHAIN, "{choices}", options, text)


def _ask_again(kept: Kept, context: Context) -> Reply:
    """Offer everything else that is open for a chain that was taken for the wrong thing."""
    targets = chain_targets.list_targets(
        context.session, by=context.actor, now=context.now, months=()
    )
    others = [target for target in targets if target.subject != kept.subject]
    return ask_target(kept, others, context, is_own=False)


INTENT = Intent(
    name="chain_review",
    title="核对接龙",
    recognise=recognise,
    handle=handle,
    examples=EXAMPLES,
    silent=SILENT,
    for_secretaries=True,
)
