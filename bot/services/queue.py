"""The sending side of the outbox: claim, freeze, close. Every write is conditional on the claim."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ColumnExpressionArgument,
    Exists,
    Update,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from bot.domain.lateness import LAPSED, LATE_AFTER, is_late
from bot.domain.sending import SendState
from bot.storage.models import ChannelState, Outbox, OutboxBatch
from bot.storage.models.outbox import DETAIL, PLATFORM_ID, is_unfinished
from bot.storage.prepared import Prepared

LEASE = timedelta(minutes=2)
ORPHANED_AFTER = timedelta(days=1)
ANSWER_LOST = "回执丢失，是否送达无法确认"
CHANNEL_GONE = "这个渠道已不在配置里，没有发出"
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
    Outbox.late_since,
    Outbox.card,
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
    late_since: datetime | None = None
    card: str | None = None


@dataclass(frozen=True, slots=True)
class Joining:
    """Which rows go out as one message with others of their thread that are due with them.

    Attributes:
        private: Rules whose rows for a member do.
        group: Rules whose rows for a group do.
        waits_until: (rule, thread, aware moment) → when what is due then may leave: later than
            the moment in quiet hours and on days of rest.
    """

    private: frozenset[str] = frozenset()
    group: frozenset[str] = frozenset()
    waits_until: Callable[[str, str, datetime], datetime] | None = None

    def has(self, row: Claimed) -> bool:
        """Tell whether a row is one of them; a part of a longer text never is."""
        rules = self.group if row.member_id is None else self.private
        return row.rule in rules and "#" not in row.key

    def is_late(self, row: Claimed, now: datetime) -> bool:
        """Tell whether a row is a reminder that leaves late; answers and notices do not say so.

        One that quiet hours overtook on its way out, and that leaves when they end, is not late.

        Source:
            burden.late
        """
        if row.rule not in self.group:
            return False
        if row.late_since is not None or not is_late(row.due_at, now):
            return row.late_since is not None
        in_time = row.due_at + LATE_AFTER
        until = (
            in_time if self.waits_until is None else self.waits_until(row.rule, row.thread, in_time)
        )
        return until == in_time or is_late(until, now)

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

    A claimed row was not sent under this claim and goes back as it was: what an earlier try may
    have sent stays in doubt. A row in the middle of sending may be repeated only under the
    platform's duplicate check, within its window and byte for byte; otherwise nobody can know,
    and it is `uncertain`.
    """
    lost = Outbox.lease_until < now
    _release(session, Outbox.state == SendState.CLAIMED, lost)
    for channel, window in duplicate_windows.items():
        young = _was_frozen(channel, OutboxBatch.first_try_at > now - window)
        old = _was_frozen(channel, OutboxBatch.first_try_at <= now - window)
        _release(
            session,
            Outbox.state == SendState.SENDING,
            lost,
            young,
            maybe_sent=True,
        )
        overdue = (Outbox.state == SendState.QUEUED, Outbox.maybe_sent, old)
        _finish(session, overdue, SendState.UNCERTAIN, now, ANSWER_LOST)
    unrepeatable = Outbox.channel.not_in(tuple(duplicate_windows))
    doubtful = (Outbox.state == SendState.QUEUED, Outbox.maybe_sent, unrepeatable)
    _finish(session, doubtful, SendState.UNCERTAIN, now, ANSWER_LOST)
    adrift = (Outbox.state == SendState.SENDING, lost)
    _finish(session, adrift, SendState.UNCERTAIN, now, "发送途中程序中断，是否送达无法确认")
    useless = (Outbox.state == SendState.QUEUED, Outbox.expires_at <= now)
    late = (*useless, Outbox.maybe_sent)
    _finish(session, late, SendState.UNCERTAIN, now, ANSWER_LOST)
    _note_late(session, useless)
    _finish(session, useless, SendState.EXPIRED, now, LAPSED)


def note_late(session: Session, claim: str, ids: Collection[int]) -> None:
    """Write down of rows that leave late when they should have left."""
    if ids:
        _note_late(session, (Outbox.id.in_(ids), Outbox.claim == claim))


def _note_late(session: Session, which: Sequence[ColumnExpressionArgument[bool]]) -> None:
    session.connection().execute(
        update(Outbox)
        .where(is_unfinished(), Outbox.late_since.is_(None), *which)
        .values(late_since=Outbox.due_at)
    )


def close_orphans(session: Session, now: datetime, channels: Collection[str]) -> None:
    """Refuse what has waited a day for a channel that is not configured any more.

    Not at once: while a new configuration is rolled out, some processes still have the old one.

    Args:
        channels: Those this process can send on.
    """
    orphaned = (
        Outbox.state == SendState.QUEUED,
        Outbox.channel.not_in(tuple(channels)),
        Outbox.not_before <= now - ORPHANED_AFTER,
    )
    _finish(session, orphaned, SendState.REFUSED, now, CHANNEL_GONE)


def _was_frozen(channel: str, when: ColumnElement[bool]) -> Exists:
    return (
        select(OutboxBatch.id)
        .where(OutboxBatch.id == Outbox.batch_id, OutboxBatch.channel == channel, when)
        .exists()
    )


def _release(
    session: Session, *which: ColumnExpressionArgument[bool], maybe_sent: bool = False
) -> None:
    session.connection().execute(
        update(Outbox)
        .where(is_unfinished(), *which)
        .values(
            state=SendState.QUEUED,
            claim=None,
            lease_until=None,
            maybe_sent=or_(Outbox.maybe_sent, literal(maybe_sent)),
        )
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
        .where(is_unfinished(), *which)
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
    """Claim rows that are due, one of each thread at most, so that order is kept.

    With it come those that go out as one message with it, so that no other dispatcher gets a
    part of a message.
    """
    connection = session.connection()
    row = aliased(Outbox)
    paused = select(ChannelState.channel).where(ChannelState.paused_until > now)
    due = (
        select(row.id)
        .where(
            is_unfinished(row),
            row.state == SendState.QUEUED,
            row.due_at <= now,
            row.not_before <= now,
            row.channel.in_(tuple(channels)),
            row.channel.not_in(paused),
            ~_is_behind(row, now),
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


def _is_behind(row: type[Outbox], now: datetime) -> Exists:
    """Tell whether a row has to wait for another of its thread.

    It waits while any other is under way, and for every earlier one that could leave now. An
    earlier one that was put off (quiet hours, another try) is waited for only by its own kind:
    the next part of a long text, the next answer; never an answer for a reminder.
    """
    other = aliased(Outbox)
    earlier = or_(other.due_at < row.due_at, (other.due_at == row.due_at) & (other.id < row.id))
    matters = or_(other.not_before <= now, other.rule == row.rule)
    return (
        select(other.id)
        .where(
            other.thread == row.thread,
            other.id != row.id,
            is_unfinished(other),
            or_(other.state != SendState.QUEUED, earlier & matters),
        )
        .exists()
    )


def has_work(session: Session, now: datetime) -> bool:
    """Tell whether a round might do anything: there is a row to claim, or one to put right.

    A cheap look before the round's transaction; what comes up a moment later is found next time.
    """
    return _HAS_WORK.row(session, {"now": now}) is not None


def next_due(session: Session, now: datetime) -> datetime | None:
    """Return the earliest moment after now at which a queued row may be tried."""
    found = _NEXT_DUE.row(session, {"now": now})
    moment: datetime | None = found[0] if found else None
    return moment


def leaves_at() -> ColumnElement[datetime]:
    """Return the moment from which a row may leave: its own, or the end of its channel's rest.

    For queries that join `ChannelState` to the outbox from outside.
    """
    rests = ChannelState.paused_until > Outbox.not_before
    return case((rests, ChannelState.paused_until), else_=Outbox.not_before)


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
    tries: int = 0,
) -> None:
    """Return rows to the queue, to be tried again later.

    What may have been sent keeps its frozen request. What was certainly not sent is put together
    anew: by then some of it may be settled, and some may travel apart.

    Args:
        maybe_sent: The answer was lost; only for channels with a duplicate check.
        tries: Added to the count: 1 for a try that came to nothing before a request was frozen,
            -1 for one that says nothing about the rows.
    """
    session.connection().execute(
        _returned(maybe_sent, tries)
        .where(Outbox.id.in_(ids), Outbox.claim == claim)
        .values(not_before=not_before)
    )


def put_off(session: Session, claim: str, moments: Mapping[int, datetime]) -> None:
    """Return rows to the queue untried, each until a moment of its own."""
    if not moments:
        return
    session.connection().execute(
        _returned(maybe_sent=False, tries=0)
        .where(Outbox.id == bindparam("of"), Outbox.claim == claim)
        .values(not_before=bindparam("until")),
        [{"of": row_id, "until": moment} for row_id, moment in moments.items()],
    )


def _returned(maybe_sent: bool, tries: int) -> Update:
    unsure = or_(Outbox.maybe_sent, literal(maybe_sent))
    return update(Outbox).values(
        state=SendState.QUEUED,
        claim=None,
        lease_until=None,
        maybe_sent=case((unsure, True), else_=False),
        batch_id=case((unsure, Outbox.batch_id)),
        tries=Outbox.tries + tries,
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
            platform_id=None if platform_id is None else platform_id[:PLATFORM_ID],
            detail=detail[:DETAIL],
        )
    )


_NOW = bindparam("now", type_=Outbox.due_at.type)
_HAS_WORK = Prepared(
    select(Outbox.id)
    .where(
        is_unfinished(),
        or_(
            (Outbox.state == SendState.QUEUED) & (Outbox.not_before <= _NOW),
            (Outbox.state != SendState.QUEUED) & (Outbox.lease_until < _NOW),
            Outbox.expires_at <= _NOW,
            Outbox.maybe_sent,
        ),
    )
    .limit(literal_column("1"))
)
_NEXT_DUE = Prepared(
    select(func.min(leaves_at()))
    .select_from(Outbox)
    .outerjoin(ChannelState, ChannelState.channel == Outbox.channel)
    .where(is_unfinished(), Outbox.state == SendState.QUEUED, leaves_at() > _NOW)
)
