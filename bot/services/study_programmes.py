"""Programmes of study (学习计划): opened once by name, their classes meetings like others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from bot.domain import rights
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MeetingId, UnitId
from bot.domain.meetings import MeetingState
from bot.domain.rights import Action, Actor
from bot.domain.study_plan import Lesson, check_plan, check_title
from bot.domain.units import ids_of
from bot.domain.upper_meetings import ABOVE
from bot.services import audit, meetings, study_terms
from bot.services.meetings import AlreadyCalled, Entry, MeetingView, NotABranch
from bot.services.study_terms import NO_TERMS, Terms
from bot.storage.insert import insert_once
from bot.storage.models import Meeting, StudyProgramme, StudyTerms


@dataclass(frozen=True, slots=True)
class Programme:
    """A plan of study of a unit.

    Attributes:
        own_word: Whether classes added to it count for who says to have studied them himself.
    """

    id: int
    unit_id: UnitId
    title: str
    own_word: bool


@dataclass(frozen=True, slots=True)
class Planned:
    """A class of a programme, with what is in force for it."""

    meeting: MeetingView
    terms: Terms


@dataclass(frozen=True, slots=True)
class Laid:
    """What became of a plan.

    Attributes:
        is_new: False where lessons were added to one that stood.
        created: Classes called by it. known: Those that stood already.
    """

    programme: Programme
    is_new: bool
    created: tuple[Planned, ...]
    known: tuple[Planned, ...]


def lay(
    session: Session,
    *,
    title: str,
    lessons: Sequence[Lesson],
    own_word: bool,
    by: Actor,
    now: datetime,
) -> Laid:
    """Open a programme of the actor's branch, or add lessons to it; a repeat changes nothing.

    Raises:
        Forbidden, NotABranch, UnfitPlan, InThePast, TooFarAhead, TooLong, SensitiveNumber
    """
    check_plan(title, lessons, now)
    unit_id = branch_of(session, by)
    programme, is_new = open_programme(
        session, unit_id, title=title, own_word=own_word, by=by, now=now
    )
    created: list[Planned] = []
    known: list[Planned] = []
    for lesson in lessons:
        planned, called = add_lesson(session, programme, lesson, by=by, now=now)
        (created if called else known).append(planned)
    audit.record(
        session,
        by=by,
        at=now,
        action="study.plan",
        subject=f"programme:{programme.id}",
        after={"lessons": [one.meeting.id for one in created]},
    )
    return Laid(programme, is_new, tuple(created), tuple(known))


def branch_of(session: Session, by: Actor) -> UnitId:
    """Return the branch whose programmes an actor lays.

    Raises:
        Forbidden, NotABranch
    """
    unit_id, _ = meetings.place_for(session, MeetingKind.STUDY, by)
    if meetings.kind_of(session, unit_id) in ABOVE:
        raise NotABranch
    return unit_id


def open_programme(
    session: Session, unit_id: UnitId, *, title: str, own_word: bool, by: Actor, now: datetime
) -> tuple[Programme, bool]:
    """Open a programme, or return the one of this name; and whether it is new."""
    check_title(title)
    row = insert_once(
        session,
        StudyProgramme,
        {
            "unit_id": unit_id,
            "title": title,
            "own_word": own_word,
            "by_id": by.member_id,
            "at": now,
        },
    )
    found = find(session, [unit_id], title)
    assert found is not None
    return found, row is not None


def add_lesson(
    session: Session,
    programme: Programme,
    lesson: Lesson,
    *,
    by: Actor,
    now: datetime,
    state: MeetingState = MeetingState.SCHEDULED,
) -> tuple[Planned, bool]:
    """Call a class of a programme, or take in the one that stands; and whether it was called.

    Args:
        state: Of a class entered after it was held.
    """
    rights.require(by, Action.CALL_MEETING, meetings.path_of(session, programme.unit_id))
    unit_id = programme.unit_id
    entry = Entry(
        unit_id,
        unit_id,
        lesson.kind,
        lesson.title,
        lesson.starts_at,
        lesson.place,
        seats=lesson.seats,
        state=state,
    )
    standing = find_same(session, unit_id, lesson)
    meeting = standing or meetings.enter(session, entry, by=by, now=now)
    old = study_terms.terms_of(session, meeting.id)
    new = replace(
        old,
        programme_id=programme.id,
        tenths=lesson.tenths if lesson.tenths is not None else old.tenths,
        closes_at=lesson.closes_at or old.closes_at,
        own_word=old.own_word or (programme.own_word and old.seq == 0),
    )
    if new != old:
        study_terms.append(session, meeting.id, new, by=by, now=now)
        new = replace(new, seq=old.seq + 1)
    return Planned(meeting, new), standing is None


def find_same(session: Session, unit_id: UnitId, lesson: Lesson) -> MeetingView | None:
    """Return the meeting of a unit that is this lesson: of its kind, at its time.

    Raises:
        AlreadyCalled: At that time another one of its kind is called.
    """
    found = session.scalar(
        select(Meeting.id).where(
            Meeting.unit_id == unit_id,
            Meeting.kind == lesson.kind,
            Meeting.starts_at == lesson.starts_at,
            Meeting.state != MeetingState.CANCELLED,
        )
    )
    if found is None:
        return None
    standing = meetings.get_meeting(session, MeetingId(found))
    if standing.title != lesson.title:
        raise AlreadyCalled(standing, "")
    return standing


def find(session: Session, units: Collection[UnitId], title: str) -> Programme | None:
    """Return the programme of this name of one of some units, or None."""
    found = [one for one in list_of(session, units) if one.title == title]
    return found[0] if found else None


def list_of(session: Session, units: Collection[UnitId]) -> list[Programme]:
    """Return the programmes of some units, the newest first."""
    rows = session.execute(
        select(
            StudyProgramme.id, StudyProgramme.unit_id, StudyProgramme.title, StudyProgramme.own_word
        )
        .where(StudyProgramme.unit_id.in_(units))
        .order_by(StudyProgramme.id.desc())
    )
    return [Programme(row[0], UnitId(row[1]), row[2], row[3]) for row in rows]


def list_lessons(session: Session, programmes: Collection[int]) -> dict[int, list[Planned]]:
    """Return the classes of some programmes that are not cancelled, in order of time."""
    last = (
        select(StudyTerms.meeting_id, func.max(StudyTerms.seq).label("seq"))
        .group_by(StudyTerms.meeting_id)
        .where(
            StudyTerms.meeting_id.in_(
                select(StudyTerms.meeting_id).where(StudyTerms.programme_id.in_(programmes))
            )
        )
        .subquery()
    )
    ids = session.scalars(
        select(StudyTerms.meeting_id)
        .join(
            last,
            and_(StudyTerms.meeting_id == last.c.meeting_id, StudyTerms.seq == last.c.seq),
        )
        .where(StudyTerms.programme_id.in_(programmes))
    )
    held = meetings.list_by_ids(session, {MeetingId(found) for found in ids})
    terms = study_terms.load(session, [meeting.id for meeting in held])
    found: dict[int, list[Planned]] = {programme: [] for programme in programmes}
    for meeting in held:
        planned = Planned(meeting, terms.get(meeting.id, NO_TERMS))
        if meeting.state is not MeetingState.CANCELLED and planned.terms.programme_id in found:
            found[planned.terms.programme_id].append(planned)
    return found


def units_seen_by(by: Actor) -> list[UnitId]:
    """Return the units whose programmes and material an actor reads: the own branch and above."""
    if by.branch_path:
        return [UnitId(unit) for unit in ids_of(by.branch_path)]
    return [grant.unit_id for grant in by.grants]
