"""Ladders of units: every rule reads the unit's own, as of the day; the past keeps the old one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from bot.clock import at
from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.ladders import GROUPS, LADDERS, OF_UNITS_ABOVE, POLICY, Change, Ladders
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.services import attendance_marks, dues, meetings, roll_expected
from bot.services.attendance_marks import Author, Entry
from bot.services.ports import PlannedReminder
from bot.storage.engine import Database
from scheduler.plan import ReminderPlanner
from scheduler.rule import Setting
from scheduler.rules import RULES
from tests.support import upkeep
from tests.support.world import HOURS, ScriptedSender, World, core

DAY = timedelta(days=1)
NEW_YEAR = at(date(2026, 1, 1))


class Branches:
    """The third branch, which settles its own days, and the fourth, which does not."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.third, self.fourth = world.unit("第三党支部"), world.unit("第四党支部")
        self.li = self._staff(self.third, "李书记", "张三")
        self.zhao = self._staff(self.fourth, "赵书记", "赵六")
        self.cell = world.unit("第一党小组", UnitKind.CELL, under=self.third)

    def _staff(self, branch: UnitId, secretary: str, member: str) -> MemberId:
        found = self.world.member(secretary, branch, Role.SECRETARY, dues_fen=1000)
        self.world.member(f"{secretary[0]}组委", branch, Role.ORGANISER, dues_fen=0)
        self.world.member(member, branch, dues_fen=3000)
        return found

    def declare_january(self) -> None:
        """Let both secretaries declare a month: dues are being entered in their branches."""
        for secretary in (self.li, self.zhao):
            actor = self.world.actor(secretary)
            with self.world.database.writing() as session:
                dues.declare(
                    session,
                    months=[Month(2026, 1)],
                    total_fen=1000,
                    by=actor,
                    said_on=self.world.today,
                    now=self.world.now,
                    source=f"m{secretary}",
                )

    def settle(
        self,
        rule: str,
        since: date = date(2026, 1, 1),
        unit: UnitId | None = None,
        **value: object,
    ) -> None:
        """Write down a ladder of the third branch, or of another unit."""
        stored: Mapping[str, Any] = {**value, "settled": "支委会定的"}
        self.world.policy(unit or self.third, POLICY + rule, stored, since)


@pytest.fixture
def world(database: Database) -> World:
    """Return a street, at New Year."""
    return World(database, now=NEW_YEAR)


@pytest.fixture
def branches(world: World) -> Branches:
    """Return its two branches."""
    return Branches(world)


def plan(
    world: World, rule: str, first: date, last: date, ladders: Ladders | None = None
) -> list[PlannedReminder]:
    """Return what a rule would send from a day to a day."""
    rules = [known for known in RULES if known.name == rule]
    setting = Setting(HOURS.workdays, HOURS.policy, ladders or Ladders())
    planner = ReminderPlanner(database=world.database, rules=rules, setting=setting)
    return list(planner.plan(at(first), at(last + DAY)))


def told(lines: list[PlannedReminder]) -> list[str]:
    """Return who is told at which step."""
    return sorted(f"{line.to['name']} {step}" for line in lines for step in line.slot.split("+"))


MEETING = {"base": "after", "days": [2]}


@pytest.mark.parametrize(
    ("rule", "value", "first", "last", "steps"),
    [
        pytest.param(
            "general_meeting",
            {"base": "quarter", "days": [68]},
            date(2026, 3, 1),
            date(2026, 3, 30),
            ["李书记 2026Q1/d68", "赵书记 2026Q1/last", "赵书记 2026Q1/second"],
            id="党员大会",
        ),
        pytest.param(
            "committee_meeting",
            {"base": "month", "days": [10]},
            date(2026, 3, 1),
            date(2026, 3, 30),
            ["李书记 2026-03/d10", "赵书记 2026-03/first", "赵书记 2026-03/second"],
            id="支委会",
        ),
        pytest.param(
            "cell_meeting",
            {"base": "month", "days": [10]},
            date(2026, 3, 1),
            date(2026, 3, 30),
            ["李书记 2026-03/d10"],
            id="党小组会，按支部定的",
        ),
        pytest.param(
            "party_lecture",
            {"base": "month", "days": [10]},
            date(2026, 3, 1),
            date(2026, 3, 30),
            [
                *("李书记 2026Q1/last", "李书记 2026Q1/second"),
                *("赵书记 2026Q1/last", "赵书记 2026Q1/second"),
            ],
            id="党课，定的是每月的，现在按季",
        ),
        pytest.param(
            "theme_party_day",
            {"days": [14], "late": 5},
            date(2026, 3, 1),
            date(2026, 3, 31),
            [
                *("李书记 2026-03/T-14", "李书记 2026-03/month-end"),
                *("赵书记 2026-03/T-3", "赵书记 2026-03/T-7"),
                "赵书记 2026-03/month-end",
            ],
            id="主题党日",
        ),
        pytest.param(
            "dues_unpaid",
            {"base": "month", "days": [10, 25]},
            date(2026, 3, 1),
            date(2026, 3, 31),
            [
                *("张三 2026-03/d10", "张三 2026-03/d25"),
                *("赵六 2026-03/first", "赵六 2026-03/second"),
            ],
            id="党费",
        ),
        pytest.param(
            "dues_open_run",
            {"base": "next_month", "days": [10]},
            date(2026, 2, 1),
            date(2026, 2, 12),
            ["李书记 2026-01/d10", "赵书记 2026-01/open_run"],
            id="党费连续未登记",
        ),
        pytest.param(
            "study_shortfall",
            {"base": "year", "days": [901]},
            date(2026, 9, 1),
            date(2026, 10, 9),
            ["张三 2026/d901", "赵六 2026/d1008"],
            id="学时",
        ),
    ],
)
def test_each_rule_goes_by_the_ladder_of_the_unit(
    world: World,
    branches: Branches,
    rule: str,
    value: Mapping[str, Any],
    first: date,
    last: date,
    steps: list[str],
) -> None:
    branches.settle(rule, **value)
    branches.declare_january()

    found = told(plan(world, rule, first, last))

    if rule in ("study_shortfall", "dues_unpaid"):  # said to everybody
        found = [line for line in found if line.split()[0] in ("张三", "赵六")]
    assert found == sorted(steps)


ELSEWHERE = {*upkeep.RULES, *GROUPS[OF_UNITS_ABOVE]}  # each of those has its own world
HERE = [rule for rule in LADDERS if rule not in ELSEWHERE]


@pytest.mark.parametrize("rule", sorted(HERE))
def test_a_rule_that_is_off_says_nothing_in_that_unit(
    world: World, branches: Branches, rule: str
) -> None:
    branches.settle(rule, off=True)
    branches.declare_january()
    held = [world.call(MeetingKind.OTHER, at(date(2026, 3, 9), 9), who) for who in _both(branches)]
    for called in held:
        _one_came_one_on_leave(world, called.meeting.id)
    world.clock.set(at(date(2026, 3, 9), 20))
    first, last = date(2026, 3, 10), date(2026, 4, 9)
    if rule == "study_shortfall":
        first, last = date(2026, 10, 8), date(2026, 10, 9)
    if rule == "meeting_unheld":
        for who in _both(branches):
            world.call(MeetingKind.LECTURE, at(date(2026, 3, 10), 9), who)

    if rule == "dues_open_run":
        first, last = date(2026, 2, 1), date(2026, 2, 12)
    if rule == "post_vacant":
        for who, branch in zip(_both(branches), (branches.third, branches.fourth), strict=True):
            world.post(who, branch, Role.CELL_LEADER, until=date(2026, 3, 10))

    names = {line.to["name"] for line in plan(world, rule, first, last)}

    assert names or rule == "cell_meeting"  # only the third branch has a cell
    assert not names & {"李书记", "李组委", "张三"}


def _both(branches: Branches) -> tuple[MemberId, MemberId]:
    return branches.li, branches.zhao


def _one_came_one_on_leave(world: World, meeting_id: MeetingId) -> None:
    """Leave a meeting with a roll call that is not finished, and somebody who needs material."""
    with world.database.writing() as session:
        [meeting] = meetings.list_by_ids(session, [meeting_id])
        people = roll_expected.expected_members(session, meeting)
        for person, mark in zip(people, (Mark.PRESENT, Mark.LEAVE), strict=False):
            author = Author(person.id, person.name, person.id)
            attendance_marks.record(
                session, meeting, author, Entry(mark, meeting.starts_at), now=meeting.starts_at
            )


def test_a_ladder_after_a_meeting_has_as_many_rungs_as_it_says(
    world: World, branches: Branches
) -> None:
    branches.settle("meeting_unheld", base="after", days=[1, 3])
    called = world.call(MeetingKind.GENERAL, at(date(2026, 3, 9), 9), branches.li).meeting
    world.clock.set(at(date(2026, 3, 9), 20))

    found = plan(world, "meeting_unheld", date(2026, 3, 10), date(2026, 3, 20))

    assert [line.slot for line in found] == [
        f"{called.id}/r{called.revision}/T+1",
        f"{called.id}/r{called.revision}/T+3",
    ]
    facts = [line.reason["facts"] for line in found]
    assert [fact["rung"] for fact in facts if isinstance(fact, dict)] == [
        "共2次，这是第1次（支委会定的）",
        "共2次，这是第2次（支委会定的）",
    ]


def test_a_change_holds_from_its_day_and_the_past_keeps_the_old_one(
    world: World, branches: Branches
) -> None:
    branches.settle("committee_meeting", date(2026, 3, 20), base="month", days=[18, 28])

    found = plan(world, "committee_meeting", date(2026, 3, 1), date(2026, 4, 30))

    assert [line for line in told(found) if line.startswith("李书记")] == [
        "李书记 2026-03/d28",  # on the 15th by the old ladder, from the 20th by the new one
        "李书记 2026-03/first",
        "李书记 2026-04/d18",
        "李书记 2026-04/d28",
    ]


def test_what_the_street_settles_is_inherited_and_the_branchs_own_goes_before_it(
    world: World, branches: Branches
) -> None:
    branches.settle("committee_meeting", unit=world.street, base="month", days=[5])
    branches.settle("committee_meeting", date(2026, 3, 1), base="month", days=[10])

    def told_in(month: int) -> list[str]:
        days = date(2026, month, 1), date(2026, month, 28)
        return told(plan(world, "committee_meeting", *days))

    assert told_in(1) == ["李书记 2026-01/d5", "赵书记 2026-01/d5"]
    assert told_in(3) == ["李书记 2026-03/d10", "赵书记 2026-03/d5"]


def test_a_unit_that_settles_nothing_any_more_goes_by_the_one_above(
    world: World, branches: Branches
) -> None:
    branches.settle("committee_meeting", unit=world.street, base="month", days=[5])
    branches.settle("committee_meeting", base="month", days=[10])
    world.policy(branches.third, f"{POLICY}committee_meeting", {}, date(2026, 3, 1))

    found = plan(world, "committee_meeting", date(2026, 3, 1), date(2026, 3, 28))

    assert told(found) == ["李书记 2026-03/d5", "赵书记 2026-03/d5"]


def test_the_configuration_changes_all_units_that_settled_nothing(
    world: World, branches: Branches
) -> None:
    branches.settle("committee_meeting", base="month", days=[10])
    ladders = Ladders({"committee_meeting": Change(days=(5,))})

    found = plan(world, "committee_meeting", date(2026, 3, 1), date(2026, 3, 30), ladders)

    assert told(found) == ["李书记 2026-03/d10", "赵书记 2026-03/d5"]


def test_the_tick_sends_what_the_plan_has_printed_when_a_ladder_changes_on_the_way(
    world: World, branches: Branches
) -> None:
    world.clock.set(at(date(2026, 3, 8), 12))
    branches.settle("committee_meeting", date(2026, 3, 12), base="month", days=[13, 18])
    branches.settle("dues_unpaid", base="month", days=[9, 12, 16])
    branches.settle("general_meeting", date(2026, 3, 17), off=True)
    sender = ScriptedSender(world.clock)
    bot = core(world.database, world.clock, sender)
    end = at(date(2026, 3, 19), 12)
    bot.turn()
    planned = [(line.at, line.to["name"], line.text) for line in bot.planner.plan(world.now, end)]

    bot.run_until(world.clock, end)

    sent = [(handed.at, name, handed.text) for handed in sender.handed for name in handed.to]
    assert planned
    assert sorted(sent) == sorted(planned)
