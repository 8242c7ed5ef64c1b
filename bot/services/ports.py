"""What the outer parts need from each other, as Protocols; `bot.main` hands the real ones in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.incoming import Answer, Incoming


class Pipeline(Protocol):
    """Turns one delivery into records and an answer."""

    def receive(self, message: Incoming) -> Answer:
        """Record and answer one delivery; a repeated one gets its first answer.

        Raises:
            Exception: Only when nothing could be stored, so that the platform tries again.
        """


class Suggester(Protocol):
    """Guesses what a wording means that nothing recognised; a language model could stand here.

    None is shipped. It is asked by a timer, never while a message is handled, and what it says is
    shown to the organiser as 建议 and never acted on by itself.
    """

    def suggest(self, wording: str, sentences: Sequence[str]) -> str | None:
        """Return the sentence that a wording most likely means, or None where none fits.

        Args:
            wording: As it was said; names and numbers are masked.
            sentences: Those to choose from; any other answer is dropped.
        """


@dataclass(frozen=True, slots=True)
class PlannedReminder:
    """One line of `zhibu plan`.

    Attributes:
        at: Aware moment it would be sent, after quiet hours and jitter.
        rule, slot, subject: Of a message that says several things, theirs, joined by `+`.
        to: `{"member": id, "name": …}` or `{"chat": …}`.
        reason: `{"source", "facts", "ends_when", "seen_by"}`; of several things `facts` is a list.
    """

    at: datetime
    rule: str
    slot: str
    subject: str
    to: dict[str, str]
    text: str
    reason: dict[str, object]


class Planner(Protocol):
    """Tells what would be sent."""

    def plan(
        self, after: datetime, until: datetime, *, unit: str | None = None
    ) -> Iterable[PlannedReminder]:
        """Return what would be sent in (after, until], in order of time; writes nothing.

        Args:
            unit: Only what is for its people and groups, or about it, as people call it.

        Raises:
            NotFound: There is no such unit, or the name fits several.
        """


@dataclass(frozen=True, slots=True)
class CastMember:
    """Somebody one can play in a rehearsal.

    Attributes:
        key: Stable id within the rehearsal, used in links and forms.
        post: 书记, 组织委员, 党员 …
    """

    key: str
    name: str
    post: str


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One bubble of a rehearsal.

    Attributes:
        seq: Grows by one a line; a page asks for what came after the last it shows.
        chat: `group`, or the key of the cast member whose private chat it stands in.
        speaker: Name of who speaks; the bot is 小助手.
    """

    seq: int
    at: datetime
    chat: str
    speaker: str
    text: str
    from_bot: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """A rehearsal as a page shows it."""

    now: datetime
    branch: str
    group: str
    cast: tuple[CastMember, ...]
    lines: tuple[ChatLine, ...]


class Rehearsal(Protocol):
    """A branch one can play with, in its own scratch database with its own clock."""

    def stage(self, after: int = 0) -> Stage:
        """Return clock, cast and the lines with `seq` above `after`."""

    def say(self, speaker: str, text: str, *, in_group: bool) -> None:
        """Let a cast member write, privately to the bot or in the branch group.

        Raises:
            DomainError: Nobody of that key, an empty text, or one over 2000 characters.
        """

    def move_clock(self, to: datetime) -> None:
        """Move the clock forward; reminders due on the way arrive.

        Raises:
            DomainError: Backwards, or more than 400 days at once.
        """

    def restart(self) -> None:
        """Throw the scratch database away and begin anew."""


_NUMBERS = ("last_tick_age_s", "outbox_backlog", "oldest_due_s", "officer_sends_missed")


@dataclass(frozen=True, slots=True)
class Readiness:
    """What `/readyz` answers.

    Attributes:
        ok: Whether this process can do its work.
        checks: Name → (fine, one plain word or number): database, migration, last_tick_age_s,
            outbox_backlog, oldest_due_s.
        reasons: Why it is not ready, one plain sentence each.
    """

    ok: bool
    checks: dict[str, tuple[bool, str]]
    reasons: tuple[str, ...] = ()

    def gauges(self) -> dict[str, float]:
        """Return what is a number, for `/metrics`: whether it is ready, and the values behind."""
        values = ((name, self.checks[name][1]) for name in _NUMBERS if name in self.checks)
        numbers = {name: float(value) for name, value in values if value.isdigit()}
        return {"ready": float(self.ok), **numbers}


@dataclass(frozen=True, slots=True)
class Sample:
    """One number of `/metrics`.

    Attributes:
        name: Without the `zhibu_` in front.
        labels: What it is of; never a person.
    """

    name: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


class Health(Protocol):
    """Tells whether the process can do its work."""

    def ready(self) -> Readiness:
        """Look at database, migration level, the scheduler's last tick and the backlog."""

    def samples(self) -> Iterable[Sample]:
        """Return what came of deliveries lately, and how often plugins broke."""


@dataclass(frozen=True, slots=True)
class Served:
    """A file that is made only for who does not have it yet.

    Attributes:
        tag: Changes whenever the content does.
        body: Makes the content.
    """

    tag: str
    content_type: str
    body: Callable[[], bytes]


class Calendars(Protocol):
    """The calendars people subscribe to."""

    def find(self, token: str) -> Served | None:
        """Return the calendar of a token, or None for whatever reason there is none."""
