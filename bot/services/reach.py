"""Accounts that the platform says it cannot reach (不可达): kept, so that somebody phones.

It is no judgement and changes nothing else: the account is tried again, and counts as reachable
from the moment on that something arrives there or its member writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import MemberId
from bot.domain.members import fold
from bot.domain.rights import Action, Actor
from bot.domain.sending import SendState
from bot.services import people
from bot.services.queue import Claimed
from bot.storage.models import Account, Inbound, Member, Membership, Outbox, Unit

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A member who has to be phoned.

    Attributes:
        why: What the platform said, in plain Chinese.
        since: When it first said so.
    """

    member_id: MemberId
    name: str
    why: str
    since: datetime


def note(session: Session, refused: Sequence[Claimed], why: str, now: datetime) -> None:
    """Keep that accounts could not be reached; what was noted first stays.

    Args:
        refused: What was for them.
        why: What the platform said.
    """
    members = {row.member_id for row in refused if row.member_id is not None}
    keys = {fold(row.address) for row in refused}
    if members:
        session.connection().execute(
            update(Account)
            .where(
                Account.member_id.in_(members),
                Account.external_key.in_(keys),
                Account.unbound_at.is_(None),
                Account.unreachable_since.is_(None) | _heard_since(),
            )
            .values(unreachable_since=now, unreachable_why=why[:_LONGEST])
        )


def list_unreachable(session: Session, *, by: Actor, now: datetime) -> list[Unreachable]:
    """Return the members of the actor's units of whom no account can be reached, by name.

    Raises:
        Forbidden
    """
    unit_id = people.scope_of(by, Action.SEND_NOTICE)
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    today = day_of(now)
    rows = session.execute(
        select(
            Member.id,
            Member.name,
            Account.unreachable_why,
            Account.unreachable_since,
            (Account.unreachable_since.is_(None) | _heard_since()).label("reachable"),
        )
        .join(Account, Account.member_id == Member.id)
        .join(Membership, Membership.member_id == Member.id)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(
            Account.unbound_at.is_(None),
            Unit.path.startswith(path),
            Membership.valid_from <= today,
            Membership.valid_to.is_(None) | (Membership.valid_to > today),
        )
        .order_by(Member.id, Account.id)
    ).all()
    reachable = {row.id for row in rows if row.reachable}
    found = {
        row.id: Unreachable(MemberId(row.id), row.name, row.unreachable_why, row.unreachable_since)
        for row in reversed(rows)
        if row.id not in reachable
    }
    return [found[member] for member in sorted(found)]


def _heard_since() -> ColumnElement[bool]:
    """Return whether something has arrived at an account, or come from its member, since."""
    arrived = select(Outbox.id).where(
        Outbox.member_id == Account.member_id,
        Outbox.address == Account.external_id,
        Outbox.state == SendState.ACCEPTED,
        Outbox.finished_at > Account.unreachable_since,
    )
    wrote = select(Inbound.id).where(
        Inbound.member_id == Account.member_id,
        Inbound.received_at > Account.unreachable_since,
    )
    return arrived.exists() | wrote.exists()
