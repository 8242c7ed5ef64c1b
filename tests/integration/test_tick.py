"""What the bot says by itself: each rule as a table, and the tick that queues it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.clock import at, day_of, local
from bot.domain.burden import Policy, is_quiet
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MeetingId, MemberId
from bot.domain.members import MemberKind
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.domain.sending import SendState
from bot.domain.units import UnitKind
from bot.services import (
    attendance,
    dues,
    dues_confirming,
    makeup_study,
    meeting_ends,
    meetings,
    policies,
    roll_expected,
    study,
    undo,
)
from bot.services.inverses import INVERSES
from bot.services.ports import PlannedReminder
from bot.services.workdays import PublishedWorkdays
from bot.storage.engine import Database
from bot.storage.models import Member, Membership, Post, TickMark
from scheduler.away import FURTHEST_BACK
from scheduler.plan import ReminderPlanner
from scheduler.rule import Asked, Rule, Setting
from scheduler.rules import RULES
from scheduler.tick import Ticker, last_tick
from tests.support.world import ROUTES, ScriptedSender, World, core

SETTING = Setting(PublishedWorkdays(), Policy())
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


class Branch:
    """The third branch with its secretary Li, an organiser where wanted, and Zhang."""

    def __init__(self, world: World, *, committee: bool = False, live_from: date | None = None):
        self.world = world
        self.id = world.unit("第三党支部", live_from=live_from or date(2021, 7, 1))
        self.li = world.member("李书记", self.id, Role.SECRETARY)
        self.zhang = world.member("张三", self.id)
        if committee:
            self.wang = world.member("王组织", self.id, Role.ORGANISER)

    def hold(self, kind: MeetingKind, on: date, *, came: bool) -> None:
        """Call a meeting and let its time pass, with somebody there or not."""
        self.world.clock.set(at(on, 8))
        called = self.world.call(kind, at(on, 9), self.li)
        self.world.clock.set(at(on, 9))
        if came:
            self.check_in()
        self.world.clock.set(called.meeting.ends_at)

    def check_in(self) -> None:
        """Let Zhang check in, in a way that can be undone."""
        actor, now = self.world.actor(self.zhang), self.world.now
        with self.world.database.writing() as session:
            marked = attendance.check_in(session, by=actor, said_at=now, now=now)
            attendance.remember_marks(session, marked, actor, now)

    def undo(self) -> None:
        """Let Zhang take the last thing back."""
        actor, now = self.world.actor(self.zhang), self.world.now
        with self.world.database.writing() as session:
            undo.undo_last(session, INVERSES, by=actor, now=now)


@pytest.fixture
def world(database: Database) -> World:
    """Return a street, at New Year."""
    return World(database, now=at(date(2026, 1, 1)))


def plan(world: World, first: date, last: date, rule: str = "") -> list[PlannedReminder]:
    """Return what would be sent from a day to a day, by the code of the tick."""
    rules = [known for known in RULES if rule in ("", known.name)]
    planner = ReminderPlanner(database=world.database, rules=rules, setting=SETTING)
    return list(planner.plan(at(first), at(last + DAY)))


def steps(lines: Sequence[PlannedReminder]) -> list[str]:
    """Return what is due, in one word each; a message may say several things."""
    return [slot for line in lines for slot in line.slot.split("+")]


# --- three meetings and one lesson -----------------------------------------------------------

Q1 = ["2026Q1/first", "2026Q1/second", "2026Q1/last"]
# 31 January is a Saturday: on Monday it would be over. 15 February lies in the Spring Festival and
# could arrive only on the 24th, a day before the next step.
MONTHS = [
    *("2026-01/first", "2026-01/second", "2026-02/second", "2026-02/last"),
    *("2026-03/first", "2026-03/second"),
]


def _nothing(_branch: Branch) -> None:
    """Leave it as it is."""


def _cells(branch: Branch) -> None:
    for name in ("第一党小组", "第二党小组"):
        branch.world.unit(name, UnitKind.CELL, under=branch.id)


def _lecture(every: str | None) -> Callable[[Branch], None]:
    def decide(branch: Branch) -> None:
        branch.world.policy(branch.id, policies.LECTURE, {"every": every})

    return decide


def _called(branch: Branch) -> None:
    branch.world.call(MeetingKind.GENERAL, at(date(2026, 3, 30), 9), branch.li)


def _called_and_cancelled(branch: Branch) -> None:
    called = branch.world.call(MeetingKind.GENERAL, at(date(2026, 3, 30), 9), branch.li)
    with branch.world.database.writing() as session:
        meeting_ends.cancel(
            session,
            meeting_id=called.meeting.id,
            by=branch.world.actor(branch.li),
            now=branch.world.now,
        )


def _held(came: bool, on: date = date(2026, 3, 5)) -> Callable[[Branch], None]:
    return lambda branch: branch.hold(MeetingKind.GENERAL, on, came=came)


def _checked_in_by_mistake(branch: Branch) -> None:
    branch.hold(MeetingKind.GENERAL, date(2026, 3, 5), came=False)
    branch.world.clock.set(at(date(2026, 3, 5), 9, 5))
    branch.check_in()
    branch.undo()


def _only_probationary(branch: Branch) -> None:
    with branch.world.database.writing() as session:
        session.execute(update(Member).values(kind=MemberKind.PROBATIONARY))


@pytest.mark.parametrize(
    ("rule", "committee", "live_from", "arrange", "due"),
    [
        pytest.param("general_meeting", False, None, _nothing, Q1, id="大会，每季度"),
        pytest.param("general_meeting", False, None, _only_probationary, [], id="只有预备党员"),
        pytest.param("general_meeting", False, None, _called, [], id="大会已安排"),
        pytest.param(
            "general_meeting", False, None, _called_and_cancelled, Q1, id="大会安排后又取消"
        ),
        pytest.param("general_meeting", False, None, _held(True), [], id="大会开过，有人签到"),
        pytest.param("general_meeting", False, None, _held(False), Q1[1:], id="大会过了，没人签到"),
        pytest.param(
            "general_meeting", False, None, _checked_in_by_mistake, Q1[1:], id="唯一的签到撤销了"
        ),
        pytest.param(
            "general_meeting", False, date(2026, 3, 20), _nothing, Q1[2:], id="季末才启用"
        ),
        pytest.param("general_meeting", False, date(2026, 4, 1), _nothing, [], id="还没启用"),
        pytest.param("committee_meeting", True, None, _nothing, MONTHS, id="支委会，每月"),
        pytest.param("committee_meeting", False, None, _nothing, [], id="没有支委会"),
        pytest.param("cell_meeting", False, None, _nothing, [], id="没有党小组"),
        pytest.param(
            "cell_meeting",
            False,
            None,
            _cells,
            [step for step in MONTHS for _ in range(2)],
            id="两个党小组，各一份",
        ),
        pytest.param("party_lecture", False, None, _nothing, Q1, id="党课，默认每季度"),
        pytest.param(
            "party_lecture", False, None, _lecture("month"), MONTHS, id="党课，本支部每月"
        ),
        pytest.param("party_lecture", False, None, _lecture("quarter"), Q1, id="党课，每季度"),
        pytest.param("party_lecture", False, None, _lecture(None), [], id="党课，没有规定"),
    ],
)
def test_it_reminds_of_what_is_owed_and_open(
    world: World,
    rule: str,
    committee: bool,
    live_from: date | None,
    arrange: Callable[[Branch], None],
    due: list[str],
) -> None:
    arrange(Branch(world, committee=committee, live_from=live_from))

    found = plan(world, date(2026, 1, 1), date(2026, 3, 30), rule)

    assert sorted(steps(found)) == sorted(due)
    assert {line.to.get("name") for line in found} <= {"李书记"}


def test_it_says_nothing_of_a_branch_that_is_closed(world: World) -> None:
    closed = world.unit("旧支部", valid_to=date(2026, 1, 1))
    world.member("陈书记", closed, Role.SECRETARY)

    assert plan(world, date(2026, 3, 9), date(2026, 3, 16)) == []


@pytest.mark.parametrize(
    ("posts", "owner"),
    [
        pytest.param(
            [("书记", Role.SECRETARY), ("副书记", Role.DEPUTY), ("组委", Role.ORGANISER)],
            "书记",
            id="书记",
        ),
        pytest.param([("组委", Role.ORGANISER), ("副书记", Role.DEPUTY)], "副书记", id="副书记"),
        pytest.param([("宣委", Role.PUBLICITY), ("组委", Role.ORGANISER)], "组委", id="组织委员"),
        pytest.param([("宣委", Role.PUBLICITY)], "专干", id="街道专干"),
    ],
)
def test_it_tells_whoever_answers_for_a_branch(
    world: World, posts: list[tuple[str, Role]], owner: str
) -> None:
    branch = world.unit("第三党支部")
    for name, role in posts:
        world.member(name, branch, role)
    world.member("专干", None, Role.OFFICER)

    found = plan(world, date(2026, 3, 1), date(2026, 3, 30), "general_meeting")

    assert [line.to["name"] for line in found] == [owner, owner]


def test_it_tells_the_successor_once_a_post_has_ended(world: World) -> None:
    branch = Branch(world)
    chen = world.member("陈书记", branch.id)
    with world.database.writing() as session:
        session.execute(update(Post).values(valid_to=date(2026, 3, 20)))
    world.post(chen, branch.id, Role.SECRETARY, since=date(2026, 3, 20))

    found = plan(world, date(2026, 3, 1), date(2026, 3, 30), "general_meeting")

    assert [line.to["name"] for line in found] == ["李书记", "陈书记"]


def test_it_tells_nobody_where_nobody_answers(world: World) -> None:
    world.member("张三", world.unit("第三党支部"))

    assert plan(world, date(2026, 3, 9), date(2026, 3, 16)) == []


def test_it_tells_the_leader_of_a_cell(world: World) -> None:
    branch = Branch(world)
    cell = world.unit("第一党小组", UnitKind.CELL, under=branch.id)
    world.post(branch.zhang, cell, Role.CELL_LEADER)

    [first, *_] = plan(world, date(2026, 3, 1), date(2026, 3, 30), "cell_meeting")

    assert first.to["name"] == "张三"
    assert first.text.startswith("张三您好：第一党小组3月的党小组会还没有安排。")
    assert first.reason["source"] == "党小组会一般每月1次（支部工作条例）"


# --- the activity day ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "value", "days", "words"),
    [
        pytest.param(
            Month(2026, 3), None, [9, 13, 28], "3月主题党日是16日（周一），还没有", id="3月"
        ),
        pytest.param(Month(2026, 2), None, [9, 13, 25], "这个月的主题党日请您定一天", id="2月请定"),
        pytest.param(
            Month(2026, 5),
            None,
            [11, 15, 28],
            "5月主题党日是18日（周一）（16日是休息日，按本支部规定顺延到下一个工作日）",
            id="5月顺延",
        ),
        pytest.param(Month(2026, 8), None, [10, 14, 28], "8月主题党日是17日（周一）", id="8月顺延"),
        pytest.param(
            Month(2026, 8),
            {"day": 16, "shift": "previous_workday"},
            [7, 11, 28],
            "8月主题党日是14日（周五）（16日是休息日，按本支部规定提前到上一个工作日）",
            id="8月提前",
        ),
        pytest.param(
            Month(2026, 8),
            {"day": 16, "shift": "keep"},
            [9, 13, 28],
            "是16日（周日），",
            id="8月不变",
        ),
        pytest.param(Month(2026, 4), {"day": 31}, [23, 27], "4月主题党日是30日（周四）", id="月末"),
        pytest.param(
            Month(2026, 9),
            {"day": 3},
            [-4, 0, 27],
            "9月主题党日是3日（周四）",
            id="月初，上月就提醒",
        ),
    ],
)
def test_it_reminds_of_the_activity_day_where_it_really_falls(
    world: World, month: Month, value: dict[str, object] | None, days: list[int], words: str
) -> None:
    branch = Branch(world)
    if value is not None:
        world.policy(branch.id, policies.ACTIVITY_DAY, value)

    found = [
        line
        for line in plan(world, month.shift(-1).first, month.last, "theme_party_day")
        if line.slot.startswith(str(month))
    ]

    slots = [_slot_day(line) for line in found]
    assert slots == [_deliverable(month.first + (day - 1) * DAY) for day in days]
    assert words in found[0].text


def _slot_day(line: PlannedReminder) -> date:
    return local(line.at).date()


def _deliverable(day: date) -> date:
    while not SETTING.workdays.is_workday(day):
        day += DAY
    return day


def test_it_says_when_the_holidays_of_a_year_are_not_published(world: World) -> None:
    world.clock.set(at(date(2027, 2, 1)))
    Branch(world)

    [first, *_] = plan(world, date(2027, 3, 1), date(2027, 3, 31), "theme_party_day")

    facts = first.reason["facts"]
    assert isinstance(facts, dict)
    assert "2027年放假安排还没有公布" in str(facts["words"])


@pytest.mark.parametrize(
    ("live_from", "due"),
    [
        pytest.param(date(2026, 3, 9), ["T-7", "T-3", "month-end"], id="9日启用"),
        pytest.param(date(2026, 3, 10), ["T-3", "month-end"], id="10日启用"),
        pytest.param(date(2026, 3, 17), [], id="活动日后才启用"),
    ],
)
def test_it_watches_the_activity_day_from_the_live_date(
    world: World, live_from: date, due: list[str]
) -> None:
    Branch(world, live_from=live_from)

    found = plan(world, date(2026, 3, 1), date(2026, 3, 31), "theme_party_day")

    wanted = [f"2026-03/{step}" for step in due]
    assert [slot for slot in steps(found) if slot.startswith("2026-03")] == wanted


def test_it_asks_about_a_called_activity_day_only_if_nobody_was_marked_there(
    world: World,
) -> None:
    branch = Branch(world)
    world.call(MeetingKind.THEME_DAY, at(date(2026, 3, 16), 15), branch.li)

    found = plan(world, date(2026, 3, 1), date(2026, 3, 31), "theme_party_day")

    assert [slot for slot in steps(found) if slot.startswith("2026-03")] == ["2026-03/month-end"]


def test_it_expects_no_activity_day_of_a_branch_without_full_members(world: World) -> None:
    branch = Branch(world)
    _only_probationary(branch)

    assert plan(world, date(2026, 3, 1), date(2026, 3, 31), "theme_party_day") == []


# --- dues ------------------------------------------------------------------------------------


def test_it_reminds_of_dues_privately_and_only_of_open_months(world: World) -> None:
    branch = Branch(world)
    names = ("未交", "已报", "已核", "部分", "免交", "未定")
    open_, declared, paid, part, exempt, _ = (world.member(name, branch.id) for name in names)
    for member in (open_, declared, paid, part):
        world.assess(member, 3000)
    world.assess(exempt, 0)
    march = Month(2026, 3)
    world.clock.set(at(date(2026, 3, 12), 10))
    for member, fen in ((declared, 3000), (paid, 3000), (part, 1000)):
        _declare(world, member, march, fen)
    _confirm(world, branch.li, "已核", march)
    _confirm(world, branch.li, "部分", march)

    found = plan(world, date(2026, 3, 13), date(2026, 3, 31), "dues_unpaid")

    told = [(line.to["name"], _slot_day(line).day, line.text) for line in found]
    assert sorted((day, name) for name, day, _ in told) == [
        (20, "未交"),
        (20, "部分"),
        (27, "未交"),
        (27, "部分"),
    ]
    assert any("3月党费30元还没有登记" in text for _, _, text in told)
    assert any("3月党费20元还没有登记" in text for _, _, text in told)
    assert all("chat" not in line.to for line in found)


@pytest.mark.parametrize(
    ("live_from", "days"),
    [
        pytest.param(date(2026, 3, 1), [20, 27], id="月初启用"),
        pytest.param(date(2026, 3, 2), [], id="当月还没开始记"),
    ],
)
def test_it_asks_for_no_dues_of_a_month_the_branch_does_not_count(
    world: World, live_from: date, days: list[int]
) -> None:
    branch = Branch(world, live_from=live_from)
    world.assess(branch.zhang, 3000)

    found = plan(world, date(2026, 3, 1), date(2026, 3, 31), "dues_unpaid")

    assert [_slot_day(line).day for line in found] == days


def _declare(world: World, member: MemberId, month: Month, fen: int) -> None:
    actor = world.actor(member)
    with world.database.writing() as session:
        asked = dues.declare(
            session,
            months=[month],
            total_fen=fen,
            by=actor,
            said_on=world.today,
            now=world.now,
            source="m1",
        )
        if not isinstance(asked, dues.Declared):
            dues.record_declared(session, asked.choices[0], by=actor, now=world.now, source="m1")


def _confirm(world: World, by: MemberId, name: str, month: Month) -> None:
    actor = world.actor(by)
    with world.database.writing() as session:
        of = session.scalars(select(Member.id).where(Member.name == name)).all()
        lines = dues_confirming.list_waiting(
            session, by=actor, today=world.today, of=[MemberId(member) for member in of]
        )
        dues_confirming.confirm(session, lines, by=actor, now=world.now)
    assert {line.month for line in lines} == {month}


# --- the day before a meeting ----------------------------------------------------------------


@pytest.fixture
def meeting(world: World) -> meetings.MeetingView:
    """Return an activity day on Monday, 16 March, 15:00, with a group to tell."""
    world.clock.set(at(date(2026, 3, 12), 10))
    branch = Branch(world, committee=True)
    world.chat(branch.id, "三支部群")
    return world.call(MeetingKind.THEME_DAY, at(date(2026, 3, 16), 15), branch.li).meeting


def test_it_asks_everybody_the_day_before_and_tells_the_group_once(
    world: World, meeting: meetings.MeetingView
) -> None:
    found = plan(world, date(2026, 3, 13), date(2026, 3, 16), "meeting_upcoming")

    assert {line.to.get("name", line.to.get("chat")) for line in found} == {
        "李书记",
        "张三",
        "王组织",
        "第三党支部",
    }
    assert {_slot_day(line) for line in found} == {date(2026, 3, 15)}  # a Sunday, for the next day
    assert {line.text for line in found if "张三" in line.text} == {
        "张三您好：16日（周一）15:00 主题党日，社区二楼。来回复 1，来不了回复 2 加原因。"
        "回复 为什么 可看依据。"
    }
    assert {line.text for line in found if "chat" in line.to} == {
        "【主题党日】3月16日（周一）15:00 社区二楼。来不了请私聊我：请假 原因"
    }


def test_it_asks_nobody_who_has_answered(world: World, meeting: meetings.MeetingView) -> None:
    with world.database.reading() as session:
        zhang = roll_expected.expected_members(session, meeting)[1].id
    actor = world.actor(zhang)
    with world.database.writing() as session:
        attendance.ask_leave(session, by=actor, said_at=world.now, now=world.now, reason="出差")

    found = plan(world, date(2026, 3, 13), date(2026, 3, 16), "meeting_upcoming")

    assert "张三" not in {line.to.get("name") for line in found}
    assert len(found) == 3


def test_it_tells_only_the_committee_of_a_committee_meeting(world: World) -> None:
    branch = Branch(world, committee=True)
    world.chat(branch.id, "三支部群")
    world.call(MeetingKind.COMMITTEE, at(date(2026, 3, 16), 15), branch.li)

    found = plan(world, date(2026, 3, 15), date(2026, 3, 16), "meeting_upcoming")

    assert {line.to.get("name", "群") for line in found} == {"李书记", "王组织"}


def _joined(world: World, *members: MemberId) -> None:
    for member in members:
        actor = world.actor(member)
        with world.database.writing() as session:
            study.join(session, by=actor, now=world.now)


def test_it_asks_nobody_about_a_class_one_signs_up_for(world: World) -> None:
    branch = Branch(world)
    world.call(MeetingKind.STUDY, at(date(2026, 3, 16), 15), branch.li, seats=10)

    assert plan(world, date(2026, 3, 15), date(2026, 3, 16), "meeting_upcoming") == []


def test_it_reminds_whoever_signed_up_and_nobody_else(world: World) -> None:
    branch = Branch(world)
    world.chat(branch.id, "三支部群")
    wang = world.member("王五", branch.id)
    world.call(MeetingKind.STUDY, at(date(2026, 3, 17), 15), branch.li, seats=10, title="培训班")
    _joined(world, branch.zhang, wang)
    with world.database.writing() as session:
        study.leave(session, by=world.actor(wang), now=world.now)

    found = plan(world, date(2026, 3, 15), date(2026, 3, 17), "meeting_upcoming")

    assert [line.to.get("name") for line in found] == ["张三"]
    assert found[0].text == (
        "张三您好：您报名的培训班是明天，17日（周二）15:00，社区二楼。"
        "不去了回复 取消报名，名额让给别人。"
    )
    assert found[0].reason["ends_when"] == "取消报名后自动停止"


def test_it_drops_the_reminder_of_who_gave_up_the_seat_before_it_left(world: World) -> None:
    world.clock.set(at(date(2026, 3, 16), 15))
    branch = Branch(world)
    world.call(MeetingKind.STUDY, at(date(2026, 3, 17), 15), branch.li, seats=10)
    _joined(world, branch.zhang, branch.li)
    sender = ScriptedSender(world.clock)
    bot = core(world.database, world.clock, sender)
    bot.turn()
    world.clock.set(at(date(2026, 3, 16), 16))
    bot.turn()
    with world.database.writing() as session:
        study.leave(session, by=world.actor(branch.zhang), now=world.now)

    bot.run_until(world.clock, at(date(2026, 3, 16), 17))

    assert [address for address, _ in sender.delivered()] == ["李书记"]


def test_it_keeps_a_group_to_one_notice_a_day(world: World) -> None:
    branch = Branch(world)
    world.chat(branch.id, "三支部群")
    for hour, kind in ((10, MeetingKind.GENERAL), (19, MeetingKind.THEME_DAY)):
        world.call(kind, at(date(2026, 3, 17), hour), branch.li)
    world.call(MeetingKind.LECTURE, at(date(2026, 3, 18), 19), branch.li)

    found = plan(world, date(2026, 3, 10), date(2026, 3, 20), "meeting_upcoming")

    to_group = [line for line in found if "chat" in line.to]
    days = [_slot_day(line) for line in to_group]
    assert len(days) == len(set(days)) >= 2
    assert len([line for line in found if line.to.get("name") == "张三"]) == 3


def _group(sender: ScriptedSender) -> list[tuple[datetime, str]]:
    return [(h.at, h.text) for h in sender.handed if h.to == ("三支部群",)]


def test_it_says_two_meetings_of_one_day_in_one_group_notice(world: World) -> None:
    """10:00 and 14:00: the second can neither wait a day nor be left out."""
    branch = Branch(world)
    world.chat(branch.id, "三支部群")
    world.call(MeetingKind.GENERAL, at(date(2026, 3, 17), 10), branch.li)
    world.call(MeetingKind.LECTURE, at(date(2026, 3, 17), 14), branch.li)
    world.clock.set(at(date(2026, 3, 16), 15))

    told = _group(_run(world, at(date(2026, 3, 18))))

    assert [text for _, text in told] == [
        "【支部党员大会】3月17日（周二）10:00 社区二楼。来不了请私聊我：请假 原因\n"
        "【党课】3月17日（周二）14:00 社区二楼。来不了请私聊我：请假 原因"
    ]


def test_it_joins_the_notice_of_the_day_before_that_has_not_left_yet(world: World) -> None:
    """The evening meeting's notice was put off by a day; the next morning's cannot be."""
    branch = Branch(world)
    world.chat(branch.id, "三支部群")
    world.call(MeetingKind.GENERAL, at(date(2026, 3, 17), 10), branch.li)
    # 19:25, since the hash of its key gives it a later minute than the first.
    world.call(MeetingKind.LECTURE, at(date(2026, 3, 17), 19, 25), branch.li)
    world.call(MeetingKind.OTHER, at(date(2026, 3, 18), 9), branch.li)
    world.clock.set(at(date(2026, 3, 16), 15))
    sender = ScriptedSender(world.clock)
    bot = core(world.database, world.clock, sender)
    bot.turn()
    planned = list(bot.planner.plan(world.now, at(date(2026, 3, 19))))

    bot.run_until(world.clock, at(date(2026, 3, 19)))

    told = _group(sender)
    assert [day_of(moment).day for moment, _ in told] == [16, 17]
    assert "支部党员大会" in told[0][1]
    assert "党课" in told[1][1]
    assert "18日（周三）09:00" in told[1][1]
    assert told == [(line.at, line.text) for line in planned if "chat" in line.to]


def test_it_tells_the_secretary_what_the_group_will_not_read(world: World) -> None:
    """The day's notice has left; a tick that catches up finds one more that cannot wait."""
    branch = Branch(world)
    world.chat(branch.id, "三支部群")
    world.clock.set(at(date(2026, 3, 16), 15, 30))
    world.call(MeetingKind.GENERAL, at(date(2026, 3, 17), 10), branch.li)
    sender = ScriptedSender(world.clock)
    bot = core(world.database, world.clock, sender)
    bot.turn()
    bot.run_until(world.clock, at(date(2026, 3, 16), 16, 30))
    world.call(MeetingKind.LECTURE, at(date(2026, 3, 17), 14), branch.li)
    _set_mark(world, "rule:meeting_upcoming", at(date(2026, 3, 16), 15))

    bot.run_until(world.clock, at(date(2026, 3, 18)))

    assert len(_group(sender)) == 1
    [told] = [h.text for h in sender.handed if "没有发到群里" in h.text]
    assert told == (
        "李书记您好：第三党支部群今天的通知已经满了，下面这条没有发到群里。要让大家知道，请复制过去：\n"
        "【党课】3月17日（周二）14:00 社区二楼。来不了请私聊我：请假 原因"
    )
    [row] = [row for row in world.outbox() if row.rule == "group_notice_left"]
    assert (row.member_id, row.unit_id) == (branch.li, None)


def test_it_tells_nobody_where_groups_are_to_read_nothing(world: World) -> None:
    branch = Branch(world)
    world.chat(branch.id, "三支部群")
    world.call(MeetingKind.LECTURE, at(date(2026, 3, 17), 10), branch.li)
    none = Setting(PublishedWorkdays(), Policy(group_notices_per_day=0))
    planner = ReminderPlanner(database=world.database, rules=RULES, setting=none)

    lines = list(planner.plan(at(date(2026, 3, 16), 12), at(date(2026, 3, 17))))

    assert {line.to.get("name") for line in lines} == {"李书记", "张三"}


def _set_mark(world: World, name: str, moment: datetime) -> None:
    with world.database.writing() as session:
        session.execute(update(TickMark).where(TickMark.name == name).values(done_until=moment))


# --- what joins, and what is not said twice --------------------------------------------------


def test_it_tells_a_secretary_once_a_morning(world: World) -> None:
    """Sunday's steps and Monday's, of four rules: one message on Monday, one line a thing."""
    branch = Branch(world, committee=True)
    world.unit("第一党小组", UnitKind.CELL, under=branch.id)
    world.clock.set(at(date(2026, 3, 14), 12))

    sender = _run(world, at(date(2026, 3, 17)))

    [told] = [h for h in sender.handed if h.to == ("李书记",)]
    head, *lines = told.text.split("\n")
    assert head == "李书记您好，有4件事："
    assert [line[:2] for line in lines] == ["· "] * 4
    assert [line.split("的")[1][:4] for line in lines] == [
        "党小组会",
        "支部委员",
        "支部党员",
        "党课还没",
    ]
    assert at(date(2026, 3, 16), 9) < told.at < at(date(2026, 3, 16), 9, 10)


def test_it_leaves_out_of_a_message_what_was_settled_meanwhile(world: World) -> None:
    branch = Branch(world)
    sender = ScriptedSender(world.clock)
    bot = core(world.database, world.clock, sender)
    world.clock.set(at(date(2026, 3, 16), 8, 59))
    bot.turn()
    world.clock.set(at(date(2026, 3, 16), 9))
    bot.turn()
    world.call(MeetingKind.LECTURE, at(date(2026, 3, 28), 15), branch.li)

    bot.run_until(world.clock, at(date(2026, 3, 16), 12))

    [told] = sender.handed
    assert told.text.startswith("李书记您好：第三党支部一季度的支部党员大会还没有安排。")
    states = {row.rule: row.state for row in world.outbox()}
    assert states["general_meeting"] is SendState.ACCEPTED
    assert states["party_lecture"] is SendState.VOID


def test_it_does_not_say_the_same_on_two_days_running(world: World) -> None:
    """15 February lies in the Spring Festival; on the 24th the step of the 25th is near."""
    branch = Branch(world, committee=True)
    world.clock.set(at(date(2026, 2, 10)))

    sender = _run(world, at(date(2026, 3, 3)))

    about = [h.at for h in sender.handed if "2月的支部委员会会议" in h.text]
    assert [day_of(moment).day for moment in about] == [25, 28]
    assert branch.li


def test_it_says_nothing_of_a_month_that_is_over(world: World) -> None:
    """31 January 2026 is a Saturday: on Monday “1月31日前开就行” would be untrue."""
    Branch(world, committee=True)
    world.clock.set(at(date(2026, 1, 30), 12))

    sender = _run(world, at(date(2026, 2, 5)))

    assert [h.text for h in sender.handed if "1月" in h.text and "支部委员会" in h.text] == []


@pytest.mark.parametrize("change", ["moved", "cancelled", "began", "answered"])
def test_it_knows_a_reminder_that_is_settled(
    world: World, meeting: meetings.MeetingView, change: str
) -> None:
    rule = {rule.name: rule for rule in RULES}["meeting_upcoming"]
    with world.database.reading() as session:
        li = roll_expected.expected_members(session, meeting)[0].id
    actor, now = world.actor(li), world.now
    asked = [
        Asked(1, "2026-03-16T15:00/T-1", meeting.subject, li),
        Asked(2, "2026-03-16T15:00/T-1", meeting.subject, None),
        Asked(3, "2026-03-16T15:00/T-1", "meeting:4711", li),
    ]
    with world.database.writing() as session:
        before = rule.satisfied(session, asked, now)
        if change == "moved":
            later = meeting.starts_at + DAY
            meetings.move(
                session, meeting_id=meeting.id, starts_at=later, place=None, by=actor, now=now
            )
        elif change == "cancelled":
            meeting_ends.cancel(session, meeting_id=meeting.id, by=actor, now=now)
        elif change == "answered":
            attendance.promise(session, by=actor, meeting_id=meeting.id, said_at=now, now=now)
        after = rule.satisfied(session, asked, meeting.starts_at if change == "began" else now)

    assert list(before) == [3]
    assert list(after) == ([1, 3] if change == "answered" else [1, 2, 3])


# --- the tick --------------------------------------------------------------------------------


def _ticker(world: World, rules: Sequence[Rule] = RULES) -> Ticker:
    return Ticker(
        database=world.database, clock=world.clock, rules=rules, setting=SETTING, routes=ROUTES
    )


def _run(world: World, until: datetime) -> ScriptedSender:
    sender = ScriptedSender(world.clock)
    core(world.database, world.clock, sender).run_until(world.clock, until)
    return sender


def test_it_queues_each_reminder_once_when_four_tick_at_once(world: World) -> None:
    """Four workers on one database, as in every report of a reminder that came four times."""
    branch = Branch(world, committee=True)
    world.chat(branch.id, "三支部群")
    for number in range(40):
        world.member(f"党员{number}", branch.id, dues_fen=3000)
    world.clock.set(at(date(2026, 3, 19), 12))
    world.call(MeetingKind.THEME_DAY, at(date(2026, 3, 21), 15), branch.li)
    for ticker in [_ticker(world)]:
        ticker.tick()
    world.clock.set(at(date(2026, 3, 20), 16, 1))
    start = threading.Barrier(4)

    def tick() -> None:
        start.wait()
        for _ in range(3):
            assert _ticker(world).tick().failed == ()

    with ThreadPoolExecutor(4) as workers:
        for done in [workers.submit(tick) for _ in range(4)]:
            done.result(timeout=60)

    rows = world.outbox()
    keys = [row.key for row in rows]
    assert len(keys) == len(set(keys))
    assert len([row for row in rows if row.rule == "dues_unpaid"]) == 40
    assert len([row for row in rows if row.rule == "meeting_upcoming"]) == 44


def test_it_writes_down_why_and_until_when(world: World) -> None:
    Branch(world)
    world.clock.set(at(date(2026, 3, 16), 8, 59))
    _ticker(world).tick()
    world.clock.set(at(date(2026, 3, 16), 9))
    _ticker(world).tick()

    [row] = [row for row in world.outbox() if row.rule == "general_meeting"]
    assert row.key == f"general_meeting:2026Q1/second:unit:2:m{row.member_id}"
    assert row.expires_at == at(date(2026, 3, 25))  # the last step is due on the 26th
    assert row.reason is not None
    assert row.reason["source"] == "支部党员大会一般每季度1次（支部工作条例）"
    assert row.reason["ends_when"] == "登记后自动停止"
    assert not is_quiet(row.due_at, Policy())


def test_it_works_a_new_rule_from_now_on_only(world: World) -> None:
    Branch(world)
    world.clock.set(at(date(2026, 3, 16), 12))

    assert _ticker(world).tick().queued == 0
    with world.database.reading() as session:
        assert last_tick(session) == world.now


@pytest.mark.parametrize(
    ("back_at", "sent_on"),
    [
        pytest.param(at(date(2026, 3, 16), 12), date(2026, 3, 16), id="停三小时，补发"),
        pytest.param(at(date(2026, 3, 16), 23), date(2026, 3, 17), id="夜里才恢复，次日早上"),
        pytest.param(at(date(2026, 3, 21), 10), date(2026, 3, 23), id="周六才恢复，周一"),
        pytest.param(at(date(2026, 3, 24), 12), None, id="停了八天，不再追"),
    ],
)
def test_it_catches_up_after_it_was_down(
    world: World, back_at: datetime, sent_on: date | None
) -> None:
    Branch(world)
    world.clock.set(at(date(2026, 3, 16), 8))
    _ticker(world).tick()

    world.clock.set(back_at)
    sender = _run(world, at(date(2026, 3, 25)))

    about = [handed for handed in sender.handed if "一季度的支部党员大会" in handed.text]
    assert [day_of(handed.at) for handed in about] == ([sent_on] if sent_on else [])
    assert not any(is_quiet(handed.at, Policy()) for handed in sender.handed)
    assert FURTHEST_BACK == 7 * DAY


def test_it_drops_what_expired_while_it_was_down(world: World) -> None:
    world.clock.set(at(date(2026, 3, 12), 10))
    branch = Branch(world)
    world.chat(branch.id, "三支部群")
    called = world.call(MeetingKind.OTHER, at(date(2026, 3, 16), 15), branch.li)
    _ticker(world).tick()

    world.clock.set(called.meeting.starts_at + MINUTE)
    sender = _run(world, world.now + HOUR)

    assert [handed for handed in sender.handed if "社区二楼" in handed.text] == []


def test_it_says_only_the_last_of_several_steps_it_missed(world: World) -> None:
    """T-7 and T-3 of the activity day both fell into the time it was down."""
    Branch(world)
    world.clock.set(at(date(2026, 3, 9), 8))
    _ticker(world).tick()

    world.clock.set(at(date(2026, 3, 13), 12))
    _ticker(world).tick()

    slots = [row.slot for row in world.outbox() if row.rule == "theme_party_day"]
    assert slots == ["2026-03/T-3"]


@pytest.mark.parametrize(
    ("back_at", "slots"),
    [
        pytest.param(at(date(2026, 3, 16), 14), ["2026-03/T-3"], id="当天会前还来得及"),
        pytest.param(at(date(2026, 3, 16), 15), [], id="当天会后"),
        pytest.param(at(date(2026, 3, 17), 10), [], id="第二天"),
        pytest.param(at(date(2026, 3, 18), 9), [], id="停了六天"),
    ],
)
def test_it_names_no_activity_day_that_is_over(
    world: World, back_at: datetime, slots: list[str]
) -> None:
    Branch(world)
    world.clock.set(at(date(2026, 3, 12), 8))
    _ticker(world).tick()

    world.clock.set(back_at)
    _ticker(world).tick()

    about = [row for row in world.outbox() if row.rule == "theme_party_day"]
    assert [row.slot for row in about if row.state is SendState.QUEUED] == slots
    assert {row.state for row in about} <= {SendState.QUEUED, SendState.EXPIRED}


def _material_reminders(world: World) -> list[str]:
    return [row.text for row in world.outbox() if row.rule == "makeup_study"]


def test_it_names_those_on_leave_to_the_organiser_the_day_after(world: World) -> None:
    branch = Branch(world, committee=True)
    others = [
        world.member("张三", branch.id, tail=tail, account=False) for tail in ("1234", "5678")
    ]
    called = world.call(MeetingKind.OTHER, at(date(2026, 3, 16), 15), branch.li, title="座谈会")
    for member, reason in zip(others, ("出差", "发烧"), strict=True):
        _leave(world, member, called.meeting.id, reason)
    world.clock.set(at(date(2026, 3, 17), 8))
    _ticker(world).tick()

    world.clock.set(at(date(2026, 3, 17), 9))
    _ticker(world).tick()

    [text] = _material_reminders(world)
    assert text.startswith(
        "王组织您好：座谈会有2人请假：张三（尾号1234，出差）、张三（尾号5678，病假）"
    )
    assert "补学材料 座谈会" in text


def test_it_asks_for_no_material_once_the_leave_was_taken_back(world: World) -> None:
    branch = Branch(world)
    called = world.call(MeetingKind.OTHER, at(date(2026, 3, 16), 15), branch.li)
    world.clock.set(at(date(2026, 3, 16), 14, 55))
    _leave(world, branch.zhang, called.meeting.id, "出差")
    branch.undo()

    world.clock.set(at(date(2026, 3, 17), 8))
    _ticker(world).tick()
    world.clock.set(at(date(2026, 3, 17), 9))
    _ticker(world).tick()

    assert _material_reminders(world) == []


def test_it_drops_the_reminder_of_material_that_was_sent_meanwhile(world: World) -> None:
    branch = Branch(world, committee=True)
    called = world.call(MeetingKind.OTHER, at(date(2026, 3, 16), 15), branch.li)
    _leave(world, branch.zhang, called.meeting.id, "出差")
    world.clock.set(at(date(2026, 3, 17), 8))
    _ticker(world).tick()
    world.clock.set(at(date(2026, 3, 17), 9))
    _ticker(world).tick()
    assert len(_material_reminders(world)) == 1

    key = makeup_study.key_for(called.meeting.id, 1, branch.zhang)
    world.enqueue(world.letter(branch.zhang, "请看材料", key))
    sender = _run(world, world.now + HOUR)

    assert [text for _, text in sender.delivered() if "补学材料" in text] == []
    assert ("张三", "请看材料") in sender.delivered()


def _leave(world: World, member: MemberId, meeting_id: MeetingId, reason: str) -> None:
    actor, now = world.actor(member), world.now
    with world.database.writing() as session:
        marked = attendance.ask_leave(
            session, by=actor, said_at=now, now=now, reason=reason, chosen=[meeting_id]
        )
        attendance.remember_marks(session, marked, actor, now)


def test_it_loses_nothing_when_the_clock_runs_over_a_month_end_and_back(world: World) -> None:
    branch = Branch(world, committee=True)
    world.assess(branch.zhang, 3000)
    sender = ScriptedSender(world.clock)
    bot = core(world.database, world.clock, sender)
    world.clock.set(at(date(2026, 3, 14), 10))
    bot.turn()

    world.clock.set(at(date(2026, 4, 18), 10))
    bot.turn()
    world.clock.set(at(date(2026, 3, 14), 10, 5))
    bot.run_until(world.clock, at(date(2026, 3, 26)))

    keys = [row.key for row in world.outbox()]
    due = {
        f"committee_meeting:2026-03/{step}:unit:{branch.id}:m{branch.li}"
        for step in ("first", "second")
    }
    texts = Counter(sender.delivered())
    assert len(keys) == len(set(keys))
    assert due <= set(keys)
    assert max(texts.values()) <= 3  # one a step, of one wording
    late = [row for row in world.outbox() if row.due_at <= world.now]
    assert {row.state for row in late} == {SendState.ACCEPTED}


def test_it_lets_a_rule_that_breaks_stop_no_other(world: World) -> None:
    Branch(world)
    broken = replace(RULES[0], name="broken", slots=lambda _after, _until: 1 / 0)  # type: ignore[arg-type, return-value]  # it breaks

    def breaks(_session: Session, _slot: object, _setting: object) -> Collection[object]:
        raise ValueError("a bug")

    general = next(rule for rule in RULES if rule.name == "general_meeting")
    worse = replace(general, name="worse", reminders=breaks)  # type: ignore[arg-type]  # it breaks
    ticker = _ticker(world, (broken, worse, *RULES))
    world.clock.set(at(date(2026, 3, 16), 8, 59))
    ticker.tick()
    world.clock.set(at(date(2026, 3, 16), 9))

    done = ticker.tick()

    assert done.failed == ("broken", "worse")
    assert [row.rule for row in world.outbox()].count("general_meeting") == 1
    with world.database.reading() as session:
        marks = {row.name: row.done_until for row in session.scalars(select(TickMark))}
    assert "rule:broken" not in marks
    assert marks["rule:worse"] == at(date(2026, 3, 16), 8, 59)  # will be tried again


def test_it_arms_again_what_was_called_and_then_cancelled(world: World) -> None:
    branch = Branch(world)
    sender = ScriptedSender(world.clock)
    bot = core(world.database, world.clock, sender)
    world.clock.set(at(date(2026, 3, 8)))
    called = world.call(MeetingKind.THEME_DAY, at(date(2026, 3, 16), 15), branch.li)
    bot.run_until(world.clock, at(date(2026, 3, 10)))
    before = [row.slot for row in world.outbox() if row.rule == "theme_party_day"]
    with world.database.writing() as session:
        meeting_ends.cancel(
            session, meeting_id=called.meeting.id, by=world.actor(branch.li), now=world.now
        )
    bot.run_until(world.clock, at(date(2026, 3, 14)))

    after = [row.slot for row in world.outbox() if row.rule == "theme_party_day"]
    assert (before, after) == ([], ["2026-03/T-3"])


def test_it_follows_a_member_who_changes_the_branch(world: World) -> None:
    branch, other = Branch(world), world.unit("第四党支部")
    world.assess(branch.zhang, 3000)
    with world.database.writing() as session:
        session.execute(
            update(Membership)
            .where(Membership.member_id == branch.zhang)
            .values(valid_to=date(2026, 3, 24))
        )
        session.add(
            Membership(
                member_id=branch.zhang,
                unit_id=other,
                cell_id=None,
                valid_from=date(2026, 3, 24),
                valid_to=None,
            )
        )

    found = plan(world, date(2026, 3, 1), date(2026, 3, 31), "dues_unpaid")

    assert [_slot_day(line).day for line in found] == [20, 27]
