"""The dispatcher: claims what is due, asks again whether it still makes sense, sends, records."""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.domain.burden import deliver_at, is_quiet
from bot.domain.ids import MemberId
from bot.domain.ports import Sender
from bot.domain.sending import SendError, SendState, Sent
from bot.services import queue
from bot.services.queue import Batch, Claimed
from bot.storage.engine import Database
from scheduler.rule import Asked, Rule, Setting

log = logging.getLogger(__name__)

MOST_TRIES = 6
_BACKOFF = (5, 30, 120, 600, 1800, 3600)  # seconds
_CLAIM_AT_ONCE = 200


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
                session, now, channels=self._senders, claim=claim, limit=_CLAIM_AT_ONCE
            )
        if not rows:
            return Dispatched(0, 0)
        wanted = self._still_wanted(rows, claim, now)
        accepted = 0
        for batch in self._batched(wanted):
            try:
                accepted += self._send(batch, claim)
            except Exception:
                log.exception("sending on channel %s failed", batch[0].channel)
        return Dispatched(len(rows), accepted)

    def _still_wanted(self, rows: Sequence[Claimed], claim: str, now: datetime) -> list[Claimed]:
        """Drop what is settled by now, and hold back what may not disturb at this hour."""
        settled = self._settled(rows, now)
        held = [row for row in rows if row.id not in settled and self._must_wait(row, now)]
        if settled or held:
            with self._database.writing(first=True) as session:
                queue.drop(session, claim, settled, now)
                for row in held:
                    later = deliver_at(
                        now, str(row.id), self._setting.burden, self._setting.workdays
                    )
                    queue.put_back(session, claim, [row.id], later)
        waiting = {row.id for row in held}
        return [row for row in rows if row.id not in settled and row.id not in waiting]

    def _settled(self, rows: Sequence[Claimed], now: datetime) -> set[int]:
        by_rule: dict[str, list[Asked]] = defaultdict(list)
        for row in rows:
            if row.rule in self._rules and not row.maybe_sent:
                member = None if row.member_id is None else MemberId(row.member_id)
                by_rule[row.rule].append(Asked(row.id, row.slot, row.subject, member))
        settled: set[int] = set()
        for name, asked in by_rule.items():
            with self._database.reading() as session:
                settled.update(self._rules[name].satisfied(session, asked, now))
        return settled

    def _must_wait(self, row: Claimed, now: datetime) -> bool:
        return row.rule in self._rules and is_quiet(now, self._setting.burden)

    def _batched(self, rows: Iterable[Claimed]) -> Iterable[list[Claimed]]:
        """Put rows of one text on one channel together, as many as a request may carry."""
        frozen: dict[int, list[Claimed]] = defaultdict(list)
        fresh: dict[tuple[str, str], list[Claimed]] = defaultdict(list)
        for row in rows:
            if row.batch_id is not None:
                frozen[row.batch_id].append(row)
            else:
                fresh[row.channel, row.text].append(row)
        yield from frozen.values()
        for (channel, _), same in fresh.items():
            most = self._senders[channel].max_recipients
            for start in range(0, len(same), most):
                yield same[start : start + most]

    def _send(self, rows: list[Claimed], claim: str) -> int:
        sender = self._senders[rows[0].channel]
        batch = self._freeze(rows, sender, claim)
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

    def _freeze(self, rows: list[Claimed], sender: Sender, claim: str) -> Batch | None:
        """Fix the request before its first try; the limiter may put it off instead."""
        now = self._clock.now()
        ids = [row.id for row in rows]
        with self._database.writing(first=True) as session:
            if sender.per_minute is not None:
                wait = queue.take_allowance(session, sender.name, now, sender.per_minute)
                if wait:
                    queue.put_back(session, claim, ids, now + timedelta(seconds=wait))
                    return None
            if rows[0].batch_id is not None:
                return queue.load_batch(session, claim, rows, now)
            body = sender.compose([row.address for row in rows], rows[0].text)
            return queue.freeze(session, claim, rows, body, now)

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
        wait = error.retry_after or timedelta(seconds=_BACKOFF[min(tries, len(_BACKOFF)) - 1])
        log.warning("channel %s: %s", batch.channel, error)
        with self._database.writing(first=True) as session:
            if error.pauses_channel:
                queue.pause(session, batch.channel, now + wait, error.reason)
            if error.permanent:
                queue.close(session, claim, ids, SendState.REFUSED, now, detail=error.reason)
            elif error.uncertain and sender.duplicate_window is None:
                queue.close(session, claim, ids, SendState.UNCERTAIN, now, detail=error.reason)
            elif tries >= MOST_TRIES:
                last = SendState.UNCERTAIN if error.uncertain else SendState.REFUSED
                queue.close(session, claim, ids, last, now, detail=error.reason)
            else:
                queue.put_back(session, claim, ids, now + wait, maybe_sent=error.uncertain)
