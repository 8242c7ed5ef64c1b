"""Past meetings in the books: taken up or new, marks with their source, a count without names."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.clock import at
from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.errors import DomainError, Forbidden
from bot.domain.ids import MemberId, UnitId
from bot.domain.meetings import MeetingState, NotOver, TooLongAgo, TooMany, WrongState
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.services import attendance, meeting_record, meetings, survey, undo
from bot.services.inverses import INVERSES
from bot.services.meeting_record import AlreadyRecorded, Draft, Past, WhichCell, WhichOfTheDay
from bot.services.meetings import AlreadyCalled, MeetingView, NotABranch
from bot.storage.engine import Database
from bot.storage.models import AttendanceMark, GatheringEvent, Meeting, MeetingChange, StatedCount
from tests.support.world import World

TENTH = date(2026, 3, 10)  # a Tuesday, two days ago


class Books:
    """The third branch with two cells, and its books."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.branch = world.unit("第三党支部")
        self.first = world.unit("第三支部第一党小组", UnitKind.CELL, under=self.branch)
        self.second = world.unit("第三支部第二党小组", UnitKind.CELL, under=self.branch)
        self.li = world.member("李书记", self.branch, Role.SECRETARY)
        self.sun = world.member("孙宣传", self.branch, Role.PUBLICITY)
        self.zhang = world.member("张三", self.branch, cell=self.first)
        self.zhao = world.member("赵六", self.branch, cell=self.second)
        world.post(self.zhang, self.first, Role.CELL_LEADER)

    def prepare(self, past: Past, by: MemberId | None = None) -> Draft:
        """Let somebody look at a draft."""
        actor = self.world.actor(by or self.li)
        with self.world.database.writing() as session:
            return meeting_record.prepare(session, past, by=actor, now=self.world.now)

    def enter(self, past: Past, by: MemberId | None = None) -> MeetingView:
        """Let somebody look at a draft and accept it."""
        draft, actor = self.prepare(past, by), self.world.actor(by or self.li)
        with self.world.database.writing() as session:
            return meeting_record.record(session, draft.past, by=actor, now=self.world.now)

    def undo(self, by: MemberId | None = None) -> None:
        """Let somebody take the last thing back."""
        actor = self.world.actor(by or self.li)
        with self.world.database.writing() as session:
            undo.undo_last(session, INVERSES, by=actor, now=self.world.now)

    def view(self, meeting: MeetingView) -> MeetingView:
        """Return a meeting as it stands."""
        with self.world.database.reading() as session:
            return meetings.get_meeting(session, meeting.id)

    def marks(self, meeting: MeetingView) -> dict[MemberId, Mark]:
        """Return the marks in force."""
        with self.world.database.reading() as session:
            found = attendance.current_marks(session, [self.view(meeting)])
        return {member: mark for (_, member), mark in found.items()}

    def count(self, meeting: MeetingView) -> int | None:
        """Return the count stated."""
        with self.world.database.reading() as session:
            return meeting_record.stated_count(session, meeting.id)

    def filled(self, kind: MeetingKind, *periods: str) -> Collection[tuple[UnitId, str]]:
        """Return which units have met their duty."""
        with self.world.database.reading() as session:
            return survey.filled(session, kind, periods, self.world.now)

    def rows(self, model: Any) -> list[Any]:
        """Return every row of a table."""
        with self.world.database.reading() as session:
            rows = list(session.scalars(select(model).order_by(model.id)))
            session.expunge_all()
        return rows


@pytest.fixture
def books(database: Database) -> Books:
    """Return the books on Thursday, 12 March, at noon."""
    return Books(World(database))


def _past(kind: MeetingKind = MeetingKind.GENERAL, title: str = "党员大会", **more: Any) -> Past:
    return Past(kind=kind, title=title, **{"day": TENTH, **more})


def test_it_enters_a_meeting_as_held_with_who_was_there_and_who_said_so(books: Books) -> None:
    meeting = books.enter(_past(at=time(9, 30), place="礼堂", present=(books.zhang, books.zhao)))

    assert meeting.state is MeetingState.HELD
    assert (meeting.title, meeting.when) == ("3月支部党员大会", "3月10日（周二）09:30 礼堂")
    assert meeting.ends_at - meeting.starts_at == timedelta(hours=2)
    assert books.marks(meeting) == {books.zhang: Mark.PRESENT, books.zhao: Mark.PRESENT}
    said = {(row.source, row.reporter_id) for row in books.rows(AttendanceMark)}
    assert said == {("organiser", books.li)}


def test_an_unknown_time_of_day_is_never_made_up(books: Books) -> None:
    meeting = books.enter(_past(place="礼堂"))

    assert not meeting.timed
    assert meeting.when == "3月10日（周二） 礼堂"
    assert (meeting.starts_at, meeting.ends_at) == (at(TENTH), at(TENTH + timedelta(days=1)))


def test_a_meeting_of_this_morning_is_over_by_now(books: Books) -> None:
    assert books.enter(_past(day=books.world.today)).ends_at == books.world.now


def test_the_duty_of_its_period_is_met(books: Books) -> None:
    assert not books.filled(MeetingKind.GENERAL, "2026Q1")

    books.enter(_past())

    assert books.filled(MeetingKind.GENERAL, "2026Q1") == {(books.branch, "2026Q1")}


def test_it_counts_for_the_period_that_was_said(books: Books) -> None:
    day = date(2026, 3, 2)
    books.enter(_past(MeetingKind.THEME_DAY, "主题党日", day=day, period=Month(2026, 2)))

    assert books.filled(MeetingKind.THEME_DAY, "2026-02", "2026-03") == {(books.branch, "2026-02")}


def test_a_bare_count_stays_a_count(books: Books) -> None:
    draft = books.prepare(_past(count=4))
    meeting = books.enter(_past(count=4))

    assert (draft.headcount, draft.present) == (4, ())
    assert books.count(meeting) == 4
    assert books.marks(meeting) == {}


def test_it_takes_up_the_meeting_of_that_day_instead_of_doubling_it(books: Books) -> None:
    called = books.world.call(MeetingKind.GENERAL, at(TENTH + timedelta(days=3), 15), books.li)
    books.world.clock.set(at(TENTH + timedelta(days=4), 9))

    meeting = books.enter(_past(day=TENTH + timedelta(days=3), present=(books.zhang,)))

    assert meeting.id == called.meeting.id
    assert (meeting.state, meeting.when) == (MeetingState.HELD, called.meeting.when)
    assert meeting.revision == called.meeting.revision
    assert len(books.rows(Meeting)) == 1
    [change] = books.rows(MeetingChange)
    assert (change.action, change.after) == ("record", {"state": "held"})


def test_the_same_again_is_refused_and_more_of_it_is_added(books: Books) -> None:
    meeting = books.enter(_past(present=(books.zhang,), count=4))

    with pytest.raises(AlreadyRecorded):
        books.prepare(_past(present=(books.zhang,), count=4))
    again = books.enter(_past(present=(books.zhang, books.zhao)))

    assert again.id == meeting.id
    assert books.marks(meeting) == {books.zhang: Mark.PRESENT, books.zhao: Mark.PRESENT}
    assert len(books.rows(AttendanceMark)) == 2


def test_of_two_that_day_the_time_decides_or_one_is_chosen(books: Books) -> None:
    one = books.enter(_past(MeetingKind.OTHER, "座谈会", at=time(9)))
    day = books.world.call(MeetingKind.OTHER, at(date(2026, 3, 20), 9), books.li, title="座谈会")
    books.world.call(MeetingKind.OTHER, at(date(2026, 3, 20), 15), books.li, title="座谈会")
    books.world.clock.set(at(date(2026, 3, 21), 9))
    past = _past(MeetingKind.OTHER, "座谈会", day=date(2026, 3, 20))

    with pytest.raises(WhichOfTheDay) as several:
        books.prepare(past)
    by_time = books.prepare(_past(MeetingKind.OTHER, "座谈会", day=date(2026, 3, 20), at=time(15)))
    chosen = books.enter(
        _past(MeetingKind.OTHER, "座谈会", day=past.day, meeting_id=day.meeting.id)
    )

    assert one.id not in [meeting.id for meeting in several.value.choices]
    assert by_time.past.meeting_id == several.value.choices[1].id
    assert chosen.id == day.meeting.id


def test_freely_named_meetings_of_one_day_are_different_ones(books: Books) -> None:
    books.enter(_past(MeetingKind.OTHER, "读书会", at=time(9)))

    assert not books.prepare(_past(MeetingKind.OTHER, "座谈会", at=time(15))).taken_up


def test_everyone_is_who_was_expected_but_for_those_named(books: Books) -> None:
    meeting = books.enter(_past(everyone=True, but=(books.sun,), on_leave=(books.zhao,)))

    assert books.marks(meeting) == {
        books.li: Mark.PRESENT,
        books.zhang: Mark.PRESENT,
        books.zhao: Mark.LEAVE,
    }


def test_of_a_committee_meeting_everyone_is_the_committee(books: Books) -> None:
    draft = books.prepare(_past(MeetingKind.COMMITTEE, "支委会", everyone=True))

    assert [person.name for person in draft.present] == ["李书记", "孙宣传"]


def test_who_was_there_stays_late_and_who_came_is_not_on_leave(books: Books) -> None:
    start = at(date(2026, 3, 13), 10)
    meeting = books.world.call(MeetingKind.GENERAL, start, books.li).meeting
    zhang, late = books.world.actor(books.zhang), start + timedelta(minutes=9)
    with books.world.database.writing() as session:
        attendance.check_in(session, by=zhang, said_at=late, now=late)
    books.world.clock.set(start + timedelta(days=1))

    books.enter(_past(day=start.date(), present=(books.zhang,), on_leave=(books.zhang,), count=1))

    assert books.marks(meeting) == {books.zhang: Mark.LATE}


def test_unsent_reminders_of_it_are_void(books: Books) -> None:
    meeting = books.world.call(MeetingKind.GENERAL, at(date(2026, 3, 13), 10), books.li).meeting
    letter = books.world.letter(books.zhang, rule="meeting_upcoming", subject=meeting.subject)
    books.world.enqueue(letter)
    books.world.clock.set(at(date(2026, 3, 13), 13))

    books.enter(_past(day=date(2026, 3, 13)))

    assert books.world.states() == ["void"]


def test_undo_cancels_a_new_meeting_and_opens_its_duty_again(books: Books) -> None:
    meeting = books.enter(_past(present=(books.zhang,), count=3))

    books.undo()

    assert books.view(meeting).state is MeetingState.CANCELLED
    assert books.marks(meeting) == {}
    assert books.count(meeting) is None
    assert not books.filled(MeetingKind.GENERAL, "2026Q1")


def test_undo_leaves_a_meeting_that_was_taken_up_as_it_was(books: Books) -> None:
    start = at(date(2026, 3, 13), 10)
    meeting = books.world.call(MeetingKind.GENERAL, start, books.li).meeting
    zhao = books.world.actor(books.zhao)
    with books.world.database.writing() as session:
        attendance.ask_leave(
            session, by=zhao, said_at=books.world.now, now=books.world.now, reason="值班"
        )
    books.world.clock.set(start + timedelta(days=1))
    books.enter(_past(day=start.date(), present=(books.zhang, books.zhao), count=4))
    books.enter(_past(day=start.date(), count=3))

    books.undo()
    assert (books.count(meeting), books.view(meeting).state) == (4, MeetingState.HELD)
    books.undo()

    assert books.view(meeting).state is MeetingState.SCHEDULED
    assert books.marks(meeting) == {books.zhao: Mark.LEAVE_REQUESTED}
    assert [row.present for row in books.rows(StatedCount)] == [4, 3, 4, None]


def test_cells_are_told_apart_by_name_by_choice_or_by_who_writes(books: Books) -> None:
    cell = MeetingKind.CELL

    with pytest.raises(WhichCell) as several:
        books.prepare(_past(cell, "党小组会"))
    named = books.prepare(_past(cell, "第二党小组会"))
    chosen = books.prepare(_past(cell, "党小组会", unit_id=books.second))
    own = books.enter(_past(cell, "党小组会", everyone=True), by=books.zhang)
    deputy = books.world.member("周副书记", books.branch, Role.DEPUTY, cell=books.second)
    of_deputy = books.prepare(_past(cell, "党小组会"), by=deputy)

    assert [unit for unit, _ in several.value.choices] == [books.first, books.second]
    assert named.past.unit_id == chosen.past.unit_id == of_deputy.past.unit_id == books.second
    assert own.unit_id == books.first
    assert books.marks(own) == {books.zhang: Mark.PRESENT}


def test_a_branch_without_cells_has_no_cell_meeting(books: Books) -> None:
    fifth = books.world.unit("第五党支部")
    zhou = books.world.member("周书记", fifth, Role.SECRETARY)

    with pytest.raises(DomainError, match="没有党小组"):
        books.prepare(_past(MeetingKind.CELL, "党小组会"), by=zhou)


def test_it_asks_for_both_rights_where_both_are_used(books: Books) -> None:
    with pytest.raises(Forbidden):
        books.prepare(_past(), by=books.zhao)
    with pytest.raises(Forbidden):
        books.prepare(_past(present=(books.zhang,)), by=books.sun)
    with pytest.raises(Forbidden):
        books.prepare(_past(), by=books.zhang)  # a cell leader, of the branch's meeting

    assert books.prepare(_past(), by=books.sun).headcount is None


def test_the_street_holds_no_branch_meetings(books: Books) -> None:
    officer = books.world.member("街道干部", None, Role.OFFICER)

    with pytest.raises(NotABranch):
        books.prepare(_past(), by=officer)
    with pytest.raises(NotABranch):
        books.prepare(_past(MeetingKind.CELL, "党小组会"), by=officer)


@pytest.mark.parametrize(
    ("day", "start", "refusal"),
    [
        pytest.param(date(2026, 3, 13), None, NotOver, id="明天的"),
        pytest.param(date(2026, 3, 12), time(12), NotOver, id="现在才开始的"),
        pytest.param(date(2023, 3, 9), None, TooLongAgo, id="三年多以前的"),
    ],
)
def test_it_refuses_a_day_that_cannot_be_meant(
    books: Books, day: date, start: time | None, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        books.prepare(_past(day=day, at=start))


def test_a_confirmed_record_is_locked(books: Books) -> None:
    meeting = books.enter(_past())
    with books.world.database.writing() as session:
        session.get_one(Meeting, meeting.id).state = MeetingState.CONFIRMED

    with pytest.raises(WrongState, match="已确认"):
        books.prepare(_past(present=(books.zhang,)))


def test_two_drafts_of_one_meeting_become_one(books: Books) -> None:
    one, other = books.prepare(_past()), books.prepare(_past())
    actor = books.world.actor(books.li)
    with books.world.database.writing() as session:
        meeting_record.record(session, one.past, by=actor, now=books.world.now)

    with books.world.database.writing() as session, pytest.raises(AlreadyCalled):
        meeting_record.record(session, other.past, by=actor, now=books.world.now)

    assert len(books.rows(Meeting)) == 1
    assert books.rows(GatheringEvent)


@pytest.mark.parametrize(
    ("kind", "title", "most"),
    [(MeetingKind.GENERAL, "党员大会", 4), (MeetingKind.THEME_DAY, "主题党日", 40)],
    ids=["只有党员的会", "可以有别人的活动"],
)
def test_no_more_were_there_than_can_have_been(
    books: Books, kind: MeetingKind, title: str, most: int
) -> None:
    assert books.prepare(_past(kind, title, count=most)).headcount == most
    with pytest.raises(TooMany, match="应到4人"):
        books.prepare(_past(kind, title, count=most + 1))
