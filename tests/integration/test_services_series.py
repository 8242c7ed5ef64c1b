"""Series, gatherings, quorum outlooks and periods: called, moved, cancelled, told of once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import update

from bot.clock import at
from bot.domain.attendance import Mark
from bot.domain.burden import Policy
from bot.domain.cadence import MeetingKind, Period
from bot.domain.decisions import Ballot
from bot.domain.errors import DomainError, Forbidden
from bot.domain.ids import MemberId
from bot.domain.meetings import Decision, MeetingState
from bot.domain.periods import Month, Quarter, Year
from bot.domain.rights import Role
from bot.domain.series import Recurrence, Scope
from bot.services import (
    attendance,
    decisions,
    gatherings,
    meeting_period,
    meetings,
    quorum,
    roll,
    series,
    survey,
)
from bot.services.gatherings import CellApart
from bot.services.meeting_period import ReasonNeeded, WrongPeriod
from bot.services.meetings import AlreadyCalled, MeetingView
from bot.services.series import AlreadyThere, Planned
from bot.services.workdays import PublishedWorkdays
from bot.storage.engine import Database
from bot.storage.models import Post
from scheduler.rule import Asked, Reminder, Rule, Setting, Slot
from scheduler.rules import quorum_forecast
from tests.support.branch import Branch
from tests.support.world import HOURS, ROUTES, World

GENERAL, LECTURE, CELL = MeetingKind.GENERAL, MeetingKind.LECTURE, MeetingKind.CELL
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST_FRIDAY = Recurrence(nth=1, weekday=4)
SETTING = Setting(PublishedWorkdays(), Policy())


@pytest.fixture
def world(database: Database) -> World:
    """Return a street."""
    return World(database)


@pytest.fixture
def branch(world: World) -> Branch:
    """Return its branch."""
    return Branch(world)


def _plan(branch: Branch, by: MemberId, until: date | None = None) -> Planned:
    world = branch.world
    actor = world.actor(by)
    with world.database.reading() as session:
        return series.plan(
            session,
            kind=CELL,
            title="",
            recurrence=FIRST_FRIDAY,
            start=time(19),
            place="二楼",
            until=until,
            workdays=SETTING.workdays,
            by=actor,
            now=world.now,
        )


def _call(branch: Branch, by: MemberId, planned: Planned) -> int:
    world = branch.world
    actor = world.actor(by)
    with world.database.writing() as session:
        return series.call(
            session,
            kind=planned.kind,
            title=planned.title,
            recurrence=planned.recurrence,
            start=planned.start,
            place=planned.place,
            until=planned.until,
            days=[one.day for one in planned.times],
            by=actor,
            now=world.now,
        ).times


def _called(branch: Branch) -> list[MeetingView]:
    with branch.world.database.reading() as session:
        return meetings.list_called(session, branch.cell, branch.world.now)


def _move(branch: Branch, meeting: MeetingView, scope: Scope, starts_at: datetime) -> None:
    actor = branch.world.actor(branch.zhang)
    with branch.world.database.writing() as session:
        series.move(
            session,
            meeting_id=meeting.id,
            scope=scope,
            starts_at=starts_at,
            place=None,
            by=actor,
            now=branch.world.now,
            routes=ROUTES,
            hours=HOURS,
        )


# --- series ----------------------------------------------------------------------------------


def test_a_series_is_a_meeting_each_time_for_its_own_month(world: World, branch: Branch) -> None:
    planned = _plan(branch, branch.zhang, date(2026, 6, 30))

    assert _call(branch, branch.zhang, planned) == 3

    called = _called(branch)
    assert [meeting.starts_at for meeting in called] == [
        at(date(2026, 4, 3), 19),
        at(date(2026, 5, 1), 19),
        at(date(2026, 6, 5), 19),
    ]
    assert [meeting.for_period for meeting in called] == ["2026-04", "2026-05", "2026-06"]
    assert [meeting.title for meeting in called] == ["4月党小组会", "5月党小组会", "6月党小组会"]
    assert len({meeting.event_id for meeting in called}) == 3


def test_what_is_called_already_is_left_as_it_is(world: World, branch: Branch) -> None:
    planned = _plan(branch, branch.zhang, date(2026, 5, 31))
    _call(branch, branch.zhang, planned)

    longer = _plan(branch, branch.zhang, date(2026, 6, 30))

    assert [one.day for one in longer.times] == [date(2026, 6, 5)]
    assert longer.already == (date(2026, 4, 3), date(2026, 5, 1))
    with pytest.raises(AlreadyThere):
        _plan(branch, branch.zhang, date(2026, 5, 31))
    with pytest.raises(DomainError):
        _call(branch, branch.zhang, planned)
    assert len(_called(branch)) == 2


def test_a_member_calls_no_series(branch: Branch) -> None:
    with pytest.raises(Forbidden):
        _plan(branch, branch.wu)


@pytest.mark.parametrize(
    ("scope", "days"),
    [
        pytest.param(Scope.THIS, [(4, 3), (5, 2), (6, 5)], id="只这一次"),
        pytest.param(Scope.FOLLOWING, [(4, 3), (5, 2), (6, 6)], id="这次和以后"),
        pytest.param(Scope.ALL, [(4, 4), (5, 2), (6, 6)], id="全部"),
    ],
)
def test_one_time_those_that_follow_or_all_are_moved(
    branch: Branch, scope: Scope, days: Sequence[tuple[int, int]]
) -> None:
    _call(branch, branch.zhang, _plan(branch, branch.zhang, date(2026, 6, 30)))
    may = _called(branch)[1]

    _move(branch, may, scope, may.starts_at + DAY)

    assert [(m.day.month, m.day.day) for m in _called(branch)] == list(days)


def test_times_a_week_apart_move_by_a_week_without_meeting_each_other(
    world: World, branch: Branch
) -> None:
    actor = world.actor(branch.li)
    with world.database.writing() as session:
        series.call(
            session,
            kind=MeetingKind.STUDY,
            title="读书会",
            recurrence=Recurrence(weekday=2),
            start=time(19),
            place="",
            until=date(2026, 4, 1),
            days=[date(2026, 3, 18), date(2026, 3, 25), date(2026, 4, 1)],
            by=actor,
            now=world.now,
        )
        first = meetings.list_called(session, branch.id, world.now)[0]
        series.move(
            session,
            meeting_id=first.id,
            scope=Scope.ALL,
            starts_at=first.starts_at + 7 * DAY,
            place=None,
            by=actor,
            now=world.now,
            routes=ROUTES,
            hours=HOURS,
        )
        moved = meetings.list_called(session, branch.id, world.now)

    assert [meeting.day for meeting in moved] == [
        date(2026, 3, 25),
        date(2026, 4, 1),
        date(2026, 4, 8),
    ]


def test_the_rest_of_a_series_is_cancelled(world: World, branch: Branch) -> None:
    _call(branch, branch.zhang, _plan(branch, branch.zhang, date(2026, 6, 30)))
    may = _called(branch)[1]
    actor = world.actor(branch.zhang)

    with world.database.writing() as session:
        gone = series.cancel(
            session,
            meeting_id=may.id,
            scope=Scope.FOLLOWING,
            by=actor,
            now=world.now,
            routes=ROUTES,
            hours=HOURS,
        )

    assert [one.meeting.state for one in gone] == [MeetingState.CANCELLED] * 2
    assert [meeting.day for meeting in _called(branch)] == [date(2026, 4, 3)]


# --- gatherings ------------------------------------------------------------------------------


def test_a_check_in_a_promise_and_a_leave_are_for_all_that_a_gathering_holds(
    world: World, branch: Branch
) -> None:
    made = branch.together(world.now + DAY, MeetingKind.COMMITTEE, GENERAL, LECTURE)
    committee, general, lecture = made.meetings
    branch.promise(branch.zhang, general.id)
    branch.leave(branch.wu, general.id)
    world.clock.set(general.starts_at)
    branch.check_in(branch.wang)

    with world.database.reading() as session:
        marks = attendance.current_marks(session, made.meetings)

    assert made.expected == 5
    assert {key: mark for key, mark in marks.items() if key[1] == branch.zhang} == {
        (general.id, branch.zhang): Mark.PROMISED,
        (lecture.id, branch.zhang): Mark.PROMISED,
    }
    assert {key[0] for key in marks if key[1] == branch.wu} == {general.id, lecture.id}
    assert {key[0] for key in marks if key[1] == branch.wang} == {
        committee.id,
        general.id,
        lecture.id,
    }


def test_a_gathering_is_called_once_and_holds_no_cell_meeting(world: World, branch: Branch) -> None:
    branch.together(world.now + DAY, GENERAL, LECTURE)

    with pytest.raises(AlreadyCalled):
        branch.together(world.now + DAY, LECTURE, GENERAL)
    with pytest.raises(CellApart):
        branch.together(world.now + DAY, GENERAL, CELL)


def test_a_joint_meeting_is_of_branches_only(world: World, branch: Branch) -> None:
    officer = world.actor(world.member("刘干事", None, Role.OFFICER))

    with world.database.writing() as session, pytest.raises(DomainError):
        gatherings.call_jointly(
            session,
            kind=LECTURE,
            units=("三支部", "晨光街道"),
            starts_at=world.now + DAY,
            place="礼堂",
            by=officer,
            now=world.now,
        )


# --- quorum ----------------------------------------------------------------------------------


def _reminders(world: World, rule: Rule, moment: datetime) -> list[Reminder]:
    with world.database.reading() as session:
        return list(rule.reminders(session, Slot(moment), SETTING))


def _settled(world: World, rule: Rule, found: Reminder) -> bool:
    asked = Asked(1, found.slot, found.subject, found.member_id)
    with world.database.reading() as session:
        return bool(rule.satisfied(session, [asked], world.now))


def test_the_organiser_is_told_two_days_and_two_hours_ahead_until_it_is_reached(
    world: World, branch: Branch
) -> None:
    called = world.call(GENERAL, at(date(2026, 3, 18), 15), branch.li).meeting
    branch.promise(branch.zhao, called.id)  # without a vote

    (ahead,) = _reminders(world, quorum_forecast.AHEAD, at(date(2026, 3, 16), 9))
    (soon,) = _reminders(world, quorum_forecast.SOON, at(date(2026, 3, 18), 13))

    assert ahead.member_id == soon.member_id == branch.wang
    assert "应到有表决权4人，要半数以上（2人）到会" in ahead.text.words
    assert "已答应0，请假0，未答4，还差2" in ahead.text.words
    assert "第十一条" in ahead.reason.source
    assert not _settled(world, quorum_forecast.AHEAD, ahead)
    for member in (branch.zhang, branch.wu):
        branch.promise(member, called.id)
    assert _settled(world, quorum_forecast.AHEAD, ahead)
    assert _reminders(world, quorum_forecast.SOON, at(date(2026, 3, 18), 13)) == []


def test_a_committee_is_watched_only_if_it_is_to_vote(world: World, branch: Branch) -> None:
    called = world.call(MeetingKind.COMMITTEE, at(date(2026, 3, 18), 15), branch.li).meeting
    before = _reminders(world, quorum_forecast.AHEAD, at(date(2026, 3, 16), 9))
    li = world.actor(branch.li)
    with world.database.writing() as session:
        decisions.announce(session, meeting_id=called.id, title="植树", by=li, now=world.now)

    assert before == []
    assert len(_reminders(world, quorum_forecast.AHEAD, at(date(2026, 3, 16), 9))) == 1


def test_the_strictest_vote_announced_decides_and_a_moved_meeting_settles(
    world: World, branch: Branch
) -> None:
    called = world.call(GENERAL, at(date(2026, 3, 18), 15), branch.li).meeting
    li = world.actor(branch.li)
    with world.database.writing() as session:
        for title in ("植树", "接收小刘为预备党员"):
            decisions.announce(session, meeting_id=called.id, title=title, by=li, now=world.now)
        (outlook,) = quorum.outlooks(session, [called])
    (ahead,) = _reminders(world, quorum_forecast.AHEAD, at(date(2026, 3, 16), 9))

    with world.database.writing() as session:
        meetings.move(
            session,
            meeting_id=called.id,
            starts_at=called.starts_at + HOUR,
            place=None,
            by=li,
            now=world.now,
        )

    assert (outlook.decision, outlook.forecast.needed) == (Decision.ADMISSION, 3)
    assert _settled(world, quorum_forecast.AHEAD, ahead)


def test_a_cell_decides_by_its_own_voters(world: World, branch: Branch) -> None:
    called = world.call(CELL, world.now + DAY, branch.zhang).meeting

    with world.database.reading() as session:
        assert {p.id for p in quorum.electorate(session, called)} == {branch.zhang, branch.wu}
        found = quorum.electorate(session, world.call(GENERAL, world.now + DAY, branch.li).meeting)
        assert {p.id for p in found} == roll.voters(session, branch.id, world.today)
        assert len(found) == roll.voting_roll(session, branch.id, world.today).due == 4


def test_without_an_organiser_the_secretary_keeps_the_records_else_who_is_above(
    world: World, branch: Branch
) -> None:
    alone = world.unit("第八党支部")
    officer = world.member("刘干事", None, Role.OFFICER)
    with world.database.writing() as session:
        session.execute(
            update(Post).where(Post.member_id == branch.wang).values(valid_to=world.today)
        )
        found = survey.keepers(session, [branch.id, alone], world.today)

    assert {unit: member for unit, (member, _) in found.items()} == {
        branch.id: branch.li,
        alone: officer,
    }


# --- periods ---------------------------------------------------------------------------------


def _count_for(branch: Branch, meeting: MeetingView, period: Period, reason: str = "") -> Period:
    actor = branch.world.actor(branch.wang)
    with branch.world.database.writing() as session:
        return meeting_period.count_for(
            session,
            meeting_id=meeting.id,
            period=period,
            by=actor,
            now=branch.world.now,
            reason=reason,
        )[0]


@pytest.mark.parametrize(
    ("kind", "period", "counts"),
    [
        pytest.param(GENERAL, Quarter(2025, 4), Quarter(2025, 4), id="季度"),
        pytest.param(GENERAL, Month(2025, 11), Quarter(2025, 4), id="按季的写月份"),
        pytest.param(MeetingKind.COMMITTEE, Month(2026, 2), Month(2026, 2), id="月"),
        pytest.param(MeetingKind.ORG_LIFE, Year(2025), Year(2025), id="年度"),
        pytest.param(GENERAL, Year(2025), None, id="按季的没有年度"),
        pytest.param(MeetingKind.COMMITTEE, Quarter(2026, 2), None, id="按月的没有季度"),
        pytest.param(MeetingKind.ORG_LIFE, Month(2026, 1), None, id="按年的没有月份"),
        pytest.param(GENERAL, Quarter(2026, 1), None, id="本来就是"),
    ],
)
def test_a_meeting_counts_for_a_period_of_its_sort(
    branch: Branch, kind: MeetingKind, period: Period, counts: Period | None
) -> None:
    meeting = branch.held(kind, branch.li)

    if counts is None:
        with pytest.raises(WrongPeriod):
            _count_for(branch, meeting, period)
        return

    assert _count_for(branch, meeting, period) == counts
    with branch.world.database.reading() as session:
        kept = meetings.get_meeting(session, meeting.id)
    assert (kept.for_period, kept.starts_at) == (str(counts), meeting.starts_at)


def test_once_the_record_stands_the_period_needs_a_reason(world: World, branch: Branch) -> None:
    meeting = branch.held(GENERAL, branch.li, branch.wang)
    branch.write_all(meeting)
    branch.vote(meeting, "植树", Ballot(2))
    branch.confirm(meeting)

    with pytest.raises(ReasonNeeded):
        _count_for(branch, meeting, Quarter(2025, 4))

    assert _count_for(branch, meeting, Quarter(2025, 4), "补开的") == Quarter(2025, 4)
    assert branch.look(meeting).sheet.present == 2
