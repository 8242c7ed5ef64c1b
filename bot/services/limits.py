"""How often and whether channels may be used: allowances and rests that all processes share."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.sending import Pace
from bot.storage.insert import insert_many_once, insert_once
from bot.storage.models import ChannelState, SendBucket, SendQuota
from bot.storage.models.outbox import DETAIL

_FULL_AT_MOST_S = 600.0
_ROUNDING_S = 0.001  # of sums of seconds since 1970
_IDLE_AFTER = timedelta(hours=1)
_OLD_AFTER = timedelta(days=7)


def pause(session: Session, channel: str, until: datetime, why: str) -> None:
    """Let a channel rest, for all processes."""
    why = why[:DETAIL]
    insert_once(session, ChannelState, {"channel": channel, "paused_until": until, "why": why})
    session.connection().execute(
        update(ChannelState)
        .where(ChannelState.channel == channel)
        .values(paused_until=until, why=why)
    )


def resting_until(session: Session, channel: str, now: datetime) -> datetime | None:
    """Return until when a channel rests, or None while it may be used."""
    return session.scalar(
        select(ChannelState.paused_until).where(
            ChannelState.channel == channel, ChannelState.paused_until > now
        )
    )


def take(session: Session, name: str, now: datetime, pace: Pace) -> float:
    """Take one use from an allowance; return 0.0 when it may be used now, else seconds to wait."""
    return take_each(session, [name], now, pace).get(name, 0.0)


def take_each(
    session: Session, names: Collection[str], now: datetime, pace: Pace
) -> dict[str, float]:
    """Take one use from each allowance (GCRA, one row each for all processes).

    An allowance used up for longer than can be is from a clock that was set back, and forgotten.

    Returns:
        Seconds to wait, by name, for those that are used up; nothing was taken from them.
    """
    connection, moment = session.connection(), now.timestamp()
    room = pace.spacing_s * (pace.burst - 1) + _ROUNDING_S
    # In order of name, so that two processes never wait for each other.
    fresh = [{"name": name, "full_at": moment} for name in sorted(set(names))]
    insert_many_once(session, SendBucket, fresh)
    absurd = SendBucket.full_at > moment + _FULL_AT_MOST_S
    base = case((SendBucket.full_at > moment, SendBucket.full_at), else_=moment)
    taken = connection.scalars(
        update(SendBucket)
        .where(SendBucket.name.in_(tuple(names)), or_(SendBucket.full_at <= moment + room, absurd))
        .values(full_at=case((absurd, moment), else_=base) + pace.spacing_s)
        .returning(SendBucket.name)
    )
    used_up = set(names) - set(taken)
    if not used_up:
        return {}
    kept = connection.execute(
        select(SendBucket.name, SendBucket.full_at).where(SendBucket.name.in_(tuple(used_up)))
    )
    return {name: max(0.1, full_at - room - moment) for name, full_at in kept}


def take_quota(session: Session, channel: str, day: date, people: int, most: int) -> bool:
    """Take some readers from a channel's day, or none of them where it is used up."""
    insert_once(session, SendQuota, {"channel": channel, "day": day, "used": 0})
    taken = session.connection().execute(
        update(SendQuota)
        .where(SendQuota.channel == channel, SendQuota.day == day, SendQuota.used + people <= most)
        .values(used=SendQuota.used + people)
    )
    return taken.rowcount == 1


def forget_idle(session: Session, now: datetime) -> None:
    """Forget allowances that have long been whole again; without a row they are whole, too."""
    session.connection().execute(
        delete(SendBucket).where(SendBucket.full_at < (now - _IDLE_AFTER).timestamp())
    )
    session.connection().execute(delete(SendQuota).where(SendQuota.day < day_of(now - _OLD_AFTER)))
