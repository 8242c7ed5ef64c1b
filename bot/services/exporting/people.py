"""Whose a row is: name, branch and, of namesakes, the phone's tail."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from bot.services.exporting.scope import Request, depth_of
from bot.services.importing import bulk
from bot.storage.models import Member, Membership, Unit

Whose: TypeAlias = tuple[str, str, str]  # name, branch, tail
Told = TypeVar("Told", bound=Sequence[Any])
_AT_ONCE = 1000


class People:
    """Looks up members as they come, a batch at a time.

    Of somebody who has moved, the branch of the latest membership.
    """

    def __init__(self, session: Session, request: Request) -> None:
        self._session = session
        units = session.execute(select(Unit.id, Unit.name, Unit.path).order_by(Unit.id)).all()
        self._units = {unit: name for unit, name, _ in units}
        above_first = sorted(units, key=lambda row: depth_of(row.path))
        self._branches = {row.id: at for at, row in enumerate(above_first)}
        self._within = {name: request.reaches(path) for _, name, path in units}
        shared = session.execute(
            select(Membership.unit_id, Member.name)
            .join(Member, Member.id == Membership.member_id)
            .group_by(Membership.unit_id, Member.name)
            .having(func.count(Member.id.distinct()) > 1)
        )
        self._shared = {(unit, name) for unit, name in shared}

    def of(self, members: Collection[int]) -> dict[int, Whose]:
        """Return those of some members who are within reach."""
        found = self.everybody(members)
        return {member: whose for member, whose in found.items() if self._within[whose[1]]}

    def everybody(self, members: Collection[int]) -> dict[int, Whose]:
        """Return some members, wherever they belong: guests of a class that is within reach."""
        rows = self._session.execute(
            select(Member.id, Member.name, Member.phone_tail, Membership.unit_id)
            .join(Membership, Membership.member_id == Member.id)
            .where(Member.id.in_(members))
            .order_by(Membership.valid_to.is_(None), Membership.valid_to, Membership.id)
        )
        latest = {row.id: row for row in rows}
        found: dict[int, Whose] = {}
        for row in latest.values():
            tail = row.phone_tail if (row.unit_id, row.name) in self._shared else ""
            found[row.id] = (row.name, self._units[row.unit_id], tail)
        return found

    def batches(self) -> Iterator[dict[int, Whose]]:
        """Yield everybody within reach, in pieces, branch by branch as the roster lists them.

        Of a branch, those who have left come after those who belong to it.
        """
        waiting: list[int] = []
        for some in bulk.chunks(list(self._branches), _AT_ONCE):
            waiting += self._in_order(Membership.unit_id.in_(some))
            while len(waiting) >= _AT_ONCE:
                yield self._ordered(waiting[:_AT_ONCE])
                del waiting[:_AT_ONCE]
        if waiting:
            yield self._ordered(waiting)

    def _ordered(self, members: Sequence[int]) -> dict[int, Whose]:
        found = self.of(members)
        return {member: found[member] for member in members if member in found}

    def in_order(self, members: Collection[int]) -> list[int]:
        """Return some members branch by branch, as the roster lists them."""
        return self._in_order(Membership.member_id.in_(members))

    def _in_order(self, where: ColumnElement[bool]) -> list[int]:
        """Return whose latest membership is one of some, branch by branch."""
        other = aliased(Membership)
        later = select(other.id).where(
            other.member_id == Membership.member_id,
            or_(
                other.valid_to.is_(None) & Membership.valid_to.is_not(None),
                other.valid_to > Membership.valid_to,
                (other.valid_to == Membership.valid_to) & (other.id > Membership.id),
            ),
        )
        rows = self._session.execute(
            select(Membership.unit_id, Membership.member_id, Membership.valid_to).where(
                where, ~later.exists()
            )
        )
        found = sorted(
            rows,
            key=lambda row: (self._branches[row.unit_id], row.valid_to is not None, row.member_id),
        )
        return [row.member_id for row in found]


def in_order(rows: Iterable[Told], members: Iterable[int]) -> list[Told]:
    """Return rows that begin with a member in the order of the members; of one as they come."""
    place = {member: at for at, member in enumerate(members)}
    return sorted(rows, key=lambda row: place[row[0]])
