"""Who counts at a vote, and by which roll (edge cases 1, 14, 19; pain 23), as people write it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.cadence import MeetingKind
from bot.domain.members import MemberKind
from bot.domain.rights import Role
from bot.domain.roll import ChangeKind
from bot.services import posts, quorum, roll_changes
from bot.storage.engine import Database
from tests.support.hall import DAY, END, HOUR, MINUTE, START, Hall

VOTE = "表决 四月安排 主题党日 赞成3 反对0 弃权0"
BLOCKED = "这次不能表决：有表决权的应到6人，到会2人（要半数以上，3人）"
LAWFUL = "有表决权的应到6人，到会3人（要半数以上，3人）"


@pytest.fixture
def hall(database: Database) -> Hall:
    """Return the third branch and its meeting; six have a vote, so three have to be there."""
    return Hall(database)


def _check_in(hall: Hall, *names: str) -> None:
    for name in names:
        hall.say(name, "签到", START)


def _confirm(hall: Hall) -> str:
    hall.say("王敏", "记录 主题党日 主持 李建国 记录 王敏 议题 学习条例")
    preview = hall.say("李建国", "确认纪要 主题党日")
    return f"{preview}\n{hall.say('李建国', '确认')}"


def _happened(hall: Hall, name: str, kind: ChangeKind, on: date) -> None:
    """Let the organiser write down now what happened to somebody on a day."""
    actor = hall.world.actor(hall.members["王敏"])
    with hall.world.database.writing() as session:
        roll_changes.record(
            session,
            member_id=hall.members[name],
            kind=kind,
            on=on,
            by=actor,
            now=hall.world.now,
        )


def _deciding(hall: Hall) -> set[str]:
    with hall.world.database.reading() as session:
        return {person.name for person in quorum.electorate(session, hall.meeting)}


def test_case_01_a_backfilled_check_in_makes_no_quorum(hall: Hall) -> None:
    """补签、事后更正不改变表决时的到会人数；登记到会照算。"""
    _check_in(hall, "李建国", "王敏")
    hall.say("张三", "补签", END + HOUR)
    hall.say("王敏", "确认签到 全部")
    hall.say("王敏", "确认1")
    hall.say("王敏", "更正 赵六 主题党日 到会 手机没电")

    voted = hall.say("王敏", VOTE)

    assert BLOCKED in voted
    assert "另有2人登记了到会，表决时不算在场" in voted
    assert hall.tally.present == 4


@pytest.mark.parametrize("days", [1, 5], ids=["确认后", "锁定后"])
def test_case_01_nothing_written_after_the_confirmation_makes_a_quorum(
    hall: Hall, days: int
) -> None:
    """纪要确认以后，表决只按确认时的到会和名册算。"""
    _check_in(hall, "李建国", "王敏")
    hall.world.clock.set(END)
    confirmed = _confirm(hall)
    hall.world.clock.set(END + days * DAY)
    hall.say("王敏", "更正 赵六 主题党日 到会 手机没电")
    hall.say("王敏", "更正 孙丽 主题党日 不应到 3月1日已转走")

    voted = hall.say("王敏", f"{VOTE} 原因 漏登")

    assert "实到2人" in confirmed
    assert BLOCKED in voted


def test_case_14_who_has_left_is_not_at_a_later_vote(hall: Hall) -> None:
    """早退的人不在以后的表决里；他走以前的表决里他在。"""
    _check_in(hall, "李建国", "王敏", "张三", "王五")
    hall.say("张三", "早退", START + 20 * MINUTE)
    hall.say("王五", "早退")

    unsaid = hall.say("王敏", VOTE, START + HOUR)
    later = hall.say("王敏", f"{VOTE} 16:00 原因 补时间")
    before = hall.say("王敏", f"{VOTE} 15:10 原因 补时间")

    assert BLOCKED in unsaid
    assert BLOCKED in later
    assert "到会4人" in before
    assert "符合规定，通过" in hall.say("王敏", "表决 五月安排 主题党日 赞成4 反对0 弃权0 15:10")


def test_case_14_once_it_is_over_who_left_counts_only_with_the_time(hall: Hall) -> None:
    """会后补登表决，没写时间的，早退的人不算。"""
    _check_in(hall, "李建国", "王敏", "张三")
    hall.say("张三", "早退", START + 20 * MINUTE)

    assert BLOCKED in hall.say("王敏", VOTE, END + HOUR)


def test_case_14_a_signed_list_entered_later_counts_from_the_start(hall: Hall) -> None:
    """纸质签到表会后才登记：写了表决时间也算在场。"""
    hall.say("王敏", "纸质签到：李建国、王敏、张三", END + HOUR)
    hall.say("王敏", "确认3")

    assert LAWFUL in hall.say("王敏", f"{VOTE} 15:30")


CARRIED = "表决 四月安排 主题党日 赞成4 反对0 弃权0"


def test_pain_23_a_vote_whose_facts_are_corrected_is_not_called_lawful(hall: Hall) -> None:
    """表决登记后到会又有更正：不再写符合规定，重新登记以后才能确认纪要。"""
    _check_in(hall, "李建国", "王敏", "张三", "王五")
    first = hall.say("王敏", CARRIED, START + HOUR)
    hall.say("王敏", "更正 张三 主题党日 缺席 代签的", END + HOUR)
    hall.say("王敏", "更正 王五 主题党日 缺席 代签的")

    page = hall.say("王敏", "纪要 主题党日")
    refused = _confirm(hall)
    again = hall.say("王敏", f"{CARRIED} 原因 到会有更正")
    confirmed = _confirm(hall)

    assert "符合规定，通过" in first
    assert "登记以后又有更正：张三、王五表决时不在场" in page
    assert "符合规定" not in page
    assert "还缺：四月安排的表决核对" in refused
    assert BLOCKED in again
    assert "纪要已确认" in confirmed


def test_pain_23_a_correction_put_back_lets_the_vote_stand(hall: Hall) -> None:
    """更正错了改回来：原来的签到还在，表决照旧。"""
    _check_in(hall, "李建国", "王敏", "张三", "王五")
    hall.say("王敏", CARRIED, START + HOUR)
    hall.say("王敏", "更正 张三 主题党日 缺席 代签的")
    hall.say("王敏", "更正 张三 主题党日 到会 更正错了")

    assert "符合规定，通过" in hall.say("王敏", "纪要 主题党日")


def test_pain_23_after_the_confirmation_the_frozen_facts_stand(hall: Hall) -> None:
    """确认以后再更正，表决不变，更正附在后面。"""
    _check_in(hall, "李建国", "王敏", "张三", "王五")
    hall.say("王敏", CARRIED, START + HOUR)
    hall.world.clock.set(END)
    _confirm(hall)
    hall.say("王敏", "更正 张三 主题党日 缺席 代签的")

    page = hall.say("王敏", "纪要 主题党日")

    assert "符合规定，通过" in page
    assert "确认后到会更正：张三由到会改为缺席" in page


@pytest.mark.parametrize(
    ("kind", "days"),
    [
        pytest.param(ChangeKind.OUT, 0, id="当天转走"),
        pytest.param(ChangeKind.DIED, -4, id="补登去世"),
        pytest.param(ChangeKind.OUT, -15, id="补登转出"),
    ],
)
def test_case_19_what_is_written_down_after_the_start_changes_nobody(
    hall: Hall, kind: ChangeKind, days: int
) -> None:
    """开会以后才登记的名册变动，不管写哪一天，都不改那次会的应到、到会和表决权。"""
    _check_in(hall, "李建国", "王五", "王敏")
    hall.world.clock.set(START + 30 * MINUTE)

    _happened(hall, "王五", kind, (START + timedelta(days=days)).date())

    assert (hall.tally.expected, hall.tally.present) == (6, 3)
    assert "王五" in _deciding(hall)
    assert LAWFUL in hall.say("王敏", VOTE)
    assert "王五，16日主题党日由到会改为迟到" in hall.say(
        "王敏", "更正 王五 主题党日 迟到 记错了", END
    )


def test_case_19_what_is_written_down_by_the_start_counts(hall: Hall) -> None:
    """当天开会以前登记的转出：应到里没有他了。"""
    hall.world.clock.set(START - HOUR)

    _happened(hall, "王五", ChangeKind.OUT, START.date())

    assert hall.tally.expected == 5
    assert "王五" not in _deciding(hall)


def test_case_19_a_correction_with_a_reason_puts_the_roll_of_a_meeting_right(hall: Hall) -> None:
    """登记晚了的，写明原因更正：不应到的去掉，漏掉的补上；票数要重新核对。"""
    _check_in(hall, "李建国", "王敏", "张三")
    hall.say("王敏", VOTE, START + HOUR)
    _happened(hall, "孙丽", ChangeKind.DIED, START.date() - 2 * DAY)

    answer = hall.say("王敏", "更正 孙丽 主题党日 不应到 3月14日去世")

    assert "孙丽，16日主题党日由缺席改为不应到" in answer
    assert hall.tally.expected == 5
    assert "孙丽" not in _deciding(hall)
    assert "登记以后又有更正：应到是5人" in hall.say("王敏", "纪要 主题党日")


def test_case_19_who_was_confirmed_afterwards_had_no_vote_yet(hall: Hall) -> None:
    """会上通过转正的，那次会上他还是预备党员，没有表决权。"""
    probationary = hall.world.member("小刘", hall.branch, kind=MemberKind.PROBATIONARY)
    hall.members["小刘"] = probationary
    hall.world.clock.set(END)

    _happened(hall, "小刘", ChangeKind.FULL, START.date())

    assert "小刘" not in _deciding(hall)
    assert hall.tally.expected == 7


def test_case_19_a_post_given_in_the_afternoon_does_not_change_the_morning(hall: Hall) -> None:
    """支委会开完当天才任命的委员，那次会上还不是委员；免去写了以前的日子也一样。"""
    li, zhang = hall.members["李建国"], hall.members["张三"]
    called = hall.world.call(MeetingKind.COMMITTEE, START + DAY, li).meeting
    hall.world.clock.set(START + DAY + HOUR)
    actor = hall.world.actor(hall.world.member("陈专干", None, Role.OFFICER))
    common: dict[str, Any] = {"unit_id": hall.branch, "by": actor, "now": hall.world.now}
    with hall.world.database.writing() as session:
        posts.appoint(session, member_id=zhang, role=Role.PUBLICITY, on=hall.world.today, **common)
        posts.relieve(
            session,
            member_id=hall.members["王敏"],
            role=Role.ORGANISER,
            on=hall.world.today - 5 * DAY,
            **common,
        )

    with hall.world.database.reading() as session:
        names = {person.name for person in quorum.electorate(session, called)}
    assert names == {"李建国", "王敏"}
