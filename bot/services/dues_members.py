"""Whose dues of which months a branch takes: by the roll, not by where somebody is today.

After a transfer the old branch still takes the months up to that of the letter. Who died, left or
is suspended owes nothing for later months, and what is open of him is asked of nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session, aliased

from bot.domain import rights
from bot.domain.ids import MemberId, UnitId
from bot.domain.periods import Month, months_between
from bot.domain.rights import Action, Actor
from bot.domain.units import UnitKind
from bot.services import anonymous, roll
from bot.services.people import Person
from bot.storage.models import Member, Membership, Unit

_LETTERS_REACH = 12  # months between a letter and the month it names, at most
_BACK = 6  # months that are looked at where none is named

_branch = aliased(Unit)


@dataclass(frozen=True, slots=True)
class Circle:
    """Everybody whose dues may belong to some branches or cells.

    Attributes:
        persons: With the branch and cell they are, or last were, in.
        units: The branches whose dues are asked for.
    """

    persons: tuple[Person, ...]
    units: frozenset[UnitId]

    @property
    def ids(self) -> list[MemberId]:
        """Their ids, in the order of the roll."""
        return [person.id for person in self.persons]


@dataclass(frozen=True, slots=True)
class Payer:
    """A member with the months whose dues the branches asked for take.

    Attributes:
        months: Each with the branch that takes it; a month due nowhere counts where he is.
        asked: False of one who died, left or is suspended: what is open is asked of nobody.
    """

    person: Person
    months: Mapping[Month, UnitId]
    asked: bool


def below(session: Session, unit_id: UnitId, months: Sequence[Month] = ()) -> Circle:
    """Return everybody whose dues may belong to a unit or to those under it.

    Args:
        months: Leaves out who left long before these; without any, nobody is left out.
    """
    unit = session.execute(
        select(Unit.kind, Unit.path, Unit.parent_id).where(Unit.id == unit_id)
    ).one()
    is_cell = unit.kind is UnitKind.CELL
    where = Membership.unit_id == unit.parent_id if is_cell else _branch.path.startswith(unit.path)
    found = _circle(session, where & _near(months))
    if not is_cell:
        return found
    return replace(found, persons=tuple(p for p in found.persons if p.cell_id == unit_id))


def of_branches(session: Session, branches: Collection[UnitId], months: Sequence[Month]) -> Circle:
    """Return everybody whose dues of some months may belong to some branches."""
    return _circle(session, Membership.unit_id.in_(branches) & _near(months))


def within_reach(session: Session, members: Collection[MemberId], by: Actor) -> Circle:
    """Return some members, as far as the actor settles the dues of a branch they are or were in.

    Raises:
        Forbidden: He does of none of them.
    """
    found = _circle(session, Membership.member_id.in_(members), by)
    if not found.persons:
        raise rights.refusal(Action.CONFIRM_DUES)
    return found


def list_leavers(
    session: Session, months: Sequence[Month], *, by: Actor, today: date
) -> frozenset[MemberId]:
    """Return who has left the branches an actor settles the dues of, while a month is still theirs.

    Args:
        months: Those something is to be done about; without any, the last half year.

    Source:
        roll.letter.dues
    """
    this = Month.of(today)
    asked = sorted(months) or list(months_between(this.shift(-_BACK), this))
    rows = session.execute(
        select(Membership.member_id, _branch.path)
        .join(_branch, _branch.id == Membership.unit_id)
        .where(
            Membership.valid_to <= today,
            Membership.valid_to > min(asked).shift(-_LETTERS_REACH).first,
            _lasted(),
            or_(false(), *(_branch.path.startswith(g.unit_path) for g in by.grants)),
        )
    )
    left = {
        MemberId(row.member_id) for row in rows if rights.may(by, Action.CONFIRM_DUES, row.path)
    }
    taken = branches_of(session, left, asked) if left else {}
    units = session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(set(taken.values()))))
    ours = {row.id for row in units if rights.may(by, Action.CONFIRM_DUES, row.path)}
    return frozenset(member for (member, _), branch in taken.items() if branch in ours)


def payers(session: Session, circle: Circle, months: Sequence[Month], today: date) -> list[Payer]:
    """Return the members of a circle with those of some months that its branches take."""
    taken = branches_of(session, circle.ids, months)
    active = roll.active(session, circle.ids, today)
    found: list[Payer] = []
    for person in circle.persons:
        own = {
            month: branch
            for month in months
            if (branch := taken.get((person.id, month))) is not None and branch in circle.units
        }
        if own:
            home = replace(person, branch_id=own[max(own)])
            found.append(Payer(home, own, person.id in active))
    return found


def branches_of(
    session: Session, members: Collection[MemberId], months: Sequence[Month]
) -> dict[tuple[MemberId, Month], UnitId]:
    """Return whose money is what somebody pays for a month.

    Where nothing is due it is that of the branch he is, or last was, in.

    Source:
        roll.letter.dues
    """
    found = roll.dues_branches(session, members, months)
    nowhere = {member for (member, _), branch in found.items() if branch is None}
    rows = session.execute(
        select(Membership.member_id, Membership.unit_id)
        .where(Membership.member_id.in_(nowhere), _lasted())
        .order_by(Membership.valid_from, Membership.id)
    )
    last = {MemberId(row.member_id): UnitId(row.unit_id) for row in rows}
    every = {key: last.get(key[0]) if branch is None else branch for key, branch in found.items()}
    return {key: branch for key, branch in every.items() if branch is not None}


def require_for(
    session: Session, lines: Iterable[tuple[MemberId, Month]], by: Actor
) -> dict[tuple[MemberId, Month], UnitId]:
    """Refuse unless the actor may settle these months of these members; return whose they are.

    Raises:
        Forbidden: One belongs to another branch, or to none.
        IsAnonymous
    """
    wanted = set(lines)
    members, months = {member for member, _ in wanted}, sorted({month for _, month in wanted})
    anonymous.refuse(session, members)
    taken = branches_of(session, members, months)
    rows = session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(set(taken.values()))))
    paths = {row.id: row.path for row in rows}
    for line in wanted:
        rights.require(by, Action.CONFIRM_DUES, paths.get(taken.get(line, 0), ""))
    return {line: taken[line] for line in wanted}


def _near(months: Sequence[Month]) -> ColumnElement[bool]:
    if not months:
        return true()
    early = min(months).shift(-_LETTERS_REACH).first
    return or_(Membership.valid_to.is_(None), Membership.valid_to > early)


def _lasted() -> ColumnElement[bool]:
    return or_(Membership.valid_to.is_(None), Membership.valid_to > Membership.valid_from)


def _circle(session: Session, where: ColumnElement[bool], by: Actor | None = None) -> Circle:
    """Return who is meant, each with the last of the places there that the actor answers for."""
    rows = session.execute(
        select(
            Member.id,
            Member.name,
            Member.kind,
            Member.phone_tail,
            Membership.unit_id,
            Membership.cell_id,
            _branch.path,
        )
        .select_from(Membership)
        .join(Member, Member.id == Membership.member_id)
        .join(_branch, _branch.id == Membership.unit_id)
        .where(where, _lasted())
        .order_by(Member.id, Membership.valid_from, Membership.id)
    ).all()
    found = {
        MemberId(row.id): Person(
            MemberId(row.id),
            row.name,
            row.kind,
            UnitId(row.unit_id),
            None if row.cell_id is None else UnitId(row.cell_id),
            row.phone_tail,
        )
        for row in rows
        if by is None or rights.may(by, Action.CONFIRM_DUES, row.path)
    }
    units = {
        UnitId(row.unit_id)
        for row in rows
        if by is None or rights.may(by, Action.CONFIRM_DUES, row.path)
    }
    return Circle(tuple(found.values()), frozenset(units))
