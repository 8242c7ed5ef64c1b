"""Who of a roster is on record already: loaded by branch in a few queries, matched in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from bot.domain.dues import Category
from bot.domain.members import MemberKind, fold
from bot.domain.money import Fen
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.services.importing import bulk
from bot.services.importing.ledger import Problems
from bot.services.importing.roster_rows import Entry
from bot.storage.models import Account, DuesAssessment, Member, Membership, Post

AccountKey = tuple[str, str]  # space, folded id


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
        posts: Those not ended: (unit, role) → id.
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
    """The persons a roster may be about, by branch and by account."""

    def __init__(self, known: Iterable[Known]) -> None:
        self.all = {person.id: person for person in known}
        self.by_branch: dict[int, list[Known]] = defaultdict(list)
        for person in self.all.values():
            if person.unit_id is not None:
                self.by_branch[person.unit_id].append(person)
        self.by_account = {
            (bound.space, bound.key): person
            for person in self.all.values()
            for bound in person.accounts
        }


def load(
    session: Session, branches: Sequence[int], accounts: Sequence[AccountKey], month: Month
) -> People:
    """Return everybody who belongs to some branches now, or owns one of some accounts.

    Args:
        month: The current one; assessments in force are those up to it.
    """
    found: dict[int, Known] = {}
    for part in bulk.chunks(branches):
        found.update(_members(session, Membership.unit_id.in_(part)))
    owners = [owner for owner in _owners(session, accounts) if owner not in found]
    for some in bulk.chunks(owners):
        found.update(_members(session, Member.id.in_(some)))
    for ids in bulk.chunks(list(found)):
        _add_posts(session, found, ids)
        _add_accounts(session, found, ids)
        _add_assessments(session, found, ids, month)
    return People(found.values())


def match(
    entries: Sequence[Entry],
    people: People,
    branch_of: Mapping[str, int],
    spaces: Mapping[str, str],
    problems: Problems,
) -> dict[int, Known]:
    """Return line → person on record; a line without one is somebody new.

    The same account is the same person; otherwise branch, name and phone tail; otherwise name
    and tail, where that person has left one branch of the file for another.
    """
    found: dict[int, Known] = {}
    taken: dict[int, Entry] = {}

    def take(entry: Entry, person: Known) -> None:
        found[entry.line] = person
        taken[person.id] = entry

    for entry in entries:
        person = _by_account(entry, people, spaces, problems)
        if person is not None and person.id not in taken:
            take(entry, person)
    counts = _count_names(entries)
    named = _by_branch_and_name(people)
    for entry in entries:
        if entry.line in found:
            continue
        here = named.get((branch_of.get(entry.unit, 0), entry.name), [])
        free = [person for person in here if person.id not in taken]
        same = _choose(entry, free, alone=counts[(entry.unit, entry.name)] == 1)
        if same is not None:
            take(entry, same)
    leavers = _by_name_and_tail(person for person in people.all.values() if person.id not in taken)
    for entry in entries:
        gone = leavers.get((entry.name, entry.tail), []) if entry.tail else []
        if entry.line not in found and len(gone) == 1 and gone[0].id not in taken:
            take(entry, gone[0])
    return found


def account_keys(entries: Iterable[Entry], spaces: Mapping[str, str]) -> list[AccountKey]:
    """Return the accounts a file names, in the spaces that are configured."""
    return [
        (spaces[column], fold(account))
        for entry in entries
        for column, account in entry.accounts.items()
        if column in spaces
    ]


def _by_account(
    entry: Entry, people: People, spaces: Mapping[str, str], problems: Problems
) -> Known | None:
    owners: dict[int, Known] = {}
    for column, account in entry.accounts.items():
        owner = people.by_account.get((spaces.get(column, ""), fold(account)))
        if owner is None:
            continue
        if owner.name != entry.name:
            words = f"这个账号已经是{owner.name}的，请核对；换了人请先解除绑定。"
            problems.add(entry.line, column, words)
        owners[owner.id] = owner
        if len(owners) > 1:
            problems.add(entry.line, column, "与这一行的另一个账号分属两个人，请核对。")
    return next(iter(owners.values()), None)


def _choose(entry: Entry, named: Sequence[Known], *, alone: bool) -> Known | None:
    """Return the person among those of a name; a tail that one side lacks is no difference."""
    same = [person for person in named if person.tail == entry.tail]
    if same:
        return same[0] if entry.tail or len(same) == 1 else None
    if alone and len(named) == 1 and not (named[0].tail and entry.tail):
        return named[0]
    return None


def _by_branch_and_name(people: People) -> dict[tuple[int, str], list[Known]]:
    found: dict[tuple[int, str], list[Known]] = defaultdict(list)
    for branch_id, roll in people.by_branch.items():
        for person in roll:
            found[(branch_id, person.name)].append(person)
    return found


def _count_names(entries: Iterable[Entry]) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for entry in entries:
        counts[(entry.unit, entry.name)] += 1
    return counts


def _by_name_and_tail(people: Iterable[Known]) -> dict[tuple[str, str], list[Known]]:
    found: dict[tuple[str, str], list[Known]] = defaultdict(list)
    for person in people:
        if person.tail and person.unit_id is not None:
            found[(person.name, person.tail)].append(person)
    return found


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


def _owners(session: Session, accounts: Sequence[AccountKey]) -> list[int]:
    by_space: dict[str, list[str]] = defaultdict(list)
    for space, key in accounts:
        by_space[space].append(key)
    found: dict[int, None] = {}
    for space, keys in by_space.items():
        for part in bulk.chunks(keys):
            query = select(Account.member_id).where(
                Account.space == space,
                Account.external_key.in_(part),
                Account.unbound_at.is_(None),
            )
            found.update(dict.fromkeys(session.scalars(query)))
    return list(found)


def _add_posts(session: Session, found: Mapping[int, Known], ids: Sequence[int]) -> None:
    rows = session.execute(
        select(
            Post.id, Post.member_id, Post.unit_id, Post.role, Post.valid_from, Post.valid_to
        ).where(Post.member_id.in_(ids))
    )
    for post_id, member_id, unit_id, role, valid_from, valid_to in rows:
        person = found[member_id]
        if valid_to is None:
            person.posts[(unit_id, role)] = post_id
        else:
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
