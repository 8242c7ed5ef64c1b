"""The dues of the year so far: declared and confirmed, the current month still open for some."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.demo.district import MAIN_BRANCH
from bot.demo.roll import Branch, Person, Roll
from bot.domain.dues import EntryKind
from bot.domain.periods import Month, months_between
from bot.services.importing import bulk
from bot.storage.models import Counter, DuesEntry

_OPEN = ("张德福", "刘洋", "王秀英")  # of the main branch: for them the month is open
_LATE = 0.04  # of the members still owe last month
_PAID, _DECLARED = 0.45, 0.2  # of this month


@dataclass(frozen=True, slots=True)
class _Paid:
    """A month that somebody has paid."""

    branch: Branch
    person: Person
    month: Month
    said_at: datetime
    confirmed_at: datetime | None


def load(session: Session, roll: Roll, random: Random, now: datetime) -> None:
    """Write the entries from January up to now."""
    paid = [
        entry
        for branch in roll.branches
        for person in branch.members
        for entry in _year(branch, person, random, now)
    ]
    paid.sort(key=lambda entry: (entry.said_at, entry.person.id))
    ids = bulk.add_numbered(session, DuesEntry, DuesEntry.id, [_declared(each) for each in paid])
    receipts = _Receipts(day_of(now).year)
    confirmed = [
        _confirmed(entry_id, each, receipts)
        for entry_id, each in zip(ids, paid, strict=True)
        if each.confirmed_at is not None
    ]
    bulk.add(session, DuesEntry, confirmed)
    bulk.add(session, Counter, receipts.counters())


class _Receipts:
    """Numbers the receipts of each branch, as the service goes on numbering them."""

    def __init__(self, year: int) -> None:
        self._year = year
        self._last: dict[int, int] = {}

    def next(self, branch_id: int) -> str:
        """Return the next number of a branch."""
        self._last[branch_id] = self._last.get(branch_id, 0) + 1
        return f"{self._year}-{self._last[branch_id]:04}"

    def counters(self) -> list[dict[str, Any]]:
        """Return where the counters of the branches stand."""
        return [
            {"name": f"receipt:{branch_id}:{self._year}", "value": last}
            for branch_id, last in self._last.items()
        ]


def _year(branch: Branch, person: Person, random: Random, now: datetime) -> Iterator[_Paid]:
    today = day_of(now)
    this = Month.of(today)
    late = random.random() < _LATE and branch.name != MAIN_BRANCH
    for month in months_between(max(Month(today.year, 1), Month.of(person.since)), this):
        said_at = at(month.day(random.randint(2, 20)), random.randint(8, 19), random.randint(0, 59))
        said_at = min(said_at, now - timedelta(hours=random.randint(2, 30)))
        confirmed_at: datetime | None = min(
            said_at + timedelta(hours=random.randint(1, 48)), now - timedelta(hours=1)
        )
        chance = random.random()
        if month == this:
            if (
                chance > _PAID + _DECLARED
                or _is_open(branch, person)
                or Month.of(day_of(said_at)) != this
            ):
                continue
            confirmed_at = confirmed_at if chance < _PAID else None
        elif late and month == this.shift(-1):
            continue
        yield _Paid(branch, person, month, said_at, confirmed_at)


def _is_open(branch: Branch, person: Person) -> bool:
    return branch.name == MAIN_BRANCH and person.name in _OPEN


def _declared(paid: _Paid) -> dict[str, Any]:
    person = paid.person
    return {
        "key": f"declare:{person.id}:{paid.month}:1",
        "member_id": person.id,
        "month": paid.month,
        "fen": person.monthly_fen,
        "kind": EntryKind.DECLARE,
        "refers_to": None,
        "claim": f"demo:{person.id}:{paid.month}",
        "payer_id": None,
        "receipt_no": "",
        "by_id": person.id if person.bound else paid.branch.organiser,
        "at": paid.said_at,
        "reason": "",
    }


def _confirmed(entry_id: int, paid: _Paid, receipts: _Receipts) -> dict[str, Any]:
    return {
        "key": f"settle:{entry_id}",
        "member_id": paid.person.id,
        "month": paid.month,
        "fen": paid.person.monthly_fen,
        "kind": EntryKind.CONFIRM,
        "refers_to": entry_id,
        "claim": "",
        "payer_id": None,
        "receipt_no": receipts.next(paid.branch.id),
        "by_id": paid.branch.organiser,
        "at": paid.confirmed_at,
        "reason": "",
        "unit_id": paid.branch.id,
    }
