"""Edge cases of study that a naive bot gets wrong, by number."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.rights import Role
from bot.domain.roll import ChangeKind, Code
from bot.services import roll_changes
from bot.storage.engine import Database
from tests.support.school import CLASS, School

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def school(database: Database) -> School:
    """Return the third branch and its class of two seats."""
    return School(database)


def test_case_61_two_persons_of_whom_one_is_unknown_hold_two_seats_and_one_gets_hours(
    school: School,
) -> None:
    """报名2人：占两个座，不知道名字的那个不编名字，也没有学时。"""
    answer = school.say("张三", "报名2人 党史学习班")
    school.attend("张三")

    assert "2人，还剩0个名额" in answer
    assert (school.taken(), school.seated()) == (2, ["张三"])
    assert school.hours("张三") == "2"
    assert [name for name in school.members if school.hours(name) != "0"] == ["张三"]


def test_case_61_the_race_for_the_last_seat_has_one_winner(school: School) -> None:
    """最后一个名额，同时来报：一个报上，其余按先后候补。"""
    school.say("李建国", "报名 党史学习班")
    names = ["张三", "王五", "赵六", "孙丽"]
    with ThreadPoolExecutor(4) as workers:
        answers = list(workers.map(lambda name: school.say(name, "报名 党史学习班"), names))

    assert school.taken() == 2
    assert sum("已报名" in answer for answer in answers) == 1
    assert len(school.waiting()) == 3
    assert {*school.seated(), *school.waiting()} == {"李建国", *names}


def test_case_61_the_list_moves_up_after_the_deadline_and_not_after_the_start(
    school: School,
) -> None:
    """截止以后不收新报名，有人退照样补上最前的；开始以后不再补。"""
    for name in ("张三", "王五", "赵六", "孙丽"):
        school.say(name, "报名 党史学习班")
    school.settle(school.course, closes_at=CLASS - DAY)
    school.members["钱七"] = school.world.member("钱七", school.branch)
    late = school.say("钱七", "报名 党史学习班", CLASS - 2 * HOUR)
    school.say("张三", "取消报名")
    moved_up = school.seated()
    by_the_organiser = school.say("王敏", "帮钱七报名 党史学习班")
    withdrawn = school.say("王敏", "更正 王五 报名 取消 生病", CLASS)

    assert "报名已在3月19日（周四）14:00截止" in late
    assert moved_up == ["王五", "赵六"]
    assert (school.told("赵六"), school.told("孙丽")) == (1, 0)
    assert "候补" in by_the_organiser
    assert "改为没有报名" in withdrawn
    assert school.waiting() == ["孙丽", "钱七"]


def test_case_61_one_person_signed_up_by_two_senders_has_one_seat(school: School) -> None:
    """同一个人，两个人给报：一个座。"""
    school.say("张三", "帮赵六报名 党史学习班")
    again = school.say("王五", "帮赵六报名 党史学习班")
    own = school.say("赵六", "报名 党史学习班")

    assert "赵六已经报过党史学习班了" in again
    assert "您已经报过" in own
    assert (school.taken(), school.seated()) == (1, ["赵六"])


def test_case_62_signing_up_is_not_attending_and_saying_so_is_not_hours(school: School) -> None:
    """报名不等于参加，参加才有学时；自己说“已学习”没有学时。"""
    school.say("张三", "报名 党史学习班")
    school.say("王五", "报名 党史学习班")
    school.attend("张三")
    school.say("王五", "党史学习班学完了")
    school.say("赵六", "已学习 二十大报告")

    assert [school.hours(name) for name in ("张三", "王五", "赵六")] == ["2", "0", "0"]


def test_case_62_own_word_counts_where_the_session_says_so(school: School) -> None:
    """写明自学算学时的课：没到的人说学了就有；撤销了就没有。"""
    school.say("王五", "报名 党史学习班")
    school.attend()
    school.settle(school.course, own_word=True)
    school.say("王五", "党史学习班补学完了")
    own = school.hours("王五")
    school.say("王五", "撤销")

    assert (own, school.hours("王五")) == ("2", "0")


def test_case_62_a_check_in_that_waits_gives_nothing_until_it_is_granted(school: School) -> None:
    """补签没核准没有学时，核准了才有；更正成缺席就没有了。"""
    school.say("张三", "报名 党史学习班")
    school.attend()
    school.say("张三", "补签", CLASS + 3 * HOUR)
    waiting = school.hours("张三")
    school.say("王敏", "确认签到 全部")
    school.say("王敏", "确认1")
    granted = school.hours("张三")

    assert (waiting, granted) == ("0", "2")


def test_case_63_a_class_over_new_year_is_split_by_calendar_year(school: School) -> None:
    """跨年的课：学时按自然年分开。"""
    night = school.open("跨年学习班", at(date(2026, 12, 31), 23), 5)
    school.say("张三", "报名 跨年学习班")
    school.attend("张三", of=night)

    assert (school.hours("张三", 2026), school.hours("张三", 2027)) == ("1", "1")


def test_case_63_a_cancelled_class_gives_nothing(school: School) -> None:
    """取消的课没有学时，签过到也没有；改期以前的签到不算。"""
    school.say("张三", "报名 党史学习班")
    school.say("张三", "签到", CLASS - HOUR / 4)
    school.say("李建国", "取消会议 党史学习班")
    school.world.clock.set(CLASS + 3 * HOUR)

    assert school.hours("张三") == "0"


def test_case_63_non_members_get_no_hours(school: School) -> None:
    """工作人员、不在册的、停止党籍的没有学时；只报人数的会谁也没有。"""
    staff = school.world.member("小陈", None, Role.OFFICER)
    school.members["小陈"] = staff
    lecture = school.open("党课", CLASS + DAY, None, MeetingKind.LECTURE)
    _suspend(school, "赵六", on=date(2026, 3, 15))
    school.attend("张三", of=lecture)
    for name in ("小陈", "赵六", "王五"):
        school.put_down(name, lecture)

    assert (school.hours("张三"), school.hours("王五")) == ("2", "2")
    assert (school.hours("小陈"), school.hours("赵六")) == ("0", "0")


def test_case_63_hours_earned_as_a_member_stay_after_leaving(school: School) -> None:
    """出党以后，以前的学时还留在记录里；以后的课不算。"""
    later = school.open("第二期学习班", CLASS + 10 * DAY, 5)
    school.say("张三", "报名 党史学习班")
    school.attend("张三")

    before = school.hours("张三")
    _leave_party(school, "张三", on=date(2026, 3, 25))
    school.put_down("张三", later)
    school.world.clock.set(later.ends_at + HOUR)

    assert (before, school.hours("张三")) == ("2", "2")


def _suspend(school: School, name: str, on: date) -> None:
    _record(school, name, ChangeKind.SUSPENDED, Code.NO_CONTACT, on)


def _leave_party(school: School, name: str, on: date) -> None:
    school.world.clock.set(at(on, 12))
    _record(school, name, ChangeKind.LEFT, Code.WITHDREW, on)


def _record(school: School, name: str, kind: ChangeKind, code: Code, on: date) -> None:
    actor = school.world.actor(school.members["李建国"])
    now = max(school.world.now, at(on, 12))
    with school.world.database.writing() as session:
        roll_changes.record(
            session,
            member_id=school.members[name],
            kind=kind,
            on=on,
            code=code,
            by=actor,
            now=now,
        )


def test_pain_26_one_offer_at_a_time_and_none_after_the_start(school: School) -> None:
    """候补：空出几个座就依次给几位，每位只告诉一次，同时退也不多给；开始以后不再补。"""
    for name in ("李建国", "王敏", "张三", "王五", "赵六", "孙丽"):
        school.say(name, "报名 党史学习班")

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(lambda name: school.say(name, "取消报名"), ("李建国", "王敏")))
    both = school.seated()
    school.say("张三", "取消报名")
    moved_up = school.seated()
    school.say("王五", "取消报名", CLASS + HOUR)

    assert (both, moved_up) == (["张三", "王五"], ["王五", "赵六"])
    assert [school.told(name) for name in ("张三", "王五", "赵六", "孙丽")] == [1, 1, 1, 0]
    assert school.waiting() == ["孙丽"]
