"""Those on record whom a roster is about, with all it may change: a few queries a batch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.domain.dues import Category
from bot.domain.members import MemberKind
from bot.domain.money import Fen
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.services.importing import bulk
from bot.storage.models import Account, DuesAssessment, Member, Membership, Post


@dataclass(frozen=True, slots=True)
class Bound:
    """An account of a member."""

    id: int
    space: str
    key: str
    how: str


@dataclass(slots=True)
class Known:
    """A person on record.

    Attributes:
        unit_id: None for street staff, who are on no roll.
        posts: Those in force: (unit, role) → id.
        ended: Posts that ended: (unit, role, first day) → id.
        fen: The monthly amount in force; None where none was ever settled.
        settled: How often the amount was settled from the current month on.
    """

    id: int
    name: str
    kind: MemberKind
    category: Category | None
    tail: str
    joined_on: date | None
    full_since: date | None
    membership_id: int | None = None
    unit_id: int | None = None
    cell_id: int | None = None
    posts: dict[tuple[int, Role], int] = field(default_factory=dict)
    ended: dict[tuple[int, Role, date], int] = field(default_factory=dict)
    accounts: list[Bound] = field(default_factory=list)
    fen: Fen | None = None
    settled: int = 0


class People:
    """The persons of a batch of a roster.

    Attributes:
        by_branch: Those on a branch's roll now.
        peopled: Branches that have, or had, anybody; the others are entered for the first time.
    """

    def __init__(self, known: Iterable[Known], peopled: Iterable[int]) -> None:
        self.all = {person.id: person for person in known}
        self.peopled = frozenset(peopled)
        self.by_branch: dict[int, list[Known]] = defaultdict(list)
        for person in self.all.values():
            if person.unit_id is not None:
                self.by_branch[person.unit_id].append(person)


def load(session: Session, branches: Sequence[int], others: Sequence[int], today: date) -> People:
    """Return everybody who belongs to some branches now, and some others.

    Args:
        others: Members wherever they belong.
        today: Posts in force are those of that day, assessments those up to its month.
    """
    found: dict[int, Known] = {}
    peopled: list[int] = []
    for part in bulk.chunks(branches):
        found.update(_members(session, Membership.unit_id.in_(part)))
        peopled += session.scalars(
            select(Membership.unit_id).where(Membership.unit_id.in_(part)).distinct()
        )
    missing = [member for member in others if member not in found]
    for some in bulk.chunks(missing):
        found.update(_members(session, Member.id.in_(some)))
    for ids in bulk.chunks(list(found)):
        _add_posts(session, found, ids, today)
        _add_accounts(session, found, ids)
        _add_assessments(session, found, ids, Month.of(today))
    return People(found.values(), peopled)


def _members(session: Session, where: ColumnElement[bool]) -> dict[int, Known]:
    rows: Any = session.execute(
        select(
            Member.id,
            Member.name,
            Member.kind,
            Member.category,
            Member.phone_tail,
            Member.joined_on,
            Member.full_since,
            Membership.id,
            Membership.unit_id,
            Membership.cell_id,
        )
        .outerjoin(Membership, (Membership.member_id == Member.id) & Membership.valid_to.is_(None))
        .where(where)
        .order_by(Member.id)
    )
    return {row[0]: Known(*row) for row in rows}


def _add_posts(
    session: Session, found: Mapping[int, Known], ids: Sequence[int], today: date
) -> None:
    """Add posts; a roster does not speak of those that are still to begin."""
    rows = session.execute(
        select(
            Post.id, Post.member_id, Post.unit_id, Post.role, Post.valid_from, Post.valid_to
        ).where(Post.member_id.in_(ids))
    )
    for post_id, member_id, unit_id, role, valid_from, valid_to in rows:
        person = found[member_id]
        if valid_from <= today and (valid_to is None or valid_to > today):
            person.posts[(unit_id, role)] = post_id
        elif valid_to is not None and valid_to <= today:
            person.ended[(unit_id, role, valid_from)] = post_id


def _add_accounts(session: Session, found: Mapping[int, Known], ids: Sequence[int]) -> None:
    rows = session.execute(
        select(
            Account.id, Account.member_id, Account.space, Account.external_key, Account.bound_how
        )
        .where(Account.member_id.in_(ids), Account.unbound_at.is_(None))
        .order_by(Account.id)
    )
    for account_id, member_id, space, key, how in rows:
        found[member_id].accounts.append(Bound(account_id, space, key, how))


def _add_assessments(
    session: Session, found: Mapping[int, Known], ids: Sequence[int], month: Month
) -> None:
    rows = session.execute(
        select(
            DuesAssessment.member_id,
            DuesAssessment.effective_month,
            DuesAssessment.seq,
            DuesAssessment.monthly_fen,
        )
        .where(DuesAssessment.member_id.in_(ids), DuesAssessment.effective_month <= month)
        .order_by(DuesAssessment.effective_month, DuesAssessment.seq)
    )
    for member_id, since, seq, fen in rows:
        found[member_id].fen = fen
        if since == month:
            found[member_id].settled = seq
