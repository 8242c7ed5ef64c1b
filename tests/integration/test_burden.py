"""Nobody is written to more than they can bear: wishes of readers, the week's cap, the budget.

Numbers after `peer` are those of the list of what users of others suffer from.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.channels.simulator import SPACE
from bot.clock import at, day_of, local
from bot.domain.burden import Policy, is_quiet
from bot.domain.cadence import MeetingKind
from bot.domain.incoming import Incoming
from bot.domain.rights import Role
from bot.main import Core
from bot.services.workdays import PublishedWorkdays
from bot.storage.engine import Database
from bot.storage.models import AuditLine, Outbox
from tests.support.world import ScriptedSender, World, core

WORKDAYS = PublishedWorkdays()
MARCH = date(2026, 3, 1)
MOST_A_DAY = 3
"""To one person: what waits and is due in the morning, a meeting of the day, a vote that is short."""
OF_THE_DAY = frozenset({"meeting_upcoming", "quorum_forecast", "quorum_soon"})


class Branch:
    """The third branch with its group: Secretary Li, Organiser Wang, and members who owe dues."""

    def __init__(self, world: World, members: int = 3) -> None:
        self.world = world
        self.id = world.unit("第三党支部")
        self.li = world.member("李书记", self.id, Role.SECRETARY)
        self.wang = world.member("王敏", self.id, Role.ORGANISER)
        self.names = [f"党员{n}" for n in range(1, members + 1)]
        for name in self.names:
            world.member(name, self.id, dues_fen=2000)
        world.chat(self.id, "群3")
        self.sender = ScriptedSender(world.clock)
        self.core: Core = core(world.database, world.clock, self.sender)
        self._said = 0

    def say(self, name: str, words: str) -> str:
        """Let somebody write privately; return the answer."""
        self._said += 1
        number, now = f"said-{self._said}", self.world.now
        message = Incoming(SPACE, SPACE, number, None, name, now, words)
        return self.core.pipeline.receive(message).text or ""

    def run_until(self, moment: datetime) -> None:
        """Let time pass, with all that falls due on the way."""
        self.core.run_until(self.world.clock, moment)

    def told(self, name: str) -> list[datetime]:
        """Return when somebody, or the group, was sent something."""
        return [local(one.at) for one in self.sender.handed if name in one.to]


@pytest.fixture
def branch(database: Database) -> Branch:
    """Return the branch, on Thursday, 12 March 2026, at noon."""
    return Branch(World(database))


# --- what a reader asks for -----------------------------------------------------------------------


def test_a_reminder_put_off_comes_once_on_that_day_and_no_rung_in_between(branch: Branch) -> None:
    branch.run_until(at(date(2026, 3, 20), 12))
    assert "3月30日再提醒您" in branch.say("党员1", "3月30日再提醒我")

    branch.run_until(at(date(2026, 4, 10), 12))

    assert [when.date().isoformat() for when in branch.told("党员1")] == [
        "2026-03-20",
        "2026-03-30",
    ]
    assert [when.date().isoformat() for when in branch.told("党员2")] == [
        "2026-03-20",
        "2026-03-27",
    ]


def test_what_was_put_off_and_is_done_meanwhile_does_not_come_again(branch: Branch) -> None:
    branch.run_until(at(date(2026, 3, 20), 12))
    branch.say("党员1", "下周二再提醒我")
    branch.say("党员1", "党费已交 3月 20")

    branch.run_until(at(date(2026, 4, 10), 12))

    assert len(branch.told("党员1")) == 1


def test_what_was_declined_is_silent_for_its_month_and_told_to_the_organiser_once(
    branch: Branch,
) -> None:
    branch.run_until(at(date(2026, 3, 20), 12))
    branch.say("党员1", "不用提醒 手头紧")

    branch.run_until(at(date(2026, 4, 21), 12))

    days = [when.date().isoformat() for when in branch.told("党员1")]
    assert days == ["2026-03-20", "2026-04-20"]
    told = [one.text for one in branch.sender.handed if "王敏" in one.to and "手头紧" in one.text]
    assert len(told) == 1


def test_an_illness_given_as_the_reason_is_not_passed_on(branch: Branch) -> None:
    branch.run_until(at(date(2026, 3, 20), 12))
    branch.say("党员1", "不用提醒 我得了肺炎在住院")

    branch.run_until(at(date(2026, 3, 20), 13))

    assert all("肺炎" not in one.text for one in branch.sender.handed)


def test_what_the_group_is_told_nobody_puts_off(branch: Branch) -> None:
    branch.run_until(at(date(2026, 3, 20), 12))
    branch.say("党员1", "不用提醒")
    branch.world.call(MeetingKind.LECTURE, at(date(2026, 3, 24), 10), branch.li)

    branch.run_until(at(date(2026, 3, 24), 12))

    assert branch.told("群3")


def test_who_wants_to_be_reminded_once_is_and_at_the_hour_chosen(branch: Branch) -> None:
    branch.say("党员1", "少提醒我")
    branch.say("党员1", "提醒时间 晚上7点")

    branch.run_until(at(date(2026, 4, 1), 12))

    [when] = branch.told("党员1")
    assert (when.date(), when.hour) == (date(2026, 3, 20), 19)
    assert len(branch.told("党员2")) == 2


# --- the week's cap ------------------------------------------------------------------------------


def test_peer_30_over_the_weeks_cap_a_notice_needs_a_reason_which_is_kept(branch: Branch) -> None:
    for n in range(5):
        branch.say("李书记", f"发通知 第{n}件事")
        assert branch.say("李书记", "确认5").startswith("✓")

    assert "已经收到5条通知" in branch.say("李书记", "发通知 第六件事")
    assert "没有等着确认的事" in branch.say("李书记", "确认5")
    assert "预览" in branch.say("李书记", "原因 台风要来了")
    assert branch.say("李书记", "确认5").startswith("✓")

    with branch.world.database.reading() as session:
        kept = session.scalars(select(AuditLine.after).where(AuditLine.action == "notice.release"))
        assert [(line or {}).get("over_the_week") for line in kept] == [None] * 5 + ["台风要来了"]
    branch.world.clock.advance(timedelta(days=8))
    assert "预览" in branch.say("李书记", "发通知 过了一周")


def test_peer_30_the_meter_counts_messages_by_branch_and_names_nobody(branch: Branch) -> None:
    branch.say("李书记", "发通知 明天大扫除")
    branch.say("李书记", "确认5")
    branch.run_until(at(date(2026, 3, 12), 13))

    told = branch.say("李书记", "打扰统计")

    assert told == (
        "第三党支部最近7天：群里0条，私聊共5条，最多的一位1条；通知发了1条（一周超过5条要写原因）。"
    )
    assert "由本支部书记或组织委员来做" in branch.say("党员1", "打扰统计")


# --- the budget ----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_no_simulated_month_breaks_the_budget(database: Database, seed: int) -> None:
    """Whatever happens in a month: quiet hours, rest days, one notice a day for the group.

    And at most one ordinary message a day for a member, with one about a meeting of the day.
    """
    chance = random.Random(seed)
    branch = Branch(World(database, at(MARCH, 12)), members=4)
    for day in (MARCH + timedelta(days=n) for n in range(31)):
        branch.run_until(at(day, 12))
        _something_happens(branch, chance, day)
    branch.run_until(at(MARCH + timedelta(days=31), 20))

    rows = _by_rules(branch)
    assert len(rows) > 10, "a month in which nothing was said shows nothing"
    for row in rows:
        assert row.finished_at is not None
        assert not is_quiet(row.finished_at, Policy()), row.text
        if not WORKDAYS.is_workday(day_of(row.finished_at)):
            assert row.rule in OF_THE_DAY, row.text
    messages = {(row.address, row.finished_at, row.batch_id) for row in rows}
    a_day = Counter((to, day_of(when)) for to, when, _ in messages if when is not None)
    assert max((n for (to, _), n in a_day.items() if to == "群3"), default=0) <= 1
    assert max(a_day.values()) <= MOST_A_DAY, a_day.most_common(3)


def _by_rules(branch: Branch) -> list[Outbox]:
    return [
        row
        for row in branch.world.outbox()
        if row.rule not in ("", "notice", "meeting_changed") and row.state.value == "accepted"
    ]


def _something_happens(branch: Branch, chance: random.Random, day: date) -> None:
    for name in branch.names:
        if chance.random() < 0.1:
            branch.say(name, f"党费已交 {day.month}月 20")
    if chance.random() < 0.2:
        kind = chance.choice([MeetingKind.GENERAL, MeetingKind.LECTURE, MeetingKind.COMMITTEE])
        start = at(day + timedelta(days=chance.randint(1, 6)), chance.choice([9, 10, 15, 19]))
        branch.world.call(kind, start, branch.li)
    if chance.random() < 0.2:
        branch.say("王敏", chance.choice(["确认党费 全部", "我的待办", "名单"]))
