"""One request after the other: put together, frozen, handed to the platform, written down."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.domain.cards import load_card
from bot.domain.joining import bundle, join_texts
from bot.domain.lateness import made_up
from bot.domain.ports import Sender, ShowsCards
from bot.domain.sending import SendError, SendState, Sent
from bot.services import fallbacks, limits, queue, reach
from bot.services.outbox import Routes
from bot.services.queue import Batch, Claimed, Joining
from bot.storage.engine import Database

log = logging.getLogger(__name__)

MOST_TRIES = 6
BROKEN = "准备发送时出错，没有发出"

_BACKOFF = (5, 30, 120, 600, 1800, 3600)  # seconds
_REST = timedelta(minutes=1)  # of a channel, where the platform does not say how long


class Resting(Exception):
    """The channel may not be used now; nothing was sent.

    Attributes:
        until: From then on it may.
    """

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


class Requests:
    """Hands claimed rows to their channels.

    Args:
        senders: Channel name → its way out.
        joining: What goes out as one message.
        routes: By which other ways a member can be reached.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        senders: Mapping[str, Sender],
        joining: Joining,
        routes: Routes | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._senders = senders
        self._joining = joining
        self._routes = routes or Routes()

    def batches(self, rows: Iterable[Claimed]) -> list[list[Claimed]]:
        """Put messages of one text on one channel together, as many as a request may carry."""
        frozen: dict[int, list[Claimed]] = defaultdict(list)
        fresh: list[Claimed] = []
        for row in rows:
            if row.batch_id is not None:
                frozen[row.batch_id].append(row)
            else:
                fresh.append(row)
        found = list(frozen.values())
        alike: dict[tuple[str, str, str | None], list[list[Claimed]]] = defaultdict(list)
        now = self._clock.now()
        for message in self.messages(fresh):
            alike[message[0].channel, self._text_of(message, now), _card_of(message)].append(
                message
            )
        for (channel, _, _), same in alike.items():
            most = self._senders[channel].max_recipients
            for start in range(0, len(same), most):
                found.append([row for message in same[start : start + most] for row in message])
        return found

    def messages(self, rows: Iterable[Claimed]) -> list[list[Claimed]]:
        """Return the rows of each message: one, or those of a thread that go out together."""
        together: dict[tuple[str, datetime, int], list[Claimed]] = {}
        for row in rows:
            alone = 0 if self._joining.has(row) else row.id
            together.setdefault((row.thread, row.due_at, alone), []).append(row)
        found: list[list[Claimed]] = []
        for same in together.values():
            found += bundle(sorted(same, key=lambda row: row.key), lambda row: row.text)
        return found

    def send(self, rows: Sequence[Claimed], claim: str) -> int:
        """Send one request; return how many of its rows were accepted.

        Args:
            rows: One of `batches`.

        Raises:
            Resting: Before anything was sent.
        """
        sender, now = self._senders[rows[0].channel], self._clock.now()
        frozen = rows[0].batch_id is not None
        messages = _by_address(rows)
        try:
            body = "" if frozen else self._compose(sender, rows, list(messages), now)
        except Exception:
            log.exception("channel %s could not put a request together", sender.name)
            if len(messages) > 1:
                return sum(self.send(one, claim) for one in messages.values())
            self.try_later(rows, claim)
            return 0
        batch = self._freeze(rows, body, sender, claim)
        return 0 if batch is None else self._hand_over(batch, sender, claim)

    def _compose(
        self, sender: Sender, rows: Sequence[Claimed], addresses: Sequence[str], now: datetime
    ) -> str:
        text = self._text_of(rows, now)
        card = _card_of([row for row in rows if row.address == rows[0].address])
        if card is not None and isinstance(sender, ShowsCards):
            return sender.compose_card(addresses, text, load_card(card))
        return sender.compose(addresses, text)

    def _text_of(self, rows: Sequence[Claimed], now: datetime) -> str:
        """Return what a request says: the rows of one address, joined, are what each one gets."""
        message = [row for row in rows if row.address == rows[0].address]
        text = join_texts([row.text for row in message])
        late = any(self._joining.is_late(row, now) for row in message)
        return made_up(text) if late else text

    def try_later(self, rows: Sequence[Claimed], claim: str) -> None:
        """Put off what broke before anything was sent; after the last try it is refused."""
        now = self._clock.now()
        for row in rows:
            tries = row.tries + 1
            with self._database.writing(first=True) as session:
                if tries >= MOST_TRIES:
                    queue.close(session, claim, [row.id], SendState.REFUSED, now, detail=BROKEN)
                else:
                    queue.put_back(session, claim, [row.id], now + _backoff(tries), tries=1)

    def _freeze(
        self, rows: Sequence[Claimed], body: str, sender: Sender, claim: str
    ) -> Batch | None:
        """Fix the request before its first try, or take up the one that was fixed.

        Raises:
            Resting: The limiter, or the channel's rest, puts it off.
        """
        now = self._clock.now()
        window = sender.duplicate_window or timedelta()
        try:
            with self._database.writing(first=True) as session:
                _take_turn(session, sender, now)
                if rows[0].batch_id is not None:
                    return queue.load_batch(session, claim, rows, now, window)
                late = [row.id for row in rows if self._joining.is_late(row, now)]
                queue.note_late(session, claim, late)
                return queue.freeze(session, claim, rows, body, now)
        except queue.Unsendable:  # what is still ours goes at once, without what was voided
            with self._database.writing(first=True) as session:
                queue.put_back(session, claim, [row.id for row in rows], now)
            return None

    def _hand_over(self, batch: Batch, sender: Sender, claim: str) -> int:
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

    def _record_sent(self, batch: Batch, claim: str, sent: Sent) -> int:
        refused = {address.casefold(): why for address, why in sent.refused.items()}
        bad = [row for row in batch.rows if row.address.casefold() in refused]
        good = [row.id for row in batch.rows if row.address.casefold() not in refused]
        now = self._clock.now()
        with self._database.writing(first=True) as session:
            queue.close(session, claim, good, SendState.ACCEPTED, now, platform_id=sent.message_id)
            for why, ids in _by_reason(bad, refused).items():
                queue.close(session, claim, ids, SendState.REFUSED, now, detail=why)
                reach.note(session, [row for row in bad if row.id in ids], why, now)
            if bad:
                fallbacks.stand_in(session, self._routes, [row.id for row in bad], now)
        state = SendState.ACCEPTED if not bad else SendState.PARTIAL if good else SendState.REFUSED
        _log(batch, state, accepted=len(good), platform_id=sent.message_id or "")
        return len(good)

    def _record_failure(self, batch: Batch, sender: Sender, claim: str, error: SendError) -> None:
        """Write down what a failure means: refused, unknown, or to be tried again later."""
        ids = [row.id for row in batch.rows]
        now = self._clock.now()
        tries = max(row.tries for row in batch.rows) + 1
        wait = error.retry_after or (_REST if error.pauses_channel else _backoff(tries))
        unknown = error.uncertain or any(row.maybe_sent for row in batch.rows)
        state = SendState.QUEUED
        if _is_over(error, sender, tries):
            state = SendState.UNCERTAIN if unknown else SendState.REFUSED
        with self._database.writing(first=True) as session:
            if error.pauses_channel:
                limits.pause(session, batch.channel, now + wait, error.reason)
            if state is SendState.QUEUED:
                queue.put_back(
                    session,
                    claim,
                    ids,
                    now + wait,
                    maybe_sent=error.uncertain,
                    tries=-1 if error.pauses_channel else 0,
                )
            else:
                queue.close(session, claim, ids, state, now, detail=error.reason)
                if error.addressee and state is SendState.REFUSED:
                    reach.note(session, batch.rows, error.reason, now)
                if state is SendState.REFUSED:
                    fallbacks.stand_in(session, self._routes, ids, now)
        _log(batch, state, error=str(error), tries=tries)


def _is_over(error: SendError, sender: Sender, tries: int) -> bool:
    """Tell whether a failed request is not tried again.

    What stops the whole channel says nothing about these rows: they wait until it works again.
    """
    if error.uncertain and sender.duplicate_window is None:
        return True
    return error.permanent or (tries >= MOST_TRIES and not error.pauses_channel)


def _card_of(message: Sequence[Claimed]) -> str | None:
    """Return the card of a message; what is joined of several rows has none."""
    return message[0].card if len(message) == 1 else None


def _by_address(rows: Iterable[Claimed]) -> dict[str, list[Claimed]]:
    messages: dict[str, list[Claimed]] = {}
    for row in rows:
        messages.setdefault(row.address, []).append(row)
    return messages


def _by_reason(rows: Iterable[Claimed], reasons: Mapping[str, str]) -> Mapping[str, Sequence[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        found[reasons[row.address.casefold()]].append(row.id)
    return found


def _log(batch: Batch, state: SendState, **more: object) -> None:
    """Leave one line a request: which rows, what became of them; never to whom or what."""
    level = logging.WARNING if "error" in more else logging.INFO
    about = {
        "channel": batch.channel,
        "batch_id": batch.id,
        "rows": len(batch.rows),
        "outbox_id": [row.id for row in batch.rows[:_MOST_NAMED]],
        "state": state.value,
    }
    log.log(level, "request", extra={**about, **more})


_MOST_NAMED = 5  # ids in a line; all of them are in the database under the batch


def _backoff(tries: int) -> timedelta:
    return timedelta(seconds=_BACKOFF[min(tries, len(_BACKOFF)) - 1])


def _take_turn(session: Session, sender: Sender, now: datetime) -> None:
    """Take one request from the channel's allowance.

    Raises:
        Resting: It is used up, or the channel rests.
    """
    resting = limits.resting_until(session, sender.name, now)
    if resting is None and sender.pace is not None:
        seconds = limits.take(session, sender.name, now, sender.pace)
        resting = now + timedelta(seconds=seconds) if seconds else None
    if resting is not None:
        raise Resting(resting)
