"""Who there was in 2017: communities, branches, members who came and went, the leadership."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at
from bot.demo.district import made_up_names
from bot.domain.dues import Category
from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.domain.roll import ChangeKind, Code
from bot.domain.units import UnitForm, UnitKind, child_path
from bot.services.importing import bulk
from bot.storage.models import (
    DuesAssessment,
    Member,
    Membership,
    Post,
    RollChange,
    Unit,
)

_FIRST, _OVER = date(2017, 1, 1), date(2018, 1, 1)
COMMUNITIES = ("西后街社区", "西彩社区", "二道街社区", "解放路社区")
ORGAN = "街道机关党支部"
_BRANCHES: tuple[tuple[str, str, UnitForm], ...] = (
    (ORGAN, "", UnitForm.ORGAN),
    *(
        (f"{community}{which}党支部", community, UnitForm.ORDINARY)
        for community in COMMUNITIES
        for which in ("第一", "第二")
    ),
    ("商贸联合党支部", "二道街社区", UnitForm.JOINT),
    ("物业联合党支部", "西彩社区", UnitForm.JOINT),
    ("餐饮联合党支部", "解放路社区", UnitForm.JOINT),
)
SIZES = (*(40,) * 11, 31)  # at the end of the year
_POSTS = (Role.SECRETARY, Role.ORGANISER, Role.PUBLICITY)
_LEADERS = (Role.SECRETARY, Role.DEPUTY, Role.ORGANISER, Role.PUBLICITY, Role.DISCIPLINE)

# Who was not there the whole year: (number of the branch, what happened, month and day).
_CAME = (
    (1, ChangeKind.ADMITTED, (6, 28)),
    (3, ChangeKind.ADMITTED, (6, 28)),
    (6, ChangeKind.ADMITTED, (9, 20)),
    (8, ChangeKind.ADMITTED, (11, 15)),
    (2, ChangeKind.IN, (3, 6)),
    (5, ChangeKind.IN, (8, 21)),
    (10, ChangeKind.IN, (10, 9)),
)
_WENT = (
    (2, ChangeKind.OUT, (4, 12)),
    (4, ChangeKind.OUT, (9, 4)),
    (7, ChangeKind.OUT, (11, 27)),
    (9, ChangeKind.LEFT, (5, 31)),
    (1, ChangeKind.DIED, (2, 18)),
    (8, ChangeKind.DIED, (12, 3)),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a branch, from a day to a day (exclusive)."""

    id: MemberId
    since: date
    until: date
    monthly_fen: int

    def is_there(self, day: date) -> bool:
        """Tell whether he belonged to the branch on a day."""
        return self.since <= day < self.until


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch with everybody who ever belonged to it that year."""

    id: UnitId
    name: str
    community_id: UnitId | None
    members: tuple[Person, ...]

    @property
    def secretary(self) -> MemberId:
        """Who answers for it."""
        return self.members[0].id

    def on(self, day: date) -> tuple[Person, ...]:
        """Return who belonged to it on a day."""
        return tuple(person for person in self.members if person.is_there(day))


@dataclass(frozen=True, slots=True)
class Town:
    """The street of 2017.

    Attributes:
        leaders: The leadership team, the secretary first; members of the organ's branch.
        communities: Each with its id, in the order of `COMMUNITIES`.
    """

    street_id: UnitId
    branches: tuple[Branch, ...]
    communities: tuple[UnitId, ...]
    leaders: tuple[MemberId, ...]

    @property
    def organ(self) -> Branch:
        """The branch of the street's own office."""
        return self.branches[0]


def settle(session: Session, street_id: UnitId, random: Random) -> Town:
    """Write units, members, posts and what happened to the roll."""
    communities = _communities(session, street_id)
    places = _branches(session, street_id, communities)
    names = made_up_names(random, session.scalars(select(Member.name)))
    people = [
        _person(number, change, on, names, random)
        for number, size in enumerate(SIZES)
        for change, on in _story(number, size)
    ]
    ids = bulk.add_numbered(session, Member, Member.id, [_member(one) for one in people])
    stays = bulk.add_numbered(
        session,
        Membership,
        Membership.id,
        [
            _stay(member, places[one.branch][0], one)
            for member, one in zip(ids, people, strict=True)
        ],
    )
    _write_changes(session, people, ids, stays, places)
    branches = tuple(
        Branch(
            unit_id,
            name,
            dict(zip(COMMUNITIES, communities, strict=True)).get(community),
            tuple(
                Person(MemberId(member), one.since, one.until, one.fen)
                for member, one in zip(ids, people, strict=True)
                if one.branch == number
            ),
        )
        for number, ((unit_id, _), (name, community, _)) in enumerate(
            zip(places, _BRANCHES, strict=True)
        )
    )
    leaders = tuple(person.id for person in branches[0].members[: len(_LEADERS)])
    _write_posts(session, street_id, branches, leaders)
    bulk.add(session, DuesAssessment, [_assessed(p) for b in branches for p in b.members])
    return Town(street_id, branches, communities, leaders)


@dataclass(frozen=True, slots=True)
class _Person:
    branch: int
    name: str
    since: date
    until: date
    came: ChangeKind | None
    went: ChangeKind | None
    joined: date
    fen: int


def _story(number: int, size: int) -> list[tuple[ChangeKind | None, date | None]]:
    """Return what happened to each of a branch: at the end of the year `size` are left."""
    came = [(kind, date(2017, *on)) for branch, kind, on in _CAME if branch == number]
    went = [(kind, date(2017, *on)) for branch, kind, on in _WENT if branch == number]
    stayed: list[tuple[ChangeKind | None, date | None]] = [(None, None)] * (size - len(came))
    return [*stayed, *came, *went]


def _person(
    number: int,
    change: ChangeKind | None,
    on: date | None,
    names: Iterator[str],
    random: Random,
) -> _Person:
    comes = change in (ChangeKind.ADMITTED, ChangeKind.IN)
    since = on if comes and on is not None else _FIRST
    until = on if not comes and on is not None else _OVER
    joined = date(2016, 7, 1) - timedelta(days=random.randint(300, 14_000))
    return _Person(
        number,
        next(names),
        since,
        until,
        change if comes else None,
        None if comes else change,
        since if change is ChangeKind.ADMITTED else joined,
        random.choice((20, 50, 300, 750, 1200, 2100)),
    )


def _member(one: _Person) -> dict[str, Any]:
    admitted = one.came is ChangeKind.ADMITTED
    return {
        "name": one.name,
        "kind": MemberKind.PROBATIONARY if admitted else MemberKind.FULL,
        "category": Category.WAGE,
        "phone_tail": "",
        "joined_on": one.joined,
        "full_since": None if admitted else one.joined + timedelta(days=365),
    }


def _stay(member_id: int, unit_id: UnitId, one: _Person) -> dict[str, Any]:
    return {
        "member_id": member_id,
        "unit_id": unit_id,
        "cell_id": None,
        "valid_from": one.since,
        "valid_to": one.until,
    }


def _write_changes(
    session: Session,
    people: Sequence[_Person],
    ids: Sequence[int],
    stays: Sequence[int],
    places: Sequence[tuple[UnitId, str]],
) -> None:
    rows = []
    for one, member_id, stay_id in zip(people, ids, stays, strict=True):
        kind = one.came or one.went
        if kind is None:
            continue
        on = one.since if one.came else one.until
        rows.append(
            {
                "key": f"{kind.value}:{member_id}:{on}:1",
                "member_id": member_id,
                "kind": kind,
                "on_day": on,
                "unit_id": places[one.branch][0],
                "code": Code.REMOVED if kind is ChangeKind.LEFT else None,
                "reason": "",
                "closed_id": stay_id if one.went else None,
                "opened_id": stay_id if one.came else None,
                "before": {},
                "by_id": None,
                "recorded_at": at(on, 17),
                "refers_to": None,
            }
        )
    bulk.add(session, RollChange, rows)


def _write_posts(
    session: Session,
    street_id: UnitId,
    branches: Sequence[Branch],
    leaders: Sequence[MemberId],
) -> None:
    held = [
        (person.id, branch.id, role)
        for branch in branches
        for person, role in zip(branch.members[: len(_POSTS)], _POSTS, strict=True)
    ]
    held += [(member, street_id, role) for member, role in zip(leaders, _LEADERS, strict=True)]
    rows = [
        {
            "member_id": member,
            "unit_id": unit,
            "role": role,
            "valid_from": _FIRST,
            "valid_to": _OVER,
        }
        for member, unit, role in held
    ]
    bulk.add(session, Post, rows)


def _assessed(person: Person) -> dict[str, Any]:
    return {
        "member_id": person.id,
        "effective_month": Month.of(person.since),
        "seq": 1,
        "monthly_fen": person.monthly_fen,
        "category": Category.WAGE,
        "reason": "",
        "approved_by": None,
        "recorded_at": at(person.since, 9),
    }


def _communities(session: Session, street_id: UnitId) -> tuple[UnitId, ...]:
    made = [_unit(name, UnitKind.COMMUNITY, UnitForm.ORDINARY, street_id) for name in COMMUNITIES]
    return tuple(unit_id for unit_id, _ in _found(session, made))


def _branches(
    session: Session, street_id: UnitId, communities: Sequence[UnitId]
) -> list[tuple[UnitId, str]]:
    above = dict(zip(COMMUNITIES, communities, strict=True))
    made = [
        _unit(name, UnitKind.BRANCH, form, above.get(community, street_id))
        for name, community, form in _BRANCHES
    ]
    return _found(session, made)


def _unit(name: str, kind: UnitKind, form: UnitForm, parent: UnitId) -> dict[str, Any]:
    return {
        "name": name,
        "kind": kind,
        "form": form,
        "parent_id": parent,
        "path": "",
        "live_from": _FIRST,
        "valid_from": _FIRST,
        "valid_to": _OVER,
    }


def _found(session: Session, rows: Sequence[dict[str, Any]]) -> list[tuple[UnitId, str]]:
    """Write units below others that are there; return ids and names."""
    paths: dict[int, str] = dict(session.execute(select(Unit.id, Unit.path)).all())
    ids = bulk.add_numbered(session, Unit, Unit.id, rows)
    placed = [
        {"id_": unit_id, "path": child_path(paths[row["parent_id"]], UnitId(unit_id))}
        for unit_id, row in zip(ids, rows, strict=True)
    ]
    bulk.change(session, Unit, Unit.id, placed)
    return [(UnitId(unit_id), row["name"]) for unit_id, row in zip(ids, rows, strict=True)]
