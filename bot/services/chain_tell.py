"""Letting those who may confirm a chain know of it: once for each state, a burst as one text."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.burden import Hours, Urgency, deliver_at
from bot.domain.ids import MemberId
from bot.domain.privacy import Text
from bot.domain.rights import RIGHTS, Role
from bot.services import outbox, people
from bot.services.chain_confirm import action_for
from bot.services.chain_pastes import Kept
from bot.services.outbox import Letter, Routes

_FIRST_TOLD = (Role.ORGANISER, Role.SECRETARY, Role.DEPUTY)


def tell_organiser(
    session: Session, kept: Kept, text: Text, *, routes: Routes, hours: Hours, now: datetime
) -> None:
    """Queue one text for the organiser of the branch (or the secretary, where there is none).

    What has not left yet about an earlier state of this chain is void; a state that was told of
    before is not told of again. Quiet hours hold.
    """
    member_id = _organiser(session, kept, now)
    if member_id is None:
        return
    state = f"{kept.chain_id}:{kept.state}"
    subject, key = f"chain:{kept.chain_id}", f"chain:{state}:{member_id}"
    outbox.void(session, subject=subject, now=now, detail="有了更新的接龙")
    due_at = deliver_at(now, key, hours.policy, hours.workdays, Urgency.EVENT_DAY)
    letter = Letter(key=key, text=text, due_at=due_at, member_id=member_id, subject=subject)
    outbox.enqueue(session, routes, [letter], now)


def _organiser(session: Session, kept: Kept, now: datetime) -> MemberId | None:
    action = action_for(kept.about)
    roles = [role for role in _FIRST_TOLD if action in RIGHTS[role]]
    holders = people.list_holders(session, [kept.branch_id], roles, day_of(now))
    ranked = sorted(holders, key=lambda holder: roles.index(holder[1]))
    return ranked[0][2] if ranked else None
