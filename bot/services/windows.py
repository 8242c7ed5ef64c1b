"""To whom a channel may write of its own accord: for a while after they wrote, and so often."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.domain.members import fold
from bot.domain.sending import SendState, Window
from bot.storage.models import Account, Inbound, Outbox
from bot.storage.models.messages import OFFICIAL

_COUNT = (SendState.ACCEPTED, SendState.UNCERTAIN, SendState.SENDING)


def room_of(
    session: Session,
    space: str,
    channel: str,
    addresses: Collection[str],
    window: Window,
    now: datetime,
) -> dict[str, int]:
    """Return how many texts each address may still get on a channel, 0 where it may not.

    A message opens the window anew; what did not arrive for certain counts as if it had.
    """
    room = dict.fromkeys(addresses, 0)
    heard = session.execute(
        select(Inbound.sender_id, func.max(Inbound.received_at))
        .where(
            OFFICIAL,
            Inbound.space == space,
            Inbound.sender_id.in_(addresses),
            Inbound.received_at > now - window.lasts,
            Inbound.event == "",
        )
        .group_by(Inbound.sender_id)
    ).all()
    since = {row.sender_id: row[1] for row in heard}
    if not since:
        return room
    sent = session.execute(
        select(Outbox.address, Outbox.finished_at).where(
            Outbox.channel == channel,
            Outbox.member_id.in_(
                select(Account.member_id).where(
                    Account.unbound_at.is_(None),
                    Account.space == space,
                    Account.external_key.in_([fold(each) for each in since]),
                )
            ),
            Outbox.address.in_(since),
            Outbox.state.in_(_COUNT),
            or_(Outbox.finished_at.is_(None), Outbox.finished_at >= min(since.values())),
        )
    )
    room.update(dict.fromkeys(since, window.most))
    for address, finished_at in sent:
        if finished_at is None or finished_at >= since[address]:
            room[address] = max(0, room[address] - 1)
    return room


def open_to(
    session: Session,
    space: str,
    channel: str,
    addresses: Iterable[str],
    window: Window,
    now: datetime,
) -> set[str]:
    """Return which addresses may be written to on a channel at all."""
    room = room_of(session, space, channel, list(addresses), window, now)
    return {address for address, left in room.items() if left > 0}
