"""The ledger `study`: one row a class, of a plan of study or by itself, to come or held.

What stands already is left alone; what it counts for, its deadline and its seats may change.
Where and when it is held is moved in the chat, since people have to be told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at, day_of
from bot.domain import study_hours
from bot.domain.cadence import KIND_NAMES, MeetingKind
from bot.domain.errors import DomainError
from bot.domain.ids import MeetingId, UnitId
from bot.domain.meetings import (
    FURTHEST_AHEAD,
    LONGEST,
    MAX_PLACE,
    MAX_TITLE,
    MeetingState,
    for_period,
)
from bot.domain.rights import Action
from bot.domain.study_plan import Lesson, check_terms
from bot.domain.units import UnitKind
from bot.services import meetings, officers, policies, study_programmes, study_seats, study_terms
from bot.services.importing import bulk
from bot.services.importing.cells import Cells, read_clock, squeeze
from bot.services.importing.ledger import Column, Ledger, Line, Outcome, Problems, Source, Staged
from bot.services.importing.named import said
from bot.services.meetings import MeetingView
from bot.services.study_terms import NO_TERMS, Terms
from bot.storage.insert import insert_many_once
from bot.storage.models import GatheringEvent, Meeting, StudyProgramme, StudyTerms, Unit

PLAN, UNIT, TITLE, DAY, CLOCK = "学习计划", "党组织", "课程", "日期", "时间"
END_DAY, END_CLOCK, PLACE, SEATS, HOURS = "结束日期", "结束时间", "地点", "名额", "学时"
CLOSES, CLOSES_CLOCK, OWN_WORD, KIND = "报名截止", "截止时间", "自学算学时", "类型"
COLUMNS = (
    Column(PLAN, "学习计划的名称；单独办的课留空", aliases=("计划", "培训计划")),
    Column(UNIT, "办课的支部，写全称", required=True, aliases=("支部", "党支部")),
    Column(TITLE, "课名", required=True, aliases=("课名", "题目")),
    Column(DAY, "开课的日期，如 2026-03-20", required=True, aliases=("开课日期",)),
    Column(CLOCK, "几点开始，如 09:00；不知道可以不写", aliases=("开始时间",)),
    Column(END_DAY, "几天的课写最后一天；不写就是当天"),
    Column(END_CLOCK, "几点结束；不写就是开始后两小时"),
    Column(PLACE, "在哪里上"),
    Column(SEATS, "要报名的写名额；不写就是支部都来", aliases=("人数",)),
    Column(HOURS, "写明计几学时，如 4 或 1.5；不写按时长计"),
    Column(CLOSES, "报名到哪一天为止（含这一天），写了名额才写"),
    Column(CLOSES_CLOCK, "当天到几点；不写就是到半夜"),
    Column(OWN_WORD, "是或否；是就是本人说学了也有学时"),
    Column(KIND, "一般留空：按课名定是学习、党课还是别的", aliases=("会议类型",)),
)
_KINDS = {name: kind for kind, name in KIND_NAMES.items()}
YES_NO = {"是": True, "否": False}
_USUAL = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line, read."""

    cells: Cells
    plan: str
    unit_id: UnitId
    path: str
    lesson: Lesson
    ends_at: datetime
    timed: bool
    own_word: bool
    kind: MeetingKind

    @property
    def key(self) -> _Key:
        """What makes it the same class."""
        return self.unit_id, self.kind, self.lesson.starts_at

    def terms(self, programme_id: int | None, old: Terms) -> Terms:
        """Return what is in force after it; a column that the file lacks changes nothing."""
        has = self.cells.has
        return replace(
            old,
            programme_id=old.programme_id if programme_id is None else programme_id,
            tenths=self.lesson.tenths if has(HOURS) else old.tenths,
            closes_at=self.lesson.closes_at if has(CLOSES) else old.closes_at,
            own_word=self.own_word if has(OWN_WORD) else old.own_word,
        )


_Key: TypeAlias = tuple[UnitId, MeetingKind, datetime]


def run(session: Session, staged: Staged, source: Source) -> Outcome:
    """Write down the classes of a file: all of them, or none.

    What is written before a mistake is found is taken back with the transaction.

    Raises:
        ImportRefused: With every mistake by row.
        Forbidden: The actor calls no meetings there.
    """
    problems, units = staged.problems, _units(session)
    added = changed = unchanged = 0
    for lines in staged.batches("写入学习计划"):
        read = [_read(line, problems, units, source.now) for line in lines]
        rows = [row for row in read if row is not None]
        for path in sorted({row.path for row in rows}):
            officers.require(source.by, Action.CALL_MEETING, path)
        standing = _standing(session, rows)
        _check(rows, standing)
        if problems:
            continue
        new = [row for row in rows if row.key not in standing]
        made = _make(session, new, source)
        programmes = _programmes(session, rows, source)
        renewed = _settle(session, rows, made, standing, programmes, source)
        grown = {row.key for row in rows if _grow(session, row, standing, source)}
        again = len((renewed | grown) - set(made))
        added, changed = added + len(new), changed + again
        unchanged += len(rows) - len(new) - again
    problems.check()
    return Outcome(added, changed, unchanged)


def _units(session: Session) -> dict[str, tuple[UnitId, str]]:
    rows = session.execute(
        select(Unit.id, Unit.name, Unit.path).where(Unit.kind == UnitKind.BRANCH)
    )
    return {name: (UnitId(unit), path) for unit, name, path in rows}


def _read(
    line: Line, problems: Problems, units: Mapping[str, tuple[UnitId, str]], now: datetime
) -> _Row | None:
    cells = Cells(line, problems, day_of(now))
    plan = cells.text(PLAN, longest=MAX_TITLE)
    unit, title = cells.required(UNIT), cells.required(TITLE, longest=MAX_TITLE)
    day, clock = _needed_day(cells), _clock(cells, CLOCK)
    hours = _tenths(cells)
    seats = _seats(cells)
    closes_at = _moment(cells, CLOSES, CLOSES_CLOCK)
    place = cells.text(PLACE, longest=MAX_PLACE)
    own_word = cells.one_of(OWN_WORD, YES_NO) or False
    if unit and unit not in units:
        cells.wrong(UNIT, f"没有叫“{unit}”的支部，请写全称。")
        return None
    kind = cells.one_of(KIND, _KINDS)
    if not (unit and title) or day is None:
        return None
    starts_at = at(day, *(clock or (0, 0)))
    ends_at = _end(cells, day, starts_at)
    lesson = Lesson(title, starts_at, place, seats, hours, closes_at)
    try:
        check_terms(lesson)
    except DomainError as wrong:
        cells.wrong(SEATS, wrong.sentence)
        return None
    if starts_at - now > FURTHEST_AHEAD:
        cells.wrong(DAY, f"{day}离现在超过一年，请核对。")
    unit_id, path = units[unit]
    kind = kind or lesson.kind
    return _Row(cells, plan, unit_id, path, lesson, ends_at, clock is not None, own_word, kind)


def _needed_day(cells: Cells) -> date | None:
    if not cells.text(DAY):
        cells.wrong(DAY, "没有填。")
        return None
    return cells.day(DAY, future=True)


def _clock(cells: Cells, column: str) -> tuple[int, int] | None:
    written = cells.text(column)
    found = read_clock(written) if written else None
    if written and found is None:
        cells.wrong(column, "应是时间，如 09:00。")
    return found


def _moment(cells: Cells, day_column: str, clock_column: str) -> datetime | None:
    """Return when a deadline ends: a day alone with its last minute."""
    day, clock = cells.day(day_column, future=True), _clock(cells, clock_column)
    if day is None:
        return None
    return at(day, *clock) if clock is not None else at(day + timedelta(days=1))


def _end(cells: Cells, day: date, starts_at: datetime) -> datetime:
    last, clock = cells.day(END_DAY, future=True), _clock(cells, END_CLOCK)
    if clock is None:
        return starts_at + _USUAL + ((last - day) if last else timedelta())
    ends_at = at(last or day, *clock)
    if not timedelta() < ends_at - starts_at <= LONGEST:
        cells.wrong(END_CLOCK, "结束要在开始以后、一个月以内。")
        return starts_at + _USUAL
    return ends_at


def _tenths(cells: Cells) -> int | None:
    written = cells.text(HOURS).removesuffix("学时")
    if not written:
        return None
    try:
        found = study_hours.read_tenths(written)
    except DomainError as wrong:
        cells.wrong(HOURS, f"{wrong.sentence}。")
        return None
    if found is None:
        cells.wrong(HOURS, "应是数字，如 4 或 1.5。")
    return found


def _seats(cells: Cells) -> int | None:
    written = cells.text(SEATS).removesuffix("人")
    if not written:
        return None
    if not written.isdecimal():
        cells.wrong(SEATS, "应是整数，如 30。")
        return None
    return int(written)


def _standing(session: Session, rows: Sequence[_Row]) -> dict[_Key, MeetingView]:
    """Return the classes that stand already, by what makes them the same."""
    if not rows:
        return {}
    first = min(row.lesson.starts_at for row in rows)
    last = max(row.lesson.starts_at for row in rows)
    units = {row.unit_id for row in rows}
    held = meetings.list_of_units(session, units, first, last + timedelta(minutes=1))
    return {(m.unit_id, m.kind, m.starts_at): m for m in held}


def _check(rows: Sequence[_Row], standing: Mapping[_Key, MeetingView]) -> None:
    """Note what does not go with what stands, or stands twice in the file."""
    seen: set[_Key] = set()
    for row in rows:
        if row.key in seen:
            row.cells.wrong(TITLE, "同一个时间写了两行，请留一行。")
        seen.add(row.key)
        meeting = standing.get(row.key)
        if meeting is None:
            continue
        lesson = row.lesson
        if squeeze(meeting.title) != lesson.title:
            row.cells.wrong(TITLE, f"那个时间已经有{meeting.title}，请核对日期和时间。")
        elif lesson.place and squeeze(meeting.place) != lesson.place:
            row.cells.wrong(PLACE, f"已经建在{meeting.place or '没写地点'}，要改请在聊天里 改期。")
        elif (meeting.seats is None) is not (lesson.seats is None):
            row.cells.wrong(SEATS, "已经建好了，不能改成要报名或不要报名。")
        elif lesson.seats is not None and lesson.seats < meeting.taken:
            row.cells.wrong(SEATS, f"已经报了{meeting.taken}人，名额不能少于这个数。")


def _make(session: Session, new: Sequence[_Row], source: Source) -> dict[_Key, MeetingId]:
    """Write new classes down, table by table; one that is over is held."""
    paths = {row.path for row in new}
    checkin = policies.load_history(session, paths, policies.CHECKIN)
    lecture = policies.load_history(session, paths, policies.LECTURE)
    events = bulk.add_numbered(
        session,
        GatheringEvent,
        GatheringEvent.id,
        [
            {
                "unit_id": row.unit_id,
                "title": row.lesson.title,
                "created_by": source.by.member_id,
                "created_at": source.now,
            }
            for row in new
        ],
    )
    made: list[dict[str, Any]] = []
    for row, event_id in zip(new, events, strict=True):
        day, lesson = day_of(row.lesson.starts_at), row.lesson
        settings = {
            policies.CHECKIN: checkin.on(row.path, day),
            **({policies.LECTURE: found} if (found := lecture.on(row.path, day)) else {}),
        }
        cadence = policies.cadence_policy(settings)
        over = lesson.starts_at <= source.now
        made.append(
            {
                "event_id": event_id,
                "unit_id": row.unit_id,
                "branch_id": row.unit_id,
                "kind": row.kind,
                "title": lesson.title,
                "starts_at": lesson.starts_at,
                "ends_at": row.ends_at,
                "place": lesson.place,
                "for_period": str(for_period(row.kind, lesson.starts_at, cadence)),
                "state": MeetingState.HELD if over else MeetingState.SCHEDULED,
                "seats": lesson.seats,
                "taken": 0,
                "revision": 1,
                "timed": row.timed,
                "window": policies.window_policy(settings).stored,
                "created_at": source.now,
            }
        )
    ids = bulk.add_numbered(session, Meeting, Meeting.id, made)
    subjects = [f"meeting:{meeting_id}" for meeting_id in ids]
    bulk.add_audit(
        session, [bulk.audit_line(source.by, source.now, "study.import", s) for s in subjects]
    )
    return {row.key: MeetingId(found) for row, found in zip(new, ids, strict=True)}


def _programmes(
    session: Session, rows: Sequence[_Row], source: Source
) -> dict[tuple[UnitId, str], int]:
    """Return the programmes that a file names, opened where they are new."""
    wanted = sorted({(row.unit_id, row.plan) for row in rows if row.plan})
    insert_many_once(
        session,
        StudyProgramme,
        [
            {
                "unit_id": unit_id,
                "title": title,
                "own_word": False,
                "by_id": source.by.member_id,
                "at": source.now,
            }
            for unit_id, title in wanted
        ],
    )
    found = study_programmes.list_of(session, {unit_id for unit_id, _ in wanted})
    return {(one.unit_id, one.title): one.id for one in found}


def _settle(
    session: Session,
    rows: Sequence[_Row],
    made: Mapping[_Key, MeetingId],
    standing: Mapping[_Key, MeetingView],
    programmes: Mapping[tuple[UnitId, str], int],
    source: Source,
) -> set[_Key]:
    """Write down what is in force from now on, where that is something new; return of which."""
    ids = {**{key: meeting.id for key, meeting in standing.items()}, **made}
    known = study_terms.load(session, [ids[row.key] for row in rows])
    appended: list[dict[str, Any]] = []
    keys: set[_Key] = set()
    for row in rows:
        old = known.get(ids[row.key], NO_TERMS)
        new = row.terms(programmes.get((row.unit_id, row.plan)), old)
        if new == old:
            continue
        keys.add(row.key)
        appended.append(
            {
                "meeting_id": ids[row.key],
                "seq": old.seq + 1,
                "programme_id": new.programme_id,
                "tenths": new.tenths,
                "closes_at": new.closes_at,
                "own_word": new.own_word,
                "by_id": source.by.member_id,
                "at": source.now,
            }
        )
    bulk.add(session, StudyTerms, appended)
    return keys


def _grow(
    session: Session, row: _Row, standing: Mapping[_Key, MeetingView], source: Source
) -> bool:
    """Give a class another number of seats; those are few, and each lets in who waits."""
    meeting, seats = standing.get(row.key), row.lesson.seats
    if meeting is None or seats is None or seats == meeting.seats:
        return False
    study_seats.change_capacity(session, meeting, seats, by=source.by, now=source.now)
    return True


LEDGER = Ledger("study", "学习计划", COLUMNS, run, group=lambda line: said(line, UNIT))
