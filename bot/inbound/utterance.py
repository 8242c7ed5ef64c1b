"""One message as the intents read it: normalised once, spans found once.

Every message makes dozens of these records. Nobody writes to them, but they are not frozen:
filling frozen ones is a tenth of all reading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import Enum, auto
from functools import wraps
from typing import Any, TypeVar, cast

from bot.domain.periods import Month
from bot.inbound.topics import Topic

T = TypeVar("T")
ACTIONS = frozenset(
    {
        Topic.CHECKIN,
        Topic.LEAVE,
        Topic.DUES,
        Topic.SIGNUP,
        Topic.STUDIED,
        Topic.RECEIPT,
        Topic.UNDO,
        Topic.BINDING,
    }
)
"""Topics that are actions: a clause about one does not belong to a clause about another."""


class Mood(Enum):
    """How a clause is meant; everything but a statement vetoes a record."""

    STATEMENT = auto()
    QUESTION = auto()
    NEGATION = auto()
    FUTURE = auto()  # not yet done is not done


@dataclass(slots=True, unsafe_hash=True)
class Span:
    """Something with a value found in the text, at [start, end) of `Utterance.text`."""

    start: int
    end: int
    value: object


@dataclass(slots=True, unsafe_hash=True)
class Clause:
    """A stretch of the text between clause marks, at [start, end), with mood and topics."""

    start: int
    end: int
    text: str
    mood: Mood
    topics: frozenset[Topic] = frozenset()

    @property
    def stated(self) -> bool:
        """Whether it is neither asked, denied nor still to come."""
        return self.mood is Mood.STATEMENT


@dataclass(slots=True, unsafe_hash=True)
class Utterance:
    """What was said.

    Attributes:
        text: Normalised text (NFKC, simplified, keycaps and emoji codes resolved, mention of the
            bot and courtesy tails removed, inner whitespace single).
        raw: The text as it arrived, without quote block and mention; for free text that is kept
            (the body of a notice).
        quoted: Normalised quoted text, apart: it never triggers by itself.
        raw_quoted: The same as it arrived, with its line ends.
        private: Said to the bot alone.
        addressed: In private, or the bot was mentioned.
        now: When it was sent, aware; dates are read relative to it.
        clauses: The text in clauses, in order, covering it without the marks.
        money: Amounts in fen. months: `tuple[Month, ...]`. dates: `date` or `(first, last)`.
        times: `time`. counts: persons (`int`).
        past_dates: The same stretches as `dates`, read of things that are over (补签 周五).
        years: Years named without a month (去年的党费), as their twelve months.
        topics: All that the clauses are about.
        quoted_topics: All that the quoted text is about.
        to_others: It speaks to everybody (@所有人, 请各位 …), so it reports nothing of the sender.
        elsewhere: It touches another world (公司, 驾校, 快递); see `scope.elsewhere`.
        marks: The characters of the text and of the quoted one.
        worked_out: What several intents ask of it, see `shared`.
    """

    text: str
    raw: str
    quoted: str | None
    private: bool
    addressed: bool
    now: datetime
    clauses: tuple[Clause, ...] = ()
    money: tuple[Span, ...] = ()
    months: tuple[Span, ...] = ()
    dates: tuple[Span, ...] = ()
    times: tuple[Span, ...] = ()
    counts: tuple[Span, ...] = ()
    lexicon: Lexicon = field(default_factory=lambda: Lexicon())
    past_dates: tuple[Span, ...] = ()
    years: tuple[Span, ...] = ()
    topics: frozenset[Topic] = frozenset()
    quoted_topics: frozenset[Topic] = frozenset()
    to_others: bool = False
    elsewhere: bool = False
    raw_quoted: str | None = None
    marks: frozenset[str] = frozenset()
    worked_out: dict[object, Any] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )

    def money_in(self, clause: Clause) -> int | None:
        """Return the first amount within a clause in fen, if there is one."""
        return _first(self.money, clause, int)

    def months_in(self, clause: Clause) -> tuple[Month, ...]:
        """Return all months named within a clause, sorted, each once."""
        found: set[Month] = set()
        for span in _within(self.months, clause):
            found.update(cast("tuple[Month, ...]", span.value))
        return tuple(sorted(found))

    def date_in(self, clause: Clause, *, past: bool = False) -> date | None:
        """Return the first single date within a clause (the first day of a span)."""
        return self.days_in(clause, past=past)[0]

    def day_in(self, clause: Clause, *, past: bool = False) -> date | None:
        """Return the first single day within a clause, else the first day of a span."""
        for span in _within(self.past_dates if past else self.dates, clause):
            if isinstance(span.value, date):
                return span.value
        return self.date_in(clause, past=past)

    def days_in(self, clause: Clause, *, past: bool = False) -> tuple[date | None, date | None]:
        """Return the first date within a clause, and its last day where it is a span.

        Args:
            past: Read bare weekdays and days of the month as the last, not the next.
        """
        for span in _within(self.past_dates if past else self.dates, clause):
            if isinstance(span.value, tuple):
                return span.value[0], span.value[1]
            if isinstance(span.value, date):
                return span.value, None
        return None, None

    def count_in(self, clause: Clause) -> int | None:
        """Return the first number of persons within a clause."""
        return _first(self.counts, clause, int)

    def about(self, topic: Topic) -> tuple[Clause, ...]:
        """Return the clauses on a topic, each neighbour that is on no other action included."""
        marked = [topic in clause.topics for clause in self.clauses]
        free = [not clause.topics & ACTIONS - {topic} for clause in self.clauses]
        if True not in marked:
            return ()
        first, last = marked.index(True), len(marked) - 1 - marked[::-1].index(True)
        while first and free[first - 1]:
            first -= 1
        while last + 1 < len(free) and free[last + 1]:
            last += 1
        return self.clauses[first : last + 1]

    def stretch(self, clauses: Sequence[Clause]) -> Clause:
        """Return neighbouring clauses as one, to look for values in."""
        start, end = clauses[0].start, clauses[-1].end
        return Clause(start, end, self.text[start:end], clauses[0].mood)

    def time_in(self, clause: Clause) -> time | None:
        """Return the first time of day within a clause."""
        return _first(self.times, clause, time)


def shared(find: Callable[[Utterance], T]) -> Callable[[Utterance], T]:
    """Work something out once for an utterance, whichever intents ask for it; nobody may change it."""

    @wraps(find)
    def found(utterance: Utterance) -> T:
        known: dict[object, T] = utterance.worked_out
        if find not in known:
            known[find] = find(utterance)
        return known[find]

    return found


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Names an utterance may speak of, longest first: people of the branch, units, titles."""

    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


EMPTY = Lexicon()


def _within(spans: tuple[Span, ...], clause: Clause) -> list[Span]:
    return [span for span in spans if clause.start <= span.start and span.end <= clause.end]


def _first(spans: tuple[Span, ...], clause: Clause, kind: type[T]) -> T | None:
    for span in _within(spans, clause):
        if isinstance(span.value, kind):
            return span.value
    return None
