"""Attendance said of others: at once by right, else a request; granted, refused, taken back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update

from bot.clock import at
from bot.domain.attendance import THERE, WAITING, Mark
from bot.domain.cadence import MeetingKind
from bot.domain.errors import DomainError, Forbidden
from bot.domain.ids import MemberId
from bot.domain.meetings import MeetingState
from bot.domain.rights import Action, Role
from bot.domain.units import UnitKind
from bot.services import attendance, attendance_others, attendance_requests, naming, undo
from bot.services.attendance import AskFirst, Marked, NothingOpen, WhichMeeting
from bot.services.attendance_marks import ChangedSince
from bot.services.attendance_others import LockedRecord, NotOfTheirs
from bot.services.attendance_requests import DecidedMeanwhile, NothingToDecide, Request
from bot.services.inverses import INVERSES
from bot.storage.engine import Database
from bot.storage.models import AttendanceMark, AuditLine, DoneAction, Meeting
from tests.support.world import World

START = at(date(2026, 3, 16), 15)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Hall:
    """A meeting of the third branch: Li calls it, Wang organises, Zhang reports Zhao and Sun.

    Qian leads the cell in which Zhao is.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.branch = world.unit("第三党支部")
        self.cell = world.unit("第一党小组", UnitKind.CELL, under=self.branch)
        self.li = world.member("李书记", self.branch, Role.SECRETARY)
        self.wang = world.member("王组织", self.branch, Role.ORGANISER)
        self.zhang = world.member("张三", self.branch)
        self.zhao = world.member("赵六", self.branch, cell=self.cell)
        self.sun = world.member("孙丽", self.branch, account=False)
        self.qian = world.member("钱组长", self.branch, cell=self.cell)
        world.post(self.qian, self.cell, Role.CELL_LEADER)
        self.meeting = world.call(MeetingKind.THEME_DAY, START, self.li).meeting
        self._messages = 0

    def report(
        self, by: MemberId, *names: str, moment: datetime = START, **more: Any
    ) -> list[Marked]:
        """Let somebody say that others are there."""
        actor, people = self.world.actor(by), self._named(by, *names)
        self._messages += 1
        self.world.clock.set(moment)
        with self.world.database.writing() as session:
            marked = attendance_others.check_in_others(
                session, people=people, by=actor, said_at=moment, now=moment, **more
            )
            attendance.remember_marks(session, marked, actor, moment, batch=f"m{self._messages}")
        return marked

    def ask_leave(
        self, by: MemberId, *names: str, moment: datetime = START - DAY, **more: Any
    ) -> list[Marked]:
        """Let somebody say that others are on leave."""
        actor, people = self.world.actor(by), self._named(by, *names)
        self.world.clock.set(moment)
        with self.world.database.writing() as session:
            marked = attendance_others.ask_leave_for_others(
                session, people=people, by=actor, said_at=moment, now=moment, **more
            )
            attendance.remember_marks(session, marked, actor, moment, batch="leave")
        return marked

    def check_in(self, member: MemberId, moment: datetime = START) -> list[Marked]:
        """Let somebody check himself in."""
        actor = self.world.actor(member)
        self.world.clock.set(moment)
        with self.world.database.writing() as session:
            marked = attendance.check_in(session, by=actor, said_at=moment, now=moment)
            attendance.remember_marks(session, marked, actor, moment)
        return marked

    def waiting(self, by: MemberId, members: list[MemberId] | None = None) -> list[Request]:
        """Return what somebody may decide."""
        actor = self.world.actor(by)
        with self.world.database.reading() as session:
            return attendance_requests.list_waiting(
                session, by=actor, now=self.world.now, members=members
            )

    def grant(self, by: MemberId, requests: list[Request]) -> list[Marked]:
        """Let somebody grant requests."""
        actor = self.world.actor(by)
        with self.world.database.writing() as session:
            return attendance_requests.grant(session, requests, by=actor, now=self.world.now)

    def refuse(self, by: MemberId, requests: list[Request]) -> list[Marked]:
        """Let somebody refuse requests."""
        actor = self.world.actor(by)
        with self.world.database.writing() as session:
            return attendance_requests.refuse(
                session, requests, by=actor, now=self.world.now, reason="没见到人"
            )

    def undo(self, by: MemberId) -> undo.Undone:
        """Let somebody take the last thing back."""
        actor = self.world.actor(by)
        with self.world.database.writing() as session:
            return undo.undo_last(session, INVERSES, by=actor, now=self.world.now)

    def mark(self, member: MemberId) -> Mark | None:
        """Return the mark that stands."""
        with self.world.database.reading() as session:
            return attendance.current_marks(session, [self.meeting]).get((self.meeting.id, member))

    def rows(self, member: MemberId) -> list[AttendanceMark]:
        """Return every mark of a member, in order."""
        with self.world.database.reading() as session:
            rows = list(
                session.scalars(
                    select(AttendanceMark)
                    .where(AttendanceMark.member_id == member)
                    .order_by(AttendanceMark.seq)
                )
            )
            session.expunge_all()
        return rows

    def _named(self, by: MemberId, *names: str) -> list[naming.Named]:
        actor = self.world.actor(by)
        with self.world.database.reading() as session:
            return naming.resolve(
                session, names, by=actor, on=self.world.today, action=Action.RECORD_ATTENDANCE
            )


@pytest.fixture
def hall(database: Database) -> Hall:
    """Return the meeting."""
    return Hall(World(database))


# --- who may record, and as what -------------------------------------------------------------

RECORDED: dict[str, tuple[str, datetime, Mark | None, bool]] = {
    "党员，会上": ("zhang", START, Mark.PROXY_REQUESTED, True),
    "党员，迟到": ("zhang", START + 20 * MINUTE, Mark.PROXY_REQUESTED, True),
    "党员，会后": ("zhang", START + 3 * HOUR, Mark.MAKEUP_REQUESTED, True),
    "党员，过了补签": ("zhang", START + 51 * HOUR, None, True),
    "组织委员，会上": ("wang", START, Mark.PRESENT, False),
    "组织委员，迟到": ("wang", START + 20 * MINUTE, Mark.LATE, False),
    "组织委员，会后": ("wang", START + 3 * HOUR, Mark.MAKEUP_GRANTED, False),
    "组织委员，过了补签": ("wang", START + 51 * HOUR, Mark.MAKEUP_GRANTED, False),
    "组织委员，太早": ("wang", START - 2 * HOUR, None, False),
    "党小组长，支部的会，自己小组的人": ("qian", START, Mark.PROXY_REQUESTED, True),
    "街道专干": ("officer", START, Mark.PRESENT, False),
}


@pytest.mark.parametrize(("by", "moment", "mark", "waits"), RECORDED.values(), ids=list(RECORDED))
def test_a_word_counts_at_once_by_right_and_else_waits(
    hall: Hall, by: str, moment: datetime, mark: Mark | None, waits: bool
) -> None:
    officer = hall.world.member("陈专干", None, Role.OFFICER)
    reporter = officer if by == "officer" else getattr(hall, by)

    if mark is None:
        with pytest.raises(NothingOpen):
            hall.report(reporter, "赵六", moment=moment)
        assert hall.mark(hall.zhao) is None
        return
    [marked] = hall.report(reporter, "赵六", moment=moment)

    assert (marked.mark, marked.new, marked.pending) == (mark, True, waits)
    [row] = hall.rows(hall.zhao)
    assert (row.mark, row.reporter_id) == (mark, reporter)
    assert row.source == ("proxy" if waits else "organiser")
    assert (row.mark in WAITING) == waits


def test_an_organiser_may_name_the_day_of_a_meeting_long_over(hall: Hall) -> None:
    [marked] = hall.report(
        hall.wang, "赵六", moment=START + 40 * DAY, day=START.date(), late_entry=True
    )

    assert marked.mark is Mark.MAKEUP_GRANTED


def test_a_cell_leader_asks_for_everybody_at_a_meeting_of_the_branch(hall: Hall) -> None:
    marked = hall.report(hall.qian, "赵六", "张三")

    assert [mark.mark for mark in marked] == [Mark.PROXY_REQUESTED] * 2


def test_nobody_speaks_for_another_branch_without_a_post_there(hall: Hall) -> None:
    fourth = hall.world.unit("第四党支部")
    zhou = hall.world.member("周七", fourth)
    [named] = hall._named(hall.world.member("陈专干", None, Role.OFFICER), "周七")
    actor = hall.world.actor(hall.zhang)

    with (
        hall.world.database.writing() as session,
        pytest.raises(NotOfTheirs, match="周七不在您的支部"),
    ):
        attendance_others.check_in_others(
            session, people=[named], by=actor, said_at=START, now=START
        )
    assert hall.rows(zhou) == []


def test_who_names_himself_among_others_is_there_by_his_own_word(hall: Hall) -> None:
    mine, theirs = hall.report(hall.zhang, "张三", "赵六")

    assert (mine.mark, theirs.mark) == (Mark.PRESENT, Mark.PROXY_REQUESTED)
    assert hall.rows(hall.zhang)[0].source == "self"


def test_all_named_are_recorded_or_none(hall: Hall) -> None:
    hall.world.call(MeetingKind.CELL, START + 2 * HOUR, hall.qian)
    cell_time = START + 2 * HOUR + 30 * MINUTE

    with pytest.raises((NothingOpen, WhichMeeting)):
        hall.report(hall.zhang, "赵六", "孙丽", moment=cell_time)

    assert (hall.rows(hall.zhao), hall.rows(hall.sun)) == ([], [])


def test_several_open_meetings_become_a_question(hall: Hall) -> None:
    other = hall.world.call(MeetingKind.LECTURE, START + 10 * MINUTE, hall.li).meeting

    with pytest.raises(WhichMeeting) as question:
        hall.report(hall.zhang, "赵六")
    [marked] = hall.report(hall.zhang, "赵六", meeting_id=other.id)

    assert [meeting.id for meeting in question.value.choices] == [hall.meeting.id, other.id]
    assert marked.meeting.id == other.id


def test_a_confirmed_record_stays_as_it_is(hall: Hall) -> None:
    hall.report(hall.zhang, "赵六")
    requests = hall.waiting(hall.wang)
    with hall.world.database.writing() as session:
        session.execute(update(Meeting).values(state=MeetingState.CONFIRMED))

    with pytest.raises(LockedRecord, match="记录已经确认"):
        hall.report(hall.wang, "孙丽")
    with pytest.raises(LockedRecord):
        hall.grant(hall.wang, requests)


STANDING: dict[str, tuple[str, Mark]] = {
    "自己又签到，本人说了算": ("self", Mark.PRESENT),
    "别人又报一次": ("again", Mark.PROXY_REQUESTED),
    "组织委员登记，当时就算": ("organiser", Mark.PRESENT),
    "本人说请假，本人说了算": ("leave", Mark.LEAVE_REQUESTED),
}


@pytest.mark.parametrize(("then", "mark"), STANDING.values(), ids=list(STANDING))
def test_what_becomes_of_a_request_that_waits(hall: Hall, then: str, mark: Mark) -> None:
    hall.report(hall.zhang, "赵六")

    if then == "self":
        hall.check_in(hall.zhao)
    elif then == "again":
        [again] = hall.report(hall.li, "孙丽")  # somebody else: a request of another stays
        assert again.new
        assert not hall.report(hall.zhang, "赵六")[0].new
    elif then == "organiser":
        hall.report(hall.wang, "赵六")
    else:
        actor = hall.world.actor(hall.zhao)
        with hall.world.database.writing() as session:
            attendance.ask_leave(session, by=actor, said_at=START, now=START, reason="出差")

    assert hall.mark(hall.zhao) is mark


def test_who_is_there_already_stays_so(hall: Hall) -> None:
    hall.check_in(hall.zhao)

    for reporter in (hall.zhang, hall.wang):
        [again] = hall.report(reporter, "赵六", moment=START + MINUTE)
        assert (again.new, again.mark, again.at) == (False, Mark.PRESENT, START)


# --- leave for others ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("by", "mark", "source"),
    [
        pytest.param("zhang", Mark.LEAVE_REQUESTED, "proxy", id="党员替人请"),
        pytest.param("wang", Mark.LEAVE, "organiser", id="组织委员登记"),
    ],
)
def test_leave_for_others_keeps_who_said_so_and_no_words_of_illness(
    hall: Hall, by: str, mark: Mark, source: str
) -> None:
    hall.ask_leave(getattr(hall, by), "赵六", reason="住院手术")

    [row] = hall.rows(hall.zhao)
    assert (row.mark, row.source, row.reporter_id) == (mark, source, getattr(hall, by))
    assert (row.reason_kind, row.reason) == ("病", "")


def test_leave_is_not_laid_over_a_check_in(hall: Hall) -> None:
    hall.check_in(hall.zhao)

    with pytest.raises(AskFirst, match="赵六15:00已签到16日主题党日，没有改成请假"):
        hall.ask_leave(hall.wang, "孙丽", "赵六", moment=START, reason="")

    assert hall.rows(hall.sun) == []


def test_leave_for_others_needs_a_meeting(hall: Hall) -> None:
    with pytest.raises(NothingOpen, match="那天没有安排会"):
        hall.ask_leave(hall.zhang, "赵六", reason="", day=START.date() - DAY)


# --- the organiser decides -------------------------------------------------------------------


def test_a_grant_keeps_the_time_the_reporter_and_who_decided(hall: Hall) -> None:
    hall.report(hall.zhang, "赵六", moment=START + 5 * MINUTE)
    hall.check_in(hall.qian, START + 3 * HOUR)
    requests = hall.waiting(hall.wang)

    hall.grant(hall.wang, requests)

    assert [(r.name, r.reporter, r.mark) for r in requests] == [
        ("赵六", "张三", Mark.PROXY_REQUESTED),
        ("钱组长", "", Mark.MAKEUP_REQUESTED),
    ]
    asked, given_ = hall.rows(hall.zhao)
    assert (asked.mark, given_.mark) == (Mark.PROXY_REQUESTED, Mark.LATE)
    assert given_.said_at == START + 5 * MINUTE
    assert (given_.source, given_.reporter_id) == ("proxy", hall.zhang)
    assert given_.decided_by_id == hall.wang
    assert hall.mark(hall.qian) is Mark.MAKEUP_GRANTED
    with pytest.raises(NothingToDecide):
        hall.waiting(hall.wang)


def test_a_refusal_says_who_refused_and_leaves_no_presence(hall: Hall) -> None:
    hall.report(hall.zhang, "赵六")
    hall.check_in(hall.qian, START + 3 * HOUR)

    hall.refuse(hall.wang, hall.waiting(hall.wang))

    assert hall.mark(hall.zhao) is Mark.PROXY_REFUSED
    assert hall.mark(hall.qian) is Mark.MAKEUP_REFUSED
    assert hall.rows(hall.zhao)[-1].decided_by_id == hall.wang
    with hall.world.database.reading() as session:
        reason = session.scalar(
            select(AuditLine.reason).where(AuditLine.action == "attendance.refuse")
        )
    assert reason == "没见到人"


def test_a_leave_asked_before_stands_again_after_a_refusal(hall: Hall) -> None:
    hall.ask_leave(hall.wang, "赵六", reason="出差")
    hall.report(hall.zhang, "赵六")
    assert hall.mark(hall.zhao) is Mark.PROXY_REQUESTED

    hall.refuse(hall.wang, hall.waiting(hall.wang))

    assert hall.mark(hall.zhao) is Mark.LEAVE
    assert hall.rows(hall.zhao)[-1].reason == "出差"


def test_only_who_records_there_decides(hall: Hall) -> None:
    hall.report(hall.zhang, "赵六", "孙丽")
    requests = hall.waiting(hall.wang)

    with pytest.raises(Forbidden, match="登记到会"):
        hall.waiting(hall.zhang)
    with pytest.raises(NothingToDecide):  # it is the branch's meeting, not the cell's
        hall.waiting(hall.qian)
    with pytest.raises(Forbidden):
        hall.grant(hall.qian, requests)
    with pytest.raises(NothingToDecide):
        hall.waiting(hall.wang, [hall.zhang])
    assert hall.mark(hall.zhao) is Mark.PROXY_REQUESTED


def test_a_preview_that_is_out_of_date_records_nobody(hall: Hall) -> None:
    hall.report(hall.zhang, "赵六", "孙丽")
    requests = hall.waiting(hall.wang)
    hall.check_in(hall.zhao)

    with pytest.raises(DecidedMeanwhile, match="赵六的签到刚刚有变动，这次一个也没有登记"):
        hall.grant(hall.wang, requests)

    assert hall.mark(hall.sun) is Mark.PROXY_REQUESTED


def test_two_organisers_who_decide_at_once_decide_once(hall: Hall) -> None:
    hall.report(hall.zhang, "赵六")
    requests = hall.waiting(hall.wang)
    together = threading.Barrier(2)

    def decide(step: tuple[str, MemberId]) -> bool:
        together.wait()
        try:
            (hall.grant if step[0] == "grant" else hall.refuse)(step[1], requests)
        except DecidedMeanwhile:
            return False
        return True

    with ThreadPoolExecutor(2) as workers:
        done = list(workers.map(decide, [("grant", hall.wang), ("refuse", hall.li)]))

    assert sorted(done) == [False, True]
    assert len(hall.rows(hall.zhao)) == 2


def test_requests_of_a_moved_meeting_are_gone(hall: Hall) -> None:
    hall.report(hall.zhang, "赵六")
    with hall.world.database.writing() as session:
        session.execute(update(Meeting).values(revision=Meeting.revision + 1))

    with pytest.raises(NothingToDecide):
        hall.waiting(hall.wang)


# --- taken back ------------------------------------------------------------------------------


def test_the_reporter_takes_back_all_he_said_in_one_message(hall: Hall) -> None:
    hall.ask_leave(hall.wang, "孙丽", reason="出差")
    hall.report(hall.zhang, "赵六", "孙丽")

    undone = hall.undo(hall.zhang)

    assert set(undone.subjects) == {hall.zhao, hall.sun}
    assert (hall.mark(hall.zhao), hall.mark(hall.sun)) == (None, Mark.LEAVE)
    with pytest.raises(undo.NothingToUndo):
        hall.undo(hall.zhang)


def test_the_subject_takes_back_only_what_was_said_of_him(hall: Hall) -> None:
    hall.report(hall.zhang, "赵六", "孙丽")
    hall.world.clock.advance(47 * HOUR)

    undone = hall.undo(hall.zhao)

    assert (undone.objected_to, undone.subjects) == (hall.zhang, (hall.zhao,))
    assert (hall.mark(hall.zhao), hall.mark(hall.sun)) == (None, Mark.PROXY_REQUESTED)
    with pytest.raises(undo.NothingToUndo):
        hall.undo(hall.zhang)  # ten minutes are over for him


@pytest.mark.parametrize(
    ("later", "may"),
    [
        pytest.param(10 * MINUTE - MINUTE, True, id="报的人9分钟"),
        pytest.param(10 * MINUTE, False, id="报的人10分钟"),
    ],
)
def test_the_reporter_has_ten_minutes(hall: Hall, later: timedelta, may: bool) -> None:
    hall.report(hall.zhang, "赵六")
    hall.world.clock.advance(later)

    if may:
        hall.undo(hall.zhang)
    else:
        with pytest.raises(undo.NothingToUndo):
            hall.undo(hall.zhang)


def test_the_subject_has_two_days(hall: Hall) -> None:
    hall.report(hall.zhang, "赵六")
    hall.world.clock.advance(48 * HOUR)

    with pytest.raises(undo.NothingToUndo):
        hall.undo(hall.zhao)


def test_an_older_own_action_shields_what_was_said_before_it(hall: Hall) -> None:
    """撤销 means the last thing: it must never reach past it to something older."""
    hall.report(hall.zhang, "赵六")
    hall.check_in(hall.zhao, START + MINUTE)
    hall.world.clock.advance(20 * MINUTE)

    with pytest.raises(undo.NothingToUndo):
        hall.undo(hall.zhao)

    assert hall.mark(hall.zhao) is Mark.LATE


def test_what_was_decided_meanwhile_is_not_taken_back(hall: Hall) -> None:
    hall.report(hall.zhang, "赵六")
    hall.grant(hall.wang, hall.waiting(hall.wang))

    with pytest.raises(ChangedSince, match="后来又变了，没有撤销"):
        hall.undo(hall.zhang)

    assert hall.mark(hall.zhao) is Mark.PRESENT


def test_a_decision_is_taken_back_and_the_request_waits_again(hall: Hall) -> None:
    hall.report(hall.zhang, "赵六")
    hall.grant(hall.wang, hall.waiting(hall.wang))

    hall.undo(hall.wang)

    assert hall.mark(hall.zhao) is Mark.PROXY_REQUESTED
    [request] = hall.waiting(hall.wang)
    assert (request.reporter, request.said_at) == ("张三", START)
    hall.undo(hall.zhang)
    assert hall.mark(hall.zhao) is None


# --- whatever happens ------------------------------------------------------------------------

_STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["self", "proxy", "organiser", "leave", "grant", "refuse", "undo_zhang", "undo_zhao"]
        ),
        st.integers(0, 4),
    ),
    max_size=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(_STEPS)
def test_only_the_member_or_who_may_record_makes_anybody_present(
    hall: Hall, steps: list[tuple[str, int]]
) -> None:
    with hall.world.database.writing() as session:
        for model in (DoneAction, AttendanceMark):
            session.execute(delete(model))
    moment = START
    before: list[tuple[int, Mark]] = []
    for step, minutes in steps:
        moment += minutes * MINUTE
        hall.world.clock.set(moment)
        try:
            if step == "self":
                hall.check_in(hall.zhao, moment)
            elif step == "proxy":
                hall.report(hall.zhang, "赵六", moment=moment)
            elif step == "organiser":
                hall.report(hall.wang, "赵六", moment=moment)
            elif step == "leave":
                hall.ask_leave(hall.zhang, "赵六", moment=moment, reason="出差")
            elif step in ("grant", "refuse"):
                (hall.grant if step == "grant" else hall.refuse)(hall.wang, hall.waiting(hall.wang))
            else:
                hall.undo(hall.zhang if step == "undo_zhang" else hall.zhao)
        except DomainError:
            pass
        rows = hall.rows(hall.zhao)
        after = [(row.seq, row.mark) for row in rows]
        assert after[: len(before)] == before  # appended to, never edited
        before = after
    for row in rows if steps else []:
        trusted = (hall.zhao, hall.wang)
        assert row.mark not in THERE or row.reporter_id in trusted or row.decided_by_id in trusted
