"""Cases of those who want to join: steps, papers and clocks, for those who keep the roll alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, update
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain import rights
from bot.domain.calendar import Workdays
from bot.domain.development import (
    MAX_WORDS,
    Case,
    CaseAct,
    Entry,
    WrongStep,
    check_extension,
    check_step,
    check_take_back,
    full_day,
    late_words,
    publicity,
    standing_entries,
    standing_of,
)
from bot.domain.development_steps import (
    APPROVED,
    CONFIRMATION_APPROVED,
    FILED,
    find_material,
    step_of,
)
from bot.domain.errors import DomainError, NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.members import is_anonymous_name
from bot.domain.rights import Action, Actor
from bot.domain.sensitive import mask_numbers
from bot.services import audit, counters, development_roll, people, scopes, undo
from bot.storage.insert import insert_once
from bot.storage.models import DevelopmentCase, DevelopmentEntry, Unit

STEM = "development"
MAX_NAME = 40
ASKED = "发展党员"
_void = aliased(DevelopmentEntry)
STANDS = (DevelopmentEntry.act != CaseAct.VOID) & ~select(_void.id).where(
    _void.refers_to == DevelopmentEntry.id
).correlate(DevelopmentEntry).exists()
"""An entry that nobody has taken back."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as those who keep it see it."""

    id: int
    unit_id: UnitId
    unit: str
    path: str
    number: int
    name: str
    member_id: MemberId | None
    entries: tuple[Entry, ...]
    changes: Mapping[int, int]
    case: Case


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry to write down.

    Attributes:
        another: Whether it is known that whoever is admitted is nobody of the roll.
    """

    act: CaseAct
    on: date
    step: int | None = None
    amount: int | None = None
    words: str = ""
    another: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry on record.

    Attributes:
        view: The case with it.
        until: The last day of a publicity; `provisional` where holidays are not known yet.
        late: What to say where it came after its last day.
        roll_on: The day on which the roll changed by it, if it did.
    """

    view: CaseView
    entry_id: int
    until: date | None = None
    provisional: bool = False
    late: str = ""
    roll_on: date | None = None


def list_cases(
    session: Session, unit_id: UnitId, *, by: Actor, closed: bool = False
) -> list[CaseView]:
    """Return the cases of a unit and all below it, those that go on or those that are over.

    Raises:
        Forbidden
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    _require(by, path)
    found = load(session, Unit.path.startswith(path) & (is_over() if closed else ~is_over()))
    return sorted(found, key=lambda view: (view.unit_id, -view.case.at_step, view.number))


def unit_meant(session: Session, by: Actor, named: str | None) -> UnitId:
    """Return the unit named, else the one whose roll the actor keeps.

    Raises:
        NotFound, Forbidden
    """
    if named is None:
        return people.scope_of(by, Action.MANAGE_ROLL, ASKED)
    return scopes.unit_meant(session, by, Action.MANAGE_ROLL, named)


def check_keeper(by: Actor) -> None:
    """Refuse whoever keeps no roll, before anything about a case is said.

    Raises:
        Forbidden
    """
    if not rights.holds(by, Action.MANAGE_ROLL):
        raise rights.refusal(Action.MANAGE_ROLL, ASKED)


def find_by_name(session: Session, name: str, *, by: Actor, closed: bool = False) -> list[CaseView]:
    """Return the cases of a name within the actor's reach, those that go on or all.

    Raises:
        Forbidden: The actor keeps no roll.
    """
    check_keeper(by)
    paths = [g.unit_path for g in by.grants if Action.MANAGE_ROLL in rights.RIGHTS[g.role]]
    within = or_(false(), *(Unit.path.startswith(path) for path in paths))
    going = [] if closed else [~is_over()]
    where = within & (DevelopmentCase.name == name)
    for condition in going:
        where &= condition
    return load(session, where)


def get(session: Session, case_id: int, *, by: Actor) -> CaseView:
    """Return a case.

    Raises:
        NotFound, Forbidden
    """
    found = load(session, DevelopmentCase.id == case_id)
    if not found:
        raise NotFound("没有找到这份发展登记。")
    _require(by, found[0].path)
    return found[0]


def open_case(
    session: Session, *, unit_id: UnitId, name: str, by: Actor, now: datetime, source: str
) -> CaseView:
    """Open a case in a branch; the same message opens one alone.

    Args:
        source: Id of the message.

    Raises:
        Forbidden, WrongStep
    """
    path = session.scalar(select(Unit.path).where(Unit.id == unit_id)) or ""
    _require(by, path)
    if not 1 < len(name) <= MAX_NAME or is_anonymous_name(name):
        raise WrongStep(f"姓名要写2到{MAX_NAME}个字，请写全名再发一次。")
    key = f"inbound:{source}"
    taken = session.scalar(select(DevelopmentCase.id).where(DevelopmentCase.key == key))
    if taken is None:
        values = {
            "key": key,
            "unit_id": unit_id,
            "number": counters.next_number(session, f"development:{unit_id}"),
            "name": mask_numbers(name),
            "member_id": None,
            "by_id": by.member_id,
            "at": now,
        }
        taken = insert_once(session, DevelopmentCase, values)
        audit.record(
            session, by=by, at=now, action="development.open", subject=f"development:{taken}"
        )
    return get(session, int(taken or 0), by=by)


def record(
    session: Session,
    *,
    case_id: int,
    wanted: Wanted,
    by: Actor,
    now: datetime,
    workdays: Workdays,
) -> Recorded:
    """Write something down about a case; the roll follows where the superior has approved.

    Raises:
        NotFound, Forbidden
        WrongStep, TooEarly: It cannot stand there, or not yet.
        OnTheRoll: Whoever is admitted bears a name that is on the roll.
    """
    _lock(session, case_id)
    view = get(session, case_id, by=by)
    _check_day(wanted.on, day_of(now))
    _check(view, wanted)
    due = publicity(wanted.on, workdays) if wanted.act is CaseAct.PUBLICITY else None
    change = _follow(session, view, wanted, by=by, now=now)
    entry = append(
        session,
        view,
        wanted,
        until=due.day if due else None,
        change_id=change.id if change else None,
        by=by,
        now=now,
    )
    late = ""
    if wanted.act is CaseAct.STEP and wanted.step is not None:
        late = late_words(view.name, view.case, wanted.step, wanted.on)
    after = get(session, case_id, by=by)
    return Recorded(
        after,
        entry,
        due.day if due else None,
        provisional=bool(due and due.provisional),
        late=late,
        roll_on=change.on if change else None,
    )


def append(
    session: Session,
    view: CaseView,
    wanted: Wanted,
    *,
    until: date | None,
    change_id: int | None,
    by: Actor,
    now: datetime,
    refers_to: int | None = None,
) -> int:
    """Append an entry that was checked; of two at once the second is told so.

    Raises:
        DomainError: Somebody else has written at this moment.
    """
    values = {
        "case_id": view.id,
        "seq": len(view.entries) + 1,
        "act": wanted.act,
        "step": wanted.step,
        "on_day": wanted.on,
        "until_day": until,
        "amount": wanted.amount,
        "words": wanted.words[:MAX_WORDS],
        "change_id": change_id,
        "refers_to": refers_to,
        "by_id": by.member_id,
        "at": now,
    }
    row = insert_once(session, DevelopmentEntry, values)
    if row is None:
        raise DomainError("这份发展登记刚刚有人改过，请看一下再登记。")
    audit.record(
        session,
        by=by,
        at=now,
        action=f"development.{wanted.act.name.lower()}",
        subject=f"development:{view.id}",
        after={"step": wanted.step, "on": wanted.on.isoformat()},
    )
    if by.member_id is not None and wanted.act is not CaseAct.VOID:
        development_roll.one_undo(session, by.member_id, change_id, now)
        undo.remember(
            session,
            member_id=by.member_id,
            stem=STEM,
            inverse={"case": view.id, "entry": int(row)},
            title=f"{_what(wanted)}的登记",
            at=now,
        )
    return int(row)


def take_back(
    session: Session, *, case_id: int, entry_id: int, reason: str, by: Actor, now: datetime
) -> Entry:
    """Take an entry back by a counter-entry; what the roll followed is taken back as well.

    Raises:
        NotFound, Forbidden
        WrongStep: A later step rests on it.
    """
    _lock(session, case_id)
    view = get(session, case_id, by=by)
    entry = next((e for e in standing_entries(view.entries) if e.id == entry_id), None)
    if entry is None:
        raise NotFound("这一条已经更正过了。")
    if entry.act is CaseAct.STEP and entry.step is not None:
        check_take_back(view.name, view.case, entry.step)
    change = view.changes.get(entry.id)
    if change is not None:
        development_roll.take_back(session, change, by=by, now=now)
    if entry.step == APPROVED:
        link(session, view.id, None)
    words = mask_numbers(reason)[:MAX_WORDS]
    wanted = Wanted(CaseAct.VOID, day_of(now), entry.step, words=words)
    append(session, view, wanted, until=None, change_id=None, by=by, now=now, refers_to=entry.id)
    return entry


def undo_entry(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take an entry back within ten minutes (the inverse)."""
    take_back(
        session,
        case_id=inverse["case"],
        entry_id=inverse["entry"],
        reason="撤销",
        by=by,
        now=now,
    )


def link(session: Session, case_id: int, member_id: MemberId | None) -> None:
    """Note who on the roll somebody became."""
    session.connection().execute(
        update(DevelopmentCase).where(DevelopmentCase.id == case_id).values(member_id=member_id)
    )


def load(session: Session, where: ColumnElement[bool]) -> list[CaseView]:
    """Return cases with all that is on record; two queries, rights are the caller's."""
    cases = session.execute(
        select(
            DevelopmentCase.id,
            DevelopmentCase.unit_id,
            Unit.name.label("unit"),
            Unit.path,
            DevelopmentCase.number,
            DevelopmentCase.name,
            DevelopmentCase.member_id,
        )
        .join(Unit, Unit.id == DevelopmentCase.unit_id)
        .where(where)
        .order_by(DevelopmentCase.unit_id, DevelopmentCase.number)
    ).all()
    entries = _entries(session, [row.id for row in cases])
    found = []
    for row in cases:
        own = entries.get(row.id, [])
        lines = tuple(entry for entry, _ in own)
        found.append(
            CaseView(
                row.id,
                UnitId(row.unit_id),
                row.unit,
                row.path,
                row.number,
                row.name,
                None if row.member_id is None else MemberId(row.member_id),
                lines,
                {entry.id: change for entry, change in own if change is not None},
                standing_of(lines),
            )
        )
    return found


def is_over() -> ColumnElement[bool]:
    """Return the condition that a case was closed, or has come to its last step."""
    ends = (DevelopmentEntry.act == CaseAct.CLOSED) | (
        (DevelopmentEntry.act == CaseAct.STEP) & (DevelopmentEntry.step == FILED)
    )
    return (
        select(DevelopmentEntry.id)
        .where(DevelopmentEntry.case_id == DevelopmentCase.id, ends, STANDS)
        .correlate(DevelopmentCase)
        .exists()
    )


_AT_ONCE = 500


def _entries(session: Session, cases: Sequence[int]) -> dict[int, list[tuple[Entry, int | None]]]:
    found: dict[int, list[tuple[Entry, int | None]]] = defaultdict(list)
    for start in range(0, len(cases), _AT_ONCE):
        rows = session.execute(
            select(DevelopmentEntry.__table__)
            .where(DevelopmentEntry.case_id.in_(cases[start : start + _AT_ONCE]))
            .order_by(DevelopmentEntry.case_id, DevelopmentEntry.seq)
        )
        for row in rows:
            entry = Entry(
                row.id,
                row.act,
                row.on_day,
                row.step,
                row.until_day,
                row.amount,
                row.words,
                row.refers_to,
            )
            found[row.case_id].append((entry, row.change_id))
    return found


def _require(by: Actor, path: str) -> None:
    if not rights.may(by, Action.MANAGE_ROLL, path):
        raise rights.refusal(Action.MANAGE_ROLL, ASKED)


def _lock(session: Session, case_id: int) -> None:
    session.execute(
        select(DevelopmentCase.id).where(DevelopmentCase.id == case_id).with_for_update()
    ).all()


def _check_day(on: date, today: date) -> None:
    if on > today:
        raise WrongStep(f"{full_day(on)}还没到。请到那天再登记，或写已经办了的日期。")


def _check(view: CaseView, wanted: Wanted) -> None:
    """Refuse an entry that cannot stand.

    Raises:
        WrongStep, TooEarly
    """
    name, case = view.name, view.case
    if not case.is_open:
        raise WrongStep(f"{name}的发展登记已经结束，不能再登记。")
    if wanted.act is CaseAct.STEP:
        assert wanted.step is not None
        check_step(name, case, wanted.step, wanted.on, amount=wanted.amount, words=wanted.words)
    elif wanted.act is CaseAct.EXTENDED:
        check_extension(name, case, wanted.amount or 0, wanted.on)
    elif wanted.act is CaseAct.MATERIAL:
        found = find_material(wanted.words)
        if found is None:
            raise WrongStep("没有认出是哪份材料。看各步有哪些材料请发：发展步骤")
        if (found[0].number, found[1]) in case.materials:
            raise WrongStep(f"{name}的{found[1]}已经登记收到了。")
    elif wanted.act is CaseAct.OBSERVED and wanted.on in case.observed:
        raise WrongStep(f"{name}{full_day(wanted.on)}的考察已经登记了。")


def _follow(
    session: Session, view: CaseView, wanted: Wanted, *, by: Actor, now: datetime
) -> development_roll.Followed | None:
    """Let the roll follow an approval; return the change, if there was one."""
    if wanted.act is not CaseAct.STEP:
        return None
    if wanted.step == APPROVED:
        followed = development_roll.admit(
            session, view.name, view.unit_id, view.case, another=wanted.another, by=by, now=now
        )
        link(session, view.id, followed.member_id)
        return followed
    if wanted.step == CONFIRMATION_APPROVED:
        return development_roll.confirm(
            session, view.name, view.member_id, view.case, by=by, now=now
        )
    return None


def _what(wanted: Wanted) -> str:
    """Return what 撤销 calls an entry; no name stands in it."""
    if wanted.act is CaseAct.STEP and wanted.step is not None:
        return step_of(wanted.step).title
    return f"发展党员{wanted.act.value}"


def members_of(session: Session, members: Collection[MemberId]) -> dict[MemberId, CaseView]:
    """Return the case of each of some members who came by one."""
    if not members:
        return {}
    found = load(session, DevelopmentCase.member_id.in_(members))
    return {view.member_id: view for view in found if view.member_id is not None}
