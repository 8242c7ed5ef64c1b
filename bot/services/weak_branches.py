"""Screenings and premises of units: written by whoever answers for the unit, listed for officers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain import rights
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.rights import Action, Actor
from bot.domain.units import UnitKind
from bot.domain.weak_branches import (
    Mode,
    Need,
    Premises,
    Screening,
    WrongPremises,
    is_rectified,
    meets_standard,
)
from bot.services import audit, undo
from bot.storage.insert import insert_once
from bot.storage.models import Unit, UnitPremises, UnitScreening

STEM = "weak_branches"
_MODELS: Mapping[str, type[UnitScreening] | type[UnitPremises]] = {
    "screening": UnitScreening,
    "premises": UnitPremises,
}
_SCREENED = (UnitKind.COMMUNITY, UnitKind.BRANCH)


@dataclass(frozen=True, slots=True)
class Screened:
    """A unit with its screenings of a year, in order."""

    unit_id: UnitId
    unit: str
    screenings: tuple[Screening, ...]

    @property
    def is_weak(self) -> bool:
        """Whether the last one found something missing."""
        return self.screenings[-1].is_weak

    @property
    def rectified(self) -> bool:
        """Whether it was weak in the year and is no longer."""
        return is_rectified(self.screenings)


@dataclass(frozen=True, slots=True)
class Housed:
    """A unit with its premises: what it had before, and what it has."""

    unit_id: UnitId
    unit: str
    premises: tuple[Premises, ...]
    fits: bool


def screen(
    session: Session,
    unit_id: UnitId,
    met: Collection[Need],
    *,
    year: int,
    on: date,
    by: Actor,
    now: datetime,
) -> Screened:
    """Write down what a screening of a unit has found; an earlier one of the year stays.

    Raises:
        Forbidden: The actor is no officer there.
        WrongPremises: The day is no day of that year, or still to come.
    """
    unit = _require(session, unit_id, by)
    if on > day_of(now) or on.year != year:
        raise WrongPremises("排查的日期要在那一年里，而且不能晚于今天。")
    of_year = (UnitScreening.unit_id == unit_id) & (UnitScreening.year == year)
    values = {
        "unit_id": unit_id,
        "year": year,
        "seq": last_seq(session, of_year, UnitScreening) + 1,
        "met": [need.name for need in Need if need in met],
        "on_day": on,
        "refers_to": None,
        "by_id": by.member_id,
        "at": now,
    }
    row = _insert(session, UnitScreening, values)
    _remember(session, "screening", row, f"{unit}排查的登记", by, now)
    missing = [need.name for need in Need if need not in met]
    audit.record(
        session,
        by=by,
        at=now,
        action="screening.record",
        subject=f"unit:{unit_id}",
        after={"year": year, "missing": missing},
    )
    return Screened(unit_id, unit, load_screenings(session, [unit_id], year)[unit_id])


def house(
    session: Session,
    unit_id: UnitId,
    area: int,
    mode: Mode,
    *,
    on: date,
    by: Actor,
    now: datetime,
) -> Housed:
    """Write down the premises of a unit; what it had before stays on record.

    Args:
        area: In tenths of a square metre.

    Raises:
        Forbidden: The actor is no officer there.
        WrongPremises
    """
    unit = _require(session, unit_id, by)
    if on > day_of(now):
        raise WrongPremises("日期还没到。请写从哪天起是这个面积。")
    known = load_premises(session, [unit_id]).get(unit_id, ())
    if known and known[-1].on > on:
        raise WrongPremises("日期不能早于上一次登记的日期，请核对。")
    values = {
        "unit_id": unit_id,
        "seq": last_seq(session, UnitPremises.unit_id == unit_id, UnitPremises) + 1,
        "area": area,
        "mode": mode,
        "on_day": on,
        "refers_to": None,
        "by_id": by.member_id,
        "at": now,
    }
    row = _insert(session, UnitPremises, values)
    _remember(session, "premises", row, f"{unit}活动场所的登记", by, now)
    audit.record(
        session,
        by=by,
        at=now,
        action="premises.record",
        subject=f"unit:{unit_id}",
        before={"area": known[-1].area} if known else None,
        after={"area": area},
    )
    every = (*known, Premises(area, mode, on))
    return Housed(unit_id, unit, every, meets_standard(area, on))


def list_screened(session: Session, unit_id: UnitId, year: int, *, by: Actor) -> list[Screened]:
    """Return the units below one that were screened in a year.

    Raises:
        Forbidden
    """
    names = _below(session, unit_id, by)
    found = load_screenings(session, names, year)
    return [Screened(unit, names[unit], found[unit]) for unit in names if unit in found]


def list_housed(session: Session, unit_id: UnitId, on: date, *, by: Actor) -> list[Housed]:
    """Return the units below one whose premises are known on a day.

    Raises:
        Forbidden
    """
    names = _below(session, unit_id, by)
    housed = []
    for unit, every in load_premises(session, names).items():
        known = tuple(one for one in every if one.on <= on)
        if known:
            housed.append(Housed(unit, names[unit], known, meets_standard(known[-1].area, on)))
    return sorted(housed, key=lambda one: list(names).index(one.unit_id))


def load_screenings(
    session: Session, units: Collection[UnitId], year: int
) -> dict[UnitId, tuple[Screening, ...]]:
    """Return the screenings of some units in a year, in order; rights are the caller's."""
    found: dict[UnitId, list[Screening]] = defaultdict(list)
    rows = session.execute(
        select(UnitScreening.unit_id, UnitScreening.met, UnitScreening.on_day)
        .where(UnitScreening.unit_id.in_(units), UnitScreening.year == year, stands(UnitScreening))
        .order_by(UnitScreening.unit_id, UnitScreening.seq)
    )
    for unit, met, on in rows:
        found[UnitId(unit)].append(Screening(frozenset(Need[name] for name in met), on))
    return {unit: tuple(own) for unit, own in found.items()}


def load_premises(
    session: Session, units: Collection[UnitId]
) -> dict[UnitId, tuple[Premises, ...]]:
    """Return the premises of some units, in order; rights are the caller's."""
    found: dict[UnitId, list[Premises]] = defaultdict(list)
    rows = session.execute(
        select(UnitPremises.unit_id, UnitPremises.area, UnitPremises.mode, UnitPremises.on_day)
        .where(UnitPremises.unit_id.in_(units), stands(UnitPremises))
        .order_by(UnitPremises.unit_id, UnitPremises.seq)
    )
    for unit, area, mode, on in rows:
        found[UnitId(unit)].append(Premises(area, mode, on))
    return {unit: tuple(own) for unit, own in found.items()}


def _require(session: Session, unit_id: UnitId, by: Actor) -> str:
    unit = session.execute(select(Unit.name, Unit.path).where(Unit.id == unit_id)).one()
    rights.require(by, Action.MANAGE_UNITS, unit.path)
    session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update()).all()
    return str(unit.name)


def _below(session: Session, unit_id: UnitId, by: Actor) -> dict[UnitId, str]:
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    rights.require(by, Action.MANAGE_UNITS, path)
    rows = session.execute(
        select(Unit.id, Unit.name)
        .where(Unit.path.startswith(path), Unit.kind.in_(_SCREENED), Unit.valid_to.is_(None))
        .order_by(Unit.path, Unit.id)
    )
    return {UnitId(unit): name for unit, name in rows}


def _insert(session: Session, model: Any, values: Mapping[str, Any]) -> int:
    row = insert_once(session, model, values)
    if row is None:
        raise DomainError("刚刚有人登记过，请看一下再登记。")
    return int(row)


def _remember(session: Session, what: str, row: int, title: str, by: Actor, now: datetime) -> None:
    if by.member_id is not None:
        undo.remember(
            session,
            member_id=by.member_id,
            stem=STEM,
            inverse={"what": what, "row": row},
            title=title,
            at=now,
        )


def undo_entry(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take a screening or premises back by a row that says so (the inverse).

    Raises:
        Forbidden
    """
    model: Any = _MODELS[inverse["what"]]
    table = model.__table__
    row = session.execute(select(table).where(table.c.id == inverse["row"])).mappings().one()
    _require(session, UnitId(row["unit_id"]), by)
    where = table.c.unit_id == row["unit_id"]
    if "year" in row:
        where &= table.c.year == row["year"]
    values = {
        **{name: row[name] for name in row if name != "id"},
        "seq": last_seq(session, where, model) + 1,
        "refers_to": row["id"],
        "by_id": by.member_id,
        "at": now,
    }
    _insert(session, model, values)


def stands(model: Any) -> ColumnElement[bool]:
    """Return the condition that a row was not taken back, and takes none back."""
    later = aliased(model)
    taken = select(later.id).where(later.refers_to == model.id).correlate(model).exists()
    return cast("ColumnElement[bool]", model.refers_to.is_(None) & ~taken)


def last_seq(session: Session, where: ColumnElement[bool], model: Any) -> int:
    """Return the highest number used, by rows taken back as well."""
    return session.scalar(select(func.max(model.seq)).where(where)) or 0
