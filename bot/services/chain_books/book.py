"""What a ledger must know to take over the lines of a chain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from bot.domain.chains import Line
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Action, Actor
from bot.services.people import Person


def labels(members: Sequence[Person]) -> dict[MemberId, str]:
    """Return what tells members apart: the name, with the last digits where two bear it."""
    borne = Counter(person.name for person in members)
    return {
        person.id: f"{person.name}（尾号{person.phone_tail}）"
        if borne[person.name] > 1 and person.phone_tail
        else person.name
        for person in members
    }


@dataclass(frozen=True, slots=True)
class Case:
    """The lines of one paste, and the people they may be of.

    Attributes:
        lines: Those of people on the roll, each person once.
        members: The branch, as of the day it was pasted.
        at: When it was pasted: decides what a line amounts to.
    """

    subject: str
    branch_id: UnitId
    lines: tuple[Line, ...]
    members: tuple[Person, ...]
    reporter_id: MemberId
    at: datetime

    @property
    def names(self) -> dict[MemberId, str]:
        """The registered names, which are the only ones ever told."""
        return labels(self.members)


@dataclass(frozen=True, slots=True)
class Todo:
    """One line that a confirmation would record.

    Attributes:
        words: What would be recorded besides the name (请假, 2人, 3月15元), or "".
        payload: What the book needs to do it.
    """

    member_id: MemberId
    name: str
    words: str = ""
    payload: Any = None


@dataclass(frozen=True, slots=True)
class Held:
    """One line that is not recorded, and why, in a few words."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a paste amounts to, given what is on record.

    Attributes:
        todo: Not on record yet.
        done: How many lines are on record as they stand.
        missing: Who is expected, has no line and nothing on record; None where nobody is.
    """

    todo: tuple[Todo, ...] = ()
    held: tuple[Held, ...] = ()
    done: int = 0
    missing: tuple[Person, ...] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a ledger that a line of a chain made."""

    member_id: MemberId
    row_id: int


@dataclass(frozen=True, slots=True)
class Told:
    """What a member is told of what was recorded: the receipt of a payment."""

    member_id: MemberId
    words: str


class Book(Protocol):
    """One ledger, as a chain writes into it; every write is a row, every undoing another one."""

    ledger: str
    action: Action

    def hold(self, session: Session, case: Case) -> None:
        """Keep others from changing what `plan` is about to read, until this transaction ends."""
        ...

    def plan(self, session: Session, case: Case) -> Plan:
        """Return what would be recorded; reads only."""
        ...

    def record(
        self, session: Session, case: Case, todo: Sequence[Todo], *, by: Actor, now: datetime
    ) -> tuple[list[Row], list[Told]]:
        """Write what was planned, once."""
        ...

    def undo(
        self, session: Session, rows: Sequence[int], *, by: Actor, now: datetime
    ) -> list[Told]:
        """Take rows back by counter-entries, where nothing newer stands."""
        ...


def missing_of(
    case: Case, expected: Sequence[Person], settled: set[MemberId]
) -> tuple[Person, ...]:
    """Return who is expected and has neither a line that answers nor anything on record."""
    answered = {line.member_id for line in case.lines if line.is_yes or line.declines}
    return tuple(p for p in expected if p.id not in answered and p.id not in settled)
