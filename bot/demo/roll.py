"""The rolls of the demonstration in memory, for making up its past."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.calendar import ShiftPolicy
from bot.domain.dues import Category
from bot.domain.ids import MemberId, UnitId
from bot.domain.members import MemberKind
from bot.domain.rights import COMMITTEE, Role
from bot.domain.series import Recurrence
from bot.domain.units import UnitKind
from bot.services import policies
from bot.storage.models import Account, DuesAssessment, Member, Membership, Post, Unit


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a roll."""

    id: MemberId
    name: str
    kind: MemberKind
    category: Category
    cell_id: UnitId | None
    since: date
    monthly_fen: int
    bound: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch with everybody on its roll.

    Attributes:
        posts: Who holds which post.
        cells: Cell → its name.
    """

    id: UnitId
    name: str
    members: tuple[Person, ...]
    posts: dict[Role, MemberId]
    cells: dict[UnitId, str]
    activity_day: tuple[Recurrence, ShiftPolicy]

    @property
    def secretary(self) -> MemberId:
        """Who answers for the branch."""
        return self.posts[Role.SECRETARY]

    @property
    def organiser(self) -> MemberId:
        """Who keeps the books; the secretary where there is no committee."""
        return self.posts.get(Role.ORGANISER, self.secretary)

    @property
    def committee(self) -> tuple[Person, ...]:
        """Those on the committee; empty where there is none."""
        seated = {member for role, member in self.posts.items() if role in COMMITTEE}
        if len(seated) == 1:
            return ()
        return tuple(person for person in self.members if person.id in seated)


@dataclass(frozen=True, slots=True)
class Roll:
    """All branches, in the order in which they were entered."""

    branches: tuple[Branch, ...]

    @classmethod
    def load(cls, session: Session, today: date) -> Roll:
        """Read the rolls."""
        members = _members(session)
        posts = _posts(session)
        units = session.execute(
            select(Unit.id, Unit.name, Unit.kind, Unit.parent_id, Unit.path).order_by(Unit.id)
        ).all()
        paths = {UnitId(unit.id): unit.path for unit in units if unit.kind is UnitKind.BRANCH}
        settings = policies.load(session, paths, today, (policies.ACTIVITY_DAY,))
        cells: dict[int, dict[UnitId, str]] = defaultdict(dict)
        for unit in units:
            if unit.kind is UnitKind.CELL and unit.parent_id is not None:
                cells[unit.parent_id][UnitId(unit.id)] = unit.name
        return cls(
            tuple(
                Branch(
                    id=UnitId(unit.id),
                    name=unit.name,
                    members=tuple(members[unit.id]),
                    posts=posts[unit.id],
                    cells=cells[unit.id],
                    activity_day=policies.activity_policy(settings[UnitId(unit.id)]),
                )
                for unit in units
                if unit.kind is UnitKind.BRANCH
            )
        )


def _members(session: Session) -> dict[int, list[Person]]:
    bound = set(session.scalars(select(Account.member_id)))
    rows = session.execute(
        select(
            Membership.unit_id,
            Member.id,
            Member.name,
            Member.kind,
            Member.category,
            Membership.cell_id,
            Membership.valid_from,
            DuesAssessment.monthly_fen,
        )
        .join(Member, Member.id == Membership.member_id)
        .join(DuesAssessment, DuesAssessment.member_id == Member.id)
        .order_by(Member.id)
    )
    found: dict[int, list[Person]] = defaultdict(list)
    for unit_id, member_id, name, kind, category, cell_id, since, fen in rows:
        person = Person(
            id=MemberId(member_id),
            name=name,
            kind=kind,
            category=category or Category.OTHER,
            cell_id=None if cell_id is None else UnitId(cell_id),
            since=since,
            monthly_fen=fen,
            bound=member_id in bound,
        )
        found[unit_id].append(person)
    return found


def _posts(session: Session) -> dict[int, dict[Role, MemberId]]:
    found: dict[int, dict[Role, MemberId]] = defaultdict(dict)
    for unit_id, role, member_id in session.execute(
        select(Post.unit_id, Post.role, Post.member_id).order_by(Post.id)
    ):
        found[unit_id][role] = MemberId(member_id)
    return found
