"""Lines of a chain as marks of attendance, or as leave, at one meeting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from bot.domain.attendance import (
    ON_LEAVE,
    THERE,
    WAITING,
    LeaveKind,
    Mark,
    Outcome,
    TooEarly,
    judge,
    outcome,
)
from bot.domain.chains import Line, NoteKind
from bot.domain.ids import MeetingId, MemberId
from bot.domain.meetings import MeetingState
from bot.domain.rights import Action, Actor
from bot.services import attendance, attendance_bulk, attendance_marks, meetings, roll_expected
from bot.services.chain_books.book import Case, Held, Plan, Row, Todo, Told, missing_of
from bot.services.chain_targets import meeting_of
from bot.services.meetings import MeetingView
from bot.storage.insert import insert_many_once
from bot.storage.models import AttendanceMark

SOURCE = attendance_marks.CHAIN
ON_RECORD = THERE | ON_LEAVE | WAITING | {Mark.PROMISED}
_WORDS = {Mark.LEAVE: "请假", Mark.PROMISED: "要来", Mark.MAKEUP_GRANTED: "补签"}
_ILL_OR_AWAY = frozenset(kind.value for kind in LeaveKind) - {LeaveKind.OTHER.value}


class AttendanceBook:
    """到会接龙: who comes (before check-in opens), who is there, who was there.

    Args:
        on_leave: A chain of those who cannot come (请假接龙): a bare name is a leave.
    """

    ledger = "attendance_mark"
    action = Action.RECORD_ATTENDANCE

    def __init__(self, *, on_leave: bool = False) -> None:
        self._on_leave = on_leave

    def hold(self, session: Session, case: Case) -> None:
        """Nothing: a mark that meets another loses its number, and the member's own stands."""

    def plan(self, session: Session, case: Case) -> Plan:
        """Compare with the marks in force; nobody's own word is overturned by a pasted line."""
        meeting = meetings.get_meeting(session, meeting_of(case.subject))
        expected = roll_expected.expected_members(session, meeting)
        marks = {m: k for (_, m), k in attendance.current_marks(session, [meeting]).items()}
        there = _mark_of_yes(meeting, case.at)
        todo: list[Todo] = []
        held: list[Held] = []
        done = 0
        on_roll = {person.id for person in expected}
        for line in case.lines:
            assert line.member_id is not None
            mark = self._mark(line, there)
            if mark is None:
                continue
            name, current = case.names[line.member_id], marks.get(line.member_id)
            why = _refused(current, mark) if line.member_id in on_roll else "不在应到名单"
            if meeting.state is MeetingState.CONFIRMED:
                why = "会议记录已确认"
            if why is not None:
                held.append(Held(name, why))
            elif _stands(current, mark):
                done += 1
            else:
                payload = (mark, line.reason_kind)
                todo.append(Todo(line.member_id, name, _WORDS.get(mark, ""), payload))
        settled = {member for member, mark in marks.items() if mark in ON_RECORD}
        missing = None if self._on_leave else missing_of(case, expected, settled)
        return Plan(tuple(todo), tuple(held), done, missing)

    def record(
        self, session: Session, case: Case, todo: Sequence[Todo], *, by: Actor, now: datetime
    ) -> tuple[list[Row], list[Told]]:
        """Append one mark a person."""
        meeting = meetings.get_meeting(session, meeting_of(case.subject))
        last = _last(session, meeting.id, [item.member_id for item in todo])
        rows = [
            {
                "meeting_id": meeting.id,
                "member_id": item.member_id,
                "seq": last.get(item.member_id, 0) + 1,
                "revision": meeting.revision,
                "mark": item.payload[0],
                "said_at": case.at,
                "recorded_at": now,
                "source": SOURCE,
                "reporter_id": case.reporter_id,
                "reason_kind": item.payload[1] if item.payload[0] in ON_LEAVE else "",
                "reason": "",
                "decided_by_id": by.member_id,
            }
            for item in todo
        ]
        insert_many_once(session, AttendanceMark, rows)
        keys = [(row["meeting_id"], row["member_id"], row["seq"]) for row in rows]
        return [Row(MemberId(member), row_id) for row_id, member in _ids(session, keys)], []

    def undo(
        self, session: Session, rows: Sequence[int], *, by: Actor, now: datetime
    ) -> list[Told]:
        """Let what stood before stand again, unless the member has said something since."""
        attendance_bulk.take_back(session, rows, by=by, now=now, source=SOURCE)
        return []

    def _mark(self, line: Line, there: Mark) -> Mark | None:
        if line.kind is NoteKind.LEAVE:
            return Mark.LEAVE
        if self._on_leave:
            away = line.is_yes or line.reason_kind in _ILL_OR_AWAY
            return Mark.LEAVE if away else None
        return there if line.is_yes else None


def _mark_of_yes(meeting: MeetingView, at: datetime) -> Mark:
    """Before check-in opens a line says to come; after the end it needs the approval it gets."""
    if isinstance(judge(at, meeting.window), TooEarly):
        return Mark.PROMISED
    return Mark.PRESENT if at < meeting.ends_at else Mark.MAKEUP_GRANTED


def _refused(current: Mark | None, mark: Mark) -> str | None:
    if current in (Mark.MAKEUP_REFUSED, Mark.PROXY_REFUSED) and mark in THERE:
        return "补签、代签没有同意过"
    if current in ON_LEAVE and mark is Mark.PROMISED:
        return "本人已请假"
    return "本人已签到" if outcome(current, mark) is Outcome.ASK else None


def _stands(current: Mark | None, mark: Mark) -> bool:
    again = current in THERE and mark in THERE
    return again or (outcome(current, mark) is Outcome.REPEAT and mark is not Mark.MAKEUP_GRANTED)


def _last(session: Session, meeting_id: MeetingId, members: Sequence[int]) -> dict[MemberId, int]:
    rows = session.execute(
        select(AttendanceMark.member_id, func.max(AttendanceMark.seq))
        .where(AttendanceMark.meeting_id == meeting_id, AttendanceMark.member_id.in_(members))
        .group_by(AttendanceMark.member_id)
    )
    return {MemberId(member): seq for member, seq in rows}


def _ids(session: Session, keys: Sequence[tuple[object, ...]]) -> list[tuple[int, int]]:
    """Return (id, member) of the rows of these keys that a chain made."""
    if not keys:
        return []
    key = tuple_(AttendanceMark.meeting_id, AttendanceMark.member_id, AttendanceMark.seq)
    rows = session.execute(
        select(AttendanceMark.id, AttendanceMark.member_id)
        .where(key.in_(keys), AttendanceMark.source == SOURCE)
        .order_by(AttendanceMark.id)
    )
    return [(row.id, row.member_id) for row in rows]
