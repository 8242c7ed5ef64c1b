"""The identity of the roll: 期初 + 新增 + 转入 − 转出 − 出党 − 去世 = 期末, for any unit and days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from bot.domain.ids import MemberId, UnitId
from bot.domain.units import ids_of


class Came(Enum):
    """How somebody came to a place."""

    OPENING = "opening"  # on the roll when the bot began with the branch: part of 期初
    NEW = "new"  # 新增
    IN = "in"  # 转入


class Went(Enum):
    """How somebody left a place."""

    OUT = "out"  # 转出
    LEFT = "left"  # 出党
    DIED = "died"  # 去世


@dataclass(frozen=True, slots=True)
class Stay:
    """A member's place in the tree from a day to a day.

    Attributes:
        path: Of the cell, else of the branch, as the tree was in these days.
        since: First day. until: The day after the last; None while it lasts.
    """

    member_id: MemberId
    path: str
    since: date
    until: date | None
    came: Came = Came.IN
    went: Went = Went.OUT


@dataclass(frozen=True, slots=True)
class Turnover:
    """The figures of a unit for some days, each with the members behind it.

    Attributes:
        opening: Who belonged to it when the days began, and who was on its first roll.
        included: Those of `opening` who were not there before the days: on the first roll of a
            part that the bot began with in these days (纳入).
        closing: Who belonged to it on the last day.
    """

    opening: tuple[MemberId, ...] = ()
    new: tuple[MemberId, ...] = ()
    came_in: tuple[MemberId, ...] = ()
    went_out: tuple[MemberId, ...] = ()
    left: tuple[MemberId, ...] = ()
    died: tuple[MemberId, ...] = ()
    closing: tuple[MemberId, ...] = ()
    included: tuple[MemberId, ...] = ()

    @property
    def adds_up(self) -> bool:
        """Whether 期初 + 新增 + 转入 − 转出 − 出党 − 去世 = 期末."""
        came = len(self.opening) + len(self.new) + len(self.came_in)
        return came - len(self.went_out) - len(self.left) - len(self.died) == len(self.closing)


@dataclass(slots=True)
class _Found:
    came: dict[Came, list[MemberId]] = field(default_factory=lambda: defaultdict(list))
    went: dict[Went, list[MemberId]] = field(default_factory=lambda: defaultdict(list))
    closing: list[MemberId] = field(default_factory=list)
    included: list[MemberId] = field(default_factory=list)


def turnover(stays: Iterable[Stay], unit_id: UnitId, first: date, last: date) -> Turnover:
    """Return the figures of a unit from a first to a last day, both included.

    Moves within the unit are none of its own; whoever comes back is counted again.

    Args:
        stays: All stays of everybody concerned; those of one member do not overlap.
        unit_id: The unit; its cells and the units under it belong to it.
    """
    found = _Found()
    for member_id, runs in sorted(_runs(stays, unit_id).items()):
        for run in runs:
            _count(found, member_id, run, first, last)
    return Turnover(
        opening=tuple(found.came[Came.OPENING]),
        new=tuple(found.came[Came.NEW]),
        came_in=tuple(found.came[Came.IN]),
        went_out=tuple(found.went[Went.OUT]),
        left=tuple(found.went[Went.LEFT]),
        died=tuple(found.went[Went.DIED]),
        closing=tuple(found.closing),
        included=tuple(found.included),
    )


def _count(found: _Found, member_id: MemberId, run: Stay, first: date, last: date) -> None:
    began_before = run.since < first
    if run.since > last or (run.until is not None and run.until < first):
        return
    found.came[Came.OPENING if began_before else run.came].append(member_id)
    if not began_before and run.came is Came.OPENING:
        found.included.append(member_id)
    if run.until is not None and run.until <= last:
        found.went[run.went].append(member_id)
    else:
        found.closing.append(member_id)


def _runs(stays: Iterable[Stay], unit_id: UnitId) -> dict[MemberId, list[Stay]]:
    """Return, by member, the unbroken stretches spent in the unit, wherever in it."""
    by_member: dict[MemberId, list[Stay]] = defaultdict(list)
    for stay in stays:
        if stay.until is None or stay.until > stay.since:  # what was taken back never was
            by_member[stay.member_id].append(stay)
    return {
        member_id: _joined(sorted(own, key=lambda stay: stay.since), unit_id)
        for member_id, own in by_member.items()
    }


def _joined(own: Sequence[Stay], unit_id: UnitId) -> list[Stay]:
    runs: list[Stay] = []
    before: Stay | None = None
    for stay in own:
        moved = before is not None and before.until == stay.since
        if unit_id not in ids_of(stay.path):
            before = stay
            continue
        if moved and runs and before is not None and unit_id in ids_of(before.path):
            opened = runs.pop()
            runs.append(_with(opened, stay))
        else:
            # Who comes straight from another place was transferred, whatever opened the place.
            runs.append(stay if not moved else _with(stay, stay, came=Came.IN))
        before = stay
    return [run if _ends_here(run, own) else _with(run, run, went=Went.OUT) for run in runs]


def _ends_here(run: Stay, own: Sequence[Stay]) -> bool:
    """Tell whether nothing follows a stretch at once; else it ended by a transfer."""
    return run.until is None or all(stay.since != run.until for stay in own)


def _with(opened: Stay, closed: Stay, came: Came | None = None, went: Went | None = None) -> Stay:
    return Stay(
        opened.member_id,
        opened.path,
        opened.since,
        closed.until,
        came or opened.came,
        went or closed.went,
    )
