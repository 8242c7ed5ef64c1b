"""Organisations: founded, renamed, put under another parent, split, merged, dissolved on a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, literal, select, update
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Action, Actor
from bot.domain.roll import check_day
from bot.domain.units import (
    FORM_NAMES,
    UNIT_NAMES,
    UnitChangeKind,
    UnitForm,
    UnitKind,
    check_parent,
    child_path,
    is_under,
)
from bot.domain.wording import day_words
from bot.services import organisation_ends, organisation_undo, roll_groups, undo
from bot.services.organisation_changes import MAX_NAME, CannotChange, Changed, note, require
from bot.storage.insert import insert_once
from bot.storage.models import Membership, Unit

STEM = "organisation"


class NameTaken(DomainError):
    """Another organisation bears the name, or has borne it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"已经有叫“{name}”的组织了（撤销了的也算），请换一个名称。")


class HasMembers(DomainError):
    """A branch with members cannot be dissolved without saying where they go."""

    def __init__(self, unit: str, count: int) -> None:
        super().__init__(
            f"{unit}还有{count}名党员，请写明转到哪个支部，例如：撤销支部 {unit} 党员转到 第三党支部"
        )


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation that exists.

    Attributes:
        members: How many belong to it, or to those under it.
    """

    id: UnitId
    name: str
    kind: UnitKind
    path: str
    parent_id: UnitId | None
    valid_from: date
    members: int = 0


def get_place(session: Session, unit_id: UnitId) -> Place:
    """Return an organisation that exists, with how many belong to it.

    Raises:
        NotFound: It was dissolved.
    """
    row = session.execute(
        select(Unit.id, Unit.name, Unit.kind, Unit.path, Unit.parent_id, Unit.valid_from).where(
            Unit.id == unit_id, Unit.valid_to.is_(None)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("这个组织已经撤销了，请核对名称。")
    below = select(Unit.id).where(Unit.path.startswith(row.path))
    members = session.scalar(
        select(func.count()).where(
            Membership.unit_id.in_(below) | Membership.cell_id.in_(below),
            Membership.valid_to.is_(None),
        )
    )
    return Place(
        UnitId(row.id),
        row.name,
        row.kind,
        row.path,
        None if row.parent_id is None else UnitId(row.parent_id),
        row.valid_from,
        members or 0,
    )


def found(
    session: Session,
    *,
    name: str,
    kind: UnitKind,
    parent_id: UnitId,
    on: date,
    by: Actor,
    now: datetime,
    form: UnitForm = UnitForm.ORDINARY,
) -> Place:
    """Found an organisation on a day; no period that began before it is ever overdue.

    Args:
        on: The Shanghai day, today or earlier.

    Raises:
        Forbidden, NotFound, NameTaken, WrongParent, WrongChange: The day is still to come.
    """
    place, noted = _found(session, name, kind, parent_id, on, by, now, form)
    _remember(session, by, place.id, noted, f"{name}成立", now)
    return place


def _found(
    session: Session,
    name: str,
    kind: UnitKind,
    parent_id: UnitId,
    on: date,
    by: Actor,
    now: datetime,
    form: UnitForm = UnitForm.ORDINARY,
) -> tuple[Place, list[int]]:
    parent = get_place(session, parent_id)
    require(by, kind, parent.path)
    check_parent(kind, parent.kind)
    check_day(on, day_of(now))
    if not 2 < len(name) <= MAX_NAME:
        raise CannotChange(f"名称要写3到{MAX_NAME}个字，请写全称。")
    # The bot has watched over the unit above for longer: months due elsewhere stay due.
    watched = session.scalars(select(Unit.live_from).where(Unit.id == parent_id)).one()
    row = insert_once(
        session,
        Unit,
        {
            "name": name,
            "kind": kind,
            "form": form,
            "parent_id": parent_id,
            "path": "",
            "live_from": min(on, watched),
            "valid_from": on,
            "valid_to": None,
        },
    )
    if row is None:
        raise NameTaken(name)
    unit_id = UnitId(int(row))
    path = child_path(parent.path, unit_id)
    session.connection().execute(update(Unit).where(Unit.id == unit_id).values(path=path))
    after = {"name": name, "parent": parent_id, "form": form.value}
    noted = note(session, UnitChangeKind.FOUNDED, on, [(unit_id, {}, after)], by=by, now=now)
    return Place(unit_id, name, kind, path, parent_id, on), noted


def rename(
    session: Session, *, unit_id: UnitId, name: str, on: date, by: Actor, now: datetime
) -> Place:
    """Call an organisation otherwise from a day on, and its cells that bear its name.

    Raises:
        Forbidden, NotFound, NameTaken, WrongChange
    """
    unit = get_place(session, unit_id)
    require(by, unit.kind, unit.path)
    _check_day(unit, on, now)
    if not 2 < len(name) <= MAX_NAME:
        raise CannotChange(f"名称要写3到{MAX_NAME}个字，请写全称。")
    rows = session.execute(
        select(Unit.id, Unit.name).where(
            Unit.path.startswith(unit.path), Unit.name.startswith(unit.name)
        )
    ).all()
    renamed = {row.id: name + row.name.removeprefix(unit.name) for row in rows}
    taken = session.scalar(
        select(Unit.name).where(Unit.name.in_(renamed.values()), Unit.id.not_in(renamed))
    )
    if taken is not None or name == unit.name:
        raise NameTaken(name)
    session.connection().execute(
        update(Unit)
        .where(Unit.id.in_(renamed))
        .values(name=literal(name) + func.substr(Unit.name, len(unit.name) + 1))
    )
    changed = [(UnitId(r.id), {"name": r.name}, {"name": renamed[r.id]}) for r in rows]
    changed.sort(key=lambda change: change[0] != unit_id)
    noted = note(session, UnitChangeKind.RENAMED, on, changed, by=by, now=now)
    _remember(session, by, unit_id, noted, f"{unit.name}更名", now)
    return get_place(session, unit_id)


def move(
    session: Session, *, unit_id: UnitId, parent_id: UnitId, on: date, by: Actor, now: datetime
) -> Place:
    """Put an organisation under another parent from a day on; groups, posts and duties follow it.

    Raises:
        Forbidden, NotFound, WrongParent, CannotChange, WrongChange
    """
    unit, parent = get_place(session, unit_id), get_place(session, parent_id)
    for path in (unit.path, parent.path):
        rights.require(by, Action.MANAGE_UNITS, path)
    check_parent(unit.kind, parent.kind)
    _check_day(unit, on, now)
    if parent_id == unit.parent_id:
        raise CannotChange(f"{unit.name}本来就在{parent.name}下面。")
    if is_under(parent.path, unit.path):
        raise CannotChange(f"{parent.name}在{unit.name}下面，不能反过来放。")
    connection = session.connection()
    connection.execute(update(Unit).where(Unit.id == unit_id).values(parent_id=parent_id))
    new = child_path(parent.path, unit_id)
    connection.execute(
        update(Unit)
        .where(Unit.path.startswith(unit.path))
        .values(path=literal(new) + func.substr(Unit.path, len(unit.path) + 1))
    )
    before, after = {"parent": unit.parent_id}, {"parent": parent_id}
    noted = note(session, UnitChangeKind.MOVED, on, [(unit_id, before, after)], by=by, now=now)
    _remember(session, by, unit_id, noted, f"{unit.name}划转", now)
    return get_place(session, unit_id)


def set_form(
    session: Session, *, unit_id: UnitId, form: UnitForm, on: date, by: Actor, now: datetime
) -> Place:
    """Write down that a branch is a themed or a joint one from a day on, or an ordinary one.

    Raises:
        Forbidden, NotFound, CannotChange, WrongChange
    """
    unit = get_place(session, unit_id)
    rights.require(by, Action.MANAGE_UNITS, unit.path)
    check_day(on, day_of(now))
    if unit.kind is not UnitKind.BRANCH:
        raise CannotChange(
            f"{unit.name}是{UNIT_NAMES[unit.kind]}，只有支部才分普通、功能型、联合。"
        )
    old = session.scalars(select(Unit.form).where(Unit.id == unit_id)).one()
    session.connection().execute(update(Unit).where(Unit.id == unit_id).values(form=form))
    before, after = {"form": old.value}, {"form": form.value}
    noted = note(session, UnitChangeKind.FORM, on, [(unit_id, before, after)], by=by, now=now)
    _remember(session, by, unit_id, noted, f"{unit.name}设为{FORM_NAMES[form]}", now)
    return unit


def dissolve(
    session: Session,
    *,
    unit_id: UnitId,
    into_id: UnitId | None,
    on: date,
    by: Actor,
    now: datetime,
) -> Place:
    """Dissolve an organisation on a day; members, groups, meetings and letters go where is said.

    Args:
        into_id: The branch that takes over; not needed for one without members, nor for a cell,
            whose members stay in the branch.

    Raises:
        Forbidden, NotFound, HasMembers, CannotChange, WrongChange
    """
    unit = get_place(session, unit_id)
    require(by, unit.kind, unit.path)
    _check_day(unit, on, now)
    if unit.kind not in (UnitKind.BRANCH, UnitKind.CELL):
        raise CannotChange(f"{unit.name}是{UNIT_NAMES[unit.kind]}，下面的支部要先划转或撤销。")
    into = None if into_id is None else get_place(session, into_id)
    if unit.kind is UnitKind.BRANCH:
        _check_into(unit, into)
    if into is not None:
        rights.require(by, Action.MANAGE_ROLL, into.path)
    marks = organisation_undo.marks_of(session)
    moved = roll_groups.move_all(session, unit, into, on=on, by=by, now=now)
    left = organisation_ends.hand_over(session, unit, into, on=on, by=by, now=now)
    ended = session.scalars(
        update(Unit)
        .where(Unit.path.startswith(unit.path), Unit.valid_to.is_(None))
        .values(valid_to=on)
        .returning(Unit.id)
    ).all()
    if unit_id not in ended:
        raise CannotChange(f"{unit.name}刚刚已经撤销了。")
    parts = sorted((UnitId(part) for part in ended), key=lambda part: (part != unit_id, part))
    changed: list[Changed] = [(part, {}, {"into": into_id}) for part in parts]
    noted = note(session, UnitChangeKind.DISSOLVED, on, changed, by=by, now=now)
    traces = {"moved": moved, "marks": marks, "into": into_id, **asdict(left)}
    _remember(session, by, unit_id, noted, f"{unit.name}撤销", now, traces)
    return unit


def split(
    session: Session,
    *,
    unit_id: UnitId,
    name: str,
    members: Collection[MemberId],
    on: date,
    by: Actor,
    now: datetime,
) -> Place:
    """Found a second branch beside one, with some of its members.

    Raises:
        Forbidden, NotFound, NameTaken, CannotChange: It would take everybody, or nobody.
    """
    unit = get_place(session, unit_id)
    if unit.kind is not UnitKind.BRANCH or unit.parent_id is None:
        raise CannotChange(f"{unit.name}不能分设支部。")
    if not 0 < len(members) < unit.members:
        raise CannotChange(f"{unit.name}有{unit.members}名党员，分出去的要有人，也不能是全部。")
    marks = organisation_undo.marks_of(session)
    new, noted = _found(session, name, unit.kind, unit.parent_id, on, by, now)
    moved, posts = roll_groups.move_some(session, unit, new, members, on=on, by=by, now=now)
    traces = {"moved": moved, "marks": marks, "into": unit_id, "posts": posts}
    _remember(session, by, new.id, noted, f"{unit.name}分设{name}", now, traces)
    return new


def _remember(
    session: Session,
    by: Actor,
    unit_id: UnitId,
    noted: Sequence[int],
    what: str,
    now: datetime,
    traces: Mapping[str, Any] | None = None,
) -> None:
    """Store how to take a change back.

    Args:
        traces: What else it did, as `organisation_undo` puts it back.
    """
    if by.member_id is None:
        return
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={"unit": unit_id, "changes": list(noted), **(traces or {})},
        title=f"{what}的登记",
        at=now,
    )


def _check_day(unit: Place, on: date, now: datetime) -> None:
    """Refuse a day to come, and one before the organisation was founded."""
    check_day(on, day_of(now))
    if on <= unit.valid_from:
        founded = f"{unit.valid_from.year}年{day_words(unit.valid_from)}"
        raise CannotChange(f"{unit.name}{founded}才成立，变动日期要在那天之后，请核对。")


def _check_into(unit: Place, into: Place | None) -> None:
    if into is None:
        if unit.members:
            raise HasMembers(unit.name, unit.members)
        return
    if into.kind is not UnitKind.BRANCH or into.id == unit.id:
        raise CannotChange(f"党员要转到另一个支部，{into.name}不行。请核对名称。")
