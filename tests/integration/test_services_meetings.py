"""Meetings: called, moved, cancelled under one id, by those entitled, once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.errors import DomainError, Forbidden, NotFound
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.meetings import InThePast, MeetingState, TooFarAhead, TooLong, WrongState
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.services import meeting_ends, meetings, policies, roll_expected
from bot.services.meetings import AlreadyCalled, MeetingView, NoCell, NotABranch
from bot.storage.engine import Database
from bot.storage.models import AuditLine, Meeting, MeetingChange
from tests.support.world import World

MONDAY = at(date(2026, 3, 16), 15)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def world(database: Database) -> World:
    """Return a street."""
    return World(database)


@pytest.fixture
def branch(world: World) -> UnitId:
    """Return its branch."""
    return world.unit("第三党支部")


@pytest.fixture
def li(world: World, branch: UnitId) -> MemberId:
    """Return the secretary of the branch."""
    return world.member("李书记", branch, Role.SECRETARY)


@pytest.fixture
def zhang(world: World, branch: UnitId) -> MemberId:
    """Return a member without a post."""
    return world.member("张三", branch)


def _move(world: World, meeting: MeetingView, by: MemberId, **more: object) -> MeetingView:
    values = {"starts_at": MONDAY + DAY, "place": None, **more}
    actor = world.actor(by)
    with world.database.writing() as session:
        return meetings.move(
            session,
            meeting_id=meeting.id,
            by=actor,
            now=world.now,
            **values,  # type: ignore[arg-type]  # given by name
        )


def _cancel(world: World, meeting: MeetingView, by: MemberId) -> MeetingView:
    actor = world.actor(by)
    with world.database.writing() as session:
        return meeting_ends.cancel(
            session, meeting_id=meeting.id, by=actor, now=world.now, reason="雨"
        )


def test_it_calls_a_meeting_of_the_own_branch(
    world: World, branch: UnitId, li: MemberId, zhang: MemberId
) -> None:
    called = world.call(MeetingKind.GENERAL, MONDAY, li)

    assert called.expected == 2
    assert called.meeting.title == "3月支部党员大会"
    assert called.meeting.when == "3月16日（周一）15:00 社区二楼"
    assert called.meeting.ends_at == MONDAY + 2 * HOUR
    assert (called.meeting.unit_id, called.meeting.branch_id) == (branch, branch)
    assert meetings.describe([called.meeting]) == ("3月支部党员大会：3月16日（周一）15:00 社区二楼")
    with world.database.reading() as session:
        assert session.scalar(select(Meeting.for_period)) == "2026Q1"
        assert session.scalar(select(AuditLine.action)) == "meeting.call"


def test_it_takes_the_check_in_window_of_the_day_of_the_meeting(
    world: World, branch: UnitId, li: MemberId
) -> None:
    window = {"opens_before": 60, "duration": 90, "makeup": 60}
    world.policy(branch, policies.CHECKIN, window, since=date(2026, 3, 17))

    before = world.call(MeetingKind.GENERAL, MONDAY, li).meeting.window
    after = world.call(MeetingKind.GENERAL, MONDAY + DAY, li).meeting.window

    assert (MONDAY - before.opens_at, before.ends_at - MONDAY) == (HOUR / 2, 2 * HOUR)
    assert (MONDAY + DAY - after.opens_at, after.ends_at - MONDAY - DAY) == (HOUR, 1.5 * HOUR)
    assert after.makeup_until == after.ends_at + HOUR


@pytest.mark.parametrize(
    ("starts_at", "title", "refusal"),
    [
        pytest.param(at(date(2026, 3, 12), 12), None, InThePast, id="现在"),
        pytest.param(at(date(2027, 3, 14), 12), None, TooFarAhead, id="一年以后"),
        pytest.param(MONDAY, "会" * 41, TooLong, id="名称太长"),
    ],
)
def test_it_refuses_what_cannot_be_meant(
    world: World,
    li: MemberId,
    starts_at: object,
    title: str | None,
    refusal: type[DomainError],
) -> None:
    with pytest.raises(refusal):
        world.call(MeetingKind.GENERAL, starts_at, li, title=title)  # type: ignore[arg-type]  # a moment


def test_it_calls_the_same_meeting_once(world: World, li: MemberId) -> None:
    called = world.call(MeetingKind.GENERAL, MONDAY, li)
    with pytest.raises(AlreadyCalled, match="已经建过"):
        world.call(MeetingKind.GENERAL, MONDAY, li)

    _cancel(world, called.meeting, li)
    again = world.call(MeetingKind.GENERAL, MONDAY, li)

    assert again.meeting.id != called.meeting.id


def test_it_calls_once_what_two_officers_call_at_once(world: World, li: MemberId) -> None:
    start = threading.Barrier(4)

    def call() -> bool:
        start.wait(timeout=30)
        try:
            world.call(MeetingKind.GENERAL, MONDAY, li)
        except AlreadyCalled:
            return False
        return True

    with ThreadPoolExecutor(4) as workers:
        done = [one.result(timeout=60) for one in [workers.submit(call) for _ in range(4)]]

    assert sorted(done) == [False] * 3 + [True]
    with world.database.reading() as session:
        assert session.scalar(select(func.count(Meeting.id))) == 1


def test_it_refuses_members_and_other_branches(world: World, li: MemberId, zhang: MemberId) -> None:
    other = world.member("周书记", world.unit("第四党支部"), Role.SECRETARY)
    meeting = world.call(MeetingKind.GENERAL, MONDAY, li).meeting

    with pytest.raises(Forbidden):
        world.call(MeetingKind.LECTURE, MONDAY, zhang)
    for member in (zhang, other):
        with pytest.raises(Forbidden):
            _move(world, meeting, member)
        with pytest.raises(Forbidden):
            _cancel(world, meeting, member)


def test_it_lets_a_cell_leader_call_the_meeting_of_the_cell(
    world: World, branch: UnitId, li: MemberId, zhang: MemberId
) -> None:
    cell = world.unit("第一党小组", UnitKind.CELL, under=branch)
    leader = world.member("王组长", branch, cell=cell)
    world.post(leader, cell, Role.CELL_LEADER)

    called = world.call(MeetingKind.CELL, MONDAY, leader)

    assert (called.meeting.unit_id, called.meeting.branch_id, called.expected) == (cell, branch, 1)
    with pytest.raises(NoCell):
        world.call(MeetingKind.CELL, MONDAY, li)
    with pytest.raises(Forbidden):
        world.call(MeetingKind.GENERAL, MONDAY, leader)
    with world.database.reading() as session:
        now = world.now
        assert meetings.list_near(session, world.actor(leader), now, MONDAY + DAY) == [
            called.meeting
        ]
        assert meetings.list_near(session, world.actor(zhang), now, MONDAY + DAY) == []


def test_it_lets_the_street_call_no_meeting_in_the_chat(world: World, branch: UnitId) -> None:
    with pytest.raises(NotABranch):
        world.call(MeetingKind.GENERAL, MONDAY, world.member("陈专干", None, Role.OFFICER))


def test_it_expects_the_committee_alone_at_its_meeting(
    world: World, branch: UnitId, li: MemberId, zhang: MemberId
) -> None:
    wang = world.member("王组织", branch, Role.ORGANISER)
    called = world.call(MeetingKind.COMMITTEE, MONDAY, li)

    with world.database.reading() as session:
        expected = roll_expected.expected_members(session, called.meeting)
        seen = {
            member: meetings.list_near(session, world.actor(member), world.now, MONDAY + DAY)
            for member in (li, wang, zhang)
        }

    assert [person.name for person in expected] == ["李书记", "王组织"]
    assert {member for member, found in seen.items() if found} == {li, wang}


def test_it_moves_a_meeting_under_its_id_and_keeps_what_it_was(world: World, li: MemberId) -> None:
    meeting = world.call(MeetingKind.THEME_DAY, MONDAY, li).meeting
    world.enqueue(world.letter(li, subject=meeting.subject))

    moved = _move(world, meeting, li, place="三楼", reason="会议室有事")

    assert (moved.id, moved.title, moved.when) == (
        meeting.id,
        "17日主题党日",
        "3月17日（周二）15:00 三楼",
    )
    assert moved.ends_at - moved.starts_at == meeting.ends_at - meeting.starts_at
    assert moved.revision == 2
    assert world.states() == ["void"]
    with world.database.reading() as session:
        change = session.scalars(select(MeetingChange)).one()
        assert change.before["place"] == "社区二楼"
        assert change.before["starts_at"] == "2026-03-16T15:00+08:00"
        assert (change.after["place"], change.reason, change.by_id) == ("三楼", "会议室有事", li)


def test_it_keeps_a_title_of_its_own_when_it_moves(world: World, li: MemberId) -> None:
    meeting = world.call(MeetingKind.OTHER, MONDAY, li, title="消防演练").meeting

    assert _move(world, meeting, li).title == "消防演练"


def test_it_cancels_once_and_moves_nothing_that_was_cancelled(world: World, li: MemberId) -> None:
    meeting = world.call(MeetingKind.GENERAL, MONDAY, li).meeting

    cancelled = _cancel(world, meeting, li)

    assert cancelled.state is MeetingState.CANCELLED
    with pytest.raises(WrongState):
        _cancel(world, meeting, li)
    with pytest.raises(WrongState):
        _move(world, meeting, li)


def test_it_lets_one_of_two_changes_at_once_through(world: World, li: MemberId) -> None:
    meeting = world.call(MeetingKind.GENERAL, MONDAY, li).meeting
    start = threading.Barrier(2)

    def move(days: int) -> MeetingView | DomainError:
        start.wait(timeout=30)
        try:
            return _move(world, meeting, li, starts_at=MONDAY + days * DAY)
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(2) as workers:
        done = [one.result(timeout=60) for one in [workers.submit(move, n) for n in (1, 2)]]

    with world.database.reading() as session:
        changes = session.scalar(select(func.count(MeetingChange.id)))
        revision = session.scalar(select(Meeting.revision))
    moved = sum(isinstance(result, MeetingView) for result in done)
    assert (changes, revision) == (moved, 1 + moved)


def test_it_refuses_a_move_onto_another_meeting(world: World, li: MemberId) -> None:
    world.call(MeetingKind.GENERAL, MONDAY + DAY, li)
    meeting = world.call(MeetingKind.GENERAL, MONDAY, li).meeting

    with pytest.raises(AlreadyCalled):
        _move(world, meeting, li)


def test_it_lists_what_comes_and_what_was(world: World, branch: UnitId, li: MemberId) -> None:
    first = world.call(MeetingKind.GENERAL, MONDAY, li).meeting
    second = world.call(MeetingKind.LECTURE, MONDAY + DAY, li).meeting
    gone = world.call(MeetingKind.OTHER, MONDAY + HOUR, li).meeting
    _cancel(world, gone, li)

    with world.database.reading() as session:
        assert meetings.list_called(session, branch, MONDAY) == [first, second]
        assert meetings.list_between(session, MONDAY, MONDAY + DAY) == [first]
        assert meetings.list_latest(session, branch, MONDAY + DAY) == [second, first]
        assert meetings.list_by_ids(session, [first.id]) == [first]
        officer = world.actor(world.member("陈专干", None, Role.OFFICER))
        assert meetings.list_near(session, officer, MONDAY, MONDAY + DAY) == []
        with pytest.raises(NotFound):
            meetings.get_meeting(session, MeetingId(4711))
