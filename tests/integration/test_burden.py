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
from bot.domain.sending import SendState
from bot.main import Core
from bot.services import holds
from bot.services.workdays import PublishedWorkdays
from bot.storage.engine import Database
from bot.storage.models import AuditLine, Outbox
from tests.support.world import HOURS, ROUTES, ScriptedSender, World, core

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
        self.members = [world.member(name, self.id, dues_fen=2000) for name in self.names]
        world.chat(self.id, "群3")
        self.sender = ScriptedSender(world.clock)
        self.core: Core = core(world.database, world.clock, self.sender)
        self._said = 0

    def say(self, name: str, words: str, quoted: str | None = None) -> str:
        """Let somebody write privately, perhaps in reply to a text; return the answer."""
        self._said += 1
        number, now = f"said-{self._said}", self.world.now
        message = Incoming(SPACE, SPACE, number, None, name, now, words, quoted_text=quoted)
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


def test_what_is_owed_for_a_period_is_put_off_to_its_end_at_most(branch: Branch) -> None:
    branch.run_until(at(date(2026, 3, 26), 12))
    asked = next(text for text in _texts(branch, "李书记") if "党课还没有安排" in text)

    refused = branch.say("李书记", "4月2日再提醒我", quoted=asked)
    assert refused.startswith("最晚3月31日，推后就过了：")
    assert "3月31日再提醒您" in branch.say("李书记", "3月31日再提醒我", quoted=asked)
    branch.run_until(at(date(2026, 4, 20), 12))

    again = [one for one in branch.sender.handed if "您让我今天再提醒" in one.text]
    assert {local(one.at).date() for one in again} == {date(2026, 3, 31)}


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


def test_who_joins_late_and_wants_to_be_reminded_once_is(branch: Branch) -> None:
    branch.run_until(at(date(2026, 3, 25), 12))
    branch.world.member("党员9", branch.id, dues_fen=2000, since=date(2026, 3, 25))
    branch.say("党员9", "少提醒我")

    branch.run_until(at(date(2026, 4, 1), 12))

    assert [when.date().day for when in branch.told("党员9")] == [27]


def test_a_meeting_that_is_moved_is_asked_about_anew_whatever_was_put_off(branch: Branch) -> None:
    called = branch.world.call(MeetingKind.LECTURE, at(date(2026, 3, 17), 15), branch.li).meeting
    branch.run_until(at(date(2026, 3, 16), 17))
    assert "3月17日再提醒您" in branch.say("党员1", "明天再提醒我")
    assert "这次不再提醒" in branch.say("党员2", "不用提醒")
    branch.say("李书记", "改期 3月党课 3月20日 15:00")
    branch.say("李书记", "确认5")

    branch.run_until(at(date(2026, 3, 20), 16))

    for name in ("党员1", "党员2"):
        told = [one.text for one in branch.sender.handed if name in one.to]
        assert [text for text in told if "再提醒" in text] == []
        assert any("20日（周五）15:00" in text and "来回复 1" in text for text in told), told
    assert called.id


def test_what_is_put_off_twice_comes_once_and_says_of_which_day_it_is(branch: Branch) -> None:
    branch.run_until(at(date(2026, 3, 20), 12))
    branch.say("党员1", "下周二再提醒我")
    branch.say("党员1", "下周一再提醒我")
    branch.run_until(at(date(2026, 3, 23), 12))
    assert branch.say("党员1", "明天再提醒我") == (
        "好的，3月24日再提醒您：3月党费还没有登记。那以前办好了就不再提醒。"
    )

    branch.run_until(at(date(2026, 3, 26), 12))

    again = [local(one.at).date() for one in branch.sender.handed if "党员1" in one.to]
    assert again == [date(2026, 3, 20), date(2026, 3, 23), date(2026, 3, 24)]
    assert _texts(branch, "党员1")[-1] == (
        "党员1您好，您让我今天再提醒3月20日的这件事：3月党费还没有登记。"
        "交了回复 党费已交；有困难可以找组织委员商量。"
    )


def test_over_the_end_of_the_year_no_day_is_said_of_the_wrong_year(database: Database) -> None:
    branch = Branch(World(database, at(date(2026, 12, 14), 12)))
    branch.run_until(at(date(2026, 12, 15), 12))
    assert "1月5日再提醒您" in branch.say("李书记", "1月5日再提醒我")

    branch.run_until(at(date(2027, 1, 5), 12))

    told = [one.text for one in branch.sender.handed if "李书记" in one.to and "再提醒" in one.text]
    text = "\n".join(told)
    assert (
        "您让我今天再提醒2026年12月15日的这件事：第三党支部2026年度的组织生活会还没有安排" in text
    )
    assert "最晚2027年1月31日" in text
    assert "明年" not in text


def test_what_is_resumed_comes_as_its_ladder_says_and_not_twice(branch: Branch) -> None:
    branch.run_until(at(date(2026, 3, 20), 12))
    branch.say("党员1", "3月26日再提醒我")
    assert branch.say("党员1", "恢复提醒") == "好的，照常提醒您。"

    branch.run_until(at(date(2026, 3, 31), 12))

    assert [when.date().day for when in branch.told("党员1")] == [20, 27]


def test_putting_off_one_month_takes_back_nothing_of_another(branch: Branch) -> None:
    branch.run_until(at(date(2026, 4, 17), 12))
    april = at(date(2026, 4, 20), 9)
    branch.world.clock.set(april + timedelta(seconds=5))
    branch.core.ticker.tick()

    with branch.world.database.writing() as session:
        actor = branch.world.actor(branch.members[0])
        holds.put_off(
            session,
            by=actor,
            day=date(2026, 4, 22),
            quoted="3月党费20元还没有登记",
            routes=ROUTES,
            hours=HOURS,
            now=at(date(2026, 3, 27), 12),
        )

    due = [row for row in branch.world.outbox() if row.slot == "2026-04/first"]
    states = {row.state for row in due if row.member_id == branch.members[0]}
    assert states == {SendState.QUEUED}


def test_the_message_replied_to_is_put_off_and_the_morning_note_never(branch: Branch) -> None:
    branch.run_until(at(date(2026, 3, 26), 12))
    branch.say("党员2", "党费已交 3月 20")
    branch.run_until(at(date(2026, 3, 27), 12))
    texts = {name: _texts(branch, name) for name in ("王敏", "李书记", "党员1")}
    note = next(text for text in texts["王敏"] if "早上好" in text)
    joined = next(text for text in texts["李书记"] if "有2件事" in text)

    assert "推后不了" in branch.say("李书记", "明天再提醒我", quoted=note)
    assert "推后不了" in branch.say("李书记", "不用提醒", quoted="大家好，周五大扫除")
    line = joined.splitlines()[1].removeprefix("· ")
    both = branch.say("李书记", "周一再提醒我", quoted=joined)
    assert "支部党员大会" in both
    assert "党课" in both
    one = branch.say("李书记", "周二再提醒我", quoted=line)
    assert ("支部党员大会" in one) != ("党课" in one)


def _texts(branch: Branch, name: str) -> list[str]:
    return [one.text for one in branch.sender.handed if name in one.to]


def test_the_plan_prints_byte_for_byte_what_is_sent_with_wishes_and_holds(branch: Branch) -> None:
    branch.say("党员1", "少提醒我")
    branch.say("党员2", "提醒时间 晚上7点")
    branch.say("王敏", "晨报 关")
    branch.run_until(at(date(2026, 3, 20), 12))
    branch.run_until(at(date(2026, 3, 20), 20))
    branch.say("党员2", "3月26日再提醒我")
    branch.say("党员3", "不用提醒 手头紧")
    branch.say("李书记", "周二再提醒我")
    branch.core.turn()
    begin, end = branch.world.now, at(date(2026, 4, 21), 12)
    before = len(branch.sender.handed)

    planned = list(branch.core.planner.plan(begin, end))
    branch.run_until(end)

    sent = [
        (local(one.at), name, one.text) for one in branch.sender.handed[before:] for name in one.to
    ]
    printed = [(line.at, line.to.get("name") or "群3", line.text) for line in planned]
    assert sorted(printed) == sorted(sent)
    assert {name for _, name, text in printed if "再提醒" in text} == {"党员2", "李书记"}
    assert {
        when.hour for when, name, text in printed if name == "党员2" and "再提醒" not in text
    } == {19}
    assert [when.date() for when, name, _ in printed if name == "党员1"] == [
        date(2026, 4, 20),
    ]


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
