"""Notices for some only, at a time that was said, and the second one to those who are silent.

Numbers after `peer` are those of the list of what users of others suffer from.
"""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from bot.channels.simulator import SPACE
from bot.clock import at, local
from bot.domain.incoming import Incoming
from bot.domain.rights import Role
from bot.storage.engine import Database
from bot.storage.models import Prompt
from tests.support.world import ScriptedSender, World, core

FRIDAY = date(2026, 3, 13)


class Branch:
    """The third branch: Secretary Li, Organiser Wang, Zhang and Zhao."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.id = world.unit("第三党支部")
        world.member("李书记", self.id, Role.SECRETARY)
        world.member("王敏", self.id, Role.ORGANISER)
        world.member("张三", self.id)
        world.member("赵六", self.id)
        self.sender = ScriptedSender(world.clock)
        self.core = core(world.database, world.clock, self.sender)
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

    def told(self, words: str) -> set[str]:
        """Return who was sent something with these words."""
        return {to for one in self.sender.handed if words in one.text for to in one.to}


@pytest.fixture
def branch(database: Database) -> Branch:
    """Return the branch, on Thursday, 12 March 2026, at noon."""
    return Branch(World(database))


def test_peer_13_an_empty_audience_is_refused_and_never_means_everybody(branch: Branch) -> None:
    for order in ("给预备党员发通知 交汇报", "给积极分子们发通知 座谈", "通知请假的人 看材料"):
        answer = branch.say("李书记", order)
        assert "什么也没有发" in answer, answer

    branch.run_until(at(FRIDAY, 12))
    assert not {"交汇报", "座谈", "看材料"} & {one.text for one in branch.sender.handed}


def test_peer_13_names_and_head_count_come_first_and_they_alone_get_it(branch: Branch) -> None:
    shown = branch.say("李书记", "给支委发通知 今晚碰头")
    assert "李书记、王敏" in shown
    assert "确认2" in shown

    branch.say("李书记", "确认2")
    branch.run_until(at(FRIDAY, 12))

    assert branch.told("今晚碰头") == {"李书记", "王敏"}


def test_who_joins_between_preview_and_confirmation_is_not_among_the_chosen(
    branch: Branch,
) -> None:
    branch.say("李书记", "给支委发通知 今晚碰头")
    branch.world.member("新委员", branch.id, Role.PUBLICITY)

    branch.say("李书记", "确认2")
    branch.run_until(at(FRIDAY, 12))

    assert branch.told("今晚碰头") == {"李书记", "王敏"}


def test_what_puts_it_right_goes_to_the_same_people_only(branch: Branch) -> None:
    branch.say("李书记", "给支委发通知 今晚7点碰头")
    branch.say("李书记", "确认2")
    branch.run_until(at(date(2026, 3, 12), 13))

    assert "确认2" in branch.say("李书记", "更正通知 今晚8点碰头")
    branch.say("李书记", "确认2")
    branch.run_until(at(FRIDAY, 12))

    assert branch.told("今晚8点碰头") == {"李书记", "王敏"}


def test_what_some_few_are_told_does_not_use_up_the_weeks_notices(branch: Branch) -> None:
    for n in range(6):
        branch.say("李书记", f"给支委发通知 第{n}件事")
        assert branch.say("李书记", "确认2").startswith("✓")

    assert "预览" in branch.say("李书记", "发通知 周五打扫卫生")


def test_peer_30_a_notice_for_later_needs_the_reason_as_well(branch: Branch) -> None:
    for n in range(5):
        branch.say("李书记", f"发通知 第{n}件事")
        assert branch.say("李书记", "确认4").startswith("✓")

    assert "已经收到5条通知" in branch.say("李书记", "定时通知 3月13日 9:15 周五打扫卫生")
    assert "明天09:15发给" in branch.say("李书记", "原因 台风要来了")


def test_an_identity_number_is_refused_before_any_question_keeps_it(branch: Branch) -> None:
    for n in range(5):
        branch.say("李书记", f"发通知 第{n}件事")
        branch.say("李书记", "确认4")

    for order in ("发通知", "通知张三"):
        assert "身份证号" in branch.say("李书记", f"{order} 核对41010519800101123X")
    with branch.world.database.reading() as session:
        kept = session.scalars(select(Prompt.payload))
        assert not [payload for payload in kept if "41010519800101123X" in str(payload)]


def test_who_is_named_reads_why_as_one_of_those_named(branch: Branch) -> None:
    branch.say("李书记", "通知张三、赵六 来拿材料")
    branch.say("李书记", "确认2")
    branch.run_until(at(date(2026, 3, 12), 13))

    assert "点名发给您和别的几位" in branch.say("张三", "为什么")


def test_a_notice_leaves_at_the_time_that_was_said_and_can_be_taken_back_before(
    branch: Branch,
) -> None:
    branch.say("李书记", "定时通知 3月13日 8:41 下午开会")
    assert "明天08:41" in branch.say("李书记", "确认4")
    branch.say("李书记", "定时通知 3月13日 9:15 不发了的")
    branch.say("李书记", "确认4")
    assert "撤销" in branch.say("李书记", "撤销")

    branch.run_until(at(FRIDAY, 12))

    [when] = {f"{local(one.at):%H:%M}" for one in branch.sender.handed if "下午开会" in one.text}
    assert when == "08:41"
    assert branch.told("不发了的") == set()


def test_the_second_notice_goes_once_to_those_who_are_silent(branch: Branch) -> None:
    branch.say("李书记", "发通知 周五开会")
    branch.say("李书记", "确认4")
    branch.run_until(at(date(2026, 3, 12), 13))
    branch.say("张三", "收到")

    shown = branch.say("李书记", "提醒没回复的")
    assert "张三" not in shown
    assert branch.say("李书记", "确认3").startswith("✓")
    branch.run_until(at(date(2026, 3, 12), 14))

    assert branch.told("再提醒一次") == {"李书记", "王敏", "赵六"}
    assert "请打电话" in branch.say("李书记", "提醒没回复的")
    assert len([one for one in branch.sender.handed if "再提醒一次" in one.text]) <= 3


def test_who_answers_before_the_second_notice_leaves_does_not_get_it(branch: Branch) -> None:
    branch.say("李书记", "发通知 周五开会")
    branch.say("李书记", "确认4")
    branch.run_until(at(date(2026, 3, 12), 21))  # quiet hours
    branch.say("李书记", "提醒没回复的")
    branch.say("李书记", "确认4")
    branch.say("赵六", "收到")

    branch.run_until(at(FRIDAY, 12))

    assert branch.told("再提醒一次") == {"李书记", "王敏", "张三"}
