"""The tick: what fell due since the last one is written to the outbox, once, whoever ticks."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from bot.clock import Clock, at, day_of
from bot.domain.sending import SendState
from bot.services.outbox import Letter, Routes, enqueue
from bot.services.survey import Seen
from bot.storage.engine import Database
from bot.storage.insert import insert_once
from bot.storage.models import Outbox, TickMark
from bot.storage.prepared import Prepared
from scheduler import away
from scheduler.away import FURTHEST_BACK, Away
from scheduler.compose import Composed, Taken, compose_in_pieces
from scheduler.rule import Rule, Setting

log = logging.getLogger(__name__)

CLOCKS_DIFFER = timedelta(minutes=5)
_MARK = "rule:"
_TICK = "tick"

_READ_MARKS = Prepared(select(TickMark.name, TickMark.done_until))
_MOVE_MARK = Prepared(
    update(TickMark)
    .where(
        TickMark.name == bindparam("of"),
        or_(TickMark.done_until < bindparam("now"), TickMark.done_until > bindparam("ahead")),
    )
    .values(done_until=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Ticked:
    """What one tick did; `failed` names rules that broke and will be tried again."""

    queued: int
    failed: tuple[str, ...] = ()


class Ticker:
    """Works every rule up to now; any number of nodes may do it at once.

    Args:
        rules: Everything the bot says by itself.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        rules: Sequence[Rule],
        setting: Setting,
        routes: Routes,
    ) -> None:
        self._database = database
        self._clock = clock
        self._rules = tuple(rules)
        self._setting = setting
        self._routes = routes

    def tick(self) -> Ticked:
        """Queue what fell due since each rule was last worked; one broken rule stops no other."""
        now = self._clock.now()
        queued, failed = 0, []
        with self._database.reading() as session:
            marks = _marks(session)
        setting = replace(self._setting, seen=Seen())
        for rule in self._rules:
            try:
                queued += self._work(rule, now, marks.get(_MARK + rule.name), setting)
            except Exception:
                log.exception("rule %s failed", rule.name)
                failed.append(rule.name)
        if marks.get(_TICK) != now:
            told = self._told_of_silence(marks.get(_TICK), now)
            with self._database.writing(first=True) as session:
                enqueue(session, self._routes, told, now)
                _mark_done(session, _TICK, now, is_new=_TICK not in marks)
        return Ticked(queued, tuple(failed))

    def next_slot(self, until: datetime) -> datetime | None:
        """Return the next moment after now, up to `until`, at which a rule has something to do."""
        now = self._clock.now()
        first = (next(iter(rule.slots(now, until)), None) for rule in self._rules)
        return min((slot.at for slot in first if slot is not None), default=None)

    def _told_of_silence(self, last: datetime | None, now: datetime) -> list[Letter]:
        """Return what is told of a silence before this tick; that it broke stops no tick."""
        silence = Away(last or now, now)
        if not silence.is_worth_a_look:
            return []
        try:
            with self._database.reading() as session:
                return list(away.letters(session, silence, self._rules, self._setting))
        except Exception:
            log.exception("a silence could not be told of")
            return []

    def _work(self, rule: Rule, now: datetime, done: datetime | None, setting: Setting) -> int:
        """Queue what a rule has due; a mark that another node has moved meanwhile does no harm.

        Each piece is a transaction, so that nobody waits long for the database, and the mark moves
        with the last: after a crash in between all is composed again, and the keys keep what was
        written from being written twice.
        """
        after = _start(done, now)
        due = any(True for _ in rule.slots(after, now))
        if not due and done is not None:
            return 0  # the mark may stay behind: what lies between holds nothing to do
        queued, waiting = 0, list[Letter]()
        with closing(self._pieces(rule, after, now, setting)) as pieces:
            for piece in pieces if due else ():
                if waiting:
                    with self._database.writing(first=True) as session:
                        queued += self._queue(session, waiting, now)
                waiting = [item.letter() for item in piece]
        with self._database.writing(first=True) as session:
            queued += self._queue(session, waiting, now)
            _mark_done(session, _MARK + rule.name, now, is_new=done is None)
        return queued

    def _pieces(
        self, rule: Rule, after: datetime, now: datetime, setting: Setting
    ) -> Generator[list[Composed], None, None]:
        """Yield what a rule has due, read as of one moment, beside whoever writes."""
        with self._database.reading() as session:
            yield from compose_in_pieces(
                session,
                rule,
                after,
                now,
                setting,
                taken=lambda: group_notices_since(session, day_of(now), self._rules),
            )

    def _queue(self, session: Session, letters: Sequence[Letter], now: datetime) -> int:
        return enqueue(session, self._routes, letters, now).queued if letters else 0


def last_tick(session: Session) -> datetime | None:
    """Return when the last tick ended, for the watchdog."""
    return _marks(session).get(_TICK)


def group_notices_since(session: Session, day: date, rules: Iterable[Rule]) -> dict[str, Taken]:
    """Return what rules have said to groups on a day and later, queued or sent, by key.

    What a person caused, such as the news that a meeting is moved, takes nobody's room.
    """
    rows = session.execute(
        select(Outbox.key, Outbox.unit_id, Outbox.due_at, Outbox.state, Outbox.batch_id).where(
            Outbox.unit_id.is_not(None),
            Outbox.rule.in_([rule.name for rule in rules]),
            Outbox.due_at >= at(day),
            Outbox.state.not_in((SendState.VOID, SendState.EXPIRED)),
        )
    )
    return {
        key.partition("#")[0]: Taken(
            str(unit_id), due_at, waits=state is SendState.QUEUED and batch_id is None
        )
        for key, unit_id, due_at, state, batch_id in rows
    }


def _marks(session: Session) -> dict[str, datetime]:
    """Return how far everything has been worked, by name; one read for all rules."""
    return dict(_READ_MARKS.rows(session, {}))


def _start(done: datetime | None, now: datetime) -> datetime:
    """Return from when a rule is worked.

    A mark ahead of the clock was made before the clock was set back: what lies between would be
    lost. Working through some days again is harmless, since every reminder has its key.
    """
    if done is None:
        return now - timedelta(minutes=1)
    if done > now + CLOCKS_DIFFER:
        return now - FURTHEST_BACK
    return max(done, now - FURTHEST_BACK)


def _mark_done(session: Session, name: str, now: datetime, *, is_new: bool) -> None:
    if is_new:
        insert_once(session, TickMark, {"name": name, "done_until": now})
    _MOVE_MARK.run(session, {"of": name, "now": now, "ahead": now + CLOCKS_DIFFER})
