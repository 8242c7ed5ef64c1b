"""What streets and communities hold themselves: who belongs, what counts, when it is reminded of."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.errors import Forbidden
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.ladders import GROUPS, OF_UNITS_ABOVE, POLICY
from bot.domain.meetings import MeetingState
from bot.domain.minutes import Line, Part
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.services import (
    announcements,
    attendance,
    attendance_marks,
    calendar_entries,
    exporting,
    gatherings,
    meeting_ends,
    meeting_topics,
    meetings,
    minutes,
    roll_books,
    roll_expected,
    study,
    study_hours,
    survey,
    undo,
    upper_counts,
)
from bot.services.announcements import HeldJointly
from bot.services.attendance_marks import Author, Entry
from bot.services.exporting import Request
from bot.services.importing import LEDGERS, ImportRefused, Outcome, Source, run_file
from bot.services.inverses import INVERSES
from bot.services.meetings import MeetingView, NotABranch, OnlyAbove
from bot.services.officers import OPERATOR
from bot.services.ports import PlannedReminder
from bot.storage.engine import Database
from scheduler.plan import ReminderPlanner
from scheduler.rule import Setting
from scheduler.rules import RULES
from tests.support.world import HOURS, ROUTES, World

DAY = timedelta(days=1)
NINE = timedelta(hours=9)


class Street:
    """A street with a team, staff, a community and two branches of three members each."""

    def __init__(self, world: World) -> None:
        self.world, self.id = world, world.street
        self.west = world.unit("西彩社区", UnitKind.COMMUNITY)
        self.third = world.unit("第三党支部", under=self.west)
        self.fifth = world.unit("第五党支部")
        self.officer = world.member("周专干", None, Role.OFFICER)
        self.li = world.member("李建国", self.third, Role.SECRETARY)
        self.zhang, self.wang = world.member("张三", self.third), world.member("王五", self.third)
        self.zhou = world.member("周强", self.fifth, Role.SECRETARY)
        self.chen, self.zhao = world.member("陈静", self.fifth), world.member("赵六", self.fifth)
        self.head = world.member("王书记", None, Role.SECRETARY)
        self.clerk = world.member("刘职工", None, Role.STAFF)
        world.post(self.zhou, self.id, Role.LEADER)
        world.post(self.chen, self.id, Role.LEADER)

    def call(self, kind: MeetingKind, day: date, by: MemberId | None = None) -> MeetingView:
        """Call a meeting of the street at nine."""
        actor = self.world.actor(by or self.officer)
        with self.world.database.writing() as session:
            called = meetings.call(
                session,
                kind=kind,
                starts_at=at(day) + NINE,
                place="三楼",
                by=actor,
                now=self.world.now,
                unit=self.id,
            )
        return called.meeting

    def hold(self, kind: MeetingKind, day: date, *, topic: bool = False) -> MeetingView:
        """Call a meeting the day before, and let the secretary come."""
        self.world.clock.set(at(day - DAY))
        meeting = self.call(kind, day)
        self.world.clock.set(at(day) + NINE)
        self.mark(meeting, self.head)
        if topic:
            self.topic(meeting)
        return meeting

    def mark(self, meeting: MeetingView, member: MemberId, mark: Mark = Mark.PRESENT) -> None:
        """Write down what became of somebody."""
        author = Author(member, "", self.officer, attendance_marks.ORGANISER)
        with self.world.database.writing() as session:
            entry = Entry(mark, self.world.now)
            attendance_marks.record(session, meeting, author, entry, now=self.world.now)

    def topic(self, meeting: MeetingView, *, is_one: bool = True) -> None:
        """State whether Party building was on the agenda."""
        actor = self.world.actor(self.officer)
        with self.world.database.writing() as session:
            meeting_topics.state(
                session,
                meeting_id=meeting.id,
                party_building=is_one,
                by=actor,
                now=self.world.now,
            )

    def lecturer(self, meeting: MeetingView, name: str) -> None:
        """Write down who lectures."""
        actor = self.world.actor(self.officer)
        with self.world.database.writing() as session:
            line = Line(Part.LECTURER, name)
            minutes.write(
                session, meeting_id=meeting.id, lines=[line], by=actor, now=self.world.now
            )

    def cancel(self, meeting: MeetingView) -> None:
        """Call a meeting off."""
        actor = self.world.actor(self.officer)
        with self.world.database.writing() as session:
            meeting_ends.cancel(
                session, meeting_id=meeting.id, by=actor, now=self.world.now, reason="改天再开"
            )

    def expected(self, meeting: MeetingView) -> set[MemberId]:
        """Return who is expected, by the roll at the start."""
        with self.world.database.reading() as session:
            found = roll_expected.expected_members(session, meeting)
        return {person.id for person in found}

    def counted(self, kind: MeetingKind, year: int = 2026) -> tuple[int, int]:
        """Return how often the street held a kind, and how often about Party building."""
        with self.world.database.reading() as session:
            [held] = upper_counts.held_by(
                session,
                self.id,
                date(year, 1, 1),
                date(year, 12, 31),
                self.world.now,
                (kind,),
            )
        return held.times, held.on_party

    def plan(self, rule: str, first: date, last: date) -> list[PlannedReminder]:
        """Return what a rule sends from a day to a day, as things stand now."""
        rules = [known for known in RULES if known.name == rule]
        setting = Setting(HOURS.workdays, HOURS.policy)
        planner = ReminderPlanner(database=self.world.database, rules=rules, setting=setting)
        return list(planner.plan(at(first), at(last + DAY)))


@pytest.fixture
def street(database: Database) -> Street:
    """Return a street at New Year 2026."""
    return Street(World(database, now=at(date(2026, 1, 1))))


# --- who holds what, and who belongs ------------------------------------------------------------


def test_only_units_above_hold_what_is_the_teams(street: Street) -> None:
    with pytest.raises(OnlyAbove):
        street.world.call(MeetingKind.DEMOCRATIC_LIFE, at(date(2026, 3, 2)) + NINE, street.li)
    with pytest.raises(NotABranch):
        street.call(MeetingKind.GENERAL, date(2026, 3, 2))
    with pytest.raises(Forbidden):
        street.call(MeetingKind.THEORY_GROUP, date(2026, 3, 2), by=street.li)


def test_each_kind_has_its_own_circle(street: Street) -> None:
    team = {street.head, street.zhou, street.chen}
    members = {street.li, street.zhang, street.wang, street.zhou, street.chen, street.zhao}
    circles = {
        MeetingKind.WORKING_COMMITTEE: team,
        MeetingKind.THEORY_GROUP: team,
        MeetingKind.DEMOCRATIC_LIFE: team,
        MeetingKind.TRAINING: team | {street.clerk, street.officer},
        MeetingKind.TOUR: team | {street.li},
        MeetingKind.OATH: members,
        MeetingKind.LECTURE: members,
        MeetingKind.PUBLICITY_TALK: set(),
    }

    for number, (kind, belonging) in enumerate(circles.items(), start=2):
        meeting = street.call(kind, date(2026, 3, number))

        assert street.expected(meeting) == belonging, kind
        with street.world.database.reading() as session:
            on = meetings.expected_at(session, street.id, street.id, kind, meeting.day)
        assert {person.id for person in on} == belonging, kind
        for member in (street.li, street.zhang, street.zhou, street.clerk, street.head):
            actor = street.world.actor(member)
            assert meetings.concerns(meeting, actor) is (member in belonging), (kind, member)


def test_a_leader_from_next_week_on_is_not_expected_today(street: Street) -> None:
    street.world.post(street.zhang, street.id, Role.LEADER, since=date(2026, 3, 10))

    before = street.call(MeetingKind.THEORY_GROUP, date(2026, 3, 9))
    after = street.call(MeetingKind.THEORY_GROUP, date(2026, 3, 10))

    assert street.zhang not in street.expected(before)
    assert street.zhang in street.expected(after)


def test_members_of_branches_find_what_the_street_holds_for_all(street: Street) -> None:
    oath = street.call(MeetingKind.OATH, date(2026, 3, 2))
    group = street.call(MeetingKind.THEORY_GROUP, date(2026, 3, 3))
    until = street.world.now + timedelta(days=90)

    def near(member: MemberId) -> list[MeetingId]:
        with street.world.database.reading() as session:
            actor = street.world.actor(member)
            found = meetings.list_near(session, actor, street.world.now, until)
            each = meetings.list_near_each(session, [actor], street.world.now, until)
            assert each[member] == found
        return [meeting.id for meeting in found]

    assert near(street.zhang) == [oath.id]
    assert near(street.chen) == [oath.id, group.id]
    assert near(street.head) == [group.id]
    assert near(street.clerk) == []


def test_who_is_on_no_roll_checks_in_to_what_he_belongs_to(street: Street) -> None:
    training = street.call(MeetingKind.TRAINING, date(2026, 1, 5))
    street.world.clock.set(training.starts_at)

    with street.world.database.writing() as session:
        by = street.world.actor(street.clerk)
        [marked] = attendance.check_in(
            session, by=by, said_at=street.world.now, now=street.world.now
        )

    assert marked.mark is Mark.PRESENT


def test_everybody_below_and_the_staff_may_sign_up_for_a_class_of_the_street(
    street: Street,
) -> None:
    actor = street.world.actor(street.officer)
    with street.world.database.writing() as session:
        course = meetings.call(
            session,
            kind=MeetingKind.TRAINING,
            starts_at=at(date(2026, 1, 9)) + NINE,
            place="党校",
            by=actor,
            now=street.world.now,
            seats=3,
            unit=street.id,
        ).meeting
        for member in (street.zhang, street.clerk):
            study.join(session, by=street.world.actor(member), now=street.world.now)

    assert street.expected(course) == {street.zhang, street.clerk}


# --- the mechanisms of the report ---------------------------------------------------------------


def test_mechanism_03_only_committee_meetings_on_party_building_count(street: Street) -> None:
    held = [
        street.hold(MeetingKind.WORKING_COMMITTEE, date(2026, 1, 5) + number * 7 * DAY)
        for number in range(13)
    ]
    for meeting in held[:12]:
        street.topic(meeting)
    street.topic(held[3], is_one=False)
    moved = street.call(MeetingKind.WORKING_COMMITTEE, date(2026, 5, 4))
    street.topic(moved)
    actor = street.world.actor(street.officer)
    with street.world.database.writing() as session:
        meetings.move(
            session,
            meeting_id=moved.id,
            starts_at=moved.starts_at + DAY,
            place=None,
            by=actor,
            now=street.world.now,
        )

    assert street.counted(MeetingKind.WORKING_COMMITTEE) == (13, 11)
    street.cancel(meetings_of(street, moved.id))
    assert street.counted(MeetingKind.WORKING_COMMITTEE) == (13, 11)


def test_mechanism_03_the_officer_is_nudged_when_none_was_held_in_35_days(street: Street) -> None:
    first, last = date(2026, 2, 1), date(2026, 6, 30)
    assert street.plan("working_committee", first, last) == []  # nobody enters such meetings here

    street.hold(MeetingKind.WORKING_COMMITTEE, date(2026, 3, 2), topic=True)
    street.hold(MeetingKind.WORKING_COMMITTEE, date(2026, 3, 20))  # on something else

    [told] = street.plan("working_committee", first, last)
    assert told.to["name"] == "周专干"
    assert at(date(2026, 4, 6)) < told.at < at(date(2026, 4, 8))
    assert "上次是3月2日，到今天35天了" in told.text

    street.world.clock.set(at(date(2026, 3, 25)))
    street.call(MeetingKind.WORKING_COMMITTEE, date(2026, 4, 10))
    assert street.plan("working_committee", first, last) == []


def test_mechanism_07_a_leader_without_a_lecture_is_told_thrice_a_quarter(street: Street) -> None:
    first, last = date(2026, 1, 1), date(2026, 3, 31)
    told = street.plan("leader_lecture", first, last)
    assert sorted({line.to["name"] for line in told}) == ["周强", "王书记", "陈静"]
    assert len(told) == 9

    planned = street.call(MeetingKind.LECTURE, date(2026, 3, 30))
    street.lecturer(planned, "周强")
    assert "周强" not in {line.to["name"] for line in street.plan("leader_lecture", first, last)}

    street.cancel(planned)  # called off: he is reminded again
    told = street.plan("leader_lecture", first, last)
    assert [line.to["name"] for line in told].count("周强") == 3

    late = meeting_at(street, MeetingKind.LECTURE, at(date(2026, 3, 31), 23, 50))
    street.lecturer(late, "陈静")
    assert "陈静" not in {line.to["name"] for line in street.plan("leader_lecture", first, last)}
    second = street.plan("leader_lecture", date(2026, 4, 1), date(2026, 6, 30))
    assert [line.to["name"] for line in second].count("陈静") == 3


def test_mechanism_24_a_lecture_of_the_street_counts_once_whoever_came(street: Street) -> None:
    lecture = street.hold(MeetingKind.LECTURE, date(2026, 2, 2))
    for member in (street.zhang, street.chen, street.zhao):
        street.mark(lecture, member)

    assert street.counted(MeetingKind.LECTURE) == (1, 0)


def test_mechanism_25_all_means_all_who_are_not_excused(street: Street) -> None:
    oath = street.hold(MeetingKind.OATH, date(2026, 1, 5))
    for member in (street.li, street.zhang, street.wang, street.zhou, street.chen):
        street.mark(oath, member)

    with street.world.database.reading() as session:
        [book] = roll_books.load(session, [oath])

    assert (book.tally.expected, book.tally.present, book.tally.open) == (6, 5, 1)


def test_mechanism_25_the_street_is_told_in_june_unless_it_or_a_branch_has_done_it(
    street: Street,
) -> None:
    june = (date(2026, 6, 1), date(2026, 6, 30))
    [told] = street.plan("oath_renewal", *june)
    assert "晨光街道今年还没有安排" in told.text

    branch = street.world.call(MeetingKind.OATH, at(date(2026, 6, 20)) + NINE, street.li)
    assert branch.meeting.unit_id == street.third
    assert street.plan("oath_renewal", *june) == []


def test_mechanism_28_the_theory_group_is_never_summed_with_a_branch(street: Street) -> None:
    for number in range(3):
        street.hold(MeetingKind.THEORY_GROUP, date(2026, 1, 5) + number * 30 * DAY)

    assert street.counted(MeetingKind.THEORY_GROUP) == (3, 0)
    with street.world.database.reading() as session:
        for branch in (street.third, street.fifth):
            assert meetings.list_latest(session, branch, street.world.now) == []
            for kind in (MeetingKind.THEORY_GROUP, MeetingKind.STUDY, MeetingKind.GENERAL):
                done = survey.filled(session, kind, {"2026Q1", "2026-01"}, street.world.now)
                assert branch not in {unit for unit, _ in done}
    [told] = street.plan("theory_group", date(2026, 3, 1), date(2026, 5, 30))
    assert "上次是3月6日" in told.text


def test_mechanism_28_a_street_lecture_fills_no_branchs_quarter(street: Street) -> None:
    street.hold(MeetingKind.LECTURE, date(2026, 2, 2))

    with street.world.database.reading() as session:
        done = survey.filled(session, MeetingKind.LECTURE, {"2026Q1"}, street.world.now)

    assert done == {(street.id, "2026Q1")}


def test_mechanism_29_staff_who_are_no_members_get_no_class_hours(street: Street) -> None:
    training = street.hold(MeetingKind.TRAINING, date(2026, 1, 5))
    street.mark(training, street.clerk)
    street.mark(training, street.chen)
    street.world.clock.set(training.ends_at + DAY)

    with street.world.database.reading() as session:
        hours = study_hours.of_members(session, [street.clerk, street.chen], 2026, street.world.now)

    assert hours[street.clerk].tenths == 0
    assert hours[street.chen].tenths > 0
    assert street.counted(MeetingKind.TRAINING) == (1, 0)


def test_mechanism_31_a_talk_is_counted_by_heads_and_is_no_lecture(street: Street) -> None:
    talk = street.call(MeetingKind.PUBLICITY_TALK, date(2026, 1, 5))

    assert street.expected(talk) == set()
    assert street.counted(MeetingKind.LECTURE) == (0, 0)


def test_mechanism_35_the_democratic_life_meeting_is_no_branchs_org_life(street: Street) -> None:
    autumn = (date(2026, 10, 1), date(2026, 12, 31))
    assert street.plan("democratic_life_meeting", *autumn) == []  # none the year before

    held = street.hold(MeetingKind.DEMOCRATIC_LIFE, date(2026, 1, 20))
    with street.world.database.reading() as session:
        done = survey.filled(session, MeetingKind.ORG_LIFE, {"2026"}, street.world.now)
        assert done == set()
        assert len(roll_expected.voters_of(session, [held])[held.id]) == 3
    next_autumn = (date(2027, 10, 1), date(2027, 12, 31))
    assert len(street.plan("democratic_life_meeting", *next_autumn)) == 2

    street.world.clock.set(at(date(2027, 9, 1)))
    street.call(MeetingKind.DEMOCRATIC_LIFE, date(2027, 12, 20))
    assert street.plan("democratic_life_meeting", *next_autumn) == []


def test_mechanism_62_a_tour_of_two_days_is_once_with_a_roll_call_of_each(street: Street) -> None:
    street.world.clock.set(at(date(2026, 10, 9)))
    actor = street.world.actor(street.officer)
    with street.world.database.writing() as session:
        tour = gatherings.call_days(
            session,
            kind=MeetingKind.TOUR,
            starts_at=at(date(2026, 10, 12)) + NINE,
            last=date(2026, 10, 13),
            place="各社区",
            by=actor,
            now=street.world.now,
        )
    first, second = tour.meetings
    street.world.clock.set(second.starts_at)
    for meeting, members in ((first, (street.head, street.li)), (second, (street.head,))):
        for member in members:
            street.mark(meeting, member)

    assert [one.day for one in tour.meetings] == [date(2026, 10, 12), date(2026, 10, 13)]
    assert street.counted(MeetingKind.TOUR) == (1, 0)
    with street.world.database.reading() as session:
        books = roll_books.load(session, tour.meetings)
    assert [book.tally.present for book in books] == [2, 1]


@pytest.mark.parametrize(
    ("rule", "first", "last"),
    [
        ("working_committee", date(2026, 2, 1), date(2026, 3, 31)),
        ("theory_group", date(2026, 2, 1), date(2026, 3, 31)),
        ("leader_lecture", date(2026, 1, 1), date(2026, 3, 31)),
        ("democratic_life_meeting", date(2027, 10, 1), date(2027, 12, 31)),
        ("oath_renewal", date(2026, 6, 1), date(2026, 6, 30)),
    ],
)
def test_a_rule_that_is_off_says_nothing_in_that_street(
    street: Street, rule: str, first: date, last: date
) -> None:
    street.hold(MeetingKind.WORKING_COMMITTEE, date(2026, 1, 6), topic=True)
    street.hold(MeetingKind.THEORY_GROUP, date(2026, 1, 7))
    street.hold(MeetingKind.DEMOCRATIC_LIFE, date(2026, 1, 8))
    assert rule in GROUPS[OF_UNITS_ABOVE]
    assert street.plan(rule, first, last)

    street.world.policy(street.id, POLICY + rule, {"off": True, "settled": "党工委定的"})

    assert street.plan(rule, first, last) == []


# --- both ways ----------------------------------------------------------------------------------


def test_meetings_of_units_above_come_in_as_they_go_out(street: Street, tmp_path: Path) -> None:
    street.hold(MeetingKind.WORKING_COMMITTEE, date(2026, 3, 2), topic=True)
    street.hold(MeetingKind.THEORY_GROUP, date(2026, 3, 9))
    path = tmp_path / "meetings.csv"

    with street.world.database.reading() as session:
        request = Request(by=OPERATOR, now=street.world.now)
        exporting.write_file(session, LEDGERS["meetings"], path, request)
    again = run(street, "meetings", path)

    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[-1] for line in lines if "党工委会议" in line] == ["有"]


def test_cancelled_meetings_come_in_as_they_go_out(street: Street, tmp_path: Path) -> None:
    for _ in range(2):
        street.cancel(street.call(MeetingKind.THEORY_GROUP, date(2026, 3, 9)))
    street.call(MeetingKind.THEORY_GROUP, date(2026, 3, 9))
    path, again = tmp_path / "meetings.csv", tmp_path / "again.csv"

    with street.world.database.reading() as session:
        request = Request(by=OPERATOR, now=street.world.now)
        exporting.write_file(session, LEDGERS["meetings"], path, request)
    outcome = run(street, "meetings", path)

    text = path.read_text(encoding="utf-8-sig")
    assert text.count("已取消") == 2
    assert (outcome.added, outcome.unchanged) == (0, 3)
    again.write_text(text.replace("03-09", "03-16").replace("3月", "3月"), encoding="utf-8")
    assert run(street, "meetings", again).added == 3
    with street.world.database.reading() as session:
        found = meetings.list_of_units(
            session,
            [street.id],
            at(date(2026, 3, 16)),
            at(date(2026, 3, 17)),
            tuple(MeetingState),
        )
    assert [one.state.value for one in found].count("cancelled") == 2


def test_a_file_says_whose_a_meeting_has_to_be(street: Street, tmp_path: Path) -> None:
    path = tmp_path / "meetings.csv"
    path.write_text(
        "党组织,会议类型,日期,党建议题\n"
        "第三党支部,民主生活会,2025-12-20,\n"
        "晨光街道,支部党员大会,2025-12-20,\n"
        "晨光街道,中心组学习,2025-12-21,有\n",
        encoding="utf-8",
    )

    with pytest.raises(ImportRefused) as refused:
        run(street, "meetings", path)

    assert refused.value.problems == (
        "第2行 党组织：民主生活会由街道、社区来开，写街道或社区的全称。",
        "第3行 党组织：支部党员大会写支部的全称，党小组会才写党小组的全称。",
        "第4行 党建议题：只有党工委会议要写，这一行请留空。",
    )


def test_a_file_brings_in_meetings_of_the_year_with_what_they_were_about(
    street: Street, tmp_path: Path
) -> None:
    path = tmp_path / "meetings.csv"
    path.write_text(
        "党组织,会议类型,日期,开始,党建议题\n"
        "晨光街道,党工委会议,2025-11-03,09:00,研究基层党建项目\n"
        "晨光街道,党工委会议,2025-12-01,09:00,\n",
        encoding="utf-8",
    )

    assert run(street, "meetings", path).added == 2
    assert street.counted(MeetingKind.WORKING_COMMITTEE, 2025) == (2, 1)


def test_staff_and_leaders_on_no_roll_come_in_by_the_ledger_of_posts(
    street: Street, tmp_path: Path
) -> None:
    path = tmp_path / "posts.csv"
    path.write_text(
        "姓名,手机尾号,职务,任职组织,任职日期,免职日期\n"
        "钱职工,,干部职工,晨光街道,2026-01-01,\n"
        "孙主任,,班子成员,晨光街道,2026-01-01,\n"
        "李建国,,班子成员,晨光街道,2026-01-01,\n",
        encoding="utf-8",
    )

    outcome = run(street, "posts", path)

    assert outcome.added == 3
    assert outcome.notes[0].startswith("名册里没有、按干部职工登记的2人：钱职工、孙主任。")
    training = street.call(MeetingKind.TRAINING, date(2026, 3, 2))
    assert len(street.expected(training)) == 8
    assert run(street, "posts", path).added == 0


def run(street: Street, ledger: str, path: Path) -> Outcome:
    """Import a file as the operator."""
    with street.world.database.writing() as session:
        source = Source(by=OPERATOR, now=street.world.now)
        return run_file(session, LEDGERS[ledger], path, source)


def meetings_of(street: Street, meeting_id: MeetingId) -> MeetingView:
    """Return a meeting as it stands now."""
    with street.world.database.reading() as session:
        return meetings.get_meeting(session, meeting_id)


def meeting_at(street: Street, kind: MeetingKind, starts_at: datetime) -> MeetingView:
    """Call a meeting of the community at a moment."""
    actor = street.world.actor(street.officer)
    with street.world.database.writing() as session:
        unit: UnitId = street.west
        called = meetings.call(
            session,
            kind=kind,
            starts_at=starts_at,
            place="社区",
            by=actor,
            now=street.world.now,
            unit=unit,
        )
    return called.meeting


def test_a_seat_in_the_team_or_on_the_staff_gives_no_right_to_do_or_read(street: Street) -> None:
    for member in (street.chen, street.clerk):
        actor = street.world.actor(member)

        assert actor.grants == ()
        assert [seat.unit_id for seat in actor.seats] == [street.id]


def test_a_leader_finds_the_teams_meetings_in_his_calendar_and_no_group_does(
    street: Street,
) -> None:
    group = street.call(MeetingKind.THEORY_GROUP, date(2026, 3, 9))
    oath = street.call(MeetingKind.OATH, date(2026, 3, 10))

    with street.world.database.reading() as session:
        own = calendar_entries.of_member(session, street.chen, street.world.now)
        other = calendar_entries.of_member(session, street.zhang, street.world.now)
        unit = calendar_entries.of_unit(session, street.id, street.world.now)

    assert own is not None
    assert other is not None
    assert unit is not None
    assert [one.title for one in own.entries] == [group.title, oath.title]
    assert [one.title for one in other.entries] == [oath.title]
    assert [one.title for one in unit.entries] == [oath.title]


def test_a_joint_lecture_is_cancelled_for_all_branches_at_once(street: Street) -> None:
    actor = street.world.actor(street.officer)
    with street.world.database.writing() as session:
        joint = gatherings.call_jointly(
            session,
            kind=MeetingKind.LECTURE,
            units=["三支部", "五支部"],
            starts_at=at(date(2026, 3, 9)) + NINE,
            place="礼堂",
            by=actor,
            now=street.world.now,
        )
    first = joint.meetings[0]
    with pytest.raises(HeldJointly), street.world.database.writing() as session:
        _cancel_jointly(session, street, first.id, street.li)

    with street.world.database.writing() as session:
        _cancel_jointly(session, street, first.id, street.officer)

    assert {meetings_of(street, one.id).state.value for one in joint.meetings} == {"cancelled"}
    with street.world.database.writing() as session:
        undo.undo_last(session, by=actor, now=street.world.now, inverses=INVERSES)
    assert {meetings_of(street, one.id).state.value for one in joint.meetings} == {"scheduled"}


def _cancel_jointly(session: Session, street: Street, meeting_id: MeetingId, by: MemberId) -> None:
    announcements.cancel_jointly(
        session,
        meeting_id=meeting_id,
        by=street.world.actor(by),
        now=street.world.now,
        routes=ROUTES,
        hours=HOURS,
    )
