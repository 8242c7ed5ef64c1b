"""The dispatcher: claims what is due, asks again whether it still makes sense, lets it be sent."""

from __future__ import annotations

import logging
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.domain.ports import HasWindow, NeedsLine, Sender
from bot.domain.sending import SendState
from bot.services import fallbacks, limits, queue, windows
from bot.services.outbox import Routes
from bot.services.queue import Claimed
from bot.storage.engine import Database
from scheduler.requests import Requests, Resting
from scheduler.rule import Rule, Setting, joining
from scheduler.wanted import Questions

log = logging.getLogger(__name__)

SHUT = "对方最近48小时没有给公众号发过消息，或能发的条数已用完，没有发"

_CLAIM_AT_ONCE = 1000  # what the largest request carries
_CHANNELS_AT_ONCE = 8
_HOLDS_FOR = queue.LEASE / 2  # what is not begun by then goes back, before the lease ends


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What one round did."""

    claimed: int
    accepted: int


class Dispatcher:
    """Sends what the outbox holds; any number of processes may do it at once.

    Channels are served side by side, each in order: one that hangs stops no other.

    Args:
        senders: Channel name → its way out; only rows of these channels are claimed.
        rules: Asked again before a reminder leaves.
        routes: By which other ways a member can be reached where one channel refuses.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        senders: Mapping[str, Sender],
        rules: Sequence[Rule],
        setting: Setting,
        routes: Routes | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._senders = dict(senders)
        self._questions = Questions(database, rules, setting)
        self._joining = joining(rules, setting)
        self._routes = routes or Routes()
        self._requests = Requests(database, clock, self._senders, self._joining, self._routes)
        self._stopping = threading.Event()
        self._windows = {
            name: sender.duplicate_window
            for name, sender in senders.items()
            if sender.duplicate_window is not None
        }

    def drain(self, most_rounds: int = 1000) -> int:
        """Send until nothing that is due can be claimed; return how many were accepted."""
        accepted = 0
        for _ in range(most_rounds):
            if self._stopping.is_set():
                break
            done = self.dispatch()
            accepted += done.accepted
            if not done.claimed:
                break
        return accepted

    def stop(self) -> None:
        """Let the process end: requests on their way are finished, the rest is put back."""
        self._stopping.set()

    def next_due(self) -> datetime | None:
        """Return the next moment after now at which a queued row may be tried."""
        with self._database.reading() as session:
            return queue.next_due(session, self._clock.now())

    def dispatch(self) -> Dispatched:
        """Claim one round of rows that are due, and send them."""
        claim = uuid.uuid4().hex
        now = self._clock.now()
        usable = [name for name, sender in self._senders.items() if _is_ready(sender)]
        with self._database.reading() as session:
            if not queue.has_work(session, now):
                return Dispatched(0, 0)
        with self._database.writing(first=True) as session:
            queue.sweep(session, now, self._windows)
            queue.close_orphans(session, now, self._senders)
            rows = queue.claim_due(
                session,
                now,
                channels=usable,
                claim=claim,
                limit=_CLAIM_AT_ONCE,
                joining=self._joining,
            )
            open_ = self._within_window(session, rows, claim, now)
            paced = self._within_pace(session, open_, claim, now)
        if not rows:
            return Dispatched(0, 0)
        return Dispatched(len(rows), self._serve(self._still_wanted(paced, claim, now), claim, now))

    def _within_window(
        self, session: Session, rows: Sequence[Claimed], claim: str, now: datetime
    ) -> list[Claimed]:
        """Refuse what the platform would refuse since the reader has not written of late.

        A thread has one row at a time under way, so there is room for each or for none.
        """
        shut: set[int] = set()
        for channel, own in _by_channel(rows).items():
            sender = self._senders[channel]
            if not isinstance(sender, HasWindow):
                continue
            addresses = [row.address for row in own]
            may = windows.open_to(session, sender.space, channel, addresses, sender.window, now)
            shut |= {row.id for row in own if row.address not in may}
        if shut:
            queue.close(session, claim, shut, SendState.REFUSED, now, detail=SHUT)
            fallbacks.stand_in(session, self._routes, shut, now)
        return [row for row in rows if row.id not in shut]

    def _within_pace(
        self, session: Session, rows: Sequence[Claimed], claim: str, now: datetime
    ) -> list[Claimed]:
        """Put off what would be more than an address may get, and return the rest.

        A thread has one row at a time under way, so each address is counted once a round.
        """
        late: dict[int, datetime] = {}
        for channel, own in _by_channel(rows).items():
            pace = self._senders[channel].address_pace
            if pace is None:
                continue
            waits = limits.take_each(session, [row.thread for row in own], now, pace)
            for row in own:
                if row.thread in waits:
                    late[row.id] = now + timedelta(seconds=waits[row.thread])
        queue.put_off(session, claim, late)
        return [row for row in rows if row.id not in late]

    def _still_wanted(self, rows: Sequence[Claimed], claim: str, now: datetime) -> list[Claimed]:
        """Drop what is settled by now, and hold back what may not disturb at this hour."""
        found = self._questions.sort(rows, now)
        self._requests.try_later(found.unclear, claim)
        if found.settled or found.held:
            with self._database.writing(first=True) as session:
                queue.drop(session, claim, found.settled, now)
                queue.put_off(session, claim, found.held)
        return found.wanted

    def _serve(self, rows: Sequence[Claimed], claim: str, since: datetime) -> int:
        """Serve every channel, side by side; return how many rows were accepted."""
        shares = list(_by_channel(rows).values())
        if len(shares) <= 1:
            return sum(self._serve_channel(own, claim, since) for own in shares)
        with ThreadPoolExecutor(min(len(shares), _CHANNELS_AT_ONCE), "channel") as pool:
            return sum(pool.map(lambda own: self._serve_channel(own, claim, since), shares))

    def _serve_channel(self, rows: Sequence[Claimed], claim: str, since: datetime) -> int:
        """Send the rows of one channel in order, until they are sent or it has to rest."""
        accepted = 0
        batches = self._requests.batches(rows)
        for number, batch in enumerate(batches):
            now = self._clock.now()
            if self._stopping.is_set() or now - since >= _HOLDS_FOR:
                self._put_back(batches[number:], claim, now)
                break
            try:
                accepted += self._requests.send(batch, claim)
            except Resting as rest:
                self._put_back(batches[number:], claim, rest.until)
                break
            except Exception:
                log.exception("sending on channel %s failed", batch[0].channel)
        return accepted

    def _put_back(self, batches: Iterable[Sequence[Claimed]], claim: str, until: datetime) -> None:
        ids = [row.id for batch in batches for row in batch]
        with self._database.writing(first=True) as session:
            queue.put_back(session, claim, ids, until)


def _is_ready(sender: Sender) -> bool:
    """Tell whether this process can send on a channel; of some only one process has the line."""
    return not isinstance(sender, NeedsLine) or sender.is_ready


def _by_channel(rows: Iterable[Claimed]) -> dict[str, list[Claimed]]:
    shares: dict[str, list[Claimed]] = defaultdict(list)
    for row in rows:
        shares[row.channel].append(row)
    return shares
