"""For how many months in a row nothing full is on record: only counted, never named a failing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.dues import open_run
from bot.domain.ids import MemberId, UnitId
from bot.domain.periods import Month, months_between
from bot.services import dues, roll
from bot.services.dues import Balance
from bot.storage.models import Inbound

LOOKED_AT = 12  # months back; who is open for longer is told of as twelve


def count_open(
    session: Session, members: Mapping[MemberId, UnitId | None], until: Month, now: datetime
) -> dict[MemberId, int]:
    """Return for how many months up to one, in a row, members have declared nothing full.

    Only months that go to the branch that takes the last one are counted: those before a transfer
    are the old branch's. What waits to be checked ends the count, and so do months that are not due, exempt, or that
    we could not record: nobody of the branch has an entry in them yet, or a message of the
    member about dues broke since.

    Args:
        members: Each with its branch.
        until: The last month counted.

    Source:
        dues.unpaid
    """
    if not members:
        return {}
    first = until.shift(1 - LOOKED_AT)
    months = list(months_between(first, until))
    found = dues.balances(session, list(members), months)
    places = roll.dues_branches(session, list(members), months)
    found = {
        member: {m: b for m, b in own.items() if places[member, m] == places[member, until]}
        for member, own in found.items()
    }
    entered = _entered(members, found)
    broken = _broken(session, members, first, now)
    runs: dict[MemberId, int] = {}
    for member, branch in members.items():
        states = {
            month: balance.state
            for month, balance in found[member].items()
            if month in entered[branch]
        }
        runs[member] = 0 if member in broken else open_run(states, until)
    return runs


def _entered(
    members: Mapping[MemberId, UnitId | None], found: Mapping[MemberId, Mapping[Month, Balance]]
) -> dict[UnitId | None, set[Month]]:
    """Return the months in which a branch has entered anything at all."""
    entered: dict[UnitId | None, set[Month]] = defaultdict(set)
    for member, branch in members.items():
        for month, balance in found[member].items():
            if balance.confirmed_fen or balance.waiting:
                entered[branch].add(month)
    return entered


def _broken(
    session: Session, members: Mapping[MemberId, UnitId | None], first: Month, now: datetime
) -> set[MemberId]:
    """Return the members who wrote something that we failed to handle and that may be dues."""
    rows = session.scalars(
        select(Inbound.member_id).where(
            Inbound.member_id.in_(list(members)),
            Inbound.state == "failed",
            Inbound.received_at >= at(first.first),
            Inbound.received_at <= now,
            or_(Inbound.decision == "", Inbound.decision.contains("dues")),
        )
    )
    return {MemberId(member) for member in rows if member is not None}
