"""Telling a member what the year still asks: twice in the autumn, privately, until it is reached."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.clock import at
from bot.domain.ids import MemberId
from bot.services import study_hours
from bot.services.study_hours import Hours
from bot.storage.engine import Database
from scheduler.rule import Asked, Setting, Slot
from scheduler.rules import study_shortfall
from tests.support.school import CLASS, School
from tests.support.world import HOURS

OCTOBER = at(date(2026, 10, 8), 9)
SETTING = Setting(HOURS.workdays, HOURS.policy)


@pytest.fixture
def school(database: Database) -> School:
    """Return the class, attended by 张三."""
    school = School(database)
    school.say("张三", "报名 党史学习班")
    school.attend("张三")
    school.settle(school.course, tenths=300)
    school.world.clock.set(OCTOBER)
    return school


def told(school: School) -> dict[MemberId, str]:
    """Return who is told what on the eighth of October."""
    with school.world.database.reading() as session:
        found = list(study_shortfall.reminders(session, Slot(OCTOBER), SETTING))
    return {one.member_id: one.text.words for one in found if one.member_id}


def year_of(school: School, name: str) -> Hours:
    """Return somebody's year."""
    member = school.members[name]
    with school.world.database.reading() as session:
        return study_hours.of_members(session, [member], 2026, school.world.now)[member]


def test_it_says_what_is_missing_and_nobody_else_reads_it(school: School) -> None:
    words = told(school)

    assert set(words) == set(school.members.values())
    assert "现在是30，全年一般不少于32，还差2。" in words[school.members["张三"]]
    assert year_of(school, "张三").source.endswith("第二十条")


def test_it_asks_nothing_of_who_has_reached_it(school: School) -> None:
    school.settle(school.course, tenths=320)

    assert school.members["张三"] not in told(school)


def test_it_asks_nothing_of_whom_attendance_is_not_asked(school: School) -> None:
    school.excuse("赵六")

    assert school.members["赵六"] not in told(school)
    assert year_of(school, "赵六").target is None


def test_it_asks_nothing_of_who_came_within_the_year(school: School) -> None:
    new = school.world.member("钱七", school.branch, since=date(2026, 5, 1))
    school.members["钱七"] = new

    assert new not in told(school)
    assert year_of(school, "钱七").since == date(2026, 5, 1)


def test_it_asks_nothing_of_a_branch_that_began_within_the_year(school: School) -> None:
    fifth = school.world.unit("第五党支部", live_from=date(2026, 2, 1))
    zhou = school.world.member("周强", fifth)

    assert zhou not in told(school)


def test_the_branch_may_ask_for_more(school: School) -> None:
    school.say("王敏", "学时要求 党员40 支委56")

    assert "全年一般不少于40，还差10。" in told(school)[school.members["张三"]]
    assert "全年一般不少于56，还差56。" in told(school)[school.members["李建国"]]


def test_it_falls_silent_once_the_year_is_reached(school: School) -> None:
    asked = [
        Asked(number, "2026-10-08", f"hours:{member}", member)
        for number, member in enumerate(school.members.values())
    ]
    school.settle(school.course, tenths=400)
    with school.world.database.reading() as session:
        settled = study_shortfall.satisfied(session, asked, OCTOBER + timedelta(hours=1))

    assert settled == [list(school.members).index("张三")]


def test_a_class_settled_again_changes_what_everybody_has(school: School) -> None:
    before = school.hours("张三")
    school.say("王敏", "学时 党史学习班 1.5", CLASS + timedelta(days=1))
    school.say("王敏", "撤销")

    assert (before, school.hours("张三")) == ("30", "30")
