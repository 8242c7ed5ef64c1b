"""The sending side of the outbox: claim, freeze, close. Every write is conditional on the claim."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ColumnExpressionArgument,
    Select,
    and_,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from bot.domain.sending import UNFINISHED, SendState
from bot.storage.insert import insert_once
from bot.storage.models import ChannelState, Outbox, OutboxBatch, SendBucket

LEASE = timedelta(minutes=2)
_FULL_AT_MOST_S = 600.0
_COLUMNS: tuple[Any, ...] = (
    Outbox.id,
    Outbox.key,
    Outbox.channel,
    Outbox.thread,
    Outbox.address,
    Outbox.text,
    Outbox.rule,
    Outbox.slot,
    Outbox.subject,
    Outbox.member_id,
    Outbox.unit_id,
    Outbox.due_at,
    Outbox.tries,
    Outbox.batch_id,
    Outbox.maybe_sent,
)


class Unsendable(Exception):
    """A request must not go out as it was to: nothing of its transaction may stay."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row a dispatcher holds."""

    id: int
    key: str
    channel: str
    thread: str
    address: str
    text: str
    rule: str
    slot: str
    subject: str
    member_id: int | None
    unit_id: int | None
    due_at: datetime
    tries: int
    batch_id: int | None
    maybe_sent: bool


@dataclass(frozen=True, slots=True)
class Joining:
    """Which rows go out as one message with others of their thread that are due with them.

    Attributes:
        private: Rules whose rows for a member do.
        group: Rules whose rows for a group do.
    """

    private: frozenset[str] = frozenset()
    group: frozenset[str] = frozenset()

    def has(self, row: Claimed) -> bool:
        """Tell whether a row is one of them; a part of a longer text never is."""
        rules = self.group if row.member_id is None else self.private
        return row.rule in rules and "#" not in row.key

    def where(self) -> ColumnElement[bool]:
        """Return the same as a condition on `Outbox`."""
        private = and_(Outbox.member_id.is_not(None), Outbox.rule.in_(self.private))
        group = and_(Outbox.member_id.is_(None), Outbox.rule.in_(self.group))
        return and_(or_(private, group), Outbox.key.not_like("%#%"))


@dataclass(frozen=True, slots=True)
class Batch:
    """A frozen request and the rows it carries."""

    id: int
    channel: str
    body: str
    rows: tuple[Claimed, ...]


def sweep(session: Session, now: datetime, duplicate_windows: Mapping[str, timedelta]) -> None:
    """Put right what dead dispatchers left behind, and drop what is of no more use.

    A claimed row was not sent yet and goes back. A row in the middle of sending may be repeated
    only under the platform's duplicate check, within its window and byte for byte; otherwise
    nobody can know, and it is `uncertain`.
    """
    lost = Outbox.lease_until < now
    _release(session, (Outbox.state == SendState.CLAIMED, lost), maybe_sent=False)
    for channel, window in duplicate_windows.items():
        young = _batches(channel).where(OutboxBatch.first_try_at > now - window)
        old = _batches(channel).where(OutboxBatch.first_try_at <= now - window)
        sending = (Outbox.state == SendState.SENDING, lost, Outbox.batch_id.in_(young))
        _release(session, sending, maybe_sent=True)
        overdue = (Outbox.state == SendState.QUEUED, Outbox.maybe_sent, Outbox.batch_id.in_(old))
        _finish(session, overdue, SendState.UNCERTAIN, now, "回执丢失，是否送达无法确认")
    adrift = (Outbox.state == SendState.SENDING, lost)
    _finish(session, adrift, SendState.UNCERTAIN, now, "发送途中程序中断，是否送达无法确认")
    useless = (Outbox.state == SendState.QUEUED, Outbox.expires_at <= now)
    late = (*useless, Outbox.maybe_sent)
    _finish(session, late, SendState.UNCERTAIN, now, "回执丢失，是否送达无法确认")
    _finish(session, useless, SendState.EXPIRED, now, "已过时效，未发送")


def _batches(channel: str) -> Select[int]:
    return select(OutboxBatch.id).where(OutboxBatch.channel == channel)


def _release(
    session: Session, which: Sequence[ColumnExpressionArgument[bool]], *, maybe_sent: bool
) -> None:
    session.connection().execute(
        update(Outbox)
        .where(*which)
        .values(state=SendState.QUEUED, claim=None, lease_until=None, maybe_sent=maybe_sent)
    )


def _finish(
    session: Session,
    which: Sequence[ColumnExpressionArgument[bool]],
    state: SendState,
    now: datetime,
    detail: str,
) -> None:
    session.connection().execute(
        update(Outbox)
        .where(*which)
        .values(state=state, claim=None, lease_until=None, finished_at=now, detail=detail)
    )


def claim_due(
    session: Session,
    now: datetime,
    *,
    channels: Collection[str],
    claim: str,
    limit: int = 100,
    joining: Joining = Joining(),
) -> list[Claimed]:
    """Claim rows that are due, the oldest of each thread only, so that order is kept.

    With the oldest come those that go out as one message with it, so that no other dispatcher
    gets a part of a message.
    """
    connection = session.connection()
    row, earlier = aliased(Outbox), aliased(Outbox)
    paused = select(ChannelState.channel).where(ChannelState.paused_until > now)
    behind = (
        select(earlier.id)
        .where(
            earlier.thread == row.thread,
            earlier.state.in_(UNFINISHED),
            or_(
                earlier.due_at < row.due_at,
                (earlier.due_at == row.due_at) & (earlier.id < row.id),
            ),
        )
        .exists()
    )
    due = (
        select(row.id)
        .where(
            row.state == SendState.QUEUED,
            row.due_at <= now,
            row.not_before <= now,
            row.channel.in_(tuple(channels)),
            row.channel.not_in(paused),
            ~behind,
        )
        .order_by(row.due_at, row.id)
        .limit(limit)
    )
    if connection.dialect.name != "sqlite":
        due = due.with_for_update(skip_locked=True, of=row)
    # Within a CTE it runs once; as a subquery PostgreSQL may run it again, and lock more each time.
    chosen = due.cte("due")
    taken = connection.execute(
        update(Outbox)
        .where(Outbox.id.in_(select(chosen.c.id)), Outbox.state == SendState.QUEUED)
        .values(
            state=SendState.CLAIMED,
            claim=claim,
            lease_until=now + LEASE,
        )
        .returning(*_COLUMNS)
    )
    heads = [Claimed(*found) for found in taken]
    companions = _claim_companions(session, now, heads, claim, joining)
    return sorted([*heads, *companions], key=lambda held: held.id)


def _claim_companions(
    session: Session, now: datetime, heads: Sequence[Claimed], claim: str, joining: Joining
) -> list[Claimed]:
    threads = {head.thread for head in heads if joining.has(head)}
    if not threads:
        return []
    head = aliased(Outbox)
    with_head = select(head.id).where(
        head.thread == Outbox.thread,
        head.due_at == Outbox.due_at,
        head.claim == claim,
        head.state == SendState.CLAIMED,
    )
    taken = session.connection().execute(
        update(Outbox)
        .where(
            Outbox.thread.in_(threads),
            Outbox.state == SendState.QUEUED,
            Outbox.not_before <= now,
            joining.where(),
            with_head.exists(),
        )
        .values(state=SendState.CLAIMED, claim=claim, lease_until=now + LEASE)
        .returning(*_COLUMNS)
    )
    return [Claimed(*found) for found in taken]


def next_due(session: Session, now: datetime) -> datetime | None:
    """Return the earliest moment after now for which a queued row waits."""
    return session.scalar(
        select(func.min(Outbox.not_before)).where(
            Outbox.state == SendState.QUEUED, Outbox.not_before > now
        )
    )


def drop(session: Session, claim: str, ids: Collection[int], now: datetime) -> None:
    """Void claimed rows whose reason is gone."""
    session.connection().execute(
        update(Outbox)
        .where(Outbox.id.in_(ids), Outbox.claim == claim, Outbox.state == SendState.CLAIMED)
        .values(state=SendState.VOID, claim=None, finished_at=now, detail="已办妥，不再提醒")
    )


def put_back(
    session: Session,
    claim: str,
    ids: Collection[int],
    not_before: datetime,
    *,
    maybe_sent: bool = False,
    tried: bool = False,
) -> None:
    """Return rows to the queue, to be tried again later.

    What may have been sent keeps its frozen request. What was certainly not sent is put together
    anew: by then some of it may be settled, and some may travel apart.

    Args:
        maybe_sent: The answer was lost; only for channels with a duplicate check.
        tried: Counts as a try, though nothing was handed to the platform.
    """
    unsure = or_(Outbox.maybe_sent, literal(maybe_sent))
    session.connection().execute(
        update(Outbox)
        .where(Outbox.id.in_(ids), Outbox.claim == claim)
        .values(
            state=SendState.QUEUED,
            claim=None,
            lease_until=None,
            not_before=not_before,
            maybe_sent=case((unsure, True), else_=False),
            batch_id=case((unsure, Outbox.batch_id)),
            tries=Outbox.tries + int(tried),
        )
    )


def freeze(
    session: Session, claim: str, rows: Sequence[Claimed], body: str, now: datetime
) -> Batch:
    """Fix a request before its first try and mark its rows as being sent.

    Raises:
        Unsendable: One of the rows is not ours any more.
    """
    connection = session.connection()
    batch_id = connection.execute(
        insert(OutboxBatch)
        .values(channel=rows[0].channel, body=body, created_at=now, first_try_at=now)
        .returning(OutboxBatch.id)
    ).scalar_one()
    return _start(session, claim, rows, batch_id, body, now)


def load_batch(
    session: Session, claim: str, rows: Sequence[Claimed], now: datetime, window: timedelta
) -> Batch:
    """Take up a frozen request again, as it was.

    Args:
        window: How long the platform knows it again.

    Raises:
        Unsendable: One of the rows is not ours any more, or the window is over.
    """
    batch_id, body = session.execute(
        select(OutboxBatch.id, OutboxBatch.body).where(
            OutboxBatch.id == rows[0].batch_id, OutboxBatch.first_try_at > now - window
        )
    ).one_or_none() or (None, "")
    if batch_id is None:
        raise Unsendable
    return _start(session, claim, rows, batch_id, body, now)


def _start(
    session: Session, claim: str, rows: Sequence[Claimed], batch_id: int, body: str, now: datetime
) -> Batch:
    started = session.connection().execute(
        update(Outbox)
        .where(
            Outbox.id.in_([row.id for row in rows]),
            Outbox.claim == claim,
            Outbox.state == SendState.CLAIMED,
        )
        .values(
            state=SendState.SENDING,
            batch_id=batch_id,
            tries=Outbox.tries + 1,
            lease_until=now + LEASE,
        )
    )
    if started.rowcount != len(rows):
        raise Unsendable
    return Batch(batch_id, rows[0].channel, body, tuple(rows))


def close(
    session: Session,
    claim: str,
    ids: Collection[int],
    state: SendState,
    now: datetime,
    *,
    platform_id: str | None = None,
    detail: str = "",
) -> None:
    """Write down how it ended with rows that are held under a claim."""
    session.connection().execute(
        update(Outbox)
        .where(Outbox.id.in_(ids), Outbox.claim == claim)
        .values(
            state=state,
            claim=None,
            lease_until=None,
            finished_at=now,
            platform_id=platform_id,
            detail=detail[:200],
        )
    )


def pause(session: Session, channel: str, until: datetime, why: str) -> None:
    """Let a channel rest, for all processes."""
    why = why[:200]
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


def take_allowance(session: Session, name: str, now: datetime, per_minute: int) -> float:
    """Take one of a channel's requests a minute (GCRA, one row for all processes).

    Returns 0.0 when it may be sent now, else the seconds to wait. A quarter of the allowance may
    be used at once and the rest is spread, so that no window of a minute holds more than it all.
    An allowance used up for longer than can be is from a clock that was set back, and forgotten.
    """
    burst = max(1, per_minute // 4)
    spacing = 60.0 / max(1, per_minute - burst)
    moment = now.timestamp()
    insert_once(session, SendBucket, {"name": name, "full_at": moment})
    absurd = SendBucket.full_at > moment + _FULL_AT_MOST_S
    base = case((SendBucket.full_at > moment, SendBucket.full_at), else_=moment)
    taken = session.connection().execute(
        update(SendBucket)
        .where(
            SendBucket.name == name,
            or_(SendBucket.full_at <= moment + spacing * (burst - 1), absurd),
        )
        .values(full_at=case((absurd, moment), else_=base) + spacing)
    )
    if taken.rowcount == 1:
        return 0.0
    full_at = session.scalar(select(SendBucket.full_at).where(SendBucket.name == name)) or moment
    return max(0.1, full_at - spacing * (burst - 1) - moment)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits to be sent.

    Attributes:
        oldest_due_at: Of the rows that could go out now.
    """

    waiting: int
    oldest_due_at: datetime | None
    uncertain: int


def backlog(session: Session, now: datetime) -> Backlog:
    """Count what is due and not sent, and what nobody can know."""
    waiting, oldest = session.execute(
        select(func.count(Outbox.id), func.min(Outbox.due_at)).where(
            Outbox.state.in_(UNFINISHED), Outbox.due_at <= now
        )
    ).one()
    uncertain = session.scalar(
        select(func.count(Outbox.id)).where(Outbox.state == SendState.UNCERTAIN)
    )
    return Backlog(waiting, oldest, uncertain or 0)
