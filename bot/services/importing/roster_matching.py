"""Which line of a roster is about whom on record; the whole file is gone through three times.

The same account is the same person; otherwise branch, name and phone tail; otherwise name and
tail, where that person has left one branch of the file for another.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.members import fold
from bot.services.importing import bulk
from bot.services.importing.ledger import Problems, Staged
from bot.services.importing.roster_rows import NAME, Entry
from bot.services.importing.unit_tree import Tree
from bot.storage.models import Account, Member, Membership, Unit

AccountKey = tuple[str, str]  # space, folded id
_NOBODY = 0


@dataclass(frozen=True, slots=True)
class _Person:
    id: int
    name: str
    tail: str
    unit_id: int | None


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    tail: str
    joined_on: date | None
    branch: str


class Matches:
    """Line → member, and who is taken: eight bytes a line and one a member."""

    def __init__(self) -> None:
        self._members = array("q")
        self._taken = bytearray()

    def take(self, entry: Entry, member: int) -> None:
        """Let a line be about a member."""
        short = entry.line + 1 - len(self._members)
        self._members.extend([_NOBODY] * max(0, short))
        self._members[entry.line] = member
        self._taken.extend(bytes(max(0, member + 1 - len(self._taken))))
        self._taken[member] = 1

    def of(self, entry: Entry) -> int | None:
        """Return whom a line is about; None for somebody new."""
        if entry.line >= len(self._members):
            return None
        return self._members[entry.line] or None

    def is_taken(self, member: int) -> bool:
        """Tell whether some line is about a member."""
        return member < len(self._taken) and self._taken[member] == 1


class Matcher:
    """Matches the lines of a roster.

    Args:
        spaces: Account column → account space.
    """

    def __init__(
        self, session: Session, staged: Staged, tree: Tree, spaces: Mapping[str, str]
    ) -> None:
        self._session = session
        self._staged = staged
        self._tree = tree
        self._spaces = spaces
        self._last: int = session.scalar(select(func.max(Member.id))) or 0
        self._branches: set[int] = set()
        self.found = Matches()

    def match(self) -> Matches:
        """Return which line is about whom; what contradicts the records is noted."""
        for batch in self._staged.batches():
            self._branches |= self._of_batch(batch).keys()
            self._by_accounts(batch)
        if self._last:
            for batch in self._staged.batches():
                self._by_branch_and_name(batch)
            for batch in self._staged.batches():
                self._by_name_and_tail(batch)
            for batch in self._staged.batches():
                self._check_elsewhere(batch)
        return self.found

    def namesakes(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return the new people of a batch called like somebody on record whom no line is about."""
        new = [entry for entry in entries if self.found.of(entry) is None]
        free = {person.name for person in self._called({entry.name for entry in new})}
        return [entry for entry in new if entry.name in free]

    def _check_elsewhere(self, batch: Sequence[Entry]) -> None:
        """Refuse to enter somebody a second time who is in a branch the file does not speak of."""
        new = [entry for entry in batch if self.found.of(entry) is None]
        for entry, there in self._elsewhere(new):
            same = _shared(entry, there)
            if same:
                words = (
                    f"{there.branch}已有{entry.name}，{same}。是同一个人，请用 转出、接收 办转接，"
                    f"或把{there.branch}的名册放进同一个文件；不是，请写不同的手机尾号或入党日期。"
                )
                self._staged.problems.add(entry.line, NAME, words)

    def _elsewhere(self, new: Sequence[Entry]) -> list[tuple[Entry, _Elsewhere]]:
        """Return new people with each of their name in the branches the file does not speak of."""
        names = {entry.name for entry in new} if self._last else set()
        by_name: dict[str, list[_Elsewhere]] = defaultdict(list)
        for some in bulk.chunks(sorted(names)):
            rows = self._session.execute(
                select(Member.name, Member.phone_tail, Member.joined_on, Unit.id, Unit.name)
                .join(Membership, Membership.member_id == Member.id)
                .join(Unit, Unit.id == Membership.unit_id)
                .where(
                    Member.name.in_(some), Membership.valid_to.is_(None), Member.id <= self._last
                )
                .order_by(Member.id)
            )
            for name, tail, joined_on, unit_id, branch in rows:
                if unit_id not in self._branches:
                    by_name[name].append(_Elsewhere(tail, joined_on, branch))
        return [(entry, there) for entry in new for there in by_name.get(entry.name, ())]

    def _by_accounts(self, batch: Sequence[Entry]) -> None:
        owners = _owners(self._session, account_keys(batch, self._spaces))
        for entry in batch:
            person = _owner(entry, owners, self._spaces, self._staged.problems)
            if person is not None and not self.found.is_taken(person.id):
                self.found.take(entry, person.id)

    def _by_branch_and_name(self, batch: Sequence[Entry]) -> None:
        named = self._of_batch(batch, people=True)
        counts: dict[tuple[str, str], int] = defaultdict(int)
        for entry in batch:
            counts[entry.unit, entry.name] += 1
        for entry in batch:
            if self.found.of(entry) is not None:
                continue
            branch = self._tree.find(entry.unit)
            here = named[branch.id][entry.name] if branch is not None else []
            free = [person for person in here if not self.found.is_taken(person.id)]
            same = _choose(entry, free, alone=counts[entry.unit, entry.name] == 1)
            if same is not None:
                self.found.take(entry, same.id)

    def _by_name_and_tail(self, batch: Sequence[Entry]) -> None:
        left = [entry for entry in batch if entry.tail and self.found.of(entry) is None]
        leavers: dict[tuple[str, str], list[_Person]] = defaultdict(list)
        for person in self._called({entry.name for entry in left}):
            leavers[person.name, person.tail].append(person)
        for entry in left:
            gone = leavers.get((entry.name, entry.tail), [])
            if len(gone) == 1 and not self.found.is_taken(gone[0].id):
                self.found.take(entry, gone[0].id)

    def _of_batch(
        self, batch: Iterable[Entry], *, people: bool = False
    ) -> dict[int, dict[str, list[_Person]]]:
        """Return the branches of a batch that exist, with those on their rolls by name."""
        nodes = (self._tree.find(unit) for unit in {entry.unit for entry in batch})
        found: dict[int, dict[str, list[_Person]]] = {
            node.id: defaultdict(list) for node in nodes if node is not None
        }
        for some in bulk.chunks(sorted(found)) if people else ():
            rows = self._session.execute(
                select(Member.id, Member.name, Member.phone_tail, Membership.unit_id)
                .join(Membership, Membership.member_id == Member.id)
                .where(Membership.unit_id.in_(some), Membership.valid_to.is_(None))
                .order_by(Member.id)
            )
            for row in rows:
                found[row.unit_id][row.name].append(_Person(*row))
        return found

    def _called(self, names: Collection[str]) -> list[_Person]:
        """Return those of some names whom no line is about, of the branches of the file.

        Only those on record before the import: it adds people while it asks.
        """
        if not names or not self._last:
            return []
        found: list[_Person] = []
        for some in bulk.chunks(sorted(names)):
            rows = self._session.execute(
                select(Member.id, Member.name, Member.phone_tail, Membership.unit_id)
                .join(Membership, Membership.member_id == Member.id)
                .where(
                    Member.name.in_(some), Membership.valid_to.is_(None), Member.id <= self._last
                )
                .order_by(Member.id)
            )
            found += [
                _Person(*row)
                for row in rows
                if row.unit_id in self._branches and not self.found.is_taken(row.id)
            ]
        return found


def _shared(entry: Entry, there: _Elsewhere) -> str:
    """Return why a row may be about somebody elsewhere; "" where something tells them apart.

    A mark that only the row has is somebody's word that it is another person.
    """
    if not (entry.tail or entry.joined_on):
        return "这一行没有手机尾号和入党日期可以分清"
    tails = bool(entry.tail and there.tail)
    days = bool(entry.joined_on and there.joined_on)
    if (tails and entry.tail != there.tail) or (days and entry.joined_on != there.joined_on):
        return ""
    shared = "和".join(word for word, both in (("手机尾号", tails), ("入党日期", days)) if both)
    return shared and f"{shared}相同"


def account_keys(entries: Iterable[Entry], spaces: Mapping[str, str]) -> list[AccountKey]:
    """Return the accounts some lines name, in the spaces that are configured."""
    return [
        (spaces[column], fold(account))
        for entry in entries
        for column, account in entry.accounts.items()
        if column in spaces
    ]


def _owner(
    entry: Entry,
    owners: Mapping[AccountKey, _Person],
    spaces: Mapping[str, str],
    problems: Problems,
) -> _Person | None:
    found: dict[int, _Person] = {}
    for column, account in entry.accounts.items():
        owner = owners.get((spaces.get(column, ""), fold(account)))
        if owner is None:
            continue
        if owner.name != entry.name:
            words = f"这个账号已经是{owner.name}的，请核对；换了人请先解除绑定。"
            problems.add(entry.line, column, words)
        found[owner.id] = owner
        if len(found) > 1:
            problems.add(entry.line, column, "与这一行的另一个账号分属两个人，请核对。")
    return next(iter(found.values()), None)


def _owners(session: Session, accounts: Sequence[AccountKey]) -> dict[AccountKey, _Person]:
    by_space: dict[str, list[str]] = defaultdict(list)
    for space, key in accounts:
        by_space[space].append(key)
    found: dict[AccountKey, _Person] = {}
    for space, keys in by_space.items():
        for part in bulk.chunks(keys):
            rows = session.execute(
                select(Account.external_key, Member.id, Member.name, Member.phone_tail)
                .join(Member, Member.id == Account.member_id)
                .where(
                    Account.space == space,
                    Account.external_key.in_(part),
                    Account.unbound_at.is_(None),
                )
            )
            for key, member, name, tail in rows:
                found[space, key] = _Person(member, name, tail, None)
    return found


def _choose(entry: Entry, named: Sequence[_Person], *, alone: bool) -> _Person | None:
    """Return the person among those of a name; a tail that one side lacks is no difference."""
    same = [person for person in named if person.tail == entry.tail]
    if same:
        return same[0] if entry.tail or len(same) == 1 else None
    if alone and len(named) == 1 and not (named[0].tail and entry.tail):
        return named[0]
    return None
