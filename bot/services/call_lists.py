"""Whom to phone (打电话名单): what every reminder has been sent of, and is still open.

After the last rung nothing more is sent. Members stand here by name only for those who keep their
branch's dues; nobody is judged by it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.cadence import find_kind, parse_period
from bot.domain.ids import MemberId, UnitId
from bot.domain.ladders import LADDERS, Ladders, Period
from bot.domain.periods import Month
from bot.domain.rights import Action, Actor
from bot.domain.units import UnitKind, is_under
from bot.services import dues_lists, ladders, notice_again, people, reminders, survey
from bot.services.people import Person
from bot.storage.models import Post, Unit

DUES, ABOVE = "dues_unpaid", "above"
LOOKS_BACK = timedelta(days=100)
"""How long a unit that was told of stands on the list."""


@dataclass(frozen=True, slots=True)
class MonthToCall:
    """Members whose month is open though both reminders have been sent, in the order of the roll."""

    month: Month
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class UnitToCall:
    """A unit that is behind.

    Attributes:
        owner: Who answers for it today, "" where nobody does.
        open: What it has not done: (period, what), in order.
    """

    unit: str
    owner: str
    open: tuple[tuple[Period, str], ...]


@dataclass(frozen=True, slots=True)
class CallList:
    """Whom somebody may phone, himself left out.

    Attributes:
        branch_id: Whose members the months are about; None where they are of no branch.
        notices: Title of a notice, and who has not answered it though told twice.
        notices_unit_id: Whose notices.
    """

    branch_id: UnitId | None = None
    months: tuple[MonthToCall, ...] = ()
    units: tuple[UnitToCall, ...] = ()
    notices: tuple[tuple[str, tuple[Person, ...]], ...] = ()
    notices_unit_id: UnitId | None = None

    @property
    def member_count(self) -> int:
        """How many members stand on it."""
        return len({person.id for month in self.months for person in month.people})


def find(
    session: Session, ladders_of: Ladders, *, by: Actor, today: date, now: datetime
) -> CallList:
    """Return whom an actor may phone; an empty list for who holds no post."""
    if by.member_id is None or not by.grants:
        return CallList()
    branch = _own_branch(session, by)
    months = () if branch is None else _months(session, ladders_of, branch, by, today)
    silent = tuple(notice_again.list_to_phone(session, by=by, now=now))
    of = people.scope_of(by, Action.SEND_NOTICE) if silent else None
    return CallList(branch, months, _units(session, by, today, now), silent, of)


def _own_branch(session: Session, by: Actor) -> UnitId | None:
    """Return the branch whose dues the actor keeps; None where he answers for several."""
    if not rights.holds(by, Action.CONFIRM_DUES):
        return None
    unit = session.get_one(Unit, people.scope_of(by, Action.CONFIRM_DUES))
    return UnitId(unit.id) if unit.kind is UnitKind.BRANCH else None


def _months(
    session: Session, of: Ladders, branch: UnitId, by: Actor, today: date
) -> tuple[MonthToCall, ...]:
    ladder = ladders.of_units(session, of, DUES, [branch], today)[branch]
    found: dict[Month, list[Person]] = {}
    for line in dues_lists.list_open(session, by=by, today=today):
        for month in line.months:
            last = max((step.day for step in ladder.steps(month)), default=month.last)
            if last < today and line.person.id != by.member_id:
                found.setdefault(month, []).append(line.person)
    return tuple(MonthToCall(month, tuple(found[month])) for month in sorted(found))


def _units(session: Session, by: Actor, today: date, now: datetime) -> tuple[UnitToCall, ...]:
    """Return the units below that have still not done what was told of them.

    Told to the actor, or to whoever holds or held a post in the same unit.
    """
    posts = {grant.unit_id for grant in by.grants}
    rows = session.scalars(select(Post.member_id).where(Post.unit_id.in_(posts)).distinct())
    holders = {MemberId(member) for member in rows}
    told = reminders.list_told(session, ABOVE, holders, now - LOOKS_BACK)
    open_: dict[UnitId, list[tuple[Period, str]]] = {}
    for rule, period, units in _by_rule(told):
        title = LADDERS[rule][0].title
        kind = find_kind(title)
        done = set() if kind is None else survey.filled(session, kind, [period], now)
        for unit in sorted(units):
            if (unit, period) not in done:
                open_.setdefault(unit, []).append((parse_period(period), title))
    known = {
        unit: found
        for unit, found in survey.names_and_paths(session, open_).items()
        if unit not in posts and any(is_under(found[1], grant.unit_path) for grant in by.grants)
    }
    owners = survey.answerable(session, {unit: path for unit, (_, path) in known.items()}, today)
    names = survey.names_of(session, owners.values())
    return tuple(
        UnitToCall(known[unit][0], names[owners[unit]] if unit in owners else "", tuple(lines))
        for unit, lines in sorted(open_.items())
        if unit in known
    )


def _by_rule(told: Collection[tuple[str, str]]) -> Sequence[tuple[str, str, set[UnitId]]]:
    """Return (rule, period, units) of (slot, subject) as the escalation writes them."""
    found: dict[tuple[str, str], set[UnitId]] = {}
    for slot, subject in told:
        rule, _, rest = slot.partition(".")
        unit = UnitId(int(subject.removeprefix("unit:")))
        found.setdefault((rule, rest.partition("/")[0]), set()).add(unit)
    return [(rule, period, units) for (rule, period), units in sorted(found.items())]
