"""Written names → members within an actor's reach, or the one question that has to be asked."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session, aliased

from bot.domain import rights
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.name_forms import is_kin_word
from bot.domain.naming import Candidate, Naming, Roll, Verdict
from bot.domain.prompts import MAX_CHOICES
from bot.domain.rights import Action, Actor, Grant
from bot.domain.telling_apart import Traits, tell_apart
from bot.domain.units import ids_of, short_name
from bot.domain.upper_meetings import ABOVE
from bot.domain.wording import with_note
from bot.services import aliases
from bot.services.pinyin import sounds_of
from bot.storage.models import Member, Membership, Post, Unit

_TAIL = re.compile(r"(?P<name>[^\d\s(]{2,})\s?\(?(?:尾号)?(?P<tail>\d{4})\)?")
_branch, _cell = aliased(Unit), aliased(Unit)


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody on the roll whom a name may mean.

    Attributes:
        path: Of the cell where there is one, else of the branch: where rights are asked.
        grants: The posts held, so that the person can be looked at as an actor.
    """

    id: MemberId
    name: str
    branch_id: UnitId
    cell_id: UnitId | None
    branch: str
    cell: str
    branch_path: str
    path: str
    phone_tail: str
    grants: tuple[Grant, ...] = ()

    @property
    def as_actor(self) -> Actor:
        """The person as an actor: which meetings concern him."""
        grants, seats = rights.split_posts(self.grants)
        return Actor(
            member_id=self.id,
            name=self.name,
            branch_id=self.branch_id,
            branch_path=self.branch_path,
            cell_id=self.cell_id,
            grants=grants,
            seats=seats,
        )


@dataclass(frozen=True, slots=True)
class Reach:
    """The people an actor may name, with the index that finds them.

    Attributes:
        roll: Asked by names as written.
        people: By id.
    """

    roll: Roll
    people: Mapping[MemberId, Named]

    def named(self, naming: Naming) -> list[Named]:
        """Return the people a naming speaks of, the likeliest first."""
        return [self.people[fit.candidate.id] for fit in naming.fits]


class NobodyNamed(NotFound):
    """Nobody within reach is called so.

    Args:
        among: How many names were written in all.

    Attributes:
        is_kin: It was a kin word (老伴), so the name may still be asked for.
    """

    def __init__(self, written: str, among: int = 1) -> None:
        self.written = written
        self.is_kin = is_kin_word(written)
        none = "这条里的一个也没有记。" if among > 1 else ""
        super().__init__(
            f"我还不知道您说的“{written}”是谁。{none}请写姓名再发一次；"
            f"想让我以后都认得，先发：别名 {written} 姓名"
            if self.is_kin
            else f"本支部名册里没有{written}。{none}请核对姓名，写全名再发一次。"
        )


class TooManyNamed(DomainError):
    """More people are called so than a question can list."""

    def __init__(self, written: str, count: int) -> None:
        super().__init__(f"“{written}”对得上{count}位，请写全名再发一次。")


class WhichPerson(DomainError):
    """Several fit a name, or one nearly does: put as one numbered question.

    Attributes:
        choices: Those who may be meant, with the words that tell them apart.
        is_near: Nobody fits; these nearly do.
        needs_detail: The words hold more of the roll than names.
    """

    def __init__(
        self, written: str, choices: Sequence[tuple[Named, str]], *, near: bool, detail: bool
    ) -> None:
        super().__init__(f"“{written}”说的是哪一位？请写全名。")
        self.written = written
        self.choices = tuple(choices)
        self.is_near = near
        self.needs_detail = detail

    @property
    def are_namesakes(self) -> bool:
        """Whether they bear one name, so that the name alone will never tell."""
        return len({person.name for person, _ in self.choices}) == 1 < len(self.choices)


def load_reach(
    session: Session,
    *,
    by: Actor,
    on: date,
    action: Action,
    own_branch: bool = True,
    within: UnitId | None = None,
    left: Collection[MemberId] = (),
) -> Reach:
    """Return whom an actor may name: where the action is allowed, and the own branch.

    Args:
        action: What is to be done; decides how far posts reach.
        own_branch: Also those of the own branch, where everybody may speak for others.
        within: Only those of this unit or below it; the actor may do the action there.
        left: Also these, who are on the roll there no more: each where he last was.

    Raises:
        Forbidden: There is no such place.
    """
    paths = {g.unit_path for g in by.grants if action in rights.RIGHTS[g.role]}
    if own_branch and by.branch_id is not None:
        paths.add(by.branch_path)
    if not paths:
        raise rights.refusal(action)
    if within is not None:
        paths = set(session.scalars(select(Unit.path).where(Unit.id == within)))
    people = _load(session, paths, on, left)
    if action in (Action.RECORD_ATTENDANCE, Action.MANAGE_ROLL):
        people = {**_load_seated(session, paths, on), **people}
    branches = {person.branch_id for person in people.values()}
    taught = aliases.list_understood(session, branches, by.member_id)
    candidates = (
        Candidate(
            person.id,
            person.name,
            taught.get(person.id, ()),
            person.branch_id,
            person.cell_id,
            frozenset(grant.role for grant in person.grants),
        )
        for person in people.values()
    )
    return Reach(Roll(candidates, sounds_of), people)


def resolve(
    session: Session,
    names: Sequence[str],
    *,
    by: Actor,
    on: date,
    action: Action,
    own_branch: bool = True,
    settled: Mapping[str, int] | None = None,
    within: UnitId | None = None,
    left: Collection[MemberId] = (),
) -> list[Named]:
    """Return the members some names mean, each once, in the order of the names.

    Args:
        settled: Names a question has answered already, with the member chosen.
        within: Only those of this unit or below it; the actor may do the action there.

    Raises:
        NobodyNamed, TooManyNamed, WhichPerson: About the first name that is not clear; nothing
            may be recorded for the others either.
        Forbidden: The actor may name nobody.
    """
    reach = load_reach(
        session, by=by, on=on, action=action, own_branch=own_branch, within=within, left=left
    )
    known = settled or {}
    return list(dict.fromkeys(the_one(reach, name, known.get(name), len(names)) for name in names))


def labels(reach: Reach) -> dict[MemberId, str]:
    """Return what to call everybody within reach where several are named, namesakes told apart.

    For the eyes of those who keep the roll, never for a group.
    """
    borne = Counter(person.name for person in reach.people.values())
    return {
        person.id: with_note(person.name, f"尾号{person.phone_tail}")
        if borne[person.name] > 1 and person.phone_tail
        else person.name
        for person in reach.people.values()
    }


def may_speak_for(by: Actor, person: Named, action: Action) -> bool:
    """Tell whether an actor may say something of a person: of one branch, or by right."""
    return person.branch_id == by.branch_id or rights.may(by, action, person.path)


def take_apart(reach: Reach, written: str) -> tuple[str, ...]:
    """Return a run of registered names without a mark between them (张三李四) name by name.

    A word that means somebody as it stands, or is no such run, comes back whole.
    """
    if reach.roll.match(written).is_sure:
        return (written,)
    names = {person.name for person in reach.people.values()}
    return _run(written, names) or (written,)


def _run(text: str, names: Collection[str]) -> tuple[str, ...]:
    for name in sorted(names, key=len, reverse=True):
        if text == name:
            return (name,)
        if text.startswith(name) and (rest := _run(text[len(name) :], names)):
            return (name, *rest)
    return ()


def the_one(reach: Reach, name: str, chosen: int | None = None, among: int = 1) -> Named:
    """Return the member that a written name means.

    Args:
        chosen: Whom a question has settled it to be.
        among: How many names were written in all.

    Raises:
        NobodyNamed, TooManyNamed, WhichPerson
    """
    if chosen is not None and MemberId(chosen) in reach.people:
        return reach.people[MemberId(chosen)]
    bare, tail = _without_tail(name)
    naming = reach.roll.match(bare)
    found = reach.named(naming)
    if naming.is_sure:
        return found[0]  # whatever the digits: they tell namesakes apart, and prove nothing
    if tail and naming.verdict is Verdict.SEVERAL:
        meant = [person for person in found if person.phone_tail == tail]
        if len(meant) == 1:
            return meant[0]
    if naming.verdict is Verdict.NOBODY:
        raise NobodyNamed(name, among)
    near = naming.verdict is Verdict.NEAR
    if len(found) > MAX_CHOICES and not near:
        raise TooManyNamed(name, len(found))
    labels = tell_apart([_traits(person) for person in found[:MAX_CHOICES]], with_names=near)
    raise WhichPerson(
        name,
        list(zip(found, labels.words, strict=False)),
        near=near,
        detail=labels.from_the_roll,
    )


def _without_tail(name: str) -> tuple[str, str]:
    """Split 张伟4567 into the name and the tail of the phone that tells namesakes apart."""
    match = _TAIL.fullmatch(name)
    return (match["name"], match["tail"]) if match else (name, "")


def _traits(person: Named) -> Traits:
    cell = person.cell.removeprefix(person.branch)
    return Traits(person.name, short_name(person.branch), cell, person.phone_tail)


def _load(
    session: Session, paths: Collection[str], on: date, left: Collection[MemberId] = ()
) -> dict[MemberId, Named]:
    here = or_(Membership.valid_to.is_(None), Membership.valid_to > on)
    if left:
        gone = (Membership.valid_to > Membership.valid_from) & Membership.member_id.in_(left)
        here = or_(here, gone)
    rows = session.execute(
        select(
            Member.id,
            Member.name,
            _branch.id,
            _branch.name,
            _branch.path,
            _cell.id,
            _cell.name,
            _cell.path,
            Member.phone_tail,
        )
        .join(Membership, Membership.member_id == Member.id)
        .join(_branch, _branch.id == Membership.unit_id)
        .outerjoin(_cell, _cell.id == Membership.cell_id)
        .where(
            Membership.valid_from <= on,
            here,
            or_(
                false(),
                *(_branch.path.startswith(path) for path in paths),
                *(_cell.path.startswith(path) for path in paths),
            ),
        )
        .order_by(Member.id, Membership.valid_from)
    ).all()
    cells = {cell for row in rows if (cell := _unit(row[5])) is not None}
    above = {unit for row in rows for unit in ids_of(row[4])}
    held = _grants(session, above | cells, on)
    return {
        MemberId(row[0]): Named(
            id=MemberId(row[0]),
            name=row[1],
            branch_id=UnitId(row[2]),
            cell_id=_unit(row[5]),
            branch=row[3],
            cell=row[6] or "",
            branch_path=row[4],
            path=row[7] or row[4],
            phone_tail=row[8],
            grants=tuple(held.get(row[0], ())),
        )
        for row in rows
    }


def _load_seated(session: Session, paths: Collection[str], on: date) -> dict[MemberId, Named]:
    """Return who has a post in a street or community within reach and is on no branch's roll."""
    there = or_(Membership.valid_to.is_(None), Membership.valid_to > on)
    placed = select(Membership.member_id).where(Membership.valid_from <= on, there)
    rows = session.execute(
        select(Member.id, Member.name, Member.phone_tail, Unit.id, Unit.name, Unit.path)
        .join(Post, Post.member_id == Member.id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            Unit.kind.in_(ABOVE),
            or_(false(), *(Unit.path.startswith(path) for path in paths)),
            Post.valid_from <= on,
            or_(Post.valid_to.is_(None), Post.valid_to > on),
            Member.id.not_in(placed),
        )
        .order_by(Member.id, Post.id)
    ).all()
    held = _grants(session, {row[3] for row in rows}, on)
    return {
        MemberId(member): Named(
            id=MemberId(member),
            name=name,
            branch_id=UnitId(unit),
            cell_id=None,
            branch=unit_name,
            cell="",
            branch_path=path,
            path=path,
            phone_tail=tail,
            grants=tuple(held.get(member, ())),
        )
        for member, name, tail, unit, unit_name, path in rows
    }


def _unit(found: int | None) -> UnitId | None:
    return None if found is None else UnitId(found)


def _grants(session: Session, units: Collection[int], on: date) -> dict[int, list[Grant]]:
    found: dict[int, list[Grant]] = defaultdict(list)
    rows = session.execute(
        select(Post.member_id, Post.role, Unit.id, Unit.path)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            Post.unit_id.in_(units),
            Post.valid_from <= on,
            or_(Post.valid_to.is_(None), Post.valid_to > on),
        )
        .order_by(Post.id)
    )
    for member_id, role, unit_id, path in rows:
        found[member_id].append(Grant(role, UnitId(unit_id), path))
    return found
