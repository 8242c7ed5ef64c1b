"""Meetings: quorum and votes, what counts, postponed and unheld ones (edge cases 14–17, 20–34)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from bot.clock import at
from bot.domain.attendance import Mark
from bot.domain.burden import Policy
from bot.domain.cadence import MeetingKind, duties, is_overdue
from bot.domain.decisions import Ballot, Stage
from bot.domain.errors import Forbidden
from bot.domain.ids import MemberId, UnitId
from bot.domain.ladders import Ladders
from bot.domain.meetings import Decision, MeetingState, VotingRoll, has_quorum, is_passed
from bot.domain.minutes import Part
from bot.domain.periods import Quarter, Year
from bot.domain.rights import Role
from bot.domain.roll_call import Roll, Stand, tally
from bot.services import (
    announcements,
    attendance,
    gatherings,
    lecturers,
    meeting_ends,
    meeting_period,
    meetings,
    policies,
    quorum,
    study,
    survey,
)
from bot.services.meeting_ends import OnRecord
from bot.services.workdays import PublishedWorkdays
from bot.storage.engine import Database
from bot.storage.models import Membership
from scheduler.rule import Setting, Slot
from scheduler.rules import meeting_unheld, quorum_forecast
from tests.support.branch import Branch
from tests.support.world import HOURS, ROUTES, World, core

GENERAL, LECTURE, CELL = MeetingKind.GENERAL, MeetingKind.LECTURE, MeetingKind.CELL
COMMITTEE, ORG_LIFE = MeetingKind.COMMITTEE, MeetingKind.ORG_LIFE
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ADMIT = "接收小刘为预备党员"
SETTING = Setting(PublishedWorkdays(), Policy())


@pytest.fixture
def world(database: Database) -> World:
    """Return a street."""
    return World(database)


@pytest.fixture
def branch(world: World) -> Branch:
    """Return its branch."""
    return Branch(world)


def _filled(world: World, kind: MeetingKind, *periods: str) -> set[tuple[UnitId, str]]:
    with world.database.reading() as session:
        return survey.filled(session, kind, periods, world.now)


def _owed(world: World, branch: UnitId) -> set[MeetingKind]:
    with world.database.reading() as session:
        found = next(b for b in survey.list_branches(session, world.today) if b.id == branch)
    return {duty.kind for duty in duties(found.structure, world.today)}


# --- votes -----------------------------------------------------------------------------------


def test_case_14_left_early_or_came_after_the_vote(world: World, branch: Branch) -> None:
    """Left early / arrived after the vote: presence at least at the vote."""
    meeting = branch.held(GENERAL, branch.li, branch.wang, branch.zhang)
    # Four have a vote and three were there; one of them had left.
    left_early = branch.vote(meeting, ADMIT, Ballot(2), away=[branch.zhang])

    came_later = branch.vote(
        meeting, "植树", Ballot(3), voted_at=meeting.starts_at - timedelta(minutes=1)
    )

    assert left_early.stage is Stage.BLOCKED
    assert left_early.verdict is not None
    assert (left_early.verdict.due, left_early.verdict.present) == (4, 2)
    assert came_later.verdict is not None
    assert came_later.verdict.present == 0


def test_case_15_without_a_quorum_votes_are_blocked_and_the_gathering_stands(
    world: World, branch: Branch
) -> None:
    """Absent quorum: study, votes blocked, a "re-convene" task; still counts as a gathering."""
    meeting = branch.held(GENERAL, branch.li, branch.wang)

    voted = branch.vote(meeting, ADMIT, Ballot(2))

    record = branch.look(meeting)
    assert voted.stage is Stage.BLOCKED
    assert voted.ballot is None
    assert [entry.text for entry in record.minutes.of(Part.FOLLOW_UP)] == [
        f"到会人数不够，另定时间再开会表决：{ADMIT}"
    ]
    assert record.sheet.present == 2
    assert _filled(world, GENERAL, "2026Q1") == {(branch.id, "2026Q1")}


def test_case_15_the_task_goes_once_the_quorum_is_there(world: World, branch: Branch) -> None:
    """Absent quorum: the task ends when the vote is held after all."""
    meeting = branch.held(GENERAL, branch.li, branch.wang)
    branch.vote(meeting, ADMIT, Ballot(2))
    world.clock.set(meeting.ends_at - HOUR)
    branch.check_in(branch.zhang)

    voted = branch.vote(meeting, ADMIT, Ballot(3))

    assert voted.verdict is not None
    assert voted.verdict.is_lawful
    assert not branch.look(meeting).minutes.of(Part.FOLLOW_UP)


@pytest.mark.parametrize(
    ("decision", "present", "valid"),
    [
        pytest.param(Decision.ORDINARY, 25, True, id="一般表决25"),
        pytest.param(Decision.ADMISSION, 25, False, id="接收25"),
        pytest.param(Decision.CONFIRMATION, 25, False, id="转正25"),
        pytest.param(Decision.ADMISSION, 26, True, id="接收26"),
    ],
)
def test_case_16_exactly_half_present(decision: Decision, present: int, valid: bool) -> None:
    """Exactly half present: valid for an ordinary vote, not for admission. 25 of 50 vs 26."""
    assert has_quorum(decision, present, 50, date(2026, 3, 12)) is valid


def test_case_17_yes_votes_count_against_those_due() -> None:
    """20 of 26 present, 50 due → not passed."""
    assert not is_passed(Decision.ORDINARY, 20, due=50, present=26)
    assert not is_passed(Decision.ADMISSION, 20, due=50, present=26)


def test_case_18_the_excused_stay_in_the_quorum() -> None:
    """Old members excused by art 23: outside the rate, inside the quorum."""
    old, other = MemberId(1), MemberId(2)

    counts = tally([old, other], {other: Stand(Mark.PRESENT)}, Roll(excused=frozenset([old])))

    assert (counts.expected, counts.percent) == (2, 100)
    assert VotingRoll(full_members=2).due == 2


def test_case_19_the_roll_is_that_of_the_meeting(world: World, branch: Branch) -> None:
    """Transferred between notice and meeting: roster frozen; later changes touch nothing."""
    meeting = branch.held(GENERAL, branch.li, branch.wang, branch.zhang)
    branch.write_all(meeting)
    before = branch.confirm(meeting).sheet
    with world.database.writing() as session:
        session.execute(
            update(Membership)
            .where(Membership.member_id == branch.wu)
            .values(valid_to=meeting.day - DAY)
        )

    after = branch.look(meeting).sheet

    assert (before.expected, before.voters) == (5, 4)
    assert (after.expected, after.voters, after.absent) == (5, 4, before.absent)
    assert "王五" in after.absent


def test_case_20_the_secretary_is_away(world: World, branch: Branch) -> None:
    """Secretary's own absence: delegate chair; committee without secretary."""
    meeting = branch.held(GENERAL, branch.wang, branch.zhang)
    branch.write(meeting, (Part.CHAIR, "王敏"), (Part.RECORDER, "张三"), (Part.AGENDA, "学习条例"))
    other = world.unit("第五党支部")
    organiser = world.member("周强", other, Role.ORGANISER)
    world.member("陈静", other)
    called = world.call(GENERAL, world.now + DAY, organiser)
    world.clock.set(called.meeting.starts_at)
    branch.check_in(organiser)
    branch.write(
        called.meeting,
        (Part.CHAIR, "周强"),
        (Part.RECORDER, "陈静"),
        (Part.AGENDA, "学习条例"),
        by=organiser,
    )

    chaired = branch.confirm(meeting).minutes.of(Part.CHAIR)[0]
    alone = branch.confirm(called.meeting, by=organiser)

    assert (chaired.text, chaired.member_id) == ("王敏", branch.wang)
    assert alone.meeting.state is MeetingState.CONFIRMED
    with pytest.raises(Forbidden):
        branch.confirm(meeting, by=branch.wang)


def test_case_21_no_duty_without_committee_or_cells(world: World, branch: Branch) -> None:
    """Branch with <7 members: no committee reminder; branch without cells: no cell reminder."""
    small = world.unit("第八党支部")
    world.member("孙书记", small, Role.SECRETARY)

    assert _owed(world, small).isdisjoint({COMMITTEE, CELL})
    assert {COMMITTEE, CELL} <= _owed(world, branch.id)


# --- what counts -----------------------------------------------------------------------------


def test_case_22_one_gathering_of_several_kinds(world: World, branch: Branch) -> None:
    """One event, several sessions, each with own agenda and record; no meeting ticked as four."""
    made = branch.together(world.now + DAY, GENERAL, LECTURE, MeetingKind.THEME_DAY)
    world.clock.set(made.meetings[0].starts_at)
    marked = branch.check_in(branch.zhang)
    branch.check_in(branch.zhang)
    world.clock.set(made.meetings[0].ends_at)

    branch.write(made.meetings[0], (Part.AGENDA, "讨论发展党员"))

    assert len({meeting.event_id for meeting in made.meetings}) == 1
    assert {mark.meeting.kind for mark in marked} == {GENERAL, LECTURE, MeetingKind.THEME_DAY}
    assert not branch.look(made.meetings[1]).minutes.of(Part.AGENDA)
    assert _filled(world, GENERAL, "2026Q1")
    assert not _filled(world, LECTURE, "2026Q1")
    assert not _filled(world, MeetingKind.THEME_DAY, "2026-03")


def test_case_23_a_lecture_inside_a_general_meeting(world: World, branch: Branch) -> None:
    """Counts once as lecture, once as meeting, only if both are recorded."""
    made = branch.together(world.now + DAY, GENERAL, LECTURE)
    world.clock.set(made.meetings[0].starts_at)
    branch.check_in(branch.zhang)
    world.clock.set(made.meetings[0].ends_at)

    general, lecture = made.meetings
    branch.write(general, (Part.AGENDA, "学习条例"))
    unrecorded = _filled(world, LECTURE, "2026Q1")
    branch.write(lecture, (Part.AGENDA, "学习条例"))

    assert unrecorded == set()
    assert _filled(world, GENERAL, "2026Q1") == {(branch.id, "2026Q1")}
    assert _filled(world, LECTURE, "2026Q1") == {(branch.id, "2026Q1")}


def test_case_24_an_org_life_meeting_fills_the_quarter_only_by_policy(
    world: World, branch: Branch
) -> None:
    """Org-life meeting "in the form of" a general meeting: a policy switch, default no."""
    branch.held(ORG_LIFE, branch.li)

    by_default = _filled(world, GENERAL, "2026Q1")
    world.policy(branch.id, policies.ORG_LIFE, {"fills_general": True})

    assert by_default == set()
    assert _filled(world, GENERAL, "2026Q1") == {(branch.id, "2026Q1")}
    assert _filled(world, GENERAL, "2026Q2") == set()


def test_case_25_a_joint_lecture(world: World, branch: Branch) -> None:
    """One lecture given, each branch's quarter filled, lecturer's count 1, 人次 not multiplied."""
    fifth, sixth = world.unit("第五党支部"), world.unit("第六党支部")
    chen, sun = world.member("陈静", fifth), world.member("孙丽", sixth)
    officer = world.actor(world.member("刘干事", None, Role.OFFICER))
    with world.database.writing() as session:
        made = gatherings.call_jointly(
            session,
            kind=LECTURE,
            units=("三支部", "五支部", "六支部"),
            starts_at=world.now + DAY,
            place="礼堂",
            by=officer,
            now=world.now,
        )
    world.clock.set(made.meetings[0].starts_at)
    came = [branch.check_in(member) for member in (branch.zhang, chen, sun)]
    for meeting in made.meetings:
        branch.write(meeting, (Part.LECTURER, "李书记"), by=officer.member_id)

    with world.database.reading() as session:
        given = lecturers.count(session, [branch.li], 2026)[branch.li]

    assert [len(marks) for marks in came] == [1, 1, 1]
    assert given == 1
    assert made.expected == 7
    assert {unit for unit, _ in _filled(world, LECTURE, "2026Q1")} == {branch.id, fifth, sixth}


def test_case_25_needs_the_right_in_every_branch(world: World, branch: Branch) -> None:
    """A secretary calls no meeting of another branch."""
    world.unit("第五党支部")
    li = world.actor(branch.li)

    with world.database.writing() as session, pytest.raises(Forbidden):
        gatherings.call_jointly(
            session,
            kind=LECTURE,
            units=("三支部", "五支部"),
            starts_at=world.now + DAY,
            place="礼堂",
            by=li,
            now=world.now,
        )


def test_case_26_an_appraisal_of_last_year(world: World, branch: Branch) -> None:
    """Appraisal for year Y held in January Y+1."""
    world.clock.set(at(date(2027, 1, 22), 9))
    meeting = branch.held(MeetingKind.APPRAISAL, branch.li)
    li = world.actor(branch.li)

    with world.database.writing() as session:
        now_for, before = meeting_period.count_for(
            session, meeting_id=meeting.id, period=Year(2026), by=li, now=world.now
        )

    assert (now_for, before) == (Year(2026), Year(2027))
    with world.database.reading() as session:
        kept = meetings.get_meeting(session, meeting.id)
    assert (kept.for_period, kept.day) == ("2026", date(2027, 1, 23))
    assert _filled(world, MeetingKind.APPRAISAL, "2026") == {(branch.id, "2026")}


def test_case_27_taking_part_elsewhere_is_no_vote_at_home(world: World, branch: Branch) -> None:
    """Mobile member takes part elsewhere: counts as taking part, not in the home quorum."""
    fifth = world.unit("第五党支部")
    host = world.member("周强", fifth, Role.SECRETARY)
    guest = branch.held(GENERAL, branch.li, branch.wang)
    called = world.call(GENERAL, world.now + DAY, host)

    with world.database.reading() as session:
        at_host = quorum.electorate(session, called.meeting)
        at_home = quorum.electorate(session, guest)

    assert branch.zhang not in {person.id for person in at_host}
    assert branch.zhang in {person.id for person in at_home}
    assert branch.look(guest).sheet.present == 2


def test_case_28_postponed(world: World, branch: Branch) -> None:
    """Same id, new time; earlier check-ins and promises void or asked again; reminders too."""
    called = world.call(GENERAL, world.now + 2 * DAY, branch.li).meeting
    branch.promise(branch.zhang, called.id)
    li = world.actor(branch.li)

    with world.database.writing() as session:
        moved = announcements.move(
            session,
            meeting_id=called.id,
            starts_at=called.starts_at + DAY,
            place=None,
            by=li,
            now=world.now,
            routes=ROUTES,
            hours=HOURS,
        )

    with world.database.reading() as session:
        marks = attendance.current_marks(session, [moved.meeting])
        (outlook,) = quorum.outlooks(session, [moved.meeting])
    assert (moved.meeting.id, moved.told) == (called.id, 1)
    assert marks == {}
    assert outlook.forecast.promised == 0


def test_case_28_sign_ups_are_asked_again(world: World, branch: Branch) -> None:
    """Postponed: who has signed up keeps the seat, is told the new time and how to give it back."""
    called = world.call(MeetingKind.STUDY, world.now + 3 * DAY, branch.li, seats=3).meeting
    li, zhang = world.actor(branch.li), world.actor(branch.zhang)
    with world.database.writing() as session:
        study.join(session, by=zhang, now=world.now)
        announcements.move(
            session,
            meeting_id=called.id,
            starts_at=called.starts_at + DAY,
            place=None,
            by=li,
            now=world.now,
            routes=ROUTES,
            hours=HOURS,
        )

    with world.database.reading() as session:
        joined = study.joined_members(session, called.id)
    (told,) = world.outbox()
    assert set(joined) == {branch.zhang}
    assert told.member_id == branch.zhang
    assert told.text.endswith("您报的名还在，不去了回复 取消报名。")


def test_case_29_cancelled_and_brought_back(world: World, branch: Branch) -> None:
    """Cancelled by mistake: brought back with its marks, and its duty is met again."""
    meeting = branch.held(GENERAL, branch.li, branch.wang, branch.zhang)
    li = world.actor(branch.li)
    with world.database.writing() as session, pytest.raises(OnRecord):
        meeting_ends.cancel(session, meeting_id=meeting.id, by=li, now=world.now)
    with world.database.writing() as session:
        meeting_ends.cancel(session, meeting_id=meeting.id, by=li, now=world.now, reason="重复")
    gone = _filled(world, GENERAL, "2026Q1")

    with world.database.writing() as session:
        back = meeting_ends.restore(session, meeting_id=meeting.id, by=li, now=world.now)

    assert gone == set()
    assert _filled(world, GENERAL, "2026Q1") == {(branch.id, "2026Q1")}
    assert branch.look(back).sheet.present == 3
    with world.database.reading() as session:
        assert len(attendance.current_marks(session, [back])) == 3


def test_case_28_a_gathering_moves_as_one_and_tells_once(world: World, branch: Branch) -> None:
    """Postponed: all that the gathering holds, and each person hears of it once."""
    made = branch.together(world.now + 2 * DAY, GENERAL, LECTURE)
    branch.promise(branch.zhang, made.meetings[1].id)
    li = world.actor(branch.li)

    with world.database.writing() as session:
        announcements.move(
            session,
            meeting_id=made.meetings[0].id,
            starts_at=world.now + 3 * DAY,
            place=None,
            by=li,
            now=world.now,
            routes=ROUTES,
            hours=HOURS,
        )

    with world.database.reading() as session:
        moved = meetings.list_by_ids(session, [meeting.id for meeting in made.meetings])
    assert {meeting.starts_at for meeting in moved} == {world.now + 3 * DAY}
    assert [row.member_id for row in world.outbox()] == [branch.zhang]


def test_case_29_cancelled(world: World, branch: Branch) -> None:
    """Reminders stop, cadence re-armed."""
    called = world.call(GENERAL, world.now + 2 * DAY, branch.li).meeting
    before = _filled(world, GENERAL, "2026Q1")
    li = world.actor(branch.li)

    with world.database.writing() as session:
        meeting_ends.cancel(session, meeting_id=called.id, by=li, now=world.now)

    assert before == {(branch.id, "2026Q1")}
    assert _filled(world, GENERAL, "2026Q1") == set()


def test_case_30_planned_and_never_held(world: World, branch: Branch) -> None:
    """ "Scheduled" stops the reminder only until its date; then the organiser is asked once."""
    called = world.call(GENERAL, world.now + DAY, branch.li).meeting
    stopped = _filled(world, GENERAL, "2026Q1")
    world.clock.set(called.ends_at)

    assert stopped == {(branch.id, "2026Q1")}
    assert _filled(world, GENERAL, "2026Q1") == set()
    assert _asked_held(world, called.day + DAY) == [branch.wang]
    assert _asked_held(world, called.day + 2 * DAY) == []


def test_case_30_a_check_in_is_a_trace(world: World, branch: Branch) -> None:
    """Planned and held: nobody is asked."""
    meeting = branch.held(GENERAL, branch.zhang)

    assert _asked_held(world, meeting.day + DAY) == []


def test_case_31_settled_between_planning_and_sending(world: World, branch: Branch) -> None:
    """Reminder already satisfied between scheduling and sending: re-check at send time."""
    called = world.call(GENERAL, at(date(2026, 3, 16), 15), branch.li).meeting
    bot = core(world.database, world.clock)
    world.clock.set(at(date(2026, 3, 14), 9))
    bot.ticker.tick()
    for member in (branch.li, branch.wang, branch.zhang):
        branch.promise(member, called.id)
    world.clock.set(at(date(2026, 3, 16), 10))

    bot.dispatcher.drain()

    forecasts = [row for row in world.outbox() if row.rule == quorum_forecast.AHEAD.name]
    assert [row.state.value for row in forecasts] == ["void"]


def test_case_32_the_edge_of_a_quarter(world: World, branch: Branch) -> None:
    """31 Mar 19:00–21:00 belongs to Q1 by start time."""
    called = world.call(GENERAL, at(date(2026, 3, 31), 23), branch.li).meeting

    assert called.for_period == str(Quarter(2026, 1))


def test_case_33_two_meetings_do_not_pay_for_the_next_month(world: World, branch: Branch) -> None:
    """Two meetings in one month do not pay for the next month."""
    world.call(COMMITTEE, world.now + DAY, branch.li)
    world.call(COMMITTEE, world.now + 2 * DAY, branch.li)

    filled = _filled(world, COMMITTEE, "2026-03", "2026-04")

    assert filled == {(branch.id, "2026-03")}


def test_case_34_no_duty_before_birth(world: World) -> None:
    """New branch founded in mid-quarter, or dissolved: no "overdue" before birth."""
    founded = date(2026, 3, 20)

    assert not is_overdue(Quarter(2026, 1), date(2026, 4, 10), founded)
    steps = Ladders().of("general_meeting").steps(Quarter(2026, 1), founded)
    assert [step.name for step in steps] == ["last"]


def _asked_held(world: World, day: date) -> list[MemberId | None]:
    with world.database.reading() as session:
        found = meeting_unheld.RULE.reminders(session, Slot(at(day, 9)), SETTING)
        return [reminder.member_id for reminder in found]
