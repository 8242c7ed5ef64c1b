"""What waits to be sent, what waits in vain, and what nobody can know: for readiness and doctor."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.domain.sending import SendState
from bot.services.queue import leaves_at
from bot.storage.models import ChannelState, Outbox, OutboxBatch
from bot.storage.models.outbox import is_unfinished


@dataclass(frozen=True, slots=True)
class Backlog:
    """What could leave now.

    Attributes:
        waiting: Rows that could.
        oldest_since: Since when the oldest of them could.
    """

    waiting: int
    oldest_since: datetime | None


def backlog(session: Session, now: datetime, channels: Collection[str]) -> Backlog:
    """Count what could leave now and did not.

    What is held for quiet hours or another try, or whose channel rests, waits as it should.

    Args:
        channels: Those that are configured; for others see `count_orphans`.
    """
    waiting, oldest = session.execute(
        select(func.count(Outbox.id), func.min(leaves_at()))
        .outerjoin(ChannelState, ChannelState.channel == Outbox.channel)
        .where(
            is_unfinished(),
            Outbox.channel.in_(tuple(channels)),
            Outbox.not_before <= now,
            or_(ChannelState.paused_until.is_(None), ChannelState.paused_until <= now),
        )
    ).one()
    return Backlog(waiting, oldest)


def count_orphans(session: Session, channels: Collection[str]) -> Mapping[str, int]:
    """Count what waits for channels that are not configured, by channel."""
    rows = session.execute(
        select(Outbox.channel, func.count(Outbox.id))
        .where(is_unfinished(), Outbox.channel.not_in(tuple(channels)))
        .group_by(Outbox.channel)
        .order_by(Outbox.channel)
    )
    return {row[0]: row[1] for row in rows}


def count_finished(session: Session, state: SendState, since: datetime) -> Mapping[str, int]:
    """Count what ended in a state since a moment, by the reason that was written down."""
    rows = session.execute(
        select(Outbox.detail, func.count(Outbox.id))
        .where(Outbox.state == state, Outbox.finished_at > since)
        .group_by(Outbox.detail)
        .order_by(func.count(Outbox.id).desc(), Outbox.detail)
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class Done:
    """What ended in one state.

    Attributes:
        mean_s, longest_s: Seconds from the moment it might leave to the end.
    """

    count: int = 0
    mean_s: float = 0.0
    longest_s: float = 0.0


_COUNTED = (SendState.ACCEPTED, SendState.REFUSED, SendState.UNCERTAIN)
_MOST_REQUESTS = 500  # of a broadcast; more would say the same


def deliveries_since(session: Session, since: datetime) -> Mapping[SendState, Done]:
    """Return what came of the latest requests since a moment, by state.

    How long a text took is counted from when it might leave, so quiet hours do not count.
    """
    lately = select(OutboxBatch.id).order_by(OutboxBatch.id.desc()).limit(_MOST_REQUESTS)
    first = session.scalar(select(func.min(lately.subquery().c.id))) or 0
    rows = session.execute(
        select(Outbox.state, Outbox.not_before, Outbox.finished_at).where(
            Outbox.batch_id >= first, Outbox.state.in_(_COUNTED), Outbox.finished_at > since
        )
    )
    took: dict[SendState, list[float]] = {state: [] for state in _COUNTED}
    for state, might_leave, ended in rows:
        assert ended is not None  # the query asks for those that have ended
        took[state].append(max(0.0, (ended - might_leave).total_seconds()))
    return {
        state: Done(len(own), sum(own) / len(own), max(own)) if own else Done()
        for state, own in took.items()
    }
