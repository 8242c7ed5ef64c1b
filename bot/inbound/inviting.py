"""A meeting called so late that people are asked at once: asking them, and how it is said."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.privacy import Fact, FactKind
from bot.domain.wording import later_words, names_words
from bot.inbound.context import Context
from bot.services import invitations
from bot.services.meetings import MeetingView

ASKING = "正在问{n}人来不来{group}{left}"
ASKS_LATER = "{when}问{n}人来不来{group}{left}"
AND_GROUP = "，群里也说一声"
LEFT = "（{names}没有账号，请打电话）"


def ask_at_once(together: Sequence[MeetingView], context: Context) -> Fact | str | None:
    """Ask who is expected at a gathering called late; return how that is said, None if nobody is."""
    invited = invitations.ask_at_once(
        context.session,
        together,
        by=context.actor,
        now=context.arrived_at,
        routes=context.routes,
        hours=context.hours,
    )
    if invited is None or not (invited.told or invited.unreachable or invited.in_group):
        return None
    left = LEFT.format(names=names_words(invited.unreachable)) if invited.unreachable else ""
    later = invited.asks_at > context.arrived_at
    words = (ASKS_LATER if later else ASKING).format(
        when=later_words(invited.asks_at, context.arrived_at),
        n=invited.told,
        group=AND_GROUP if invited.in_group else "",
        left=left,
    )
    return Fact(FactKind.ROLL, words) if left else words
