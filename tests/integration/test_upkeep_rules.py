"""What a branch still has to do is asked for on its day, privately, until it is done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.clock import at
from bot.domain.ids import MemberId
from bot.domain.ladders import POLICY
from bot.services.ports import PlannedReminder
from bot.storage.engine import Database
from scheduler.plan import ReminderPlanner
from scheduler.rule import Asked, Rule, Setting
from scheduler.rules import RULES
from tests.support.upkeep import CASES, Case, Upkeep
from tests.support.world import HOURS, World

DAY = timedelta(days=1)
FORTNIGHT = timedelta(days=14)
SETTING = Setting(HOURS.workdays, HOURS.policy)
EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)


@pytest.fixture
def branch(database: Database) -> Upkeep:
    """Return the branch, on Thursday, 12 March 2026, at noon."""
    return Upkeep(World(database))


def rule_of(case: Case) -> Rule:
    """Return the rule of a case."""
    return next(rule for rule in RULES if rule.name == case.rule)


def plan(branch: Upkeep, case: Case) -> list[PlannedReminder]:
    """Return what the rule says about the third branch on the rung, however long it has to wait."""
    planner = ReminderPlanner(
        database=branch.world.database, rules=[rule_of(case)], setting=SETTING
    )
    lines = planner.plan(at(case.rung), at(case.rung + FORTNIGHT))
    lines = [x for x in lines if x.rule == case.rule and x.to["name"] in case.told]
    first = min((line.at.date() for line in lines), default=None)
    return [line for line in lines if line.at.date() == first]


def settled(branch: Upkeep, case: Case, lines: list[PlannedReminder]) -> bool:
    """Tell whether the rule would let none of the texts leave now."""
    asked = [
        Asked(number, line.slot, line.subject, MemberId(int(line.to["member"])))
        for number, line in enumerate(lines, start=1)
    ]
    with branch.world.database.reading() as session:
        done = set(rule_of(case).satisfied(session, asked, branch.world.now))
    assert done in (set(), {row.id for row in asked})
    return bool(done)


@EACH
def test_it_asks_who_can_do_it_on_the_day_and_says_how(branch: Upkeep, case: Case) -> None:
    case.open(branch)
    branch.go_to(case.rung - DAY)

    lines = plan(branch, case)

    assert tuple(sorted(line.to["name"] for line in lines)) == tuple(sorted(case.told))
    texts = "\n".join(line.text for line in lines)
    for words in case.says:
        assert words in texts
    for line in lines:
        assert case.why in str(line.reason["source"])
        assert line.reason["ends_when"]
        assert "本产品设定）" in line.reason["facts"]["rung"]  # type: ignore[index]  # a mapping
        assert line.text.startswith(f"{line.to['name']}您好：")


@EACH
def test_what_is_done_is_not_asked_for(branch: Upkeep, case: Case) -> None:
    case.open(branch)
    branch.go_to(case.rung - DAY)
    lines = plan(branch, case)
    branch.go_to(case.rung)
    before = settled(branch, case, lines)
    case.settle(branch)

    assert lines
    assert not before
    assert settled(branch, case, lines), branch.answers
    assert plan(branch, case) == []


@EACH
def test_it_is_silent_where_the_branch_has_switched_it_off(branch: Upkeep, case: Case) -> None:
    case.open(branch)
    branch.go_to(case.rung - DAY)
    for unit in (branch.third, branch.community):
        branch.world.policy(unit, POLICY + case.rule, {"off": True, "settled": "支委会定的"})

    told = {line.to["name"] for line in plan(branch, case)}

    assert told <= {"周书记"}
