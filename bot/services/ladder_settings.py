"""Reminder ladders of units, as people look at them and settle them (提醒设置)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.cadence import Every, cadence_of, find_kind
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.ladder_words import BadLadder, Order, read_order
from bot.domain.ladders import LADDERS, POLICY, Base, Ladder, Ladders
from bot.domain.rights import Action, Actor
from bot.domain.units import UnitKind, ids_of
from bot.services import audit, people, policies, scopes, undo
from bot.services.ladders import KEYS
from bot.storage.models import Unit, UnitPolicy

STEM = "ladders"
COMMAND = "提醒设置"
_ACTION = Action.MANAGE_ROLL
_BASES = {Every.MONTH: Base.MONTH, Every.QUARTER: Base.QUARTER, Every.YEAR: Base.YEAR}


class SettledSince(DomainError):
    """The same was settled anew since; taking the older one back would change nothing."""

    def __init__(self, title: str) -> None:
        super().__init__(f"{title}的提醒后来又定过，没有撤销。要改请再设置一次。")


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds of one rule in a unit.

    Attributes:
        coming: What the unit or one above has settled from a later day: (day, ladder).
    """

    ladder: Ladder
    coming: tuple[tuple[date, Ladder], ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What holds of a rule in a unit from a day on."""

    unit: str
    since: date
    decided_by: str
    ladder: Ladder


def unit_to_list(session: Session, by: Actor, named: str | None) -> UnitId | None:
    """Return the unit whose ladders are looked at; None for the branch of a member.

    Raises:
        NotFound, Forbidden
    """
    if named is None and not rights.holds(by, _ACTION):
        return None
    return scopes.unit_meant(session, by, _ACTION, named)


def list_in_force(
    session: Session, ladders: Ladders, unit_id: UnitId, on: date, rule: str | None = None
) -> list[InForce]:
    """Return what holds of every rule in a unit on a day, and what is to hold later.

    Args:
        rule: Only this one.
    """
    unit = session.get_one(Unit, unit_id)
    settings = _settings(session, unit, on)
    rows = session.execute(
        select(UnitPolicy.key, UnitPolicy.effective_from)
        .where(
            UnitPolicy.unit_id.in_(ids_of(unit.path)),
            UnitPolicy.key.in_(KEYS),
            UnitPolicy.effective_from > on,
        )
        .distinct()
        .order_by(UnitPolicy.effective_from)
    ).all()
    later = {since: _settings(session, unit, since) for since in {row[1] for row in rows}}
    found = []
    for one in LADDERS if rule is None else (rule,):
        days = [since for key, since in rows if key == POLICY + one]
        coming = ((since, _in_force(ladders, one, later[since], since)) for since in days)
        found.append(InForce(_in_force(ladders, one, settings, on), tuple(coming)))
    return found


def settle(
    session: Session,
    ladders: Ladders,
    *,
    rule: str,
    text: str,
    unit: str | None,
    by: Actor,
    today: date,
    now: datetime,
) -> Settled:
    """Write down when a unit is reminded of something; the past keeps what held then.

    Args:
        text: As written: 10日、25日 支委会决定.
        unit: The unit named; None for the actor's.

    Raises:
        BadLadder: With an order that would be right.
        Forbidden: Also where it is the unit above that settles when it is told.
        NotFound
    """
    unit_id = people.scope_of(by, _ACTION, COMMAND) if unit is None else None
    unit_id = unit_id or scopes.unit_meant(session, by, _ACTION, unit)
    row = session.get_one(Unit, unit_id)
    if row.kind is UnitKind.CELL:
        raise BadLadder("提醒按支部定，党小组跟着支部。请写支部的名称，或由支部书记来定。")
    usual = _in_force(ladders, rule, _settings(session, row, today), today)
    order = read_order(usual, text, today)
    since = order.since or today
    current = _in_force(ladders, rule, _settings(session, row, since), since)
    if order.above is not None:
        _check_may_settle_above(session, row, by)
    words = f"{row.name}{since.year}年{since.month}月{since.day}日起，{order.decided_by}"
    words += f"，{order.reason}" if order.reason else ""
    value = {} if order.restored else _value(current, order, words)
    _append(session, unit_id, rule, value, since, order, by=by, now=now)
    _remember(session, unit_id, rule, since, by, now)
    after = _in_force(ladders, rule, _settings(session, row, since), since)
    return Settled(row.name, since, order.decided_by, after)


def undo_settled(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Settle again what the unit had settled before (the inverse), or nothing.

    Raises:
        Forbidden, SettledSince
    """
    rule, unit_id = inverse["rule"], UnitId(inverse["unit"])
    rights.require(by, _ACTION, session.get_one(Unit, unit_id).path)
    own = _own(session, unit_id, rule)
    if not own or own[-1].id != inverse["entry"]:
        raise SettledSince(LADDERS[rule][0].title)
    since = date.fromisoformat(inverse["since"])
    order = Order(decided_by=by.name, reason="撤销")
    _append(session, unit_id, rule, inverse["before"], since, order, by=by, now=now)


def _settings(session: Session, unit: Unit, on: date) -> Mapping[str, Mapping[str, Any]]:
    unit_id = UnitId(unit.id)
    return policies.load(session, {unit_id: unit.path}, on, (policies.LECTURE, *KEYS))[unit_id]


def _in_force(
    ladders: Ladders, rule: str, settings: Mapping[str, Mapping[str, Any]], on: date
) -> Ladder:
    """Return the ladder by the period in which the unit owes the thing."""
    kind = find_kind(LADDERS[rule][0].title) if len(LADDERS[rule]) > 1 else None
    every_ = None if kind is None else cadence_of(kind, on, policies.cadence_policy(settings))
    return ladders.of(rule, settings, LADDERS[rule][0].base if every_ is None else _BASES[every_])


def _check_may_settle_above(session: Session, unit: Unit, by: Actor) -> None:
    """Let only those who are told, or stand above them, settle when they are told."""
    if unit.parent_id is not None:
        parent = session.get_one(Unit, unit.parent_id)
        if not rights.may(by, _ACTION, parent.path):
            raise BadLadder(f"过期几天告诉上级，由上级（{parent.name}）来定。")


def _value(current: Ladder, order: Order, words: str) -> dict[str, Any]:
    late = current.late if order.late is None else order.late
    above = current.above if order.above is None else order.above
    return {
        "base": current.base.value,
        "days": list(current.days if order.days is None else order.days),
        **({} if LADDERS[current.rule][0].late is None else {"late": late or 0}),
        **({} if above is None else {"above": above}),
        "off": order.off or (current.off and order.days is None),
        "settled": words,
    }


def _append(
    session: Session,
    unit_id: UnitId,
    rule: str,
    value: Mapping[str, Any],
    since: date,
    order: Order,
    *,
    by: Actor,
    now: datetime,
) -> None:
    policies.set_policy(
        session,
        unit_id=unit_id,
        key=POLICY + rule,
        value=value,
        effective_from=since,
        decided_by=order.decided_by,
        reason=order.reason,
        now=now,
    )
    audit.record(
        session,
        by=by,
        at=now,
        action="policy.ladder",
        subject=f"unit:{unit_id}",
        after={**value, "rule": rule, "since": since.isoformat(), "decided_by": order.decided_by},
        reason=order.reason,
    )


def _remember(
    session: Session, unit_id: UnitId, rule: str, since: date, by: Actor, now: datetime
) -> None:
    """Store what the unit itself had settled before; what it inherits comes back by itself."""
    if by.member_id is None:
        return
    *earlier, last = _own(session, unit_id, rule)
    before = next((row.value for row in reversed(earlier) if row.effective_from <= since), {})
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={
            "unit": unit_id,
            "rule": rule,
            "since": since.isoformat(),
            "before": dict(before),
            "entry": last.id,
        },
        title=f"{LADDERS[rule][0].title}的提醒设置",
        at=now,
    )


def _own(session: Session, unit_id: UnitId, rule: str) -> list[UnitPolicy]:
    """Return what a unit itself has settled of a rule, in the order it was written down."""
    rows = session.scalars(
        select(UnitPolicy)
        .where(UnitPolicy.unit_id == unit_id, UnitPolicy.key == POLICY + rule)
        .order_by(UnitPolicy.id)
    )
    return list(rows)
