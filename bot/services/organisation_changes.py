"""What happened to organisations, append-only: written down, and taken back by a counter-entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from bot.domain import rights
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.rights import Action, Actor
from bot.domain.units import UNIT_CHANGE_NAMES, UnitChangeKind, UnitKind
from bot.services import audit
from bot.storage.models import UnitChange

MAX_NAME = 60
Changed: TypeAlias = tuple[UnitId, Mapping[str, Any], Mapping[str, Any]]  # unit, before, after
_back = aliased(UnitChange)
STANDS = (
    UnitChange.refers_to.is_(None)
    & ~select(_back.id).where(_back.refers_to == UnitChange.id).correlate(UnitChange).exists()
)
"""A change, and one that was not taken back."""


class CannotChange(DomainError):
    """A change of an organisation that makes no sense."""


def require(by: Actor, kind: UnitKind, path: str) -> None:
    """Refuse unless the actor keeps the organisations; cells are the branch's own matter."""
    action = Action.MANAGE_ROLL if kind is UnitKind.CELL else Action.MANAGE_UNITS
    rights.require(by, action, path)


def note(
    session: Session,
    kind: UnitChangeKind,
    on: date,
    changed: Sequence[Changed],
    *,
    by: Actor,
    now: datetime,
) -> list[int]:
    """Append a change of one organisation, and of the cells that go with it; return the entries.

    Args:
        changed: (unit, before, after), the organisation itself first.

    Raises:
        CannotChange: Another delivery has just changed it.
    """
    units = [unit for unit, _, _ in changed]
    counted = session.execute(
        select(UnitChange.unit_id, func.count())
        .where(UnitChange.unit_id.in_(units))
        .group_by(UnitChange.unit_id)
    )
    earlier: dict[int, int] = dict(counted.all())
    rows = [
        {
            "key": f"{unit}:{earlier.get(unit, 0) + 1}",
            "unit_id": unit,
            "kind": kind,
            "on_day": on,
            "before": dict(before),
            "after": dict(after),
            "reason": "",
            "by_id": by.member_id,
            "at": now,
            "refers_to": None,
        }
        for unit, before, after in changed
    ]
    ids = _append(session, rows)
    unit_id, before, after = changed[0]
    _audit(session, f"unit.{kind.value}", unit_id, before, {**after, "on": on}, by=by, now=now)
    return ids


def void(session: Session, entries: Sequence[int], *, by: Actor, now: datetime) -> None:
    """Take changes back, as one; later changes of the same organisations must not stand.

    Raises:
        CannotChange: They build on it, or somebody has just taken it back.
    """
    query = select(UnitChange).where(UnitChange.id.in_(entries)).order_by(UnitChange.id)
    old = session.scalars(query).all()
    later = session.scalars(
        select(UnitChange.kind)
        .where(
            UnitChange.unit_id.in_([row.unit_id for row in old]),
            UnitChange.id > max(row.id for row in old),
            STANDS,
        )
        .order_by(UnitChange.id.desc())
    ).first()
    if later is not None:
        words = UNIT_CHANGE_NAMES[later]
        raise CannotChange(f"这个组织后来又有变动（{words}），没有撤销。请先把后面的改回去。")
    rows = [
        {
            "key": f"void:{row.id}",
            "unit_id": row.unit_id,
            "kind": row.kind,
            "on_day": row.on_day,
            "before": row.after,
            "after": row.before,
            "reason": "撤销",
            "by_id": by.member_id,
            "at": now,
            "refers_to": row.id,
        }
        for row in old
    ]
    _append(session, rows)
    first = old[0]
    _audit(
        session, "unit.take_back", UnitId(first.unit_id), first.after, first.before, by=by, now=now
    )


def _append(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    try:
        ids = session.connection().scalars(
            insert(UnitChange).returning(UnitChange.id, sort_by_parameter_order=True),
            [dict(row) for row in rows],
        )
    except IntegrityError as taken:
        raise CannotChange("这个组织刚刚有别的变动，这次没有登记。请再发一次。") from taken
    return [int(entry) for entry in ids]


def _audit(
    session: Session,
    action: str,
    unit_id: UnitId,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
) -> None:
    plain = {k: v.isoformat() if isinstance(v, date) else v for k, v in after.items()}
    subject = f"unit:{unit_id}"
    audit.record(session, by=by, at=now, action=action, subject=subject, before=before, after=plain)
