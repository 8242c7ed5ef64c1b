"""What was studied: a missed session made up for, or one line of the ledger; never twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.clock import at
from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.services import attendance, meetings, studied, undo
from bot.services.inverses import INVERSES
from bot.services.meetings import MeetingView
from bot.services.studied import Line, Said, Studied, WhichSession
from bot.storage.engine import Database
from bot.storage.models import AttendanceMark, StudyRecord
from tests.support.world import World

LECTURE, GENERAL = at(date(2026, 3, 16), 15), at(date(2026, 3, 17), 10)
AFTER = at(date(2026, 3, 18), 9)
MARCH = Month(2026, 3)


class School:
    """Two meetings: Li was at both, Zhang at none, Zhao on leave from the lecture."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.branch = world.unit("第三党支部")
        self.li = world.member("李书记", self.branch, Role.SECRETARY)
        self.zhang = world.member("张三", self.branch)
        self.zhao = world.member("赵六", self.branch)
        self.lecture = world.call(MeetingKind.LECTURE, LECTURE, self.li).meeting
        self.general = world.call(MeetingKind.GENERAL, GENERAL, self.li).meeting
        self._leave(self.zhao, self.lecture)
        for meeting, who in ((self.lecture, [self.li]), (self.general, [self.li, self.zhao])):
            for member in who:
                self._come(member, meeting)
        world.clock.set(AFTER)

    def _come(self, member: MemberId, meeting: MeetingView) -> None:
        actor, moment = self.world.actor(member), meeting.starts_at
        with self.world.database.writing() as session:
            attendance.check_in(session, by=actor, said_at=moment, now=moment)

    def _leave(self, member: MemberId, meeting: MeetingView) -> None:
        actor = self.world.actor(member)
        with self.world.database.writing() as session:
            attendance.ask_leave(
                session,
                by=actor,
                said_at=self.world.now,
                now=self.world.now,
                reason="出差",
                chosen=[meeting.id],
            )

    def say(self, who: MemberId, said: Said, **more: Any) -> Studied:
        """Let somebody say that something was studied."""
        actor, now = self.world.actor(who), self.world.now
        with self.world.database.writing() as session:
            return studied.record(session, by=actor, said=said, said_at=now, now=now, **more)

    def undo(self, member: MemberId) -> None:
        """Let a member take the last thing back."""
        actor, now = self.world.actor(member), self.world.now
        with self.world.database.writing() as session:
            undo.undo_last(session, INVERSES, by=actor, now=now)

    def mark(self, member: MemberId, meeting: MeetingView) -> Mark | None:
        """Return what stands for a member."""
        with self.world.database.reading() as session:
            found = attendance.current_marks(session, [meeting])
        return found.get((meeting.id, member))

    def lines(self, member: MemberId) -> list[Line]:
        """Return a member's studies of March."""
        with self.world.database.reading() as session:
            return studied.list_own(session, member, MARCH.first, MARCH.last)

    def rows(self) -> list[StudyRecord]:
        """Return every row of the ledger."""
        with self.world.database.reading() as session:
            rows = list(session.scalars(select(StudyRecord).order_by(StudyRecord.id)))
            session.expunge_all()
        return rows


@pytest.fixture
def school(database: Database) -> School:
    """Return the school two days after its meetings."""
    return School(World(database))


def test_a_bare_word_makes_up_for_the_only_session_missed(school: School) -> None:
    done = school.say(school.zhao, Said(bare=True))

    assert done == Studied("3月党课", None, new=True, checked=False)  # the organiser's to confirm
    assert school.mark(school.zhao, school.lecture) is Mark.STUDIED_LATER
    assert school.rows() == []


def test_it_asks_which_where_two_fit_and_takes_the_answer(school: School) -> None:
    with pytest.raises(WhichSession) as several:
        school.say(school.zhang, Said(bare=True))
    done = school.say(school.zhang, Said(bare=True), meeting_id=several.value.choices[1].id)

    assert [meeting.id for meeting in several.value.choices] == [
        school.lecture.id,
        school.general.id,
    ]
    assert done.title == "3月支部党员大会"
    assert school.mark(school.zhang, school.lecture) is None


def test_what_is_named_decides_between_two(school: School) -> None:
    assert school.say(school.zhang, Said("党课视频")).title == "3月党课"
    assert school.say(school.zhang, Said(None, date(2026, 3, 17))).title == "3月支部党员大会"


def test_none_of_those_offered_goes_to_the_ledger(school: School) -> None:
    done = school.say(school.zhang, Said(bare=True), of_its_own=True)

    assert done == Studied("学习", date(2026, 3, 18), new=True)
    assert school.mark(school.zhang, school.lecture) is None


def test_who_was_there_has_nothing_to_make_up_for(school: School) -> None:
    with school.world.database.reading() as session:
        missed, made_up = studied.list_sessions(
            session, school.world.actor(school.li), school.world.now
        )

    assert (missed, made_up) == ([], [])
    assert school.say(school.li, Said("党课视频")) == Studied(
        "党课视频", date(2026, 3, 18), new=True
    )


def test_it_looks_back_45_days_and_no_more(school: School) -> None:
    school.world.clock.set(LECTURE + timedelta(days=45))
    assert school.say(school.zhao, Said(bare=True)).title == "3月党课"
    school.undo(school.zhao)

    school.world.clock.set(LECTURE + timedelta(days=45, minutes=1))
    assert school.say(school.zhao, Said("党课")).day == date(2026, 4, 30)


def test_where_only_leave_is_on_record_only_that_was_missed(school: School) -> None:
    later = at(date(2026, 3, 20), 10)
    meeting = school.world.call(MeetingKind.STUDY, later, school.li, title="集中学习").meeting
    school._leave(school.zhao, meeting)
    school.world.clock.set(later + timedelta(days=1))

    with school.world.database.reading() as session:
        zhao, li = school.world.actor(school.zhao), school.world.actor(school.li)
        of_zhao = studied.list_sessions(session, zhao, school.world.now)[0]
        of_li = studied.list_sessions(session, li, school.world.now)[0]

    assert meeting.id in [m.id for m in of_zhao]
    assert meeting.id not in [m.id for m in of_li]


def test_said_twice_it_stands_once(school: School) -> None:
    assert school.say(school.zhao, Said("党课")).new
    assert not school.say(school.zhao, Said("党课")).new
    assert school.say(school.zhao, Said("学习强国")).new
    assert not school.say(school.zhao, Said("学习强国")).new

    assert school.lines(school.zhao) == [Line(school.zhao, "学习强国", date(2026, 3, 18))]


def test_undo_lets_the_leave_stand_again(school: School) -> None:
    school.say(school.zhao, Said("党课"))

    school.undo(school.zhao)

    assert school.mark(school.zhao, school.lecture) is Mark.LEAVE_REQUESTED
    with school.world.database.reading() as session:
        last = session.scalars(
            select(AttendanceMark)
            .where(AttendanceMark.member_id == school.zhao)
            .order_by(AttendanceMark.id.desc())
        ).first()
        assert last is not None
        assert (last.reason_kind, last.reason) == ("公", "出差")


def test_undo_takes_a_line_back_by_a_counter_entry_and_it_may_be_said_again(
    school: School,
) -> None:
    school.say(school.zhao, Said("学习强国"))
    school.undo(school.zhao)

    assert school.lines(school.zhao) == []
    assert school.say(school.zhao, Said("学习强国")).new
    assert len(school.rows()) == 3
    assert len(school.lines(school.zhao)) == 1


def test_a_line_is_taken_back_once(school: School) -> None:
    school.say(school.zhao, Said("学习强国"))
    entry = {"entry": school.rows()[0].id}
    actor, now = school.world.actor(school.zhao), school.world.now

    with school.world.database.writing() as session:
        studied.undo_studied(session, entry, actor, now)
    with (
        school.world.database.writing() as session,
        pytest.raises(DomainError, match="已经撤销"),
    ):
        studied.undo_studied(session, entry, actor, now)


def test_an_organiser_records_it_for_others_with_source_and_reporter(school: School) -> None:
    zhao = school.world.actor(school.zhao)

    school.say(school.li, Said("学习强国"), member=zhao)
    school.say(school.li, Said("党课"), member=zhao)

    [row] = school.rows()
    assert (row.member_id, row.source, row.reporter_id) == (school.zhao, "organiser", school.li)
    assert school.mark(school.zhao, school.lecture) is Mark.STUDIED_LATER
    school.undo(school.li)
    assert school.mark(school.zhao, school.lecture) is Mark.LEAVE_REQUESTED


def test_studying_later_is_no_attendance_and_no_absence(school: School) -> None:
    school.say(school.zhao, Said("党课"))

    with school.world.database.reading() as session:
        meeting = meetings.get_meeting(session, school.lecture.id)
        found = attendance.roll_call(session, meeting)

    assert [person.id for person in found.present] == [school.li]
    assert [person.id for person in found.studied] == [school.zhao]
    assert [person.id for person in found.missing] == [school.zhang]
    assert found.expected == 3


def test_the_organiser_sees_a_month_member_by_member(school: School) -> None:
    school.say(school.zhao, Said("党课"))
    school.say(school.zhao, Said("学习强国"))

    with school.world.database.reading() as session:
        found = studied.list_month(session, school.branch, MARCH, school.world.today)

    assert [(person.name, titles) for person, titles in found] == [
        ("李书记", ()),
        ("张三", ()),
        ("赵六", ("学习强国", "补学3月党课")),
    ]


def test_a_span_goes_down_under_its_last_day_that_is_over(school: School) -> None:
    week = Said("学习强国", date(2026, 3, 16), date(2026, 3, 22))

    assert school.say(school.li, week).day == date(2026, 3, 18)


def test_two_at_once_stand_once(school: School) -> None:
    meet = threading.Barrier(2)

    def say() -> bool:
        meet.wait()
        return school.say(school.zhao, Said("学习强国")).new

    with ThreadPoolExecutor(2) as pool:
        new = [done.result() for done in [pool.submit(say) for _ in range(2)]]

    assert sorted(new) == [False, True]
    assert len(school.rows()) == 1
