"""Seats that came free by what somebody said: whoever got them hears of it, along with the answer."""

from __future__ import annotations

from bot.inbound.context import Context
from bot.services import study_offers


def tell_promoted(context: Context) -> int:
    """Tell everybody who got seats by the change that this message has just made; how many."""
    return study_offers.tell_promoted(
        context.session,
        given_at=context.now,
        routes=context.routes,
        hours=context.hours,
        now=context.arrived_at,
    )
