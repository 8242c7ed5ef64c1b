"""Telling who got seats from the waiting list: once, privately, whoever frees them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, select

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.services import study
from bot.storage.engine import Database
from bot.storage.models import Outbox
from scheduler.rule import Asked, Setting, Slot
from scheduler.rules import study_waiting
from tests.support.hall import Hall

START = at(date(2026, 3, 20), 14)
WAITED = "轮到您了"


class School(Hall):
    """The hall with a class of two seats: 李建国 and 王敏 have them, 张三 and 王五 wait."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.course = self.world.call(
            MeetingKind.STUDY, START, self.members["李建国"], seats=2, title="党史学习班"
        ).meeting
        for name in ("李建国", "王敏", "张三", "王五"):
            self.say(name, "报名 党史学习班")

    def told(self, name: str) -> int:
        """Return how often somebody was told that it is his turn."""
        return sum(WAITED in text for text in self.sent(name))

    def seated(self) -> list[str]:
        """Return who has seats."""
        with self.world.database.reading() as session:
            joined = study.joined_members(session, self.course.id)
        return [name for name, member in self.members.items() if member in joined]


@pytest.fixture
def school(database: Database) -> School:
    """Return the class."""
    return School(database)


def test_two_who_leave_at_once_seat_two_and_each_is_told_once(school: School) -> None:
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(lambda name: school.say(name, "取消报名"), ("李建国", "王敏")))

    assert school.seated() == ["张三", "王五"]
    assert (school.told("张三"), school.told("王五")) == (1, 1)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("李建国", "取消报名", id="本人取消"),
        pytest.param("王敏", "更正 李建国 报名 取消 家里有事", id="组织委员更正"),
        pytest.param("王敏", "帮李建国取消报名", id="组织委员代取消"),
    ],
)
def test_it_is_told_whichever_way_the_seat_came_free(school: School, name: str, said: str) -> None:
    school.say(name, said)

    assert school.seated() == ["王敏", "张三"]
    assert school.told("张三") == 1


def test_it_is_told_when_a_sign_up_is_taken_back(school: School) -> None:
    school.say("李建国", "撤销")

    assert school.told("张三") == 1


def test_the_round_tells_what_was_not_told_and_nothing_twice(school: School) -> None:
    school.say("李建国", "取消报名", at(date(2026, 3, 18), 12))
    school.say("王敏", "取消报名")
    with school.world.database.writing() as session:
        session.execute(delete(Outbox).where(Outbox.member_id == school.members["王五"]))

    school.world.clock.set(at(date(2026, 3, 19), 15, 50))
    school.run_until(at(date(2026, 3, 19), 16, 20))

    assert (school.told("张三"), school.told("王五")) == (1, 1)


def test_the_round_says_nothing_that_is_on_its_way(school: School) -> None:
    school.say("李建国", "取消报名", at(date(2026, 3, 18), 12))
    setting: Setting = None  # type: ignore[assignment]  # the rule looks at no setting
    with school.world.database.reading() as session:
        found = list(study_waiting.reminders(session, Slot(at(date(2026, 3, 18), 16)), setting))

    assert found == []


@pytest.mark.parametrize(
    ("said_at", "arrives_from"),
    [
        pytest.param(at(date(2026, 3, 18), 22), at(date(2026, 3, 19), 8), id="夜里等到早上"),
        pytest.param(at(date(2026, 3, 20), 13, 30), at(date(2026, 3, 20), 13, 30), id="马上要动身"),
    ],
)
def test_it_keeps_the_quiet_hours_unless_they_would_set_out(
    school: School, said_at: datetime, arrives_from: datetime
) -> None:
    school.say("李建国", "取消报名", said_at)

    with school.world.database.reading() as session:
        [due] = session.scalars(select(Outbox.due_at).where(Outbox.text.contains(WAITED)))
    assert arrives_from <= due <= arrives_from + timedelta(hours=1)


def test_what_was_given_up_before_it_was_told_is_not_told(school: School) -> None:
    school.say("李建国", "取消报名", at(date(2026, 3, 18), 22))
    with school.world.database.reading() as session:
        row = session.scalars(select(Outbox).where(Outbox.text.contains(WAITED))).one()
        asked = [Asked(row.id, row.slot, row.subject, school.members["张三"])]
        before = study_waiting.satisfied(session, asked, school.world.now)
    school.say("张三", "取消报名")
    with school.world.database.reading() as session:
        after = study_waiting.satisfied(session, asked, school.world.now)

    assert (before, after) == ([], [asked[0].id])


def test_one_without_an_account_is_named_to_the_organiser(school: School) -> None:
    chen = school.world.member("陈奶奶", school.branch, account=False)
    school.members["陈奶奶"] = chen
    school.say("王敏", "帮陈奶奶报名 党史学习班")
    school.say("张三", "取消报名")
    school.say("王五", "取消报名")
    school.say("李建国", "取消报名")

    assert school.seated() == ["王敏", "陈奶奶"]
    assert any("轮到陈奶奶，他们没有账号，请电话告诉" in text for text in school.sent("王敏"))
