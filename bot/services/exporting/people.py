"""Whose a row is: name, branch and, of namesakes, the phone's tail."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.services.exporting.scope import Request
from bot.services.importing import bulk
from bot.storage.models import Member, Membership, Unit

Whose: TypeAlias = tuple[str, str, str]  # name, branch, tail
_AT_ONCE = 1000


class People:
    """Looks up members as they come, a batch at a time.

    Of somebody who has moved, the branch of the latest membership.
    """

    def __init__(self, session: Session, request: Request) -> None:
        self._session = session
        units = session.execute(select(Unit.id, Unit.name, Unit.path)).all()
        self._units = {unit: name for unit, name, _ in units}
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
        """Yield everybody within reach, in pieces, by member."""
        last = 0
        while True:
            ids: Sequence[int] = self._session.scalars(
                select(Member.id).where(Member.id > last).order_by(Member.id).limit(_AT_ONCE)
            ).all()
            if not ids:
                return
            yield self.of(ids)
            last = ids[-1]


def tails_of(session: Session, members: Collection[int]) -> dict[int, str]:
    """Return the phone's tail of those of some members whose name others bear as well."""
    found: dict[int, str] = {}
    for some in bulk.chunks(sorted(members)):
        rows = session.execute(
            select(Member.id, Member.name, Member.phone_tail).where(Member.id.in_(some))
        ).all()
        shared = set(
            session.scalars(
                select(Member.name)
                .where(Member.name.in_({row.name for row in rows}))
                .group_by(Member.name)
                .having(func.count(Member.id) > 1)
            )
        )
        found.update({row.id: row.phone_tail for row in rows if row.name in shared})
    return found


def labels_of(session: Session, members: Collection[int | None]) -> dict[int | None, str]:
    """Return how somebody is named beside whom a row is about: of namesakes with the tail.

    Nobody (None) is named by nothing.
    """
    found: dict[int | None, str] = {None: ""}
    ids = {member for member in members if member is not None}
    tails = tails_of(session, ids)
    for some in bulk.chunks(sorted(ids)):
        for member, name in session.execute(
            select(Member.id, Member.name).where(Member.id.in_(some))
        ):
            found[member] = f"{name}（{tails[member]}）" if tails.get(member) else name
    return found
