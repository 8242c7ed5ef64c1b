"""Who belongs to what a street or community holds: its team, its staff, heads below, everybody.

The roll of a branch tells who belongs to a branch's meetings; here it is posts, and branches below.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind
from bot.domain.rights import Role
from bot.domain.roll import ENDS_PLACE, ChangeKind, Standing, kind_on, standing
from bot.domain.units import UnitKind, ids_of
from bot.domain.upper_meetings import ABOVE, Circle, posts_of
from bot.services import people, roll
from bot.services.people import Person
from bot.storage.models import Member, Membership, Unit

_GONE = (ChangeKind.DIED, ChangeKind.LEFT)


@dataclass(frozen=True, slots=True)
class Below:
    """What lies under a street or community: its branches, and all of it that has a secretary."""

    branches: tuple[UnitId, ...] = ()
    headed: tuple[UnitId, ...] = ()


def above_of(session: Session, units: Collection[UnitId]) -> set[UnitId]:
    """Return those of some units that are streets or communities."""
    if not units:
        return set()
    rows = session.scalars(select(Unit.id).where(Unit.id.in_(units), Unit.kind.in_(ABOVE)))
    return {UnitId(unit) for unit in rows}


def below_of(session: Session, units: Collection[UnitId]) -> dict[UnitId, Below]:
    """Return what lies under some units, closed ones too: their people did belong."""
    if not units:
        return {}
    paths = session.scalars(select(Unit.path).where(Unit.id.in_(units))).all()
    rows = session.execute(
        select(Unit.id, Unit.kind, Unit.path)
        .where(Unit.kind != UnitKind.CELL, or_(*(Unit.path.startswith(path) for path in paths)))
        .order_by(Unit.id)
    ).all()
    found: dict[UnitId, Below] = {}
    for unit_id in units:
        under = [row for row in rows if unit_id in ids_of(row.path)[:-1]]
        found[unit_id] = Below(
            tuple(UnitId(row.id) for row in under if row.kind is UnitKind.BRANCH),
            tuple(UnitId(row.id) for row in under),
        )
    return found


def list_on(session: Session, unit_id: UnitId, circle: Circle, on: date) -> list[Person]:
    """Return who belongs to a circle of a street or community on a day, each once.

    Source:
        meetings.above
    """
    if circle is Circle.OPEN:
        return []
    below = below_of(session, [unit_id])[unit_id] if circle in _DOWN else Below()
    if circle is Circle.ALL:
        everyone = people.list_in_units(session, below.branches, on)
        return roll.without_suspended(session, everyone, on)
    held = people.list_holders(session, [unit_id], posts_of(circle), on)
    if circle is Circle.HEADS:
        held += people.list_holders(session, below.headed, [Role.SECRETARY], on)
    members = {member for _, _, member, _ in held}
    return [
        one.person
        for one in Seats.of(session, members).on(members, on).values()
        if not one.stands.suspended
    ]


_DOWN = (Circle.ALL, Circle.HEADS)


@dataclass(frozen=True, slots=True)
class Seated:
    """Somebody who belongs by his post, and where he stood."""

    person: Person
    stands: Standing


@dataclass(frozen=True, slots=True)
class Seats:
    """What is to be known of people who belong by their posts; they need be on no roll."""

    _rows: Mapping[MemberId, Any]
    _places: Mapping[MemberId, list[Any]]
    _changes: Mapping[int, list[Any]]

    @classmethod
    def of(cls, session: Session, members: Collection[MemberId]) -> Seats:
        """Read it of some members, in three queries."""
        if not members:
            return cls({}, {}, {})
        rows = session.execute(
            select(Member.id, Member.name, Member.kind, Member.full_since, Member.phone_tail).where(
                Member.id.in_(members)
            )
        )
        places: dict[MemberId, list[Any]] = defaultdict(list)
        spans = session.execute(
            select(
                Membership.member_id,
                Membership.unit_id,
                Membership.cell_id,
                Membership.valid_from,
                Membership.valid_to,
            ).where(
                and_(
                    Membership.member_id.in_(members),
                    or_(Membership.valid_to.is_(None), Membership.valid_to > Membership.valid_from),
                )
            )
        )
        for span in spans:
            places[MemberId(span.member_id)].append(span)
        changes = roll.changes_of(session, members)
        return cls({MemberId(row.id): row for row in rows}, places, changes)

    def on(self, members: Iterable[MemberId], day: date) -> dict[MemberId, Seated]:
        """Return some of them as they stood on a day; who died or left the Party is no more there.

        In a team everybody counts, also who is on no roll here.
        """
        found: dict[MemberId, Seated] = {}
        for member in sorted(members):
            row = self._rows[member]
            kind = kind_on(row.kind, row.full_since, day)
            counted = MemberKind.FULL if kind is MemberKind.STAFF else kind
            stands = standing(counted, self._changes.get(member, ()), day)
            if stands.gone in _GONE:
                continue
            there = next((p for p in self._places.get(member, ()) if _holds(p, day)), None)
            person = Person(
                member,
                row.name,
                kind,
                None if there is None else UnitId(there.unit_id),
                None if there is None or there.cell_id is None else UnitId(there.cell_id),
                row.phone_tail,
            )
            found[member] = Seated(person, _still_there(stands))
        return found


def _holds(place: Any, day: date) -> bool:
    return place.valid_from <= day and (place.valid_to is None or place.valid_to > day)


def _still_there(stands: Standing) -> Standing:
    """Return a standing without the move to another unit: the post says that he is there."""
    return replace(stands, gone=None) if stands.gone in ENDS_PLACE else stands
