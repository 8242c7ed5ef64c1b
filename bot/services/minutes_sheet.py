"""Who was at a meeting, as its record says it: from the ledger, or as frozen when confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.attendance import ON_LEAVE, THERE, WAITING, LeaveKind, Mark
from bot.domain.corrections import mark_words
from bot.domain.ids import MemberId
from bot.services import attendance, meeting_record, people, roll_closings, roll_expected
from bot.services.meetings import MeetingView
from bot.services.people import Person
from bot.storage.models import AttendanceMark, FrozenAttendance, Member

KIND_WORDS = {
    LeaveKind.OFFICIAL.value: "公出",
    LeaveKind.SICK.value: "病假",
    LeaveKind.PERSONAL.value: "事假",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """应到, 实到, 请假, 缺席 of a meeting.

    Attributes:
        leave: Name and kind of leave. absent: Without the leave; once the roll call is closed.
        unmarked: With nothing on record while it is open; told once the meeting has begun.
        present: How many; of `stated`, where only a number is known.
        late: Of those present.
        waiting: Whose 补签 or 代签 nobody has decided on yet.
        studied: Who made up for it by study.
        voters: How many have a vote, of those expected.
        changed: What the ledger says otherwise since it was frozen, in words.
        begun: Whether the meeting has begun: before that nobody can be missing.
    """

    expected: int
    present: int
    late: int
    leave: tuple[tuple[str, str], ...]
    absent: tuple[str, ...]
    unmarked: tuple[str, ...]
    studied: tuple[str, ...]
    waiting: int
    stated: bool
    frozen: bool
    voters: int | None = None
    changed: tuple[str, ...] = ()
    begun: bool = True

    @property
    def is_known(self) -> bool:
        """Whether anybody is known to have been there."""
        return self.present > 0


def sheet_of(session: Session, meeting: MeetingView, frozen: int | None, now: datetime) -> Sheet:
    """Return who was at a meeting.

    Args:
        frozen: Number of the confirmation whose state is meant; None for how things stand now.
    """
    marks = {
        member: mark for (_, member), mark in attendance.current_marks(session, [meeting]).items()
    }
    if frozen is None:
        expected = roll_expected.expected_members(session, meeting)
        kinds = leave_kinds(session, meeting)
        closed = meeting.id in roll_closings.list_closed(session, [meeting])
        found = _sheet(session, meeting, expected, marks, kinds, is_frozen=False, closed=closed)
        return found if meeting.starts_at <= now else replace(found, unmarked=(), begun=False)
    rows = session.execute(
        select(
            FrozenAttendance.member_id,
            FrozenAttendance.mark,
            FrozenAttendance.reason_kind,
            FrozenAttendance.has_vote,
            Member.name,
            Member.kind,
            Member.phone_tail,
        )
        .join(Member, Member.id == FrozenAttendance.member_id)
        .where(FrozenAttendance.meeting_id == meeting.id, FrozenAttendance.seq == frozen)
        .order_by(FrozenAttendance.member_id)
    ).all()
    then = {MemberId(row.member_id): row.mark for row in rows}
    kinds = {MemberId(row.member_id): row.reason_kind for row in rows}
    persons = [
        Person(MemberId(r.member_id), r.name, r.kind, meeting.branch_id, None, r.phone_tail)
        for r in rows
    ]  # whatever the roll says of that day by now
    standing = {member: mark for member, mark in then.items() if mark is not None}
    return _sheet(
        session,
        meeting,
        persons,
        standing,
        kinds,
        is_frozen=True,
        voters=sum(row.has_vote for row in rows),
        changed=_changed(persons, then, marks),
    )


def leave_kinds(session: Session, meeting: MeetingView) -> dict[MemberId, str]:
    """Return the kind of the last leave of everybody who ever asked for one; no words."""
    rows = session.execute(
        select(AttendanceMark.member_id, AttendanceMark.reason_kind)
        .where(AttendanceMark.meeting_id == meeting.id, AttendanceMark.mark.in_(ON_LEAVE))
        .order_by(AttendanceMark.seq)
    )
    return {MemberId(member): kind for member, kind in rows if kind}


def _sheet(
    session: Session,
    meeting: MeetingView,
    expected: Sequence[Person],
    marks: Mapping[MemberId, Mark],
    kinds: Mapping[MemberId, str],
    *,
    is_frozen: bool,
    closed: bool = True,
    voters: int | None = None,
    changed: tuple[str, ...] = (),
) -> Sheet:
    called = people.tell_apart(expected)

    def having(*wanted: Mark | None) -> list[Person]:
        return [person for person in expected if marks.get(person.id) in wanted]

    there = having(*THERE)
    stated = meeting_record.stated_count(session, meeting.id)
    unnamed = stated is not None and stated > len(there)
    away = having(*ON_LEAVE)
    studied = having(Mark.STUDIED_LATER)
    waiting = having(*WAITING)
    accounted = {person.id for person in (*there, *away, *studied, *waiting)}
    left = [person for person in expected if person.id not in accounted]
    absent = left if closed else having(Mark.ABSENT)
    named = {person.id for person in absent}
    unmarked = [person for person in left if person.id not in named]
    return Sheet(
        expected=len(expected),
        present=stated if unnamed and stated is not None else len(there),
        late=len(having(Mark.LATE)),
        leave=tuple((called[p.id], KIND_WORDS.get(kinds.get(p.id, ""), "")) for p in away),
        absent=() if unnamed else tuple(called[person.id] for person in absent),
        unmarked=() if unnamed else tuple(called[person.id] for person in unmarked),
        studied=tuple(called[person.id] for person in studied),
        waiting=len(waiting),
        stated=unnamed,
        frozen=is_frozen,
        voters=voters,
        changed=changed,
    )


def _changed(
    persons: Sequence[Person],
    then: Mapping[MemberId, Mark | None],
    now: Mapping[MemberId, Mark],
) -> tuple[str, ...]:
    called = people.tell_apart(persons)
    return tuple(
        f"{called[person.id]}由{mark_words(then[person.id])}改为{mark_words(now.get(person.id))}"
        for person in persons
        if mark_words(then[person.id]) != mark_words(now.get(person.id))
    )
