"""The ledger `opening` as rows: what holds of every member, then of every unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.cadence import KIND_NAMES
from bot.domain.ids import MemberId
from bot.domain.reads import Seen
from bot.services import opening
from bot.services.exporting.people import People, Whose
from bot.services.exporting.scope import Export, Request, Rows, names_in_order
from bot.services.importing import bulk
from bot.storage.models import OpeningHours

_AT_ONCE = 500  # units


def rows(session: Session, request: Request) -> Rows:
    """Yield members, then meetings, in the columns of the import."""
    for people in People(session, request).batches():
        yield from _of_members(session, people)
    names = names_in_order(session, request)
    place = {unit: at for at, unit in enumerate(names)}
    for some in bulk.chunks(list(names), _AT_ONCE):
        for held in sorted(opening.list_held(session, some), key=lambda held: place[held.unit_id]):
            kind = KIND_NAMES[held.kind]
            yield (
                *(names[held.unit_id], "", "", "", "", ""),
                *(kind, held.held_on, held.for_period, ""),
            )


def _of_members(session: Session, people: Mapping[int, Whose]) -> Rows:
    """Yield the rows of some members; of hours of several years, a row a year."""
    members = [MemberId(member) for member in people]
    until = opening.dues_until(session, members)
    hours = _hours(session, members)
    for member in (member for member in members if member in until or member in hours):
        name, unit, tail = people[member]
        paid = str(until[member]) if member in until else ""
        for year, number in sorted(hours.get(member, {}).items()):
            yield (unit, name, tail, paid, number, year, "", "", "", "")
            paid = ""
        if paid:
            yield (unit, name, tail, paid, "", "", "", "", "", "")


def _hours(session: Session, members: Collection[MemberId]) -> dict[MemberId, dict[int, int]]:
    """Return class hours by member and year."""
    found: dict[MemberId, dict[int, int]] = defaultdict(dict)
    years = session.scalars(
        select(OpeningHours.year).where(OpeningHours.member_id.in_(members)).distinct()
    ).all()
    for year in years:
        for member, hours in opening.class_hours(session, members, year).items():
            found[member][year] = hours
    return found


EXPORT = Export(rows, dated=False, shows=(Seen.DUES,))
