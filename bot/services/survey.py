"""Branches as the scheduler sees them: structure, settings, who answers for what, what was held.

Everything here is by set: a handful of queries for any number of branches. What all rules of one
tick ask for is read once (`Seen`).
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from bot.clock import at, day_of
from bot.domain.attendance import THERE
from bot.domain.cadence import MeetingKind, Structure, parse_period
from bot.domain.ids import MemberId, UnitId
from bot.domain.meetings import MeetingState
from bot.domain.members import MemberKind
from bot.domain.minutes import Act
from bot.domain.rights import Role
from bot.domain.units import UnitKind, ids_of
from bot.services import ladders, opening, policies, roll
from bot.storage.models import (
    AttendanceMark,
    Meeting,
    Member,
    Membership,
    MinutesEntry,
    Post,
    Unit,
)

Settings = Mapping[str, Mapping[str, Any]]
_KEYS = (policies.ACTIVITY_DAY, policies.LECTURE, *ladders.KEYS)
_SEATED = (Role.ORGANISER, Role.PUBLICITY, Role.DISCIPLINE)
_KEEPERS = (Role.OFFICER, Role.ORGANISER, Role.SECRETARY)  # of a street its officer
_ANSWERABLE = (Role.SECRETARY, Role.DEPUTY, Role.ORGANISER, Role.OFFICER)
_RANKED = (Role.CELL_LEADER, *_ANSWERABLE)
_MANY = 500  # units; of more, all holders are read at once
_NAMED_AT_ONCE = 5000  # a query: databases limit how many values it may have
_DAYS_KEPT = 4  # of what a plan looks at: the day, and those of which the one above is told


@dataclass(frozen=True, slots=True)
class Cell:
    """A Party cell of a branch."""

    id: UnitId
    name: str
    path: str
    since: date


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch on a day.

    Attributes:
        since: From when it counts: the later of its founding and its `live_from`.
        live_from: From when what its people owe counts, wherever they owed it before: a branch
            split off in March takes its members' March along.
    """

    id: UnitId
    name: str
    path: str
    since: date
    live_from: date
    structure: Structure
    cells: tuple[Cell, ...]
    settings: Settings


def list_branches(
    session: Session, on: date, among: Collection[UnitId] | None = None
) -> list[Branch]:
    """Return the branches that exist and are watched over on a day.

    Args:
        among: Only of these; left out, all of them.
    """
    query = (
        select(
            Unit.id,
            Unit.name,
            Unit.path,
            Unit.kind,
            Unit.parent_id,
            Unit.live_from,
            Unit.valid_from,
        )
        .where(
            Unit.kind.in_((UnitKind.BRANCH, UnitKind.CELL)),
            Unit.live_from <= on,
            Unit.valid_from <= on,
            or_(Unit.valid_to.is_(None), Unit.valid_to > on),
        )
        .order_by(Unit.id)
    )
    if among is not None:
        query = query.where(or_(Unit.id.in_(among), Unit.parent_id.in_(among)))
    cells: dict[int, list[Cell]] = defaultdict(list)
    branches: list[tuple[UnitId, str, str, date, date]] = []
    # Rows of the connection cost half of those of the session.
    for unit, name, path, kind, above, live_from, valid_from in session.connection().execute(query):
        since = max(live_from, valid_from)
        if kind is UnitKind.BRANCH and (among is None or unit in among):
            branches.append((UnitId(unit), name, path, since, live_from))
        elif kind is UnitKind.CELL and above is not None:
            cells[above].append(Cell(UnitId(unit), name, path, since))
    full = _count_full(session, on, among)
    seated = _list_seated(session, on, among)
    settings = policies.load(session, {unit: path for unit, _, path, _, _ in branches}, on, _KEYS)
    structure = cache(Structure)  # few, of however many branches
    return [
        Branch(
            id=unit,
            name=name,
            path=path,
            since=since,
            live_from=live_from,
            structure=structure(full.get(unit, 0), unit in seated, len(cells.get(unit, ()))),
            cells=tuple(cells.get(unit, ())),
            settings=settings[unit],
        )
        for unit, name, path, since, live_from in branches
    ]


class Seen:
    """What the rules of one tick, or of one plan, have read of branches: each day once.

    It is thrown away with the tick, so nothing in it is older than that.
    """

    def __init__(self) -> None:
        self._branches: OrderedDict[date, Sequence[Branch]] = OrderedDict()
        self._alike: OrderedDict[date, Sequence[Sequence[Branch]]] = OrderedDict()
        self._holders: OrderedDict[date, Mapping[int, _Holder]] = OrderedDict()

    def branches(self, session: Session, on: date) -> Sequence[Branch]:
        """Return `list_branches` of a day."""
        return _once(self._branches, on, lambda: list_branches(session, on))

    def alike(self, session: Session, on: date) -> Sequence[Sequence[Branch]]:
        """Return the branches of a day, those together that owe the same and have settled it so.

        What follows from structure and settings is asked once for each such group.
        """
        return _once(self._alike, on, lambda: _alike(self.branches(session, on)))

    def owners(
        self, session: Session, paths: Mapping[UnitId, str], on: date
    ) -> dict[UnitId, tuple[MemberId, str]]:
        """Return `owners` of a day."""
        if len(paths) <= _MANY and on not in self._holders:
            return owners(session, paths, on)
        return _nearest(_once(self._holders, on, lambda: _holders(session, on)), paths)


def _alike(branches: Iterable[Branch]) -> list[list[Branch]]:
    groups: dict[tuple[Structure, int], list[Branch]] = defaultdict(list)
    for branch in branches:
        groups[branch.structure, id(branch.settings)].append(branch)
    return list(groups.values())


_Holder: TypeAlias = tuple[int, int, str]  # rank of the role, member, name: the least answers
_T = TypeVar("_T")


def _once(known: OrderedDict[date, _T], on: date, read: Callable[[], _T]) -> _T:
    """Read something of a day unless that was done; a plan of many days keeps the last few."""
    if on not in known:
        known[on] = read()
        if len(known) > _DAYS_KEPT:
            known.popitem(last=False)
    return known[on]


def answerable(session: Session, paths: Mapping[UnitId, str], on: date) -> dict[UnitId, MemberId]:
    """Return who answers for each unit: secretary, else deputy, else organiser, else above.

    Args:
        paths: Unit → its path; a cell's leader answers for the cell.
    """
    return {unit: member for unit, (member, _) in owners(session, paths, on).items()}


def owners(
    session: Session, paths: Mapping[UnitId, str], on: date
) -> dict[UnitId, tuple[MemberId, str]]:
    """Return who answers for each unit, as `answerable` tells it, with the name."""
    wanted = {unit for path in paths.values() for unit in ids_of(path)}
    return _nearest(_holders(session, on, wanted), paths)


def _holders(
    session: Session, on: date, units: Collection[UnitId] | None = None
) -> dict[int, _Holder]:
    """Return who answers for each unit before anybody above; of all units where none are named."""
    query = (
        select(Post.unit_id, Post.role, Post.member_id, Member.name)
        .join(Member, Member.id == Post.member_id)
        .where(
            Post.role.in_(_RANKED),
            Post.valid_from <= on,
            or_(Post.valid_to.is_(None), Post.valid_to > on),
        )
    )
    if units is not None:
        query = query.where(Post.unit_id.in_(units))
    rank = {role: n for n, role in enumerate(_RANKED)}
    found: dict[int, _Holder] = {}
    for unit, role, member, name in session.connection().execute(query):
        holder = (rank[role], member, name)
        if unit not in found or holder < found[unit]:
            found[unit] = holder
    return found


def _nearest(
    holders: Mapping[int, _Holder], paths: Mapping[UnitId, str]
) -> dict[UnitId, tuple[MemberId, str]]:
    found: dict[UnitId, tuple[MemberId, str]] = {}
    for unit, path in paths.items():
        holder = holders.get(unit)
        if holder is None:
            above = (holders[up] for up in reversed(ids_of(path)) if up in holders)
            holder = next(above, None)
        if holder is not None:
            found[unit] = (MemberId(holder[1]), holder[2])
    return found


def keepers(
    session: Session, units: Collection[UnitId], on: date
) -> dict[UnitId, tuple[MemberId, str]]:
    """Return who keeps each unit's records: organiser, else secretary, else who answers for it.

    Those of a street or community its officer keeps.
    """
    paths = {unit: path for unit, (_, path) in names_and_paths(session, units).items()}
    rows = session.execute(
        select(Post.unit_id, Post.role, Post.member_id)
        .where(
            Post.unit_id.in_(units),
            Post.role.in_(_KEEPERS),
            Post.valid_from <= on,
            or_(Post.valid_to.is_(None), Post.valid_to > on),
        )
        .order_by(Post.id)
    ).all()
    found = answerable(session, paths, on)
    for row in sorted(rows, key=lambda row: -_KEEPERS.index(row.role)):
        found[UnitId(row.unit_id)] = MemberId(row.member_id)
    names = names_of(session, found.values())
    return {unit: (member, names[member]) for unit, member in found.items()}


def filled(
    session: Session, kind: MeetingKind, periods: Collection[str], now: datetime
) -> set[tuple[UnitId, str]]:
    """Return which units have held, or have validly called, a meeting of a kind for a period.

    A meeting that was called counts until its time; afterwards only if somebody is marked
    present, or its record was confirmed. Of several in one gathering each needs a record of its
    own: no meeting ticked as four. What a unit had held before it began counts, as imported.

    Source:
        meetings.together, meetings.opening
    """
    rows = session.execute(
        select(Meeting.unit_id, Meeting.for_period)
        .where(Meeting.kind == kind, Meeting.for_period.in_(periods), counts(now))
        .distinct()
    )
    found = {(UnitId(unit_id), period) for unit_id, period in rows}
    found |= opening.filled(session, kind, periods)
    if kind is MeetingKind.GENERAL:
        found |= _by_org_life(session, periods, now)
    return found


def counts(now: datetime) -> ColumnElement[bool]:
    """Return the condition under which a meeting fills its period."""
    later = aliased(AttendanceMark)
    corrected = (
        select(later.id)
        .where(
            later.meeting_id == AttendanceMark.meeting_id,
            later.member_id == AttendanceMark.member_id,
            later.seq > AttendanceMark.seq,
        )
        .exists()
    )
    came = (
        select(AttendanceMark.id)
        .where(
            AttendanceMark.meeting_id == Meeting.id,
            AttendanceMark.mark.in_(tuple(THERE)),
            ~corrected,
        )
        .exists()
    )
    beside = aliased(Meeting)
    together = (
        select(beside.id)
        .where(
            beside.event_id == Meeting.event_id,
            beside.unit_id == Meeting.unit_id,
            beside.id != Meeting.id,
            beside.state != MeetingState.CANCELLED,
        )
        .exists()
    )
    recorded = (
        select(MinutesEntry.id)
        .where(MinutesEntry.meeting_id == Meeting.id, MinutesEntry.act == Act.WRITE)
        .exists()
    )
    over = came & or_(~together, recorded)
    return or_(
        Meeting.state.in_((MeetingState.HELD, MeetingState.CONFIRMED)),
        (Meeting.state == MeetingState.SCHEDULED) & ((Meeting.ends_at > now) | over),
    )


def _by_org_life(
    session: Session, periods: Collection[str], now: datetime
) -> set[tuple[UnitId, str]]:
    """Return the quarters that an org-life meeting fills, where a branch has settled it so.

    Source:
        meetings.org_life_counts
    """
    found: set[tuple[UnitId, str]] = set()
    spans = [parse_period(period) for period in periods]
    if not spans:
        return found
    rows = session.execute(
        select(Meeting.unit_id, Meeting.starts_at, Unit.path)
        .join(Unit, Unit.id == Meeting.unit_id)
        .where(
            Meeting.kind == MeetingKind.ORG_LIFE,
            Meeting.unit_id == Meeting.branch_id,
            or_(
                *(
                    Meeting.starts_at.between(at(span.first), at(span.last + timedelta(days=1)))
                    for span in spans
                )
            ),
            counts(now),
        )
    ).all()
    paths = {UnitId(row.unit_id): row.path for row in rows}
    settled = policies.load(session, paths, day_of(now), (policies.ORG_LIFE,))
    for row in rows:
        if policies.org_life_fills_general(settled.get(UnitId(row.unit_id), {})):
            day = day_of(row.starts_at)
            found |= {
                (UnitId(row.unit_id), str(span)) for span in spans if span.first <= day <= span.last
            }
    return found


def names_of(session: Session, members: Iterable[MemberId]) -> dict[MemberId, str]:
    """Return names by member id."""
    wanted = sorted(set(members))
    return {
        MemberId(member): name
        for start in range(0, len(wanted), _NAMED_AT_ONCE)
        for member, name in session.execute(
            select(Member.id, Member.name).where(
                Member.id.in_(wanted[start : start + _NAMED_AT_ONCE])
            )
        )
    }


def names_and_paths(session: Session, units: Collection[UnitId]) -> dict[UnitId, tuple[str, str]]:
    """Return names and paths by unit id."""
    rows = session.execute(select(Unit.id, Unit.name, Unit.path).where(Unit.id.in_(units)))
    return {UnitId(unit): (name, path) for unit, name, path in rows}


def members_by_branch(
    session: Session, branches: Sequence[Branch], on: date
) -> dict[UnitId, list[tuple[MemberId, str]]]:
    """Return (member, name) of some branches on a day, but those whose membership is suspended."""
    rows = session.execute(
        select(Membership.unit_id, Member.id, Member.name)
        .join(Member, Member.id == Membership.member_id)
        .where(
            Membership.unit_id.in_([branch.id for branch in branches]),
            Membership.valid_from <= on,
            or_(Membership.valid_to.is_(None), Membership.valid_to > on),
        )
        .order_by(Member.id)
    ).all()
    out = roll.suspended(session, on, [MemberId(member_id) for _, member_id, _ in rows])
    found: dict[UnitId, list[tuple[MemberId, str]]] = defaultdict(list)
    for unit_id, member_id, name in rows:
        if member_id in out:
            continue
        found[UnitId(unit_id)].append((MemberId(member_id), name))
    return found


def _count_full(
    session: Session, on: date, among: Collection[UnitId] | None = None
) -> dict[int, int]:
    query = (
        select(Membership.unit_id, func.count())
        .join(Member, Member.id == Membership.member_id)
        .where(
            Member.kind == MemberKind.FULL,
            Membership.valid_from <= on,
            or_(Membership.valid_to.is_(None), Membership.valid_to > on),
        )
        .group_by(Membership.unit_id)
    )
    if among is not None:
        query = query.where(Membership.unit_id.in_(among))
    return dict(session.connection().execute(query).all())


def _list_seated(session: Session, on: date, among: Collection[UnitId] | None = None) -> set[int]:
    query = (
        select(Post.unit_id)
        .where(
            Post.role.in_(_SEATED),
            Post.valid_from <= on,
            or_(Post.valid_to.is_(None), Post.valid_to > on),
        )
        .distinct()
    )
    if among is not None:
        query = query.where(Post.unit_id.in_(among))
    return set(session.connection().scalars(query))
