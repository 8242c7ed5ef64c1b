"""The dispatcher: claims what is due, asks again whether it still makes sense, sends, records."""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import Clock, day_of
from bot.domain.burden import Urgency, deliver_at, is_quiet
from bot.domain.ids import MemberId
from bot.domain.joining import bundle, join_texts
from bot.domain.ports import Sender
from bot.domain.sending import SendError, SendState, Sent
from bot.services import queue
from bot.services.queue import Batch, Claimed
from bot.storage.engine import Database
from scheduler.rule import Asked, Rule, Setting, joining

log = logging.getLogger(__name__)

MOST_TRIES = 6
_BACKOFF = (5, 30, 120, 600, 1800, 3600)  # seconds
_CLAIM_AT_ONCE = 200
BROKEN = "准备发送时出错，没有发出"


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What one round did."""

    claimed: int
    accepted: int


class Dispatcher:
    """Sends what the outbox holds; any number of processes may do it at once.

    Args:
        senders: Channel name → its way out; only rows of these channels are claimed.
        rules: Asked again before a reminder leaves.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        senders: Mapping[str, Sender],
        rules: Sequence[Rule],
        setting: Setting,
    ) -> None:
        self._database = database
        self._clock = clock
        self._senders = dict(senders)
        self._rules = {rule.name: rule for rule in rules}
        self._joining = joining(rules)
        self._setting = setting
        self._windows = {
            name: sender.duplicate_window
            for name, sender in senders.items()
            if sender.duplicate_window is not None
        }

    def drain(self, most_rounds: int = 1000) -> int:
        """Send until nothing that is due can be claimed; return how many were accepted."""
        accepted = 0
        for _ in range(most_rounds):
            done = self.dispatch()
            accepted += done.accepted
            if not done.claimed:
                break
        return accepted

    def next_due(self) -> datetime | None:
        """Return the next moment after now at which a queued row may be tried."""
        with self._database.reading() as session:
            return queue.next_due(session, self._clock.now())

    def dispatch(self) -> Dispatched:
        """Claim one round of rows that are due, and send them."""
        claim = uuid.uuid4().hex
        now = self._clock.now()
        with self._database.writing(first=True) as session:
            queue.sweep(session, now, self._windows)
            rows = queue.claim_due(
                session,
                now,
                channels=self._senders,
                claim=claim,
                limit=_CLAIM_AT_ONCE,
                joining=self._joining,
            )
        if not rows:
            return Dispatched(0, 0)
        wanted = self._still_wanted(rows, claim, now)
        accepted = 0
        resting: dict[str, datetime] = {}
        put_off: dict[str, list[int]] = defaultdict(list)
        for batch in self._batched(wanted):
            channel = batch[0].channel
            if channel not in resting:
                try:
                    accepted += self._send(batch, claim, resting)
                except Exception:
                    log.exception("sending on channel %s failed", channel)
            if channel in resting:
                put_off[channel].extend(row.id for row in batch)
        if put_off:
            with self._database.writing(first=True) as session:
                for channel, ids in put_off.items():
                    queue.put_back(session, claim, ids, resting[channel])
        return Dispatched(len(rows), accepted)

    def _still_wanted(self, rows: Sequence[Claimed], claim: str, now: datetime) -> list[Claimed]:
        """Drop what is settled by now, and hold back what may not disturb at this hour."""
        settled, unclear = self._settled(rows, now)
        self._try_later([row for row in rows if row.id in unclear], claim)
        rows = [row for row in rows if row.id not in unclear]
        held = [row for row in rows if row.id not in settled and self._must_wait(row, now)]
        if settled or held:
            with self._database.writing(first=True) as session:
                queue.drop(session, claim, settled, now)
                for row in held:
                    queue.put_back(session, claim, [row.id], self._later(row, now))
        waiting = {row.id for row in held}
        return [row for row in rows if row.id not in settled and row.id not in waiting]

    def _settled(self, rows: Sequence[Claimed], now: datetime) -> tuple[set[int], set[int]]:
        """Return what is settled, and what its rule broke over: one such row harms no other."""
        by_rule: dict[str, list[Asked]] = defaultdict(list)
        for row in rows:
            if row.rule in self._rules and not row.maybe_sent:
                member = None if row.member_id is None else MemberId(row.member_id)
                by_rule[row.rule].append(Asked(row.id, row.slot, row.subject, member))
        settled: set[int] = set()
        unclear: set[int] = set()
        for name, asked in by_rule.items():
            try:
                settled.update(self._ask(name, asked, now))
            except Exception:
                log.exception("rule %s failed", name)
                for one in asked:
                    try:
                        settled.update(self._ask(name, [one], now))
                    except Exception:
                        log.exception("rule %s failed over row %s", name, one.id)
                        unclear.add(one.id)
        return settled, unclear

    def _ask(self, name: str, asked: Sequence[Asked], now: datetime) -> Collection[int]:
        with self._database.reading() as session:
            return self._rules[name].satisfied(session, asked, now)

    def _must_wait(self, row: Claimed, now: datetime) -> bool:
        """Tell whether a row got late and may not disturb now; answers always may.

        What no rule said was caused by a person, who may have wanted it in quiet hours.
        """
        rule, burden = self._rules.get(row.rule), self._setting.burden
        if rule is None:
            return bool(row.rule) and is_quiet(now, burden) and not is_quiet(row.due_at, burden)
        rests = burden.quiet_rest_days and not self._setting.workdays.is_workday(day_of(now))
        return is_quiet(now, burden) or (rests and rule.urgency is Urgency.ORDINARY)

    def _later(self, row: Claimed, now: datetime) -> datetime:
        rule, setting = self._rules.get(row.rule), self._setting
        urgency = Urgency.EVENT_DAY if rule is None else rule.urgency
        return deliver_at(now, row.thread, setting.burden, setting.workdays, urgency)

    def _try_later(self, rows: Sequence[Claimed], claim: str) -> None:
        """Put off what broke before anything was sent; after the last try it is refused."""
        now = self._clock.now()
        for row in rows:
            tries = row.tries + 1
            with self._database.writing(first=True) as session:
                if tries >= MOST_TRIES:
                    queue.close(session, claim, [row.id], SendState.REFUSED, now, detail=BROKEN)
                else:
                    queue.put_back(session, claim, [row.id], now + _backoff(tries), tried=True)

    def _batched(self, rows: Iterable[Claimed]) -> Iterable[list[Claimed]]:
        """Put messages of one text on one channel together, as many as a request may carry."""
        frozen: dict[int, list[Claimed]] = defaultdict(list)
        fresh: list[Claimed] = []
        for row in rows:
            if row.batch_id is not None:
                frozen[row.batch_id].append(row)
            else:
                fresh.append(row)
        yield from frozen.values()
        alike: dict[tuple[str, str], list[list[Claimed]]] = defaultdict(list)
        for message in self._messages(fresh):
            alike[message[0].channel, _text_of(message)].append(message)
        for (channel, _), same in alike.items():
            most = self._senders[channel].max_recipients
            for start in range(0, len(same), most):
                yield [row for message in same[start : start + most] for row in message]

    def _messages(self, rows: Iterable[Claimed]) -> Iterable[list[Claimed]]:
        """Yield the rows of each message: one, or those of a thread that go out together."""
        together: dict[tuple[str, datetime, int], list[Claimed]] = {}
        for row in rows:
            alone = 0 if self._joining.has(row) else row.id
            together.setdefault((row.thread, row.due_at, alone), []).append(row)
        for same in together.values():
            yield from bundle(sorted(same, key=lambda row: row.key), lambda row: row.text)

    def _send(self, rows: list[Claimed], claim: str, resting: dict[str, datetime]) -> int:
        """Send one request; return how many were accepted.

        Args:
            resting: Channel → until when it has to wait; filled in here.
        """
        sender = self._senders[rows[0].channel]
        frozen = rows[0].batch_id is not None
        messages = _by_address(rows)
        try:
            body = "" if frozen else sender.compose(list(messages), _text_of(rows))
        except Exception:
            log.exception("channel %s could not put a request together", sender.name)
            if len(messages) > 1:
                return sum(self._send(one, claim, resting) for one in messages.values())
            self._try_later(rows, claim)
            return 0
        batch = self._freeze(rows, body, sender, claim, resting)
        if batch is None:
            return 0
        try:
            sent = sender.send(batch.body)
        except SendError as error:
            self._record_failure(batch, sender, claim, error)
            return 0
        except Exception:
            # A channel raises only SendError; if it breaks the promise, nobody can know.
            log.exception("channel %s broke while sending", batch.channel)
            unknown = SendError("发送途中出错，是否送达无法确认", uncertain=True)
            self._record_failure(batch, sender, claim, unknown)
            return 0
        return self._record_sent(batch, claim, sent)

    def _freeze(
        self,
        rows: list[Claimed],
        body: str,
        sender: Sender,
        claim: str,
        resting: dict[str, datetime],
    ) -> Batch | None:
        """Fix the request before its first try, or take up the one that was fixed.

        The limiter, or the channel's rest, may put it off instead.
        """
        now = self._clock.now()
        window = sender.duplicate_window or timedelta()
        try:
            with self._database.writing(first=True) as session:
                wait = _wait(session, sender, now)
                if wait is not None:
                    resting[rows[0].channel] = wait
                    return None
                if rows[0].batch_id is not None:
                    return queue.load_batch(session, claim, rows, now, window)
                return queue.freeze(session, claim, rows, body, now)
        except queue.Unsendable:  # what is still ours goes at once, without what was voided
            with self._database.writing(first=True) as session:
                queue.put_back(session, claim, [row.id for row in rows], now)
            return None

    def _record_sent(self, batch: Batch, claim: str, sent: Sent) -> int:
        refused = {address.casefold(): why for address, why in sent.refused.items()}
        bad = [row for row in batch.rows if row.address.casefold() in refused]
        good = [row.id for row in batch.rows if row.address.casefold() not in refused]
        now = self._clock.now()
        with self._database.writing(first=True) as session:
            queue.close(session, claim, good, SendState.ACCEPTED, now, platform_id=sent.message_id)
            for row in bad:
                why = refused[row.address.casefold()]
                queue.close(session, claim, [row.id], SendState.REFUSED, now, detail=why)
        return len(good)

    def _record_failure(self, batch: Batch, sender: Sender, claim: str, error: SendError) -> None:
        """Write down what a failure means: refused, unknown, or to be tried again later."""
        ids = [row.id for row in batch.rows]
        now = self._clock.now()
        tries = max(row.tries for row in batch.rows) + 1
        wait = error.retry_after or _backoff(tries)
        unknown = error.uncertain or any(row.maybe_sent for row in batch.rows)
        last = SendState.UNCERTAIN if unknown else SendState.REFUSED
        log.warning("channel %s: %s", batch.channel, error)
        with self._database.writing(first=True) as session:
            if error.pauses_channel:
                queue.pause(session, batch.channel, now + wait, error.reason)
            hopeless = error.permanent or tries >= MOST_TRIES
            if hopeless or (error.uncertain and sender.duplicate_window is None):
                queue.close(session, claim, ids, last, now, detail=error.reason)
            else:
                queue.put_back(session, claim, ids, now + wait, maybe_sent=error.uncertain)


def _by_address(rows: Iterable[Claimed]) -> dict[str, list[Claimed]]:
    messages: dict[str, list[Claimed]] = {}
    for row in rows:
        messages.setdefault(row.address, []).append(row)
    return messages


def _text_of(rows: Sequence[Claimed]) -> str:
    """Return what a request says: the rows of one address, joined, are what each address gets."""
    return join_texts([row.text for row in rows if row.address == rows[0].address])


def _backoff(tries: int) -> timedelta:
    return timedelta(seconds=_BACKOFF[min(tries, len(_BACKOFF)) - 1])


def _wait(session: Session, sender: Sender, now: datetime) -> datetime | None:
    """Return until when a request has to wait, or None after taking it from the allowance."""
    resting = queue.resting_until(session, sender.name, now)
    if resting is not None or sender.per_minute is None:
        return resting
    seconds = queue.take_allowance(session, sender.name, now, sender.per_minute)
    return now + timedelta(seconds=seconds) if seconds else None
