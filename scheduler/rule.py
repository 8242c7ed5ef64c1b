"""What a rule is: which moments are due, whom it reminds of what, and when that is settled."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain.burden import Hours, Policy, Urgency
from bot.domain.calendar import Workdays
from bot.domain.ids import MemberId, UnitId
from bot.domain.ladders import Ladder, Ladders, Period
from bot.domain.privacy import Text
from bot.services.queue import Joining
from bot.services.survey import Branch, Seen


@dataclass(frozen=True, slots=True)
class Setting:
    """What rules may ask besides the database.

    Attributes:
        burden: Quiet hours and the groups' budget.
        ladders: When each rule reminds, as far as units have not settled it otherwise.
        queued_until: In a plan, up to when what fell due stands in the outbox, aware; None in a
            tick, where all of it does.
        seen: What is read once for all rules; None where each rule reads for itself.
    """

    workdays: Workdays
    burden: Policy
    ladders: Ladders = field(default_factory=Ladders)
    queued_until: datetime | None = None
    seen: Seen | None = None

    def branches(self, session: Session, on: date) -> Sequence[Branch]:
        """Return the branches that exist and are watched over on a day."""
        return (self.seen or Seen()).branches(session, on)

    def alike(self, session: Session, on: date) -> Sequence[Sequence[Branch]]:
        """Return them in groups of the same structure and settings."""
        return (self.seen or Seen()).alike(session, on)

    def owners(
        self, session: Session, paths: Mapping[UnitId, str], on: date
    ) -> Mapping[UnitId, tuple[MemberId, str]]:
        """Return who answers for each unit on a day, with the name.

        Args:
            paths: Unit → its path.
        """
        return (self.seen or Seen()).owners(session, paths, on)


@dataclass(frozen=True, slots=True)
class Slot:
    """A moment at which a rule looks at the records, aware."""

    at: datetime

    @property
    def day(self) -> date:
        """The Shanghai day of the moment."""
        return day_of(self.at)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a reminder is sent; every outbox row carries it, and 为什么 reads it out.

    Attributes:
        source: The rule and the instrument it comes from, in plain words.
        facts: What the records said, in plain words.
        ends_when: What makes the reminder stop.
        seen_by: Who else sees it.
    """

    source: str
    facts: str
    ends_when: str
    seen_by: str

    def stored(self, rule: str, used: Mapping[str, object]) -> dict[str, object]:
        """Return the form in which the outbox keeps it."""
        return {
            "rule": rule,
            "source": self.source,
            "facts": {"words": self.facts, **used},
            "ends_when": self.ends_when,
            "seen_by": self.seen_by,
        }


@dataclass(frozen=True, slots=True)
class Reminder:
    """One text for one member or one unit's group.

    Attributes:
        slot: Period and step, or meeting, start and step: with rule, subject and recipient it
            is the outbox key.
        subject: What it is about, `unit:3`, `meeting:12`, `dues:9`; `satisfied` gets it back.
        due_at: Before quiet hours and jitter, aware.
        expires_at: From then on it is of no use.
        used: The facts the rule looked at, for the record.
    """

    slot: str
    subject: str
    text: Text
    reason: Reason
    due_at: datetime
    expires_at: datetime
    member_id: MemberId | None = None
    unit_id: UnitId | None = None
    used: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A queued reminder about which a rule is asked again, just before sending."""

    id: int
    slot: str
    subject: str
    member_id: MemberId | None


@dataclass(frozen=True, slots=True)
class Behind:
    """A unit that still owes something after the last rung of a ladder.

    Attributes:
        unit: Its name.
        what: What it owes, in plain words.
        last: The last day on which it would have been in time.
        since: The first day anybody may have been told.
        rungs: The days on which whoever answers for it is told.
        ladder: As it was in force on the last day.
    """

    unit_id: UnitId
    unit: str
    path: str
    what: str
    period: Period
    last: date
    since: date
    rungs: tuple[date, ...]
    ladder: Ladder


@dataclass(frozen=True, slots=True)
class Rule:
    """A leaf: something the bot says by itself.

    Attributes:
        name: Identifier in outbox keys; never changes.
        title: What it is, for people.
        source: Key of the regulation it rests on.
        slots: Pure: the moments due in (after, until].
        reminders: Reads only: who is told what, why, at one slot.
        satisfied: Reads only: the ids of those that are settled by now.
        urgency: What its reminders may disturb.
        joins: What it tells one person goes out together with what other such rules tell that
            person at the same moment.
        behind: Reads only: the units of which the one above is told on the day of a slot; None
            where nobody above ever is. `satisfied` is asked of them as of reminders.
    """

    name: str
    title: str
    source: str
    slots: Callable[[datetime, datetime], Iterable[Slot]]
    reminders: Callable[[Session, Slot, Setting], Iterable[Reminder]]
    satisfied: Callable[[Session, Sequence[Asked], datetime], Collection[int]]
    urgency: Urgency = Urgency.ORDINARY
    joins: bool = False
    behind: Callable[[Session, Slot, Setting], Iterable[Behind]] | None = None


def joining(rules: Iterable[Rule], setting: Setting) -> Joining:
    """Return what the dispatcher and the plan join: what a group reads they always do."""
    by_name = {rule.name: rule for rule in rules}
    hours = Hours(setting.burden, setting.workdays)

    def waits_until(rule: str, thread: str, moment: datetime) -> datetime:
        return hours.allow(moment, thread, by_name[rule].urgency)

    return Joining(
        private=frozenset(rule.name for rule in by_name.values() if rule.joins),
        group=frozenset(by_name),
        waits_until=waits_until,
    )


ROUND_AT = time(9)  # of rules that join: also of what had to wait for another day


def daily(after: datetime, until: datetime, hour: int, minute: int = 0) -> Iterable[Slot]:
    """Yield a slot for every Shanghai day whose wall time `hour:minute` lies in (after, until]."""
    day = day_of(after)
    while (moment := at(day, hour, minute)) <= until:
        if moment > after:
            yield Slot(moment)
        day += timedelta(days=1)
