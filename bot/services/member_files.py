"""Members' files: one each, sorted, filed, archived; counted against the roll of any day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain import rights
from bot.domain.dues import Category
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.member_files import (
    FileClass,
    FileCount,
    FileEntry,
    FileState,
    WrongFile,
    check_code,
    check_entry,
    count_files,
)
from bot.domain.rights import Action, Actor
from bot.domain.sensitive import mask_numbers
from bot.services import anonymous, audit, people, roll_places, undo
from bot.services.people import Person
from bot.storage.insert import insert_once
from bot.storage.models import Member, MemberFileEntry, Unit

STEM = "member_files"
_void = aliased(MemberFileEntry)
STANDS: ColumnElement[bool] = (
    MemberFileEntry.refers_to.is_(None)
    & ~select(_void.id)
    .where(_void.refers_to == MemberFileEntry.id)
    .correlate(MemberFileEntry)
    .exists()
)
"""A state that nobody has taken back."""
_BY_CATEGORY = {
    Category.WAGE: FileClass.IN_SERVICE,
    Category.ANNUAL_SALARY: FileClass.IN_SERVICE,
    Category.RETIRED: FileClass.RETIRED,
    Category.FARMER: FileClass.FARMER,
    Category.STUDENT: FileClass.STUDENT,
}
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Progress:
    """The files of a unit on a day.

    Attributes:
        behind: By the next state, who has not come to it: for those who keep the roll.
    """

    unit: str
    on: date
    count: FileCount
    behind: Mapping[FileState, tuple[Person, ...]]


def record(
    session: Session,
    *,
    member_id: MemberId,
    state: FileState,
    on: date,
    by: Actor,
    now: datetime,
    file_class: FileClass | None = None,
    code: str = "",
) -> FileEntry:
    """Write down that the file of a member came to a state.

    Args:
        file_class: Left out, the one it has, else the one that follows from the member's category.
        code: Left out, the one it has.

    Raises:
        NotFound, Forbidden, IsAnonymous
        WrongFile: He has a file already, or it is not so far.
    """
    place = roll_places.get_place(session, member_id, by)
    anonymous.refuse(session, [member_id])
    if on > day_of(now):
        raise WrongFile("日期还没到。请到那天再登记，或写已经办了的日期。")
    session.execute(select(Member.id).where(Member.id == member_id).with_for_update()).all()
    known = load(session, [member_id]).get(member_id, [])
    last = known[-1] if known else None
    entry = FileEntry(
        state,
        file_class or (last.file_class if last else _class_of(session, member_id)),
        check_code(code) or (last.code if last else ""),
        on,
    )
    check_entry(place.name, known, entry)
    row = _append(session, member_id, entry, by=by, now=now)
    audit.record(
        session,
        by=by,
        at=now,
        action="member_file.record",
        subject=f"member_file:{member_id}",
        after={"state": state.value, "on": on.isoformat()},
    )
    if by.member_id is not None:
        undo.remember(
            session,
            member_id=by.member_id,
            stem=STEM,
            inverse={"member": member_id, "entry": row},
            title=f"{place.name}档案{state.value}的登记",
            at=now,
        )
    return entry


def take_back(
    session: Session,
    *,
    member_id: MemberId,
    state: FileState,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    """Take the state of a file back by a counter-entry.

    Raises:
        NotFound, Forbidden
        WrongFile: It has come further since.
    """
    roll_places.get_place(session, member_id, by)
    session.execute(select(Member.id).where(Member.id == member_id).with_for_update()).all()
    rows = session.execute(
        select(MemberFileEntry.__table__)
        .where(MemberFileEntry.member_id == member_id, STANDS)
        .order_by(MemberFileEntry.seq)
    ).all()
    fitting = [row for row in rows if row.state is state]
    if not fitting:
        raise NotFound(f"没有登记过档案{state.value}。")
    if rows[-1].id != fitting[0].id:
        raise WrongFile(f"档案后来已经{rows[-1].state.value}，请先更正那一条。")
    row = fitting[0]
    entry = FileEntry(row.state, row.file_class, row.location_code, row.on_day)
    _append(session, member_id, entry, by=by, now=now, refers_to=row.id, reason=reason)
    audit.record(
        session,
        by=by,
        at=now,
        action="member_file.take_back",
        subject=f"member_file:{member_id}",
        before={"state": state.value, "on": row.on_day.isoformat()},
        reason=mask_numbers(reason)[:60],
    )


def undo_entry(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take a state back within ten minutes (the inverse)."""
    state = session.scalars(
        select(MemberFileEntry.state).where(MemberFileEntry.id == inverse["entry"])
    ).one()
    member = MemberId(inverse["member"])
    take_back(session, member_id=member, state=state, reason="撤销", by=by, now=now)


def load(session: Session, members: Collection[MemberId]) -> dict[MemberId, list[FileEntry]]:
    """Return the states of the files of some members, in order; rights are the caller's."""
    found: dict[MemberId, list[FileEntry]] = defaultdict(list)
    ids = sorted(members)
    for start in range(0, len(ids), _AT_ONCE):
        rows = session.execute(
            select(
                MemberFileEntry.member_id,
                MemberFileEntry.state,
                MemberFileEntry.file_class,
                MemberFileEntry.location_code,
                MemberFileEntry.on_day,
            )
            .where(MemberFileEntry.member_id.in_(ids[start : start + _AT_ONCE]), STANDS)
            .order_by(MemberFileEntry.member_id, MemberFileEntry.seq)
        )
        for member, state, kind, code, on in rows:
            found[MemberId(member)].append(FileEntry(state, kind, code, on))
    return found


def progress(session: Session, unit_id: UnitId, on: date, *, by: Actor) -> Progress:
    """Return how the files of a unit and all below it stand on a day.

    Raises:
        Forbidden
    """
    unit = session.execute(select(Unit.name, Unit.path).where(Unit.id == unit_id)).one()
    rights.require(by, Action.MANAGE_ROLL, unit.path)
    persons = people.list_below(session, unit_id, on)
    files = load(session, [person.id for person in persons])
    behind: dict[FileState, list[Person]] = defaultdict(list)
    for person in persons:
        known = {entry.state for entry in files.get(person.id, ()) if entry.on <= on}
        missing = next((state for state in FileState if state not in known), None)
        if missing is not None:
            behind[missing].append(person)
    count = count_files([person.id for person in persons], files, on)
    return Progress(unit.name, on, count, {state: tuple(who) for state, who in behind.items()})


def look(session: Session, member_id: MemberId, *, by: Actor) -> list[FileEntry]:
    """Return the states of one member's file.

    Raises:
        NotFound, Forbidden
    """
    roll_places.get_place(session, member_id, by)
    return load(session, [member_id]).get(member_id, [])


def _class_of(session: Session, member_id: MemberId) -> FileClass:
    category = session.scalar(select(Member.category).where(Member.id == member_id))
    return FileClass.OTHER if category is None else _BY_CATEGORY.get(category, FileClass.OTHER)


def _append(
    session: Session,
    member_id: MemberId,
    entry: FileEntry,
    *,
    by: Actor,
    now: datetime,
    refers_to: int | None = None,
    reason: str = "",
) -> int:
    last = session.scalar(
        select(MemberFileEntry.seq)
        .where(MemberFileEntry.member_id == member_id)
        .order_by(MemberFileEntry.seq.desc())
        .limit(1)
    )
    values = {
        "member_id": member_id,
        "seq": (last or 0) + 1,
        "state": entry.state,
        "file_class": entry.file_class,
        "location_code": entry.code,
        "on_day": entry.on,
        "reason": mask_numbers(reason)[:60],
        "refers_to": refers_to,
        "by_id": by.member_id,
        "at": now,
    }
    row = insert_once(session, MemberFileEntry, values)
    if row is None:
        raise DomainError("这份档案刚刚有人登记过，请看一下再登记。")
    return int(row)
