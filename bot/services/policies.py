"""Settings of units, dated: the latest in force of the unit or the nearest unit above it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bot.domain import regulations
from bot.domain.attendance import WindowPolicy
from bot.domain.cadence import CadencePolicy, Every
from bot.domain.calendar import ShiftPolicy
from bot.domain.ids import UnitId
from bot.domain.policies import (
    ACTIVITY_DAY,
    CHECKIN,
    ISSUE_COLOURS,
    LEAVE,
    LECTURE,
    LETTER,
    MINUTES,
    ORG_LIFE,
    PREPAYMENT,
    STUDY_HOURS,
    TERM,
)
from bot.domain.policy_table import activity_setting
from bot.domain.series import Recurrence
from bot.domain.transfers import days_valid
from bot.domain.units import ids_of
from bot.storage.models import UnitPolicy

__all__ = [
    "ACTIVITY_DAY",
    "CHECKIN",
    "ISSUE_COLOURS",
    "LEAVE",
    "LECTURE",
    "LETTER",
    "MINUTES",
    "ORG_LIFE",
    "PREPAYMENT",
    "STUDY_HOURS",
    "TERM",
    "History",
    "Policies",
    "activity_policy",
    "activity_setting",
    "cadence_policy",
    "leave_needs_approval",
    "letter_days",
    "load",
    "load_history",
    "lock_days",
    "org_life_fills_general",
    "set_policy",
    "window_policy",
]

Policies = Mapping[UnitId, Mapping[str, Mapping[str, Any]]]
_MANY = 500  # units; of more, the settings of all are read


def load(
    session: Session, paths: Mapping[UnitId, str], on: date, keys: Collection[str]
) -> Policies:
    """Return the settings in force on a day for some units, one query for all of them.

    Args:
        paths: Unit → its path; settings of units above are inherited.
    """
    own = _own(session, paths, on, keys)

    @cache
    def settled(path: str) -> Mapping[str, Mapping[str, Any]]:
        """Return what holds at a path: one object for all who have settled nothing themselves."""
        head, _, unit = path.rstrip("/").rpartition("/")
        if not unit:
            return {}
        above = settled(f"{head}/")
        here = {key: value for key, value in own.get(int(unit), {}).items() if value}
        return {**above, **here} if here else above  # an empty one settles nothing any more

    return {unit: settled(path) for unit, path in paths.items()}


def _own(
    session: Session, paths: Mapping[UnitId, str], on: date, keys: Collection[str]
) -> dict[int, dict[str, Mapping[str, Any]]]:
    """Return what some units, and those above them, have settled themselves."""
    query = (
        select(UnitPolicy.unit_id, UnitPolicy.key, UnitPolicy.value)
        .where(UnitPolicy.key.in_(keys), UnitPolicy.effective_from <= on)
        .order_by(UnitPolicy.effective_from, UnitPolicy.id)
    )
    if len(paths) <= _MANY:
        wanted = {unit for path in paths.values() for unit in ids_of(path)}
        if not wanted:
            return {}
        query = query.where(UnitPolicy.unit_id.in_(wanted))
    own: dict[int, dict[str, Mapping[str, Any]]] = {}
    for unit_id, key, value in session.execute(query):
        own.setdefault(unit_id, {})[key] = value
    return own


@dataclass(frozen=True, slots=True)
class History:
    """Every setting of one key that some units or those above them ever had, in order.

    Attributes:
        entries: (in force from, unit, value).
    """

    entries: tuple[tuple[date, UnitId, Mapping[str, Any]], ...]

    def on(self, path: str, day: date) -> Mapping[str, Any]:
        """Return what was in force in a unit on a day; empty where nothing was."""
        above = ids_of(path)
        found: dict[UnitId, Mapping[str, Any]] = {}
        for since, unit, value in self.entries:
            if since <= day and unit in above:
                found[unit] = value
        return next((found[unit] for unit in reversed(above) if found.get(unit)), {})


def load_history(session: Session, paths: Collection[str], key: str) -> History:
    """Return the settings of a key for some units, to be asked for any day; one query."""
    wanted = {unit for path in paths for unit in ids_of(path)}
    if not wanted:
        return History(())
    rows = session.execute(
        select(UnitPolicy.effective_from, UnitPolicy.unit_id, UnitPolicy.value)
        .where(UnitPolicy.unit_id.in_(wanted), UnitPolicy.key == key)
        .order_by(UnitPolicy.effective_from, UnitPolicy.id)
    )
    return History(tuple((since, UnitId(unit), value) for since, unit, value in rows))


def set_policy(
    session: Session,
    *,
    unit_id: UnitId,
    key: str,
    value: Mapping[str, Any],
    effective_from: date,
    decided_by: str,
    now: datetime,
    reason: str = "",
) -> None:
    """Write down a setting; earlier ones stay, since the past is judged by them.

    Args:
        value: Empty where the unit settles nothing for itself any more.
    """
    session.connection().execute(
        insert(UnitPolicy).values(
            unit_id=unit_id,
            key=key,
            value=dict(value),
            effective_from=effective_from,
            decided_by=decided_by,
            reason=reason,
            recorded_at=now,
        )
    )


def window_policy(settings: Mapping[str, Mapping[str, Any]]) -> WindowPolicy:
    """Return the check-in window of a unit's settings."""
    value = settings.get(CHECKIN, {})
    default = WindowPolicy()
    return WindowPolicy(
        opens_before=_minutes(value.get("opens_before"), default.opens_before),
        duration=_minutes(value.get("duration"), default.duration),
        makeup=_minutes(value.get("makeup"), default.makeup),
    )


def leave_needs_approval(value: Mapping[str, Any]) -> bool:
    """Tell whether a leave counts only once the organiser has granted it; usually it need not."""
    return bool(value.get("approval", False))


def cadence_policy(settings: Mapping[str, Mapping[str, Any]]) -> CadencePolicy:
    """Return how often a unit's settings ask for a Party lecture."""
    value = settings.get(LECTURE)
    if value is None:
        return CadencePolicy()
    every = value.get("every")
    return CadencePolicy(lecture=None if every is None else Every(every))


def letter_days(settings: Mapping[str, Mapping[str, Any]], on: date) -> int:
    """Return how many days a letter of introduction issued on a day is valid.

    Source:
        roll.letter
    """
    agreed = settings.get(LETTER, {}).get("days")
    return days_valid(on, agreed if isinstance(agreed, int) else None)


def activity_policy(settings: Mapping[str, Mapping[str, Any]]) -> tuple[Recurrence, ShiftPolicy]:
    """Return (usual day, what happens on rest days) of the Theme Party Day."""
    value = settings.get(ACTIVITY_DAY, {})
    return activity_setting(value), ShiftPolicy(value.get("shift", ShiftPolicy.NEXT_WORKDAY.value))


def lock_days(settings: Mapping[str, Mapping[str, Any]], on: date) -> int:
    """Return how many days after its confirmation a meeting's record is locked.

    Source:
        minutes.lock
    """
    value = settings.get(MINUTES, {}).get("lock_days")
    return value if isinstance(value, int) else regulations.number("minutes.lock", on)


def org_life_fills_general(settings: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether an org-life meeting of the whole branch fills the quarter's general meeting.

    Source:
        meetings.org_life_counts
    """
    return settings.get(ORG_LIFE, {}).get("fills_general") is True


def _minutes(value: object, default: timedelta) -> timedelta:
    return timedelta(minutes=value) if isinstance(value, int) else default
