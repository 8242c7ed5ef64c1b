"""Turns the rows of a roster into rows of the records, written by kind at the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.dues import CATEGORY_NAMES, Category
from bot.domain.members import KIND_NAMES, MemberKind, fold
from bot.domain.money import yuan
from bot.domain.periods import Month
from bot.domain.rights import ABOVE_ONLY, ROLE_NAMES, Role
from bot.services.importing import bulk
from bot.services.importing.ledger import Source
from bot.services.importing.roster_ledger import RosterRows, Row
from bot.services.importing.roster_people import Known, People
from bot.services.importing.roster_rows import Entry
from bot.services.importing.unit_tree import Node, Tree, first_of_year
from bot.storage.models import Member


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row says somebody belongs.

    Attributes:
        known: Whether the file speaks of cells at all.
    """

    branch: Node
    cell: Node | None
    known: bool


@dataclass(slots=True)
class _Change:
    """What differs for one person, for the audit trail and for people."""

    before: Row = field(default_factory=dict)
    after: Row = field(default_factory=dict)
    words: list[str] = field(default_factory=list)

    def note(self, key: str, before: object, after: object, words: str) -> None:
        """Note one difference."""
        self.before[key], self.after[key] = before, after
        self.words.append(words)


class Writer:
    """Gathers what a batch of an import changes, and writes it by set.

    Args:
        people: Those on record.
    """

    def __init__(self, session: Session, source: Source, people: People) -> None:
        self._session = session
        self._source = source
        self._people = people
        self._today = day_of(source.now)
        self._month = Month.of(self._today)
        self._rows = RosterRows(source)
        self._new: list[tuple[Entry, Place]] = []
        self._changed: set[int] = set()
        self.changes: list[str] = []

    def take(self, entry: Entry, person: Known | None, place: Place) -> None:
        """Take one row in; `person` is who it is about, if on record."""
        if person is None:
            self._new.append((entry, place))
            return
        change = _Change()
        self._compare_member(entry, person, change)
        self._compare_place(person, place, change)
        self._compare_posts(entry, person, place, change)
        self._compare_dues(entry, person, change)
        self._compare_accounts(entry, person, change)
        if change.words:
            self._changed.add(person.id)
            self.changes.append(f"第{entry.line}行 {entry.name}：{'；'.join(change.words)}")
            self._rows.audit("member.change", person.id, change.before, change.after)

    def end_posts_of_absent(
        self, entries: Sequence[Entry], is_named: Callable[[int], bool], tree: Tree
    ) -> None:
        """End the posts of people a file no longer names, where it speaks for the branch.

        It does so for a post it gives to somebody else, and for all of them where it names at
        least half of those on the branch's roll.

        Args:
            entries: All there are of their branches.
            is_named: Whether some line of the file is about a member.
        """
        given: dict[int, set[Role]] = defaultdict(set)
        silent: set[int] = set()
        for entry in entries:
            branch = tree.named(entry.unit)
            given[branch.id].update(entry.roles or ())
            if entry.roles is None:
                silent.add(branch.id)
        for branch_id, roles in given.items():
            roll = self._people.by_branch.get(branch_id, [])
            absent = [person for person in roll if not is_named(person.id)]
            whole = 2 * (len(roll) - len(absent)) >= len(roll)
            for person in absent if branch_id not in silent else ():
                self._end_posts_of(person, roles, whole=whole)

    def finish(self) -> None:
        """Write everything."""
        self._add_new()
        self._rows.write(self._session)

    @property
    def added(self) -> int:
        """How many people are new."""
        return len(self._new)

    @property
    def changed(self) -> int:
        """Of how many people something changed."""
        return len(self._changed)

    # --- somebody new ---------------------------------------------------------------------------

    def _add_new(self) -> None:
        rows = [
            {
                "name": entry.name,
                "kind": entry.kind or MemberKind.FULL,
                "category": entry.category,
                "phone_tail": entry.tail,
                "joined_on": entry.joined_on,
                "full_since": entry.full_since,
            }
            for entry, _ in self._new
        ]
        ids = bulk.add_numbered(self._session, Member, Member.id, rows)
        for member_id, (entry, place) in zip(ids, self._new, strict=True):
            self._add_belongings(member_id, entry, place)

    def _add_belongings(self, member_id: int, entry: Entry, place: Place) -> None:
        since = self._since(entry, place.branch)
        self._rows.open_membership(member_id, place.branch.id, _id(place.cell), since)
        for role in entry.roles or ():
            self._rows.open_post(member_id, _unit_of(role, place.branch, place.cell), role, since)
        if entry.monthly_fen is not None:
            self._rows.assess(member_id, entry, Month.of(since), 1)
        for column, account in entry.accounts.items():
            self._rows.bind(member_id, column, account)
        after = {"unit": place.branch.id, "posts": [role.value for role in entry.roles or ()]}
        self._rows.audit("member.add", member_id, None, after)

    def _since(self, entry: Entry, branch: Node) -> date:
        """Return from when somebody new belongs to a branch.

        A branch's first roll holds for the whole year it goes live in, so that the history of
        the year can be recorded; who comes later comes today.
        """
        if branch.id in self._people.peopled:
            return self._today
        first = first_of_year(branch.live_from)
        return max(first, entry.joined_on) if entry.joined_on else first

    # --- somebody on record ---------------------------------------------------------------------

    def _compare_member(self, entry: Entry, person: Known, change: _Change) -> None:
        values: Row = {}

        def differ(key: str, old: Any, new: Any, words: str) -> None:
            values[key] = new
            change.note(key, _plain(old), _plain(new), words)

        kind = entry.kind or _on_roll(person.kind)
        if kind is not person.kind:
            words = f"党员类型 {KIND_NAMES[person.kind]} → {KIND_NAMES[kind]}"
            differ("kind", person.kind, kind, words)
        if entry.category is not None and entry.category is not person.category:
            old = CATEGORY_NAMES[person.category] if person.category else "空"
            words = f"人员类别 {old} → {CATEGORY_NAMES[entry.category]}"
            differ("category", person.category, entry.category, words)
        if entry.tail and entry.tail != person.tail:
            differ("phone_tail", bool(person.tail), True, "手机尾号已更新")
            values["phone_tail"] = entry.tail
        if entry.joined_on is not None and entry.joined_on != person.joined_on:
            words = f"入党日期改为{entry.joined_on}"
            differ("joined_on", person.joined_on, entry.joined_on, words)
        if entry.full_since is not None and entry.full_since != person.full_since:
            words = f"转正日期改为{entry.full_since}"
            differ("full_since", person.full_since, entry.full_since, words)
        if values:
            self._rows.change_member(person.id, values)

    def _compare_place(self, person: Known, place: Place, change: _Change) -> None:
        moved = person.unit_id != place.branch.id
        cell_id = _id(place.cell) if place.known else (None if moved else person.cell_id)
        if not moved and cell_id == person.cell_id:
            return
        if person.membership_id is not None:
            self._rows.close_membership(person.membership_id)
        self._rows.open_membership(person.id, place.branch.id, cell_id, self._today)
        before = {"unit": person.unit_id, "cell": person.cell_id}
        after = {"unit": place.branch.id, "cell": cell_id}
        cell = place.cell.name if place.cell else "无"
        words = f"转到{place.branch.name}" if moved else f"党小组改为{cell}"
        change.note("membership", before, after, words)

    def _compare_posts(self, entry: Entry, person: Known, place: Place, change: _Change) -> None:
        moved = person.unit_id is not None and person.unit_id != place.branch.id
        if entry.roles is None and not moved:
            return
        wanted = {(_unit_of(r, place.branch, place.cell), r): None for r in entry.roles or ()}
        mine = self._own_posts(person, place.branch)
        old, new = [*mine], [post for post in wanted if post not in person.posts]
        lost = [post for post in mine if post not in wanted]
        for post in lost:
            self._rows.end_post(mine[post])
        for unit_id, role in new:
            ended = person.ended.get((unit_id, role, self._today))
            if ended is None:
                self._rows.open_post(person.id, unit_id, role, self._today)
            else:
                self._rows.reopen_post(ended)
        if lost or new:
            words = f"职务 {_posts([role for _, role in old])} → {_posts(entry.roles or ())}"
            change.note("posts", _values(old), _values(list(wanted)), words)

    def _own_posts(self, person: Known, branch: Node) -> dict[tuple[int, Role], int]:
        """Return the posts a roster decides: not an officer's, who is appointed by command."""
        units = {branch.id, person.unit_id, *(() if person.cell_id is None else (person.cell_id,))}
        return {
            post: post_id
            for post, post_id in person.posts.items()
            if post[0] in units or post[1] is Role.CELL_LEADER
        }

    def _compare_dues(self, entry: Entry, person: Known, change: _Change) -> None:
        if entry.monthly_fen is None or entry.monthly_fen == person.fen:
            return
        self._rows.assess(person.id, entry, self._month, person.settled + 1)
        old = "未核定" if person.fen is None else f"{yuan(person.fen)}元"
        words = f"月缴党费 {old} → {yuan(entry.monthly_fen)}元（{self._month.number}月起）"
        change.note("monthly_fen", person.fen, entry.monthly_fen, words)

    def _compare_accounts(self, entry: Entry, person: Known, change: _Change) -> None:
        for column, account in entry.accounts.items():
            space = self._source.spaces.get(column)
            same_space = [bound for bound in person.accounts if bound.space == space]
            if space is None or any(bound.key == fold(account) for bound in same_space):
                continue
            for bound in same_space:
                if bound.how == "roster":  # what people bound themselves stays
                    self._rows.unbind(bound.id)
            self._rows.bind(person.id, column, account)
            change.note(f"account.{space}", bool(same_space), True, f"{column}已绑定")

    def _end_posts_of(self, person: Known, given: set[Role], *, whole: bool) -> None:
        ended = [
            (role, post_id)
            for (unit_id, role), post_id in person.posts.items()
            if role not in ABOVE_ONLY and (whole or (role in given and unit_id == person.unit_id))
        ]
        for _, post_id in ended:
            self._rows.end_post(post_id)
        if ended:
            roles = [role for role, _ in ended]
            self.changes.append(f"{person.name}：不再担任{_posts(roles)}（文件里没有这个人）")
            self._rows.audit("member.change", person.id, {"posts": [r.value for r in roles]}, {})


def _on_roll(kind: MemberKind) -> MemberKind:
    """Return what somebody is once on a branch's roll."""
    return MemberKind.FULL if kind is MemberKind.STAFF else kind


def _unit_of(role: Role, branch: Node, cell: Node | None) -> int:
    """Return the unit a post is held in: a leader's cell, an officer's street, else the branch."""
    if role is Role.CELL_LEADER and cell is not None:
        return cell.id
    if role in ABOVE_ONLY:
        return int(branch.path.split("/")[1])
    return branch.id


def _posts(roles: Sequence[Role]) -> str:
    return "、".join(ROLE_NAMES[role] for role in roles) or "无"


def _values(posts: Sequence[tuple[int, Role]]) -> list[str]:
    return [role.value for _, role in posts]


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, (MemberKind, Category)) else value


def _id(node: Node | None) -> int | None:
    return None if node is None else node.id
