"""Past meetings entered in the books: a draft to look at, then meeting, marks and stated count."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from bot.clock import at as moment_at
from bot.clock import day_of
from bot.domain import rights
from bot.domain.attendance import THERE, Mark
from bot.domain.cadence import MeetingKind, Period, period_of
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.meetings import (
    STATE_NAMES,
    MeetingState,
    WrongState,
    check_count,
    check_past,
    check_words,
    title_for,
    when_line,
)
from bot.domain.periods import Month
from bot.domain.rights import Action, Actor
from bot.domain.units import UnitKind
from bot.domain.upper_meetings import ONLY_ABOVE, may_hold
from bot.services import (
    attendance,
    attendance_marks,
    audit,
    meetings,
    outbox,
    people,
    policies,
    roll_closings,
    undo,
)
from bot.services.attendance_marks import ORGANISER, SELF, Author, Standing
from bot.services.meetings import Entry, MeetingView, NotABranch
from bot.services.people import Person
from bot.storage.insert import insert_once
from bot.storage.models import Meeting, MeetingChange, StatedCount, Unit

STEM = "meeting_record"
NAMED_FREELY = frozenset({MeetingKind.OTHER, MeetingKind.STUDY, MeetingKind.PARTY_SCHOOL})
_DAY = timedelta(days=1)


class WhichCell(DomainError):
    """A branch has several cells; `choices` (id, name) are put as one numbered question."""

    def __init__(self, choices: Sequence[tuple[UnitId, str]]) -> None:
        super().__init__("请写明是哪个党小组的会。")
        self.choices = tuple(choices)


class WhichOfTheDay(DomainError):
    """A unit has several meetings of a kind that day; `choices` are put as one question."""

    def __init__(self, choices: Sequence[MeetingView]) -> None:
        super().__init__("那天有几次这样的会，请写上时间。")
        self.choices = tuple(choices)


class AlreadyRecorded(DomainError):
    """The meeting stands in the books with all of this."""


@dataclass(frozen=True, slots=True)
class Past:
    """A meeting as somebody says it was.

    Attributes:
        title: As named.
        at: The Shanghai wall time of its start, None where it was not said.
        period: The month it counts for, where one was said besides the day.
        present, on_leave: Members who were there, and who were on leave.
        count: How many were there, as stated.
        everyone: All who were expected were there, but for `but` and `on_leave`.
        unit_id, meeting_id: The cell, or the meeting, chosen when there were several.
    """

    kind: MeetingKind
    title: str
    day: date
    at: time | None = None
    place: str = ""
    period: Month | None = None
    present: tuple[MemberId, ...] = ()
    on_leave: tuple[MemberId, ...] = ()
    count: int | None = None
    everyone: bool = False
    but: tuple[MemberId, ...] = ()
    unit_id: UnitId | None = None
    meeting_id: MeetingId | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """Whose meeting it was; `cell` is the cell's name, "" for a branch's meeting."""

    unit_id: UnitId
    branch_id: UnitId
    path: str
    cell: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be entered.

    Attributes:
        cell: Name of the cell it is entered for, "" for a branch's meeting.
        past: With everything settled: unit, meeting taken up, members by id.
        when: Day, time and place, as they will stand.
        taken_up: The meeting is called already; what is said is entered there.
    """

    past: Past
    title: str
    when: str
    present: tuple[Person, ...]
    on_leave: tuple[Person, ...]
    taken_up: bool
    cell: str = ""

    @property
    def headcount(self) -> int | None:
        """What has to be typed back: the count stated, else the names; None without either."""
        if self.past.count is not None:
            return self.past.count
        return len(self.present) or None


def prepare(session: Session, past: Past, *, by: Actor, now: datetime) -> Draft:
    """Return what would be entered, for the actor to look at; nothing is written.

    Raises:
        Forbidden: The actor may not call meetings, or not record attendance, there.
        NotOver, TooLongAgo, TooLong, NotABranch: It cannot be entered so.
        WhichCell, WhichOfTheDay: One question has to be asked first.
        AlreadyRecorded: There is nothing new in it.
    """
    place = _place_for(session, past, by)
    check_past(past.day, past.at, now)
    found = _of_the_day(session, place.unit_id, past)
    _check_rights(past, by, place.path, is_new=found is None)
    title = found.title if found else _title(past)
    check_words(title, past.place)
    if past.count is not None:
        belong = meetings.expected_at(session, place.unit_id, place.branch_id, past.kind, past.day)
        check_count(past.kind, past.count, len(belong))
    on_leave = _people(session, past.on_leave, past.day)
    present = _present(session, place, past)
    settled = replace(
        past,
        present=tuple(person.id for person in present),
        unit_id=place.unit_id,
        meeting_id=found.id if found else None,
    )
    draft = Draft(
        past=settled,
        title=title,
        when=_year_words(past.day, now) + (found.when if found else _when(past)),
        present=present,
        on_leave=on_leave,
        taken_up=found is not None,
        cell=place.cell,
    )
    if found is not None:
        _refuse_settled(session, found, draft)
    return draft


def record(session: Session, past: Past, *, by: Actor, now: datetime) -> MeetingView:
    """Enter what a draft showed: the meeting as held, marks with source and reporter, the count.

    Whoever lists who was there has called the roll.
    Unsent reminders about the meeting are void; the duty of its period is met.

    Raises:
        Forbidden, WrongState, AlreadyCalled: What the draft showed has changed meanwhile.
    """
    place = _place_for(session, past, by)
    _check_rights(past, by, place.path, is_new=past.meeting_id is None)
    was = None
    if past.meeting_id is None:
        meeting = _enter(session, past, place, by, now)
    else:
        meeting = meetings.get_meeting(session, past.meeting_id)
        was = meeting.state
        _hold(session, meeting, MeetingState.HELD, by=by, now=now)
    marked = _mark(session, meeting, past, by, now)
    closes = bool(past.present) and not roll_closings.list_closed(session, [meeting])
    if closes:
        roll_closings.append(session, meeting, closed=True, by_id=by.member_id, now=now)
    counted_before = stated_count(session, meeting.id)
    if past.count is not None:
        _state_count(session, meeting.id, past.count, by, now)
    outbox.void(session, subject=meeting.subject, now=now, detail="会已登记")
    audit.record(
        session,
        by=by,
        at=now,
        action="meeting.record",
        subject=meeting.subject,
        after={"present": len(past.present), "count": past.count, "new": was is None},
    )
    assert by.member_id is not None
    undo.remember(
        session,
        member_id=by.member_id,
        stem=STEM,
        inverse={
            "meeting": meeting.id,
            "was": None if was is None else was.value,
            "marks": marked,
            "closed": closes,
            "counted": past.count is not None,
            "count_before": counted_before,
        },
        title=f"{meeting.title}的登记",
        at=now,
    )
    return meetings.get_meeting(session, meeting.id)


def undo_recorded(session: Session, inverse: Mapping[str, Any], by: Actor, now: datetime) -> None:
    """Take an entry back (its inverse): marks and count as before, a new meeting is cancelled."""
    meeting = meetings.get_meeting(session, MeetingId(inverse["meeting"]))
    attendance.undo_mark(session, inverse, by, now)
    if inverse.get("closed"):
        roll_closings.append(session, meeting, closed=False, by_id=by.member_id, now=now)
    if inverse["counted"]:
        _state_count(session, meeting.id, inverse["count_before"], by, now)
    if inverse["was"] is None:
        values = {"state": MeetingState.CANCELLED}
        meetings.change(session, meeting, "cancel", values, by=by, now=now, reason="登记撤销")
    else:
        _hold(session, meeting, MeetingState(inverse["was"]), by=by, now=now)


def stated_count(session: Session, meeting_id: MeetingId) -> int | None:
    """Return how many were at a meeting as stated without names, or None where nobody did."""
    return session.scalar(
        select(StatedCount.present)
        .where(StatedCount.meeting_id == meeting_id)
        .order_by(StatedCount.seq.desc())
        .limit(1)
    )


def _place_for(session: Session, past: Past, by: Actor) -> _Place:
    """Return whose meeting it was: the actor's branch, one of its cells, or a unit above."""
    if past.kind in ONLY_ABOVE:
        above, _ = meetings.place_for(session, past.kind, by)
        return _Place(above, above, meetings.path_of(session, above))
    unit_id = people.scope_of(by, Action.CALL_MEETING)
    found = session.execute(
        select(Unit.id, Unit.name, Unit.kind, Unit.path, Unit.parent_id).where(Unit.id == unit_id)
    ).one()
    if past.kind is MeetingKind.CELL:
        return _cell_for(session, past, by, found)
    if found.kind is UnitKind.CELL:
        raise rights.refusal(Action.CALL_MEETING)
    if not may_hold(found.kind, past.kind):
        raise NotABranch
    return _Place(unit_id, unit_id, found.path)


def _cell_for(session: Session, past: Past, by: Actor, unit: Any) -> _Place:
    """Return the cell that was chosen or named, the actor's own, or the branch's only one."""
    if unit.kind is UnitKind.CELL:
        return _Place(UnitId(unit.id), UnitId(unit.parent_id), unit.path, unit.name)
    if unit.kind is not UnitKind.BRANCH:
        raise NotABranch
    cells = session.execute(
        select(Unit.id, Unit.name, Unit.path)
        .where(Unit.parent_id == unit.id, Unit.kind == UnitKind.CELL, Unit.valid_to.is_(None))
        .order_by(Unit.id)
    ).all()
    words = past.title.removesuffix("会议").removesuffix("会")
    named = [cell for cell in cells if words in cell.name]  # 第一党小组会; 党小组会 names them all
    named = named if len(named) < len(cells) else []
    chosen = [cell for cell in cells if cell.id == past.unit_id]
    own = [cell for cell in cells if cell.id == by.cell_id]
    few = chosen or named or own or cells
    if not few:
        raise DomainError("名册里没有党小组，党小组会没法登记。请先在名册里分好党小组。")
    if len(few) > 1:
        raise WhichCell([(UnitId(cell.id), cell.name) for cell in few])
    return _Place(UnitId(few[0].id), UnitId(unit.id), few[0].path, few[0].name)


def _of_the_day(session: Session, unit_id: UnitId, past: Past) -> MeetingView | None:
    """Return the meeting of this kind that is in the books for the day, if there is one."""
    found = meetings.list_of_day(session, unit_id, past.kind, past.day)
    if past.kind in NAMED_FREELY:
        found = [m for m in found if m.title in past.title or past.title in m.title]
    if past.meeting_id is not None:
        return next((m for m in found if m.id == past.meeting_id), None)
    if past.at is not None:
        start = moment_at(past.day, past.at.hour, past.at.minute)
        found = [m for m in found if m.starts_at == start] or found
    if len(found) > 1:
        raise WhichOfTheDay(found)
    return found[0] if found else None


def _check_rights(past: Past, by: Actor, path: str, *, is_new: bool) -> None:
    if is_new:
        rights.require(by, Action.CALL_MEETING, path)
    if past.present or past.on_leave or past.everyone or past.count is not None or not is_new:
        rights.require(by, Action.RECORD_ATTENDANCE, path)


def _title(past: Past) -> str:
    return past.title if past.kind in NAMED_FREELY else title_for(past.kind, past.day)


def _year_words(day: date, now: datetime) -> str:
    """Return the year of a day of another year, so that nobody takes it for this one: 2025年."""
    return "" if day.year == day_of(now).year else f"{day.year}年"


def _when(past: Past) -> str:
    return when_line(_starts_at(past), past.place, timed=past.at is not None)


def _starts_at(past: Past) -> datetime:
    start = past.at or time()
    return moment_at(past.day, start.hour, start.minute)


def _people(session: Session, ids: Collection[MemberId], on: date) -> tuple[Person, ...]:
    found = {person.id: person for person in people.list_by_ids(session, ids, on)}
    return tuple(found[member] for member in ids if member in found)


def _present(session: Session, place: _Place, past: Past) -> tuple[Person, ...]:
    if not past.everyone:
        return _people(session, past.present, past.day)
    away = {*past.but, *past.on_leave}
    expected = meetings.expected_at(session, place.unit_id, place.branch_id, past.kind, past.day)
    return tuple(person for person in expected if person.id not in away)


def _refuse_settled(session: Session, found: MeetingView, draft: Draft) -> None:
    """Refuse what changes nothing, and what comes after the record was confirmed."""
    if found.state is MeetingState.CONFIRMED:
        raise WrongState(f"{found.title}{STATE_NAMES[found.state]}，不能再补登，请作更正。")
    if found.state is not MeetingState.HELD:
        return
    members = {person.id for person in (*draft.present, *draft.on_leave)}
    stands = _standings(session, found, members)
    there = all(stands[person.id].mark in THERE for person in draft.present)
    away = all(stands[person.id].mark is Mark.LEAVE for person in draft.on_leave)
    count = draft.past.count
    if there and away and count in (None, stated_count(session, found.id)):
        raise AlreadyRecorded(f"{found.title}（{found.when}）已经登记过了，不用再登。")


def _enter(session: Session, past: Past, place: _Place, by: Actor, now: datetime) -> MeetingView:
    starts_at = _starts_at(past)
    settings = meetings.settings_of(session, place.branch_id, starts_at)
    length = policies.window_policy(settings).duration if past.at is not None else _DAY
    entry = Entry(
        unit_id=place.unit_id,
        branch_id=place.branch_id,
        kind=past.kind,
        title=_title(past),
        starts_at=starts_at,
        place=past.place,
        ends_at=min(starts_at + length, now),
        state=MeetingState.HELD,
        timed=past.at is not None,
        period=_period(past, settings),
    )
    return meetings.enter(session, entry, by=by, now=now)


def _period(past: Past, settings: Mapping[str, Mapping[str, Any]]) -> Period | None:
    if past.period is None:
        return None
    return period_of(past.kind, past.period.first, policies.cadence_policy(settings))


def _hold(
    session: Session, meeting: MeetingView, state: MeetingState, *, by: Actor, now: datetime
) -> None:
    """Put a meeting into a state without asking anybody again: its time and marks stand."""
    if meeting.state is state:
        return
    changed = session.connection().execute(
        update(Meeting)
        .where(Meeting.id == meeting.id, Meeting.state == meeting.state)
        .values(state=state)
    )
    if changed.rowcount != 1 or meeting.state not in (MeetingState.SCHEDULED, MeetingState.HELD):
        raise WrongState(f"{meeting.title}刚刚被别人改过，请看一下再登。")
    session.connection().execute(
        insert(MeetingChange).values(
            meeting_id=meeting.id,
            action="record",
            before={"state": meeting.state.value},
            after={"state": state.value},
            reason="",
            by_id=by.member_id,
            at=now,
        )
    )


def _mark(
    session: Session, meeting: MeetingView, past: Past, by: Actor, now: datetime
) -> list[list[int]]:
    """Put down who was there and who was on leave; return what takes it back.

    Who has checked in stays as he did.
    """
    assert by.member_id is not None
    stands = _standings(session, meeting, {*past.present, *past.on_leave})
    marked: list[list[int]] = []
    for member in (*past.present, *past.on_leave):
        mark = Mark.PRESENT if member in past.present else Mark.LEAVE
        if stands[member].mark in (mark, *THERE):
            continue
        source = SELF if member == by.member_id else ORGANISER
        done = attendance_marks.append(
            session,
            meeting,
            Author(member, "", by.member_id, source),
            _entry(mark, now),
            now=now,
            standing=stands[member],
        )
        if done.new:
            marked.append([meeting.id, member, done.before, done.seq])
    return marked


def _entry(mark: Mark, now: datetime) -> attendance_marks.Entry:
    if mark is Mark.LEAVE:
        return attendance.leave_entry(mark, "", now)
    return attendance_marks.Entry(mark, now)


def _standings(
    session: Session, meeting: MeetingView, members: Collection[MemberId]
) -> Mapping[MemberId, Standing]:
    """Return how members stand at a meeting, one query for all of them."""
    found = attendance_marks.list_standings(session, [meeting], members)
    return {member: found.get((meeting.id, member), Standing()) for member in members}


def _state_count(
    session: Session, meeting_id: MeetingId, present: int | None, by: Actor, now: datetime
) -> None:
    last = session.scalar(
        select(func.max(StatedCount.seq)).where(StatedCount.meeting_id == meeting_id)
    )
    row = insert_once(
        session,
        StatedCount,
        {
            "meeting_id": meeting_id,
            "seq": (last or 0) + 1,
            "present": present,
            "reporter_id": by.member_id,
            "at": now,
        },
    )
    if row is None:
        raise DomainError("刚刚有别人在登记这次会的人数，请看一下再登。")
