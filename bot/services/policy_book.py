"""The settings of a unit as people look at and settle them: in force, history, taken back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.policies import Policy, check_decided, check_since, read_value
from bot.domain.policy_table import POLICIES
from bot.domain.rights import Actor
from bot.domain.units import ids_of
from bot.services import audit, meetings, policies, scopes, undo
from bot.storage.models import UnitPolicy

STEM = "policies"


class SettledSince(DomainError):
    """The same was settled anew since; taking the older one back would change nothing."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}后来又定过，没有撤销。要改请再定一次。")


@dataclass(frozen=True, slots=True)
class Entry:
    """One setting as it was written down.

    Attributes:
        unit: The unit that settled it, by name.
        value: Empty where it settles nothing any more.
        own: Whether it is the unit's own, not of one above.
        depth: How near the unit that settled it is; the unit itself is the nearest.
    """

    key: str
    unit_id: UnitId
    unit: str
    value: Mapping[str, Any]
    since: date
    decided_by: str
    reason: str
    own: bool
    depth: int


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds of one thing in a unit.

    Attributes:
        entry: By which setting; None where nothing was settled and the rule or custom holds.
        coming: The unit's settings that hold from a later day.
    """

    policy: Policy
    entry: Entry | None
    coming: tuple[Entry, ...] = ()

    @property
    def value(self) -> Mapping[str, Any]:
        """The value in force; empty where nothing was settled."""
        return {} if self.entry is None else self.entry.value


def list_in_force(session: Session, unit_id: UnitId, on: date) -> list[InForce]:
    """Return what holds in a unit on a day of everything that can be settled."""
    entries = _entries(session, unit_id, [policy.key for policy in POLICIES])
    return [_in_force(policy, entries, on) for policy in POLICIES]


def list_history(session: Session, unit_id: UnitId, policy: Policy) -> list[Entry]:
    """Return every setting of one thing that a unit or those above it ever had, in order."""
    return _entries(session, unit_id, [policy.key])


def decide(
    session: Session,
    *,
    policy: Policy,
    written: str,
    since: date | None,
    decided_by: str,
    reason: str,
    unit: str | None,
    by: Actor,
    now: datetime,
) -> tuple[str, InForce]:
    """Write down what a unit has settled; return its name and what holds from that day.

    Args:
        written: The value as written.
        since: The Shanghai day it holds from; None for today.
        unit: The unit named; None for the actor's.

    Raises:
        BadPolicy, WrongLetter: Out of bounds, in the past, or nobody or no reason is named.
        Forbidden, NotFound
    """
    unit_id = scopes.unit_meant(session, by, policy.action, unit)
    today = day_of(now)
    first = check_since(policy, since or today, today)
    decided_by, reason = check_decided(policy, decided_by, reason)
    before = _in_force(policy, _entries(session, unit_id, [policy.key]), first)
    value = read_value(policy, written, before.value, first)
    _append(session, unit_id, policy, value, first, decided_by, reason, by=by, now=now)
    _remember(session, unit_id, policy, before, first, by, now)
    name = scopes.name_of(session, unit_id)
    after = _in_force(policy, _entries(session, unit_id, [policy.key]), first)
    return name, after


def undo_decided(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Settle again what the unit itself had settled before (the inverse), or nothing.

    Raises:
        Forbidden, SettledSince
    """
    policy = next(one for one in POLICIES if one.key == inverse["key"])
    unit_id, since = UnitId(inverse["unit"]), date.fromisoformat(inverse["since"])
    rights.require(by, policy.action, meetings.path_of(session, unit_id))
    if _last(session, unit_id, policy) != inverse["entry"]:
        raise SettledSince(policy.name)
    _append(session, unit_id, policy, inverse["before"], since, by.name, "撤销", by=by, now=now)


def _entries(session: Session, unit_id: UnitId, keys: Collection[str]) -> list[Entry]:
    """Return the settings of a unit and of those above it, in the order they hold."""
    above = ids_of(meetings.path_of(session, unit_id))
    rows = session.execute(
        select(
            UnitPolicy.key,
            UnitPolicy.unit_id,
            UnitPolicy.value,
            UnitPolicy.effective_from,
            UnitPolicy.decided_by,
            UnitPolicy.reason,
        )
        .where(UnitPolicy.unit_id.in_(above), UnitPolicy.key.in_(keys))
        .order_by(UnitPolicy.effective_from, UnitPolicy.id)
    ).all()
    names = scopes.names_of(session, above)
    return [
        Entry(
            *(key, UnitId(unit), names[UnitId(unit)], value, since, who, why),
            own=unit == unit_id,
            depth=above.index(UnitId(unit)),
        )
        for key, unit, value, since, who, why in rows
    ]


def _in_force(policy: Policy, entries: Sequence[Entry], on: date) -> InForce:
    """Return what holds on a day: the nearest unit's latest setting that settles anything."""
    latest: dict[UnitId, Entry] = {}
    for entry in entries:
        if entry.key == policy.key and entry.since <= on:
            latest[entry.unit_id] = entry
    settled = [entry for entry in latest.values() if entry.value]
    nearest = max(settled, key=lambda entry: entry.depth, default=None)
    coming = tuple(e for e in entries if e.key == policy.key and e.since > on and e.own)
    return InForce(policy, nearest, coming)


def _append(
    session: Session,
    unit_id: UnitId,
    policy: Policy,
    value: Mapping[str, Any],
    since: date,
    decided_by: str,
    reason: str,
    *,
    by: Actor,
    now: datetime,
) -> None:
    policies.set_policy(
        session,
        unit_id=unit_id,
        key=policy.key,
        value=value,
        effective_from=since,
        decided_by=decided_by,
        reason=reason,
        now=now,
    )
    audit.record(
        session,
        by=by,
        at=now,
        action=f"policy.{policy.key}",
        subject=f"unit:{unit_id}",
        after={**value, "since": since.isoformat(), "decided_by": decided_by},
        reason=reason,
    )


def _remember(
    session: Session,
    unit_id: UnitId,
    policy: Policy,
    before: InForce,
    since: date,
    by: Actor,
    now: datetime,
) -> None:
    """Store what the unit itself had settled before; what it inherits comes back by itself."""
    if by.member_id is None:
        return
    own = before.entry is not None and before.entry.own
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={
            "unit": unit_id,
            "key": policy.key,
            "since": since.isoformat(),
            "before": dict(before.value) if own else {},
            "entry": _last(session, unit_id, policy),
        },
        title=f"{policy.name}的规定",
        at=now,
    )


def _last(session: Session, unit_id: UnitId, policy: Policy) -> int | None:
    """Return what was written down last of one thing in a unit."""
    return session.scalar(
        select(UnitPolicy.id)
        .where(UnitPolicy.unit_id == unit_id, UnitPolicy.key == policy.key)
        .order_by(UnitPolicy.id.desc())
        .limit(1)
    )
