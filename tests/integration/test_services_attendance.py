"""Check-in and leave: one mark a person, the last in force, what stood before comes back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.clock import at
from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Role
from bot.services import attendance, meetings, study, undo
from bot.services.attendance import AskFirst, Marked, NothingOpen, SignedUp, WhichMeeting
from bot.services.inverses import INVERSES
from bot.services.meetings import MeetingView
from bot.storage.engine import Database
from bot.storage.models import AttendanceMark, Meeting
from tests.support.world import World

START = at(date(2026, 3, 16), 15)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Hall:
    """A meeting of the third branch, with Li who called it and Zhang who comes or does not."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.branch: UnitId = world.unit("第三党支部")
        self.li = world.member("李书记", self.branch, Role.SECRETARY)
        self.zhang = world.member("张三", self.branch)
        self.meeting = world.call(MeetingKind.THEME_DAY, START, self.li).meeting

    def check_in(
        self, moment: datetime, member: MemberId | None = None, **more: Any
    ) -> list[Marked]:
        """Let somebody check in at a moment."""
        actor = self.world.actor(member or self.zhang)
        self.world.clock.set(moment)
        with self.world.database.writing() as session:
            marked = attendance.check_in(session, by=actor, said_at=moment, now=moment, **more)
            attendance.remember_marks(session, marked, actor, moment)
        return marked

    def ask_leave(self, moment: datetime, reason: str = "出差", **more: Any) -> list[Marked]:
        """Let Zhang ask leave."""
        actor = self.world.actor(self.zhang)
        self.world.clock.set(moment)
        with self.world.database.writing() as session:
            marked = attendance.ask_leave(
                session, by=actor, said_at=moment, now=moment, reason=reason, **more
            )
            attendance.remember_marks(session, marked, actor, moment)
        return marked

    def promise(self) -> Marked:
        """Let Zhang say to come."""
        actor, now = self.world.actor(self.zhang), self.world.now
        with self.world.database.writing() as session:
            return attendance.promise(
                session, by=actor, meeting_id=self.meeting.id, said_at=now, now=now
            )

    def undo(self) -> undo.Undone:
        """Let Zhang take the last thing back."""
        actor, now = self.world.actor(self.zhang), self.world.now
        with self.world.database.writing() as session:
            return undo.undo_last(session, INVERSES, by=actor, now=now)

    def reasons(self) -> dict[MemberId, str]:
        """Return what the roll call says of those on leave."""
        with self.world.database.reading() as session:
            meeting = meetings.get_meeting(session, self.meeting.id)
            return dict(attendance.roll_call(session, meeting).reasons)

    def mark(self) -> Mark | None:
        """Return what stands for Zhang."""
        with self.world.database.reading() as session:
            meeting = meetings.get_meeting(session, self.meeting.id)
            return attendance.current_marks(session, [meeting]).get((meeting.id, self.zhang))

    def history(self) -> list[str]:
        """Return every mark ever made."""
        with self.world.database.reading() as session:
            rows = session.scalars(select(AttendanceMark).order_by(AttendanceMark.id))
            return [row.mark.value for row in rows]


@pytest.fixture
def hall(database: Database) -> Hall:
    """Return the meeting of 16 March, 15:00 to 17:00."""
    return Hall(World(database))


@pytest.mark.parametrize(
    ("moment", "mark", "late"),
    [
        pytest.param(START - 30 * MINUTE, Mark.PRESENT, 0, id="前半小时"),
        pytest.param(START, Mark.PRESENT, 0, id="整点"),
        pytest.param(START + MINUTE, Mark.LATE, 1, id="迟到一分钟"),
        pytest.param(START + 2 * HOUR - MINUTE, Mark.LATE, 119, id="快结束"),
        pytest.param(START + 2 * HOUR, Mark.MAKEUP_REQUESTED, 0, id="结束，补签"),
        pytest.param(START + 50 * HOUR - MINUTE, Mark.MAKEUP_REQUESTED, 0, id="补签最后一刻"),
    ],
)
def test_it_marks_what_a_check_in_counts_as(
    hall: Hall, moment: datetime, mark: Mark, late: int
) -> None:
    [marked] = hall.check_in(moment)

    assert (marked.mark, marked.late, marked.new) == (mark, late, True)
    assert marked.pending == (mark is Mark.MAKEUP_REQUESTED)
    assert hall.mark() is mark


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        pytest.param(
            START - 31 * MINUTE, "16日主题党日还没到签到时间，3月16日（周一）14:30起", id="太早"
        ),
        pytest.param(START - 3 * DAY, "16日主题党日", id="还有几天"),
        pytest.param(START + 50 * HOUR, "已过补签时间", id="过了补签"),
        pytest.param(START + 60 * DAY, "现在没有要签到的会。", id="什么会都没有"),
    ],
)
def test_it_says_why_there_is_nothing_to_check_in_to(
    hall: Hall, moment: datetime, words: str
) -> None:
    with pytest.raises(NothingOpen, match=words):
        hall.check_in(moment)

    assert hall.history() == []


def test_it_names_the_next_meeting_when_it_is_far_off(hall: Hall) -> None:
    with pytest.raises(NothingOpen, match="下次是16日主题党日，3月16日（周一）14:30起可以签到"):
        hall.check_in(START - 4 * DAY + HOUR)


def test_it_counts_a_repeated_check_in_once(hall: Hall) -> None:
    hall.check_in(START - MINUTE)
    [again] = hall.check_in(START + 5 * MINUTE)

    assert (again.new, again.at, again.mark) == (False, START - MINUTE, Mark.PRESENT)
    assert hall.history() == ["present"]


def test_it_makes_one_mark_of_two_check_ins_at_once(hall: Hall) -> None:
    actor = hall.world.actor(hall.zhang)
    start = threading.Barrier(4)

    def check_in() -> bool:
        start.wait(timeout=30)
        with hall.world.database.writing() as session:
            [marked] = attendance.check_in(session, by=actor, said_at=START, now=START)
        return marked.new

    with ThreadPoolExecutor(4) as workers:
        new = [one.result(timeout=60) for one in [workers.submit(check_in) for _ in range(4)]]

    assert sorted(new) == [False] * 3 + [True]
    assert hall.history() == ["present"]


def test_it_marks_every_meeting_of_one_gathering(hall: Hall) -> None:
    second = hall.world.call(MeetingKind.LECTURE, START, hall.li).meeting
    with pytest.raises(WhichMeeting) as asked:
        hall.check_in(START)
    [chosen] = hall.check_in(START, meeting_id=second.id)
    with hall.world.database.writing() as session:
        session.execute(update(Meeting).values(event_id=hall.meeting.event_id))

    both = hall.check_in(START, member=hall.li)

    assert [choice.id for choice in asked.value.choices] == [hall.meeting.id, second.id]
    assert chosen.meeting.id == second.id
    assert [marked.meeting.id for marked in both] == [hall.meeting.id, second.id]


def test_it_makes_up_for_an_earlier_day(hall: Hall) -> None:
    tomorrow = hall.world.call(MeetingKind.LECTURE, START + DAY, hall.li).meeting

    [marked] = hall.check_in(START + DAY, day=START.date(), late_entry=True)
    [now_open] = hall.check_in(START + DAY)

    assert (marked.meeting.id, marked.pending) == (hall.meeting.id, True)
    assert now_open.meeting.id == tomorrow.id


def test_it_knows_whether_a_bare_word_has_something_to_answer(hall: Hall) -> None:
    actor = hall.world.actor(hall.zhang)

    with hall.world.database.reading() as session:
        told = [
            attendance.has_open(session, actor, START + delta)
            for delta in (-31 * MINUTE, -30 * MINUTE, HOUR, 2 * HOUR)
        ]

    assert told == [False, True, True, False]


# --- leave -----------------------------------------------------------------------------------


def test_it_keeps_the_kind_of_a_leave_and_no_word_of_illness(hall: Hall) -> None:
    [first] = hall.ask_leave(START - DAY, "发烧去医院")

    with hall.world.database.reading() as session:
        kept = session.execute(select(AttendanceMark.reason_kind, AttendanceMark.reason)).one()
    assert (first.mark, first.reason) == (Mark.LEAVE_REQUESTED, "病假")
    assert tuple(kept) == ("病", "")


def test_it_asks_leave_of_the_days_named(hall: Hall) -> None:
    later = hall.world.call(MeetingKind.LECTURE, START + 2 * DAY, hall.li).meeting
    hall.world.call(MeetingKind.OTHER, START + 9 * DAY, hall.li)
    day = START.date()

    next_one = hall.ask_leave(START - DAY)
    span = hall.ask_leave(START - DAY, day=day, until=day + 3 * DAY)
    chosen = hall.ask_leave(START - DAY, chosen=[later.id])

    assert [m.meeting.id for m in next_one] == [hall.meeting.id]
    assert [(m.meeting.id, m.new) for m in span] == [(hall.meeting.id, False), (later.id, True)]
    assert [(m.meeting.id, m.new) for m in chosen] == [(later.id, False)]


@pytest.mark.parametrize(
    ("moment", "day", "words"),
    [
        pytest.param(START - DAY, date(2026, 3, 15), "那天没有安排会", id="那天没有会"),
        pytest.param(START + 3 * HOUR, None, "近期没有安排会", id="会已结束"),
    ],
)
def test_it_says_that_there_is_nothing_to_be_absent_from(
    hall: Hall, moment: datetime, day: date | None, words: str
) -> None:
    with pytest.raises(NothingOpen, match=words):
        hall.ask_leave(moment, day=day)


def test_it_asks_once_before_a_leave_overturns_a_check_in(hall: Hall) -> None:
    hall.check_in(START - MINUTE)

    with pytest.raises(AskFirst, match="您14:59已签到16日主题党日"):
        hall.ask_leave(START)

    assert hall.mark() is Mark.PRESENT


def test_it_counts_who_asked_leave_and_came_after_all(hall: Hall) -> None:
    hall.ask_leave(START - DAY)
    hall.check_in(START)

    assert hall.mark() is Mark.PRESENT
    assert hall.history() == ["leave_requested", "present"]


# --- taking back -----------------------------------------------------------------------------


def test_it_takes_a_check_in_back(hall: Hall) -> None:
    hall.check_in(START)

    done = hall.undo()

    assert (done.title, done.stem) == ("16日主题党日的签到", "attendance")
    assert hall.mark() is None
    [again] = hall.check_in(START + MINUTE)
    assert again.new
    assert hall.history() == ["present", "withdrawn", "late"]


def test_it_brings_back_the_leave_that_a_mistaken_check_in_replaced(hall: Hall) -> None:
    hall.ask_leave(START - 5 * MINUTE, "出差")
    hall.check_in(START)

    hall.undo()
    stands_again = hall.mark()
    hall.undo()

    assert stands_again is Mark.LEAVE_REQUESTED
    assert hall.mark() is None
    with hall.world.database.reading() as session:
        reasons = session.scalars(select(AttendanceMark.reason).order_by(AttendanceMark.seq)).all()
    assert reasons == ["出差", "", "出差", ""]


def test_it_brings_nothing_back_of_a_time_before_the_meeting_moved(hall: Hall) -> None:
    hall.promise()
    hall.ask_leave(START - 5 * MINUTE)
    _move(hall)

    hall.undo()

    assert hall.mark() is None


def test_it_asks_everybody_again_after_a_move(hall: Hall) -> None:
    promised = hall.promise()
    before = hall.mark()
    _move(hall)

    assert promised.mark is before is Mark.PROMISED
    assert hall.mark() is None
    [marked] = hall.check_in(START + DAY)
    assert marked.new


def test_it_calls_the_roll(hall: Hall) -> None:
    wang, zhao = (hall.world.member(name, hall.branch) for name in ("王五", "赵六"))
    hall.check_in(START)
    hall.check_in(START + 3 * HOUR, member=wang)

    with hall.world.database.reading() as session:
        roll = attendance.roll_call(session, hall.meeting)

    assert roll.expected == 4
    assert [[p.name for p in people] for people in (roll.present, roll.pending, roll.leave)] == [
        ["张三"],
        ["王五"],
        [],
    ]
    assert [person.id for person in roll.missing] == [hall.li, zhao]


def test_it_remembers_nothing_that_changed_nothing(hall: Hall) -> None:
    hall.check_in(START)
    hall.check_in(START + 20 * MINUTE)

    with pytest.raises(undo.NothingToUndo):
        hall.undo()


def _move(hall: Hall) -> MeetingView:
    actor = hall.world.actor(hall.li)
    with hall.world.database.writing() as session:
        return meetings.move(
            session,
            meeting_id=hall.meeting.id,
            starts_at=START + DAY,
            place=None,
            by=actor,
            now=hall.world.now,
        )


def test_it_writes_who_said_so_and_when(hall: Hall) -> None:
    hall.check_in(START + MINUTE)

    with hall.world.database.reading() as session:
        row = session.execute(
            select(AttendanceMark.reporter_id, AttendanceMark.source, AttendanceMark.said_at)
        ).one()

    assert tuple(row) == (hall.zhang, "self", START + MINUTE)


def test_it_adds_the_reason_given_after_a_leave_without_one(hall: Hall) -> None:
    [bare] = hall.ask_leave(START - DAY, "")
    [told] = hall.ask_leave(START - DAY, "出差")
    [again] = hall.ask_leave(START - DAY, "出差")
    [silent] = hall.ask_leave(START - DAY, "")

    assert [bare.new, told.new, again.new, silent.new] == [True, True, False, False]
    assert hall.reasons() == {hall.zhang: "出差"}


def test_it_keeps_no_number_that_identifies_in_a_reason(hall: Hall) -> None:
    hall.ask_leave(START - DAY, "出差，电话13812345678")

    assert hall.reasons() == {hall.zhang: "出差，电话*********78"}


def test_it_gives_the_reason_of_a_leave_in_force_only(hall: Hall) -> None:
    hall.ask_leave(START - MINUTE)
    hall.undo()

    assert hall.reasons() == {}


@pytest.mark.parametrize(
    ("more", "found"),
    [
        pytest.param({"title": "主题党日"}, ["16日主题党日"], id="会的种类"),
        pytest.param({"title": "例会"}, ["支部例会"], id="别的会按名字，不按种类"),
        pytest.param({"day": START.date() + 2 * DAY}, ["3月党课"], id="那天只有一个"),
        pytest.param(
            {"day": START.date(), "until": START.date() + 2 * DAY},
            ["16日主题党日", "座谈会", "3月党课"],
            id="几天都算",
        ),
    ],
)
def test_it_asks_leave_of_the_meeting_meant(
    hall: Hall, more: dict[str, Any], found: list[str]
) -> None:
    _call_more(hall)

    marked = hall.ask_leave(START - 2 * DAY, **more)

    assert [mark.meeting.title for mark in marked] == found


@pytest.mark.parametrize(
    ("more", "choices"),
    [
        pytest.param({}, ["16日主题党日", "座谈会"], id="最近那天有两个"),
        pytest.param({"day": START.date()}, ["16日主题党日", "座谈会"], id="说的那天有两个"),
        pytest.param(
            {"day": START.date(), "title": "党课"},
            ["16日主题党日", "座谈会", "3月党课", "支部例会"],
            id="那天没有这个会",
        ),
    ],
)
def test_it_asks_which_meeting_where_several_could_be_meant(
    hall: Hall, more: dict[str, Any], choices: list[str]
) -> None:
    _call_more(hall)

    with pytest.raises(WhichMeeting) as several:
        hall.ask_leave(START - 2 * DAY, **more)

    assert [meeting.title for meeting in several.value.choices] == choices
    assert hall.mark() is None


def test_leave_is_not_asked_of_what_one_signs_up_for(hall: Hall) -> None:
    class_ = hall.world.call(MeetingKind.PARTY_SCHOOL, START - DAY, hall.li, seats=5).meeting

    [before] = hall.ask_leave(START - 2 * DAY)
    actor = hall.world.actor(hall.zhang)
    with hall.world.database.writing() as session:
        study.join(session, by=actor, now=hall.world.now, number=class_.id)

    assert before.meeting.id == hall.meeting.id
    with pytest.raises(SignedUp, match="取消报名"):
        hall.ask_leave(START - 2 * DAY)


def _call_more(hall: Hall) -> None:
    hall.world.call(MeetingKind.OTHER, START + HOUR, hall.li, title="座谈会")
    hall.world.call(MeetingKind.OTHER, START + 9 * DAY, hall.li, title="支部例会")
    hall.world.call(MeetingKind.LECTURE, START + 2 * DAY, hall.li)
