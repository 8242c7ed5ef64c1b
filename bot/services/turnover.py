"""名册变动: the identity of the roll for a unit and some days, with the names behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from bot.domain import rights
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Action, Actor
from bot.domain.roll import ChangeKind, Code
from bot.domain.turnover import Came, Stay, Turnover, Went, turnover
from bot.domain.units import NotIncluded, is_under
from bot.services import audit, organisation_history
from bot.services.organisation_history import PathsOn
from bot.services.roll import STANDS
from bot.storage.models import Member, Membership, RollChange, Unit

_CAME = {ChangeKind.ADMITTED: Came.NEW}
_WENT = {ChangeKind.LEFT: Went.LEFT, ChangeKind.DIED: Went.DIED}
_closed = aliased(Membership)


@dataclass(frozen=True, slots=True)
class Movement:
    """The figures of a unit for some days.

    Attributes:
        first: From when the figures run: not before the roll of the unit begins.
        begins: From when the bot keeps the roll of the unit.
        names: By member, for those who keep the roll; empty for the others.
        named: Whether the reader keeps the roll.
    """

    unit: str
    begins: date
    first: date
    last: date
    figures: Turnover
    names: Mapping[MemberId, str]
    named: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A change as a list shows it."""

    id: int
    name: str
    kind: ChangeKind
    on: date
    code: Code | None
    unit: str


def movement(
    session: Session, *, unit_id: UnitId, first: date, last: date, by: Actor, now: datetime
) -> Movement:
    """Return 期初 + 新增 + 转入 − 转出 − 出党 − 去世 = 期末 of a unit from a day to a day, included.

    Numbers for those who may see lists; names for those who keep the roll, whose reading is
    written down.

    Raises:
        Forbidden
        NotIncluded: The days are over before the roll begins.

    Source:
        roll.identity
    """
    unit, path, begins = session.execute(
        select(Unit.name, Unit.path, Unit.valid_from).where(Unit.id == unit_id)
    ).one()
    keeps = rights.may(by, Action.MANAGE_ROLL, path)
    if not keeps:
        rights.require(by, Action.VIEW_LISTS, path)
    if last < begins:
        raise NotIncluded(unit, begins)
    first = max(first, begins)
    figures = figures_of(session, unit_id, first, last)
    if not keeps:
        return Movement(unit, begins, first, last, figures, {}, named=False)
    members = {
        member
        for group in (figures.new, figures.came_in, figures.went_out, figures.left, figures.died)
        for member in group
    }
    rows = session.execute(select(Member.id, Member.name).where(Member.id.in_(members)))
    audit.record(session, by=by, at=now, action="roll.read", subject=f"unit:{unit_id}")
    names = {MemberId(member): name for member, name in rows}
    return Movement(unit, begins, first, last, figures, names, named=True)


def figures_of(session: Session, unit_id: UnitId, first: date, last: date) -> Turnover:
    """Return the figures of a unit, without asking who wants to know."""
    history = organisation_history.load(session)
    stays = _stays(session, history, history.ever_under(unit_id))
    return turnover(stays, unit_id, first, last)


def list_changes(
    session: Session,
    *,
    unit_id: UnitId,
    first: date,
    last: date,
    by: Actor,
    now: datetime,
    name: str | None = None,
) -> list[Listed]:
    """Return the changes of a unit that took effect from a day to a day, included, in order.

    Args:
        name: Only those of people of this name.

    Raises:
        Forbidden
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    rights.require(by, Action.MANAGE_ROLL, path)
    below = select(Unit.id).where(Unit.path.startswith(path))
    wanted = [] if name is None else [Member.name == name]
    rows = session.execute(
        select(
            RollChange.id,
            Member.name,
            RollChange.kind,
            RollChange.on_day,
            RollChange.code,
            Unit.name,
            Unit.path,
        )
        .join(Member, Member.id == RollChange.member_id)
        .join(Unit, Unit.id == RollChange.unit_id)
        .outerjoin(_closed, _closed.id == RollChange.closed_id)
        .where(
            STANDS,
            RollChange.on_day >= first,
            RollChange.on_day <= last,
            RollChange.unit_id.in_(below) | _closed.unit_id.in_(below),
            *wanted,
        )
        .order_by(RollChange.on_day, RollChange.id)
    )
    audit.record(session, by=by, at=now, action="roll.read", subject=f"unit:{unit_id}")
    return [
        Listed(row.id, row[1], _seen_from(path, row.path, row.kind), row.on_day, row.code, row[5])
        for row in rows
    ]


def _seen_from(path: str, to: str, kind: ChangeKind) -> ChangeKind:
    """Return what a change is for a unit: received by another branch, it is 转出 for the old one."""
    left = kind is ChangeKind.IN and not is_under(to, path)
    return ChangeKind.OUT if left else kind


def _stays(session: Session, history: PathsOn, units: Collection[UnitId]) -> list[Stay]:
    """Return all stays of everybody who was ever in one of some units."""
    here = select(Membership.member_id).where(
        Membership.unit_id.in_(units) | Membership.cell_id.in_(units)
    )
    rows = session.execute(
        select(
            Membership.id,
            Membership.member_id,
            Membership.unit_id,
            Membership.cell_id,
            Membership.valid_from,
            Membership.valid_to,
            Member.joined_on,
            Unit.live_from,
            Unit.kind,
        )
        .join(Member, Member.id == Membership.member_id)
        .join(Unit, Unit.id == Membership.unit_id)
        .where(
            Membership.member_id.in_(here),
            Membership.valid_to.is_(None) | (Membership.valid_to > Membership.valid_from),
        )
        .order_by(Membership.member_id, Membership.valid_from)
    ).all()
    opened, closed = _causes(session, {row.member_id for row in rows})
    found: list[Stay] = []
    for row in rows:
        came = _came(row, opened.get(row.id))
        went = _WENT.get(closed[row.id], Went.OUT) if row.id in closed else Went.OUT
        found.extend(_cut(row, history, came, went))
    return found


def _came(row: Any, kind: ChangeKind | None) -> Came:
    """Return how a membership began; what an import opened is told apart by its dates (ADR 16)."""
    if kind is not None:
        return _CAME.get(kind, Came.IN)
    if row.valid_from <= row.live_from:
        return Came.OPENING
    joined_here = row.joined_on is not None and row.joined_on >= row.live_from
    return Came.NEW if joined_here else Came.IN


def _cut(row: Any, history: PathsOn, came: Came, went: Went) -> list[Stay]:
    """Return a membership as stays, cut where its unit was moved in the tree."""
    unit = UnitId(row.cell_id if row.cell_id is not None else row.unit_id)
    until = row.valid_to
    pieces = history.between(unit, row.valid_from, until)
    return [
        Stay(
            MemberId(row.member_id),
            path,
            since,
            end,
            came if index == 0 else Came.IN,
            went if index == len(pieces) - 1 else Went.OUT,
        )
        for index, (since, end, path) in enumerate(pieces)
    ]


def _causes(
    session: Session, members: Collection[int]
) -> tuple[dict[int, ChangeKind], dict[int, ChangeKind]]:
    """Return which kind of change opened and closed memberships."""
    opened: dict[int, ChangeKind] = {}
    closed: dict[int, ChangeKind] = defaultdict()
    rows = session.execute(
        select(RollChange.kind, RollChange.opened_id, RollChange.closed_id).where(
            RollChange.member_id.in_(members), STANDS
        )
    )
    for kind, opened_id, closed_id in rows:
        if opened_id is not None:
            opened[opened_id] = kind
        if closed_id is not None:
            closed[closed_id] = kind
    return opened, closed
