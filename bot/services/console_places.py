"""Where in the tree an object of an address lies: the one place that rights on objects rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.errors import NotFound
from bot.domain.ids import UnitId
from bot.domain.rights import Actor
from bot.domain.units import UnitKind
from bot.storage.models import Meeting, Membership, Notice, Unit


@dataclass(frozen=True, slots=True)
class Place:
    """A unit somebody works in."""

    id: UnitId
    name: str
    kind: UnitKind
    path: str

    @property
    def is_branch(self) -> bool:
        """Whether it is a branch, with meetings and dues of its own."""
        return self.kind is UnitKind.BRANCH

    @property
    def holds_meetings(self) -> bool:
        """Whether it is a branch or a cell."""
        return self.kind in (UnitKind.BRANCH, UnitKind.CELL)

    def opened_by(self, actor: Actor) -> Actor:
        """Return an actor as who works here and nowhere else."""
        is_cell = self.kind is UnitKind.CELL
        branch = (self.id, self.path) if self.is_branch else _above(self.path) if is_cell else None
        return rights.within(actor, self.id, self.path, branch, cell=is_cell)


def _above(path: str) -> tuple[UnitId, str]:
    ids = path.strip("/").split("/")[:-1]
    return UnitId(int(ids[-1])), f"/{'/'.join(ids)}/"


_Found = Select[int, str, UnitKind, str]
_COLUMNS = (Unit.id, Unit.name, Unit.kind, Unit.path)


def _of_unit(number: int) -> _Found:
    return select(*_COLUMNS).where(Unit.id == number)


def _of_meeting(number: int) -> _Found:
    return select(*_COLUMNS).join(Meeting, Meeting.unit_id == Unit.id).where(Meeting.id == number)


def _of_member(number: int) -> _Found:
    """Return where a member is, or was last."""
    return (
        select(*_COLUMNS)
        .join(Membership, Membership.unit_id == Unit.id)
        .where(Membership.member_id == number)
        .order_by(Membership.valid_to.is_(None).desc(), Membership.valid_to.desc())
        .limit(1)
    )


def _of_notice(number: int) -> _Found:
    return select(*_COLUMNS).join(Notice, Notice.unit_id == Unit.id).where(Notice.id == number)


OBJECTS: Mapping[str, Callable[[int], _Found]] = {
    "unit_id": _of_unit,
    "meeting_id": _of_meeting,
    "member_id": _of_member,
    "notice_id": _of_notice,
}
"""The name under which an object stands in an address → where it lies; a new kind is listed here."""


def find(session: Session, arguments: Mapping[str, Any]) -> Place | None:
    """Return the unit of the object an address names, or None where it names none.

    Raises:
        NotFound: There is no such object.
    """
    named = [(key, value) for key, value in arguments.items() if key in OBJECTS]
    if not named:
        return None
    [(key, value)] = named  # an address names one object; what lies below is checked by services
    row = session.execute(OBJECTS[key](value)).one_or_none()
    if row is None:
        raise NotFound("没有找到。可能已经改过或撤销了。")
    return Place(UnitId(row.id), row.name, row.kind, row.path)


def home_of(session: Session, actor: Actor) -> Place | None:
    """Return where somebody works when nothing else is said: the own branch, else the post's unit."""
    paths = [grant.unit_path for grant in actor.grants]
    if actor.branch_id is not None and any(actor.branch_path.startswith(path) for path in paths):
        unit_id = actor.branch_id
    elif paths:
        unit_id = min(actor.grants, key=lambda grant: len(grant.unit_path)).unit_id
    else:
        return None
    row = session.execute(_of_unit(unit_id)).one()
    return Place(UnitId(row.id), row.name, row.kind, row.path)


def list_open(session: Session, actor: Actor) -> list[Place]:
    """Return the units somebody answers for, in the order of the tree; those that still exist."""
    paths = {grant.unit_path for grant in actor.grants}
    if not paths:
        return []
    rows = session.execute(
        select(*_COLUMNS)
        .where(
            or_(*(Unit.path.startswith(path, autoescape=True) for path in sorted(paths))),
            Unit.valid_to.is_(None),
        )
        .order_by(Unit.path)
    )
    return [Place(UnitId(row.id), row.name, row.kind, row.path) for row in rows]
