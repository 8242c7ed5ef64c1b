"""The dues of 2017: every month paid and confirmed, told to the branches twice."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import at
from bot.demo.year_2017.people import Branch, Person, Town
from bot.domain.dues import EntryKind
from bot.domain.periods import Month, months_between
from bot.services.importing import bulk
from bot.storage.models import DuesEntry, DuesPublication


def pay(session: Session, town: Town, random: Random) -> None:
    """Write what was declared and confirmed, and what was told to the branches."""
    declared = [
        _declared(person, month, random)
        for branch in town.branches
        for person in branch.members
        for month in _months(person)
    ]
    ids = bulk.add_numbered(session, DuesEntry, DuesEntry.id, declared)
    branches = {person.id: branch for branch in town.branches for person in branch.members}
    confirmed = [
        _confirmed(entry_id, row, branches[row["member_id"]])
        for entry_id, row in zip(ids, declared, strict=True)
    ]
    bulk.add(session, DuesEntry, confirmed)
    bulk.add(session, DuesPublication, list(_published(town)))


def _months(person: Person) -> Iterator[Month]:
    """Yield the months that the branch takes: that of joining and that of leaving as well."""
    last = Month.of(person.until) if person.until.year == 2017 else Month(2017, 12)
    return months_between(Month.of(person.since), last)


def _declared(person: Person, month: Month, random: Random) -> dict[str, Any]:
    said_at = at(month.day(random.randint(2, 20)), random.randint(8, 19))
    return {
        "key": f"declare:{person.id}:{month}:1",
        "member_id": person.id,
        "month": month,
        "fen": person.monthly_fen,
        "kind": EntryKind.DECLARE,
        "refers_to": None,
        "claim": f"2017:{person.id}:{month}",
        "payer_id": None,
        "receipt_no": "",
        "by_id": person.id,
        "at": said_at,
        "reason": "",
    }


def _confirmed(entry_id: int, declared: dict[str, Any], branch: Branch) -> dict[str, Any]:
    return {
        **declared,
        "key": f"settle:{entry_id}",
        "kind": EntryKind.CONFIRM,
        "refers_to": entry_id,
        "claim": "",
        "by_id": branch.secretary,
        "unit_id": branch.id,
    }


def _published(town: Town) -> Iterator[dict[str, Any]]:
    for branch in town.branches:
        for first, last, month in ((1, 6, 7), (7, 12, 12)):
            yield {
                "unit_id": branch.id,
                "first_month": Month(2017, first),
                "last_month": Month(2017, last),
                "payers": len(branch.on(Month(2017, last).last)),
                "total_fen": None,
                "entries": [],
                "by_id": branch.secretary,
                "at": at(Month(2017, month).day(28), 10),
            }
