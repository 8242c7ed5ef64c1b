"""What there is to read (学习资料): a title and a link, kept by a unit for all below it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain import rights
from bot.domain.errors import DomainError
from bot.domain.ids import UnitId
from bot.domain.rights import Action, Actor
from bot.domain.study_plan import check_link, check_title
from bot.domain.units import UnitKind
from bot.services import audit, outbox, people, roll, undo
from bot.services.outbox import Routes
from bot.services.people import Person
from bot.storage.insert import insert_once
from bot.storage.models import StudyMaterial, Unit

STEM = "study_material"
_ASKED = "放学习资料"


class NoMaterial(DomainError):
    """There is nothing of this name to read."""

    may_be_overheard = True


@dataclass(frozen=True, slots=True)
class Material:
    """Something to read.

    Attributes:
        link: None where it was taken back.
    """

    unit_id: UnitId
    title: str
    seq: int
    link: str | None
    programme_id: int | None = None


@dataclass(frozen=True, slots=True)
class Readers:
    """To whom material goes: persons with an account, and those without."""

    material: Material
    persons: tuple[Person, ...]
    unreachable: tuple[Person, ...]


def keep(
    session: Session,
    *,
    title: str,
    link: str | None,
    by: Actor,
    now: datetime,
    programme_id: int | None = None,
    unit_id: UnitId | None = None,
) -> bool:
    """Keep material under its title, another link for the same title, or none; False if it stood.

    Args:
        link: None takes it back.
        unit_id: Left out, the actor's own unit.

    Raises:
        Forbidden, UnfitLink, UnfitPlan, SensitiveNumber
        NoMaterial: There is none to take back.
    """
    unit_id = unit_id or _unit_of(session, by)
    check_title(title)
    if link is not None:
        check_link(link)
    last = _last(session, [unit_id]).get((unit_id, title))
    if last is None and link is None:
        raise NoMaterial(f"没有叫“{title}”的资料。看有哪些请回复 资料")
    if last is not None and (last.link, last.programme_id) == (link, programme_id):
        return False
    before = last or Material(unit_id, title, 0, None)
    _append(session, before, link, programme_id, by, now)
    if by.member_id is not None:
        undo.remember(
            session,
            member_id=by.member_id,
            stem=STEM,
            inverse={
                "unit": unit_id,
                "title": title,
                "seq": before.seq + 1,
                "link": before.link,
                "programme": before.programme_id,
            },
            title=f"资料“{title}”",
            at=now,
        )
    audit.record(
        session,
        by=by,
        at=now,
        action="study.material",
        subject=f"unit:{unit_id}",
        before={"title": title, "link": before.link},
        after={"title": title, "link": link},
    )
    return True


def _unit_of(session: Session, by: Actor) -> UnitId:
    """Return the unit an actor keeps material for: never a cell, whose people read the branch's."""
    unit_id = people.scope_of(by, Action.CALL_MEETING, _ASKED)
    if session.scalar(select(Unit.kind).where(Unit.id == unit_id)) is UnitKind.CELL:
        raise rights.refusal(Action.CALL_MEETING, _ASKED)
    return unit_id


def list_seen(session: Session, units: Collection[UnitId]) -> list[Material]:
    """Return what there is to read in some units, in the order it was first put there."""
    return [one for one in _last(session, units).values() if one.link is not None]


def find(session: Session, units: Collection[UnitId], words: str) -> list[Material]:
    """Return the material a piece of its title names; the one called so exactly, if there is.

    Raises:
        NoMaterial
    """
    seen = list_seen(session, units)
    found = [one for one in seen if one.title == words] or [m for m in seen if words in m.title]
    if not found:
        raise NoMaterial(f"没有找到“{words}”的资料。看有哪些请回复 资料")
    return found


def readers(
    session: Session, material: Material, *, by: Actor, routes: Routes, now: datetime
) -> Readers:
    """Return to whom material would be sent: everybody of the actor's unit but himself.

    Raises:
        Forbidden
    """
    unit_id = people.scope_of(by, Action.SEND_NOTICE, "发资料")
    on = day_of(now)
    everyone = roll.without_suspended(session, people.list_below(session, unit_id, on), on)
    persons = [person for person in everyone if person.id != by.member_id]
    reachable = outbox.addresses_of(session, routes, {person.id for person in persons})
    return Readers(
        material,
        tuple(person for person in persons if person.id in reachable),
        tuple(person for person in persons if person.id not in reachable),
    )


def undo_kept(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Let what stood before stand again (the inverse).

    Raises:
        DomainError: It was changed since.
    """
    last = Material(UnitId(inverse["unit"]), inverse["title"], inverse["seq"], None)
    _append(session, last, inverse["link"], inverse["programme"], by, now)


def _append(
    session: Session,
    last: Material,
    link: str | None,
    programme_id: int | None,
    by: Actor,
    now: datetime,
) -> None:
    row = insert_once(
        session,
        StudyMaterial,
        {
            "unit_id": last.unit_id,
            "title": last.title,
            "seq": last.seq + 1,
            "link": link,
            "programme_id": programme_id,
            "by_id": by.member_id,
            "at": now,
        },
    )
    if row is None:
        raise DomainError(f"资料“{last.title}”刚刚被别人改过，请看一下再改。")


def _last(session: Session, units: Collection[UnitId]) -> dict[tuple[UnitId, str], Material]:
    """Return what is in force by unit and title, in the order it was first put there."""
    last = (
        select(
            StudyMaterial.unit_id,
            StudyMaterial.title,
            func.max(StudyMaterial.seq).label("seq"),
            func.min(StudyMaterial.id).label("first"),
        )
        .where(StudyMaterial.unit_id.in_(units))
        .group_by(StudyMaterial.unit_id, StudyMaterial.title)
        .subquery()
    )
    rows = session.execute(
        select(
            StudyMaterial.unit_id,
            StudyMaterial.title,
            StudyMaterial.seq,
            StudyMaterial.link,
            StudyMaterial.programme_id,
        )
        .join(
            last,
            and_(
                StudyMaterial.unit_id == last.c.unit_id,
                StudyMaterial.title == last.c.title,
                StudyMaterial.seq == last.c.seq,
            ),
        )
        .order_by(last.c.first)
    )
    return {
        (UnitId(row[0]), row[1]): Material(UnitId(row[0]), row[1], row[2], row[3], row[4])
        for row in rows
    }
