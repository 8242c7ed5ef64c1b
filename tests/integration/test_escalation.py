"""Who hears of a unit that is behind: once, after the last reminder, and never nobody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from bot.clock import at, day_of
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MemberId
from bot.domain.ladders import POLICY, Change, Ladders
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.services import policies, reminders, superiors
from bot.services.ports import PlannedReminder
from bot.storage.engine import Database
from bot.storage.models import Account, Meeting, Post
from scheduler.plan import ReminderPlanner
from scheduler.rule import Setting
from scheduler.rules import RULES
from tests.support.world import HOURS, ScriptedSender, World, core

DAY = timedelta(days=1)
BEGIN, END = at(date(2026, 3, 10), 12), at(date(2026, 4, 9), 12)
APRIL_5 = date(2026, 4, 5)  # a Sunday within a holiday: told on Tuesday, the seventh
TOLD_ON = date(2026, 4, 7)
CHECKS = "可以看了"  # what is laid before the officer on the 25th is no escalation


class Street:
    """The street over a community over the third branch; the fourth lies under the street."""

    def __init__(self, database: Database) -> None:
        self.world = world = World(database, now=BEGIN)
        self.community = world.unit("花园社区", UnitKind.COMMUNITY)
        self.third = world.unit("第三党支部", under=self.community)
        self.fourth = world.unit("第四党支部")
        self.li = world.member("李书记", self.third, Role.SECRETARY)
        self.zhao = world.member("赵书记", self.fourth, Role.SECRETARY)
        self.chen = world.member("陈书记", None)
        world.post(self.chen, self.community, Role.SECRETARY)
        self.officer = world.member("周专干", None, Role.OFFICER)
        for branch in (self.third, self.fourth):  # only the general meeting is owed
            world.policy(branch, policies.LECTURE, {"every": None})
            world.policy(branch, f"{POLICY}theme_party_day", {"off": True, "above": 0})

    def end(self, member: MemberId, on: date) -> None:
        """Let somebody's posts end on a day."""
        with self.world.database.writing() as session:
            session.execute(update(Post).where(Post.member_id == member).values(valid_to=on))

    def silence(self, member: MemberId) -> None:
        """Let somebody have no account any more."""
        with self.world.database.writing() as session:
            session.execute(
                update(Account).where(Account.member_id == member).values(unbound_at=self.world.now)
            )

    def play(self, until: date = date(2026, 4, 9)) -> list[tuple[date, str, str]]:
        """Let time pass, and return what was sent: day, name, text."""
        sender = ScriptedSender(self.world.clock)
        bot = core(self.world.database, self.world.clock, sender)
        bot.run_until(self.world.clock, at(until, 12))
        return [
            (day_of(h.at), name, h.text)
            for h in sender.handed
            for name in h.to
            if CHECKS not in h.text
        ]


@pytest.fixture
def street(database: Database) -> Street:
    """Return the street."""
    return Street(database)


def planned(street: Street, first: date, last: date) -> list[PlannedReminder]:
    """Return what is told above, from a day to a day."""
    setting = Setting(HOURS.workdays, HOURS.policy)
    planner = ReminderPlanner(database=street.world.database, rules=RULES, setting=setting)
    lines = planner.plan(at(first), at(last + DAY))
    return [line for line in lines if "above" in line.rule.split("+")]


def to(lines: Sequence[PlannedReminder]) -> dict[str, list[str]]:
    """Return who is told of what, by subject and period."""
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(line.to["name"], []).extend(line.slot.split("+"))
    return found


def test_peer_10_a_ladder_has_a_named_owner_at_each_step_and_then_the_one_above(
    street: Street,
) -> None:
    """One level for all: needs "me after 30 min, boss after a day" (Healthchecks #209, #691)."""
    sent = street.play()

    assert {(day, name) for day, name, _ in sent} == {
        (date(2026, 3, 16), "李书记"),
        (date(2026, 3, 16), "赵书记"),
        (date(2026, 3, 26), "李书记"),
        (date(2026, 3, 26), "赵书记"),
        (TOLD_ON, "陈书记"),
        (TOLD_ON, "周专干"),
    }
    assert len(sent) == 6
    texts = {name: text for day, name, text in sent if day == TOLD_ON}
    assert texts == {
        "陈书记": "陈书记您好：第三党支部一季度的支部党员大会到3月31日没有登记，"
        "3月16日、3月26日提醒过李书记。请您过问。",
        "周专干": "周专干您好：第四党支部一季度的支部党员大会到3月31日没有登记，"
        "3月16日、3月26日提醒过赵书记。请您过问。",
    }


def test_peer_10_an_expired_owner_has_a_successor_and_an_empty_post_a_superior(
    street: Street,
) -> None:
    """Ladder with named owner per step; expired owner → successor, never nobody."""
    wang = street.world.member("王副书记", street.third)
    street.world.post(wang, street.third, Role.DEPUTY, since=date(2026, 3, 20))
    street.end(street.li, date(2026, 3, 20))  # his deputy answers from then on
    street.end(street.chen, date(2026, 4, 5))  # nobody in the community: the street

    sent = street.play()

    assert {name for day, name, _ in sent if day == date(2026, 3, 26)} == {"王副书记", "赵书记"}
    [(_, name, text)] = [line for line in sent if line[0] == TOLD_ON and "没有登记" in line[2]]
    assert name == "周专干"
    assert "第三党支部一季度的支部党员大会到3月31日没有登记，3月16日提醒过李书记，" in text
    assert "3月26日提醒过王副书记。请您过问" in text
    assert text.startswith("周专干您好，有3件事：")  # the post is empty, too


def _nothing(_street: Street) -> None:
    """Leave it as it is."""


def _no_secretary(street: Street) -> None:
    street.end(street.li, date(2026, 1, 1))


def _no_community(street: Street) -> None:
    street.end(street.chen, date(2026, 1, 1))


def _nobody_above(street: Street) -> None:
    street.end(street.chen, date(2026, 1, 1))
    street.end(street.officer, date(2026, 1, 1))


def _community_cannot_be_reached(street: Street) -> None:
    street.silence(street.chen)


def _secretary_of_both(street: Street) -> None:
    street.end(street.chen, date(2026, 1, 1))
    street.world.post(street.li, street.community, Role.SECRETARY)


def _nobody_at_all(street: Street) -> None:
    with street.world.database.writing() as session:
        session.execute(update(Post).values(valid_to=date(2026, 1, 1)))


@pytest.mark.parametrize(
    ("arrange", "receiver"),
    [
        pytest.param(_nothing, "陈书记", id="上一级"),
        pytest.param(_no_secretary, "周专干", id="没有书记，社区书记催过了，再上一级"),
        pytest.param(_no_community, "周专干", id="上一级空着"),
        pytest.param(_community_cannot_be_reached, "周专干", id="上一级没有账号"),
        pytest.param(_secretary_of_both, "周专干", id="上一级也是他"),
        pytest.param(_nobody_above, "李书记", id="上面都空着，告诉他自己"),
        pytest.param(_nobody_at_all, None, id="一个职务也没有"),
    ],
)
def test_somebody_above_is_told(
    street: Street, arrange: Callable[[Street], None], receiver: str | None
) -> None:
    arrange(street)

    lines = planned(street, APRIL_5, TOLD_ON)

    about = [line for line in lines if f"unit:{street.third}" in line.subject.split("+")]
    assert [line.to["name"] for line in about] == ([] if receiver is None else [receiver])
    if receiver == "李书记":
        assert "上级还没有登记负责人，先告诉您" in about[0].text


def test_a_branch_that_lies_under_no_unit_has_nobody_above(database: Database) -> None:
    world = World(database, now=BEGIN)
    alone = world.unit("独立支部", UnitKind.STREET)
    world.member("李书记", alone, Role.SECRETARY)
    with database.reading() as session:
        assert superiors.above(session, {alone: f"/{alone}/"}, APRIL_5) == {}
        assert superiors.above(session, {}, APRIL_5) == {}


def test_one_message_names_all_that_are_behind(street: Street) -> None:
    street.world.unit("第一党小组", UnitKind.CELL, under=street.fourth)
    street.world.member("钱组织", street.fourth, Role.ORGANISER)

    [line] = [line for line in planned(street, APRIL_5, TOLD_ON) if line.to["name"] == "周专干"]

    assert sorted(line.slot.split("+")) == [
        "cell_meeting.2026-03/above",  # without a leader the secretary was told, not one above
        "committee_meeting.2026-03/above",
        "general_meeting.2026Q1/above",
    ]
    assert line.text.startswith("周专干您好，有3件事：\n· ")


def test_it_is_said_once_and_only_about_what_was_owed_for_the_whole_period(street: Street) -> None:
    late = street.world.unit("第五党支部", live_from=date(2026, 1, 2))
    street.world.member("孙书记", late, Role.SECRETARY)
    closed = street.world.unit("旧支部", valid_to=date(2026, 4, 2))
    street.world.member("吴书记", closed, Role.SECRETARY)
    street.world.policy(late, policies.LECTURE, {"every": None})

    lines = planned(street, date(2026, 4, 1), date(2026, 6, 30))

    about = [
        (slot, subject)
        for line in lines
        for slot, subject in zip(line.slot.split("+"), line.subject.split("+"), strict=True)
        if slot.startswith("general_meeting")
    ]
    assert sorted(about) == [
        ("general_meeting.2026Q1/above", f"unit:{street.third}"),
        ("general_meeting.2026Q1/above", f"unit:{street.fourth}"),
    ]


def test_what_is_settled_before_it_leaves_is_left_out(street: Street) -> None:
    world = street.world
    sender = ScriptedSender(world.clock)
    bot = core(world.database, world.clock, sender)
    bot.run_until(world.clock, at(APRIL_5, 10))  # queued for the seventh
    world.clock.set(at(date(2026, 4, 6), 10))
    _hold_for_the_first_quarter(world, street.zhao)

    bot.run_until(world.clock, END)

    escalated = [handed for handed in sender.handed if CHECKS not in handed.text]
    assert "周专干" not in {name for handed in escalated for name in handed.to}
    assert "陈书记" in {name for handed in sender.handed for name in handed.to}


def _hold_for_the_first_quarter(world: World, secretary: MemberId) -> None:
    called = world.call(MeetingKind.GENERAL, at(date(2026, 4, 7), 15), secretary).meeting
    with world.database.writing() as session:
        session.execute(update(Meeting).where(Meeting.id == called.id).values(for_period="2026Q1"))


@pytest.mark.parametrize(
    ("value", "day"),
    [
        pytest.param({"above": 9}, date(2026, 4, 9), id="九天"),
        pytest.param({"above": 0}, None, id="不告诉上级"),
        pytest.param({"off": True}, TOLD_ON, id="关了提醒，上级还是知道"),
        pytest.param({"off": True, "above": 0}, None, id="都关了"),
    ],
)
def test_the_day_follows_the_ladder_of_the_branch(
    street: Street, value: Mapping[str, object], day: date | None
) -> None:
    street.world.policy(street.third, f"{POLICY}general_meeting", value)

    lines = planned(street, date(2026, 4, 1), date(2026, 4, 30))

    about = [line for line in lines if f"unit:{street.third}" in line.subject.split("+")]
    assert [line.at.date() for line in about] == ([] if day is None else [day])
    if "off" in value and day:
        assert "没有提醒到人。请您过问" in about[0].text


def test_a_change_within_the_days_after_does_not_tell_twice_or_never(street: Street) -> None:
    street.world.policy(street.third, f"{POLICY}general_meeting", {"above": 20}, date(2026, 4, 6))
    street.world.policy(street.fourth, f"{POLICY}general_meeting", {"above": 2}, date(2026, 4, 4))

    lines = planned(street, date(2026, 4, 1), date(2026, 4, 30))

    assert [line.at.date() for line in lines] == [TOLD_ON, TOLD_ON]


def test_the_configuration_may_settle_it_for_all(street: Street) -> None:
    ladders = Ladders({"general_meeting": Change(above=0)})
    setting = Setting(HOURS.workdays, HOURS.policy, ladders)
    planner = ReminderPlanner(database=street.world.database, rules=RULES, setting=setting)

    lines = planner.plan(at(date(2026, 4, 1)), END)

    assert not [line for line in lines if "above" in line.rule]


def test_the_plan_says_byte_for_byte_what_is_sent(street: Street) -> None:
    world = street.world
    street.silence(street.zhao)  # nobody could tell him: the plan knows no accounts
    world.policy(street.third, f"{POLICY}general_meeting", {"base": "quarter", "days": [75, 80]})
    sender = ScriptedSender(world.clock)
    bot = core(world.database, world.clock, sender)
    bot.turn()
    lines = [
        (line.at, line.to["name"], line.text)
        for line in bot.planner.plan(world.now, END)
        if line.to["name"] != "赵书记" and "第四党支部" not in line.text
    ]

    bot.run_until(world.clock, END)

    sent = [
        (handed.at, name, handed.text)
        for handed in sender.handed
        for name in handed.to
        if "第四党支部" not in handed.text
    ]
    assert sorted(sent) == sorted(lines)
    assert any("3月16日、3月21日" in text or "3月16日、3月23日" in text for _, _, text in lines)
    fourth = [
        h.text
        for h in sender.handed
        if "第四党支部" in h.text and "周专干" in h.to and CHECKS not in h.text
    ]
    assert ["没有提醒到人" in text for text in fourth] == [True]


def test_it_says_why(street: Street) -> None:
    street.play()

    with street.world.database.reading() as session:
        [reason] = reminders.latest_reasons(session, street.chen)

    assert reason.source == "过期5天还没有登记的，告诉上级负责人一次（本产品设定）"
    assert reason.facts == "第三党支部一季度的支部党员大会尚未登记"
    assert reason.ends_when == "登记后自动停止，只说这一次"
