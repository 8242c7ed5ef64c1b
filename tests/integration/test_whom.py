"""Whom a message means, in conversation: one question at a time, and where it is put."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from bot.channels.simulator import SPACE, Delivered, Simulator
from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.ids import UnitId
from bot.domain.incoming import Incoming
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.inbound.outgoing import WHISPERED
from bot.inbound.pipeline import NOTHING_WAITS
from bot.main import Core
from bot.storage.engine import Database
from bot.storage.models import AttendanceMark, DuesEntry, Member, Prompt
from tests.support.world import World, core

START = at(date(2026, 3, 12), 15)


@dataclass
class Branch:
    """The third branch in a meeting: 张三 speaks, 李建国 and 李强, two 张伟, 王秀英."""

    world: World
    core: Core
    heard: list[Delivered]
    third: UnitId
    said: int = 0

    def say(self, name: str, text: str, chat: str | None = None) -> str | None:
        """Deliver a message and return the answer."""
        self.said += 1
        now = self.world.now
        message = Incoming(SPACE, SPACE, f"m{self.said}", chat, name, now, text)
        answer = self.core.pipeline.receive(message).text
        self.core.turn()
        return answer

    def whispered(self, name: str) -> list[str]:
        """Return what somebody was told privately."""
        return [each.text for each in self.heard if each.address == name]

    def present(self) -> list[str]:
        """Return whose marks there are, in order."""
        with self.world.database.reading() as session:
            return list(
                session.scalars(
                    select(Member.name)
                    .join(AttendanceMark, AttendanceMark.member_id == Member.id)
                    .order_by(AttendanceMark.id)
                )
            )

    def open_questions(self) -> int:
        """Return how many questions wait for an answer."""
        with self.world.database.reading() as session:
            found = session.scalar(select(func.count(Prompt.id)).where(Prompt.closed_at.is_(None)))
        return found or 0


@pytest.fixture
def branch(database: Database) -> Branch:
    """Return the branch, ten minutes before its meeting."""
    world = World(database, START - timedelta(days=1))
    heard: list[Delivered] = []
    bot = core(database, world.clock, Simulator(SPACE, heard.append))
    third = world.unit("第三党支部")
    first = world.unit("第一党小组", UnitKind.CELL, under=third)
    li = world.member("李建国", third, Role.SECRETARY, dues_fen=5000)
    world.member("张三", third, dues_fen=3000)
    world.member("李强", third, dues_fen=1000, account=False)
    world.member("王秀英", third, dues_fen=1500)
    world.member("张伟", third, cell=first, tail="4567", account=False)
    world.member("张伟", third, tail="5678", account=False)
    world.chat(third, "三支部群")
    world.chat(world.unit("第四党支部"), "四支部群")
    world.call(MeetingKind.THEME_DAY, START, li)
    world.clock.set(START - timedelta(minutes=10))
    bot.turn()
    heard.clear()
    return Branch(world, bot, heard, third)


def test_pain_14_two_zhang_weis_are_asked_about_once_and_known_by_their_accounts(
    branch: Branch,
) -> None:
    """Nicknames and names are not unique: only the platform's id says who writes."""
    one, other = "wx-张伟", "wx-小张"  # what they call themselves means nothing
    for account in (one, other):
        first_words = branch.say(account, "签到")
        assert first_words is not None
        assert "姓名+手机后四位" in first_words

    asked = branch.say("张三", "代张伟签到")
    assert asked == "找到几位张伟：1 第一党小组，2 不在党小组。回复数字就行。"
    assert branch.present() == []
    branch.say("张三", "2")
    assert branch.say(one, "张伟 4567") == (
        "✓ 张伟，已对上名册（第三党支部）。会前回复 签到，来不了回复 请假 原因；回复 帮助 看更多。"
    )
    branch.say(other, "张伟 5678")
    for account in (one, other):
        done = branch.say(account, "张伟签到")
        assert done is not None
        assert done.startswith("✓ 张伟，12日主题党日已签到")
    again = branch.say(one, "签到")

    assert again == "您14:50已签到，不用再签。"
    with branch.world.database.reading() as session:
        marks = [
            (mark.member_id, mark.mark.value)
            for mark in session.scalars(select(AttendanceMark).order_by(AttendanceMark.id))
        ]
    [first, second] = sorted({member for member, _ in marks})
    assert marks == [
        (second, "proxy_requested"),
        (first, "present"),
        (second, "present"),
    ]


def test_a_group_hears_names_it_knows_and_never_what_the_roll_says(branch: Branch) -> None:
    heard = branch.say("张三", "代老李签到", "三支部群")
    assert heard is not None
    assert heard.startswith("“老李”说的是：1 李建国，2 李强")
    branch.say("张三", "2", "三支部群")

    assert branch.say("张三", "代张伟签到", "三支部群") == WHISPERED
    assert branch.whispered("张三") == ["找到几位张伟：1 第一党小组，2 不在党小组。回复数字就行。"]
    done = branch.say("张三", "1", "三支部群")  # where it arose counts as well

    assert done is not None
    assert done.startswith("✓ 已记下张伟")
    assert branch.present() == ["李强", "张伟"]


def test_the_group_of_another_branch_does_not_hear_who_is_on_the_roll(branch: Branch) -> None:
    assert branch.say("张三", "代老李签到", "四支部群") == WHISPERED


def test_several_unclear_names_are_asked_about_one_by_one_and_recorded_together(
    branch: Branch,
) -> None:
    first = branch.say("张三", "代王秀英、老李、章伟签到")
    assert first is not None
    assert (first[:7], branch.open_questions()) == ("“老李”说的是", 1)
    second = branch.say("张三", "1")
    assert second is not None
    assert second.startswith("没有找到章伟，说的是：1 张伟（第一党小组），2 张伟（不在党小组）")
    assert (branch.present(), branch.open_questions()) == ([], 1)

    done = branch.say("张三", "1")

    assert done is not None
    assert "王秀英、李建国、张伟" in done
    assert branch.present() == ["王秀英", "李建国", "张伟"]
    assert branch.open_questions() == 0


def test_two_actions_with_an_unclear_name_each_ask_one_after_the_other(branch: Branch) -> None:
    first = branch.say("张三", "代老李签到，章伟3月的党费也交了")
    assert first is not None
    assert (first.count("说的是"), branch.open_questions()) == (1, 1)

    second = branch.say("张三", "2")

    assert second is not None
    assert second.startswith("✓ 已记下李强")
    assert "没有找到章伟" in second
    assert branch.open_questions() == 1
    branch.say("张三", "2")
    with branch.world.database.reading() as session:
        assert session.scalar(select(DuesEntry.fen)) is None  # nothing is assessed for him
    assert branch.present() == ["李强"]


def test_one_answer_settles_the_same_name_in_both_actions(branch: Branch) -> None:
    branch.say("张三", "代老李签到，老李3月的党费也交了")

    done = branch.say("张三", "2")

    assert done is not None
    assert done.startswith("✓ 已记下李强")
    assert "替李强登记了3月党费" in done
    assert branch.open_questions() == 0


def test_an_answer_counts_once(branch: Branch) -> None:
    branch.say("张三", "代老李签到")
    branch.say("张三", "2")

    assert branch.say("张三", "2") == NOTHING_WAITS
    assert branch.present() == ["李强"]


def test_a_question_given_up_records_nothing(branch: Branch) -> None:
    branch.say("张三", "代王秀英、老李签到")
    branch.say("张三", "取消")

    assert branch.say("张三", "2") == NOTHING_WAITS
    assert branch.present() == []


def test_words_no_pattern_takes_for_a_name_are_read_once_they_are_taught(branch: Branch) -> None:
    assert branch.say("张三", "替石榴籽签到") is not None
    assert branch.present() == []

    branch.say("李建国", "别名 石榴籽 王秀英")
    done = branch.say("张三", "替石榴籽签到")

    assert done is not None
    assert done.startswith("✓ 已记下王秀英")


def test_unusual_names_of_the_roll_are_read(branch: Branch) -> None:
    branch.world.member("买买提·艾力", branch.third, account=False)

    done = branch.say("张三", "替买买提·艾力签到")

    assert done is not None
    assert done.startswith("✓ 已记下买买提·艾力")


def test_a_stranger_is_told_how_to_bind_before_anything_is_resolved(branch: Branch) -> None:
    answer = branch.say("过路人", "代王秀英签到")

    assert answer is not None
    assert "姓名+手机后四位" in answer
    assert branch.present() == []


def test_a_message_delivered_again_records_and_tells_nothing_again(branch: Branch) -> None:
    answer = branch.say("张三", "代王秀英签到")
    told = branch.whispered("王秀英")
    branch.said -= 1

    assert branch.say("张三", "代王秀英签到") == answer
    assert branch.present() == ["王秀英"]
    assert branch.whispered("王秀英") == told
    assert len(told) == 1
