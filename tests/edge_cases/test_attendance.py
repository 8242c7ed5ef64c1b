"""Edge cases of attendance that a naive bot gets wrong, and pains of others' users, by number."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.attendance import Mark
from bot.domain.cadence import MeetingKind
from bot.domain.meetings import MeetingState
from bot.domain.members import MemberKind
from bot.domain.rights import Role
from bot.domain.roll_call import Place
from bot.services import attendance
from bot.storage.engine import Database
from bot.storage.models import Meeting, Membership
from tests.support.hall import DAY, END, HOUR, MINUTE, START, Hall


@pytest.fixture
def hall(database: Database) -> Hall:
    """Return the third branch and its meeting."""
    return Hall(database)


def test_case_01_backfilled_check_in_waits_for_approval_and_never_touches_a_locked_record(
    hall: Hall,
) -> None:
    """补签48小时内要核准、留真实时间；已确认的记录不改。"""
    asked = hall.say("张三", "补签", END + HOUR)
    waiting = hall.place("张三")
    late = hall.say("王五", "补签", END + 49 * HOUR)
    hall.say("王敏", "确认签到 全部", END + 3 * HOUR)
    hall.say("王敏", "确认1")
    granted = hall.book.standing(hall.members["张三"])
    hall.say("赵六", "补签", END + 4 * HOUR)
    _confirm_record(hall)
    preview = hall.say("王敏", "确认签到 全部")
    refused = hall.say("王敏", "确认1")

    assert "等组织委员同意" in asked
    assert waiting is Place.OPEN
    assert "已过补签时间" in late
    assert (granted.mark, granted.said_at) == (Mark.MAKEUP_GRANTED, END + HOUR)
    assert "赵六" in preview
    assert "已经确认，不能再改" in refused
    assert hall.mark("赵六") is Mark.MAKEUP_REQUESTED


def test_case_02_a_proxy_keeps_the_reporter_and_waits_for_the_organiser(hall: Hall) -> None:
    """代签：报的人不是本人；报的人留着，组织委员同意才算。"""
    hall.say("孙丽", "代赵六签到", START)

    assert hall.history("赵六") == [(Mark.PROXY_REQUESTED, "proxy", hall.members["孙丽"])]
    assert hall.place("赵六") is Place.OPEN
    assert any("孙丽替您报到" in text for text in hall.sent("赵六"))


def test_case_02_a_cell_leader_speaks_at_the_branch_meeting_like_anybody(hall: Hall) -> None:
    """党小组长在支部的会上代签：也要组织委员同意，自己不能同意；本组的会上他自己登记。"""
    hall.cell("张三", "王五")
    said = hall.say("张三", "代王五签到", START)
    own = hall.say("张三", "确认签到 全部")
    hall.call_cell(START + DAY)
    recorded = hall.say("张三", "代王五签到", START + DAY)

    assert "等组织委员同意" in said
    assert hall.history("王五")[0][:2] == (Mark.PROXY_REQUESTED, "proxy")
    assert "没有等着同意" in own
    assert "已登记王五到会" in recorded


def test_case_02_nobody_fills_in_the_whole_branch(hall: Hall) -> None:
    """一个人一次会最多代报5人，超过的一个也不记；组织委员点名不受限。"""
    hall.world.member("周七", hall.branch)
    many = hall.say("孙丽", "代李建国、王敏、张三、王五、赵六、周七签到", START)
    hall.say("孙丽", "代李建国、张三、王五、赵六签到")
    five = hall.say("孙丽", "代王敏签到")
    sixth = hall.say("孙丽", "代周七签到")

    assert "一次会一个人最多代报5人" in many
    assert "等组织委员同意" in five
    assert "一次会一个人最多代报5人" in sixth
    assert hall.tally.present == 0


def test_case_03_me_and_my_spouse_are_two_and_the_spouse_is_asked_for(hall: Hall) -> None:
    """我和老伴都到了：两个人；老伴没登记过就问，不猜。"""
    unknown = hall.say("赵六", "我和老伴都到了，签到", START)
    hall.say("赵六", "别名 老伴 孙丽")
    hall.say("赵六", "我和老伴都到了，签到")

    assert "老伴" in unknown
    assert hall.mark("赵六") is Mark.PRESENT
    assert hall.mark("孙丽") is Mark.PROXY_REQUESTED


def test_case_04_in_a_group_of_two_branches_it_is_the_senders_own_meeting(hall: Hall) -> None:
    """两个支部一个群：签到记到本人支部的会。"""
    fifth = hall.world.unit("第五党支部")
    zhou = hall.world.member("周强", fifth, Role.SECRETARY)
    theirs = hall.world.call(MeetingKind.THEME_DAY, START, zhou).meeting
    hall.world.chat(hall.branch, "大群")

    hall.say("周强", "签到", START, chat="大群")
    hall.say("张三", "签到", chat="大群")

    with hall.world.database.reading() as session:
        marks = attendance.current_marks(session, [hall.meeting, theirs])
    assert marks == {
        (theirs.id, zhou): Mark.PRESENT,
        (hall.meeting_id, hall.members["张三"]): Mark.PRESENT,
    }


def test_case_05_one_person_in_two_groups_is_one_record(hall: Hall) -> None:
    """一个人在两个群：一条记录。"""
    hall.world.chat(hall.branch, "支部群")
    hall.world.chat(hall.branch, "小组群")

    hall.say("张三", "签到", START, chat="支部群")
    again = hall.say("张三", "签到", chat="小组群")

    assert again == "您15:00已签到，不用再签。"
    assert len(hall.history("张三")) == 1


def test_case_10_an_early_or_late_word_is_not_attached_to_another_session(hall: Hall) -> None:
    """没开放就“到”：告诉时间，不记到上个月的会；过了时间也一样。"""
    early = hall.say("张三", "签到", START - HOUR)
    closed = hall.say("张三", "签到", END + 49 * HOUR)

    assert "还没到签到时间" in early
    assert "14:30" in early
    assert "已过补签时间" in closed
    assert hall.history("张三") == []


def test_case_11_retries_and_double_taps_are_one_record(hall: Hall) -> None:
    """重复的消息、平台重发、连点：一条记录。"""
    hall.say("王敏", "全到", START)
    first = hall.say("王敏", "确认6")
    again = hall.say("王敏", "确认6")
    repeated = hall.say("王敏", "全到")

    assert "实到6" in first
    assert again == "没有等着确认的事。"
    assert "已经登记好了" in repeated
    assert all(len(hall.history(name)) == 1 for name in hall.members)


def test_case_12_leave_then_came_is_present_and_present_then_leave_is_asked(hall: Hall) -> None:
    """请了假又来：算到，请假留作经过；签了到又请假：先问。"""
    hall.say("张三", "请假 出差", START - DAY)
    hall.say("张三", "签到", START)
    asked = hall.say("张三", "请假 家里有事")

    assert [mark for mark, _, _ in hall.history("张三")] == [Mark.LEAVE_REQUESTED, Mark.PRESENT]
    assert "已签到" in asked
    assert hall.place("张三") is Place.PRESENT


def test_case_13_a_leave_that_waits_is_neither_present_nor_excused(hall: Hall) -> None:
    """请假待批：既不算到也不算假，点名完毕了也还是未定。"""
    hall.world.policy(hall.branch, "leave", {"approval": True})
    hall.say("张三", "请假 出差", START - DAY)
    waiting = hall.place("张三")
    hall.say("王敏", "除张三都到", START)
    hall.say("王敏", "确认5")
    hall.say("王敏", "点名完毕", END)
    closed = hall.tally
    hall.say("王敏", "同意请假 张三")
    hall.say("王敏", "确认1")

    assert waiting is Place.OPEN
    assert (closed.present, closed.leave, closed.absent, closed.open) == (5, 0, 0, 1)
    assert hall.place("张三") is Place.LEAVE
    assert any("请假已经同意" in text for text in hall.sent("张三"))


def test_case_18_excused_members_are_outside_the_rate_and_inside_the_roll(hall: Hall) -> None:
    """不作硬性要求的党员：不计入出勤率，仍在应到里。"""
    hall.excuse("赵六", "孙丽")
    preview = hall.say("王敏", "除王五都到", START)
    hall.say("王敏", "确认3")
    hall.say("王敏", "点名完毕", END)
    tally = hall.tally

    assert "不作硬性要求，没有记2：赵六、孙丽" in preview
    assert (tally.expected, tally.present, tally.leave, tally.absent) == (6, 3, 2, 1)
    assert (tally.excused, tally.percent) == (2, 75)
    assert len(hall.book.expected) == 6


def test_case_19_the_roll_is_frozen_at_the_start(hall: Hall) -> None:
    """通知以后转走、转来：应到按开会那天的名册，后来再变也不动。"""
    fifth = hall.world.unit("第五党支部")
    _move(hall, "孙丽", to=fifth, on=date(2026, 3, 14))
    _move(hall, "赵六", to=fifth, on=date(2026, 3, 17))

    assert [person.name for person in hall.book.expected] == [
        *("李建国", "王敏", "张三", "王五"),
        "赵六",
    ]


def test_case_27_taking_part_elsewhere_counts_and_is_not_presence_at_home(hall: Hall) -> None:
    """流动党员在外参加：凭那边的证明算参加，不算本支部到会。"""
    hall.say("王敏", "除张三都到", START)
    hall.say("王敏", "确认5")
    answer = hall.say("王敏", "更正 张三 主题党日 在外参加 杭州武林支部证明", END)
    tally = hall.tally

    assert "改为在外参加" in answer
    assert (tally.present, tally.leave, tally.absent) == (5, 1, 0)
    assert (tally.elsewhere, tally.percent) == (1, 100)


def test_case_28_check_ins_before_a_move_are_void_and_asked_again(hall: Hall) -> None:
    """改期：还是这个会，以前的签到、请假、点名完毕和签到码都要重来。"""
    hall.say("王五", "请假 出差", START - DAY)
    old_code = _code(hall.say("王敏", "签到码 主题党日"))
    hall.say("李建国", "改期 主题党日 3月17日 15:00 社区二楼")
    moved = START + DAY
    old = hall.say("张三", f"签到码 {old_code}", moved)
    code = _code(hall.say("王敏", "签到码 主题党日"))
    new = hall.say("张三", f"签到码 {code}")

    assert hall.meeting.starts_at == moved
    assert hall.mark("王五") is None
    assert [mark for mark, _, _ in hall.history("王五")] == [Mark.LEAVE_REQUESTED]
    assert code != old_code
    assert "这个签到码不能用" in old
    assert "已签到" in new
    assert hall.history("张三") == [(Mark.PRESENT, "code", hall.members["张三"])]


def test_pain_19_every_accepted_message_gets_one_line_with_name_item_and_time(hall: Hall) -> None:
    """签完不知道成没成：每条都有一句回音，写着谁、什么会、几点。"""
    code = _code(hall.say("王敏", "签到码 主题党日", START))
    answers = [
        hall.say("张三", "签到"),
        hall.say("王五", f"签到码 {code}"),
        hall.scan("赵六", code),
        hall.say("张三", "我先走了，早退", START + HOUR),
    ]

    for name, answer in zip(("张三", "王五", "赵六", "张三"), answers, strict=True):
        assert answer.startswith(f"✓ {name}，16日主题党日已")
        assert "15:00" in answer or "16:00" in answer


def test_pain_20_a_wrong_mark_is_taken_back_at_once_and_corrected_later(hall: Hall) -> None:
    """记错了改不了：十分钟内撤销；以后组织委员更正，前后都留着。"""
    hall.say("张三", "签到", START)
    undone = hall.say("张三", "撤销", START + 9 * MINUTE)
    hall.say("王敏", "更正 张三 主题党日 缺席 没有来", END)
    hall.say("王敏", "更正 张三 主题党日 到会 签到时手机没电")

    assert "已撤销" in undone
    assert [mark for mark, _, _ in hall.history("张三")] == [
        *(Mark.PRESENT, Mark.WITHDRAWN),
        Mark.PRESENT,
    ]
    assert hall.history("张三")[-1][1:] == ("corrected", hall.members["王敏"])


def test_pain_21_the_whole_list_is_marked_by_one_sentence(hall: Hall) -> None:
    """一个一个点太慢：除谁谁都到，预览、报人数，本人说过的留着。"""
    hall.say("张三", "签到", START)
    preview = hall.say("王敏", "都到了，除了王五请假、赵六缺席", START + HOUR)
    wrong = hall.say("王敏", "确认5")
    done = hall.say("王敏", "确认4")

    assert "到会4：李建国、王敏、张三、孙丽" in preview
    assert "人数对不上" in wrong
    assert "应到6，实到4，请假1，缺席1" in done
    assert hall.history("张三") == [(Mark.PRESENT, "self", hall.members["张三"])]
    assert hall.history("孙丽") == [(Mark.PRESENT, "organiser", hall.members["王敏"])]


def test_pain_22_the_figures_of_the_minutes_are_there_without_typing(hall: Hall) -> None:
    """会议记录要的应到、实到、缺席和原因，不用再打一遍。"""
    hall.say("张三", "请假 出差", START - DAY)
    hall.say("王五", "我请病假")
    hall.say("王敏", "除张三、王五、赵六都到", START)
    hall.say("王敏", "确认3")
    hall.say("王敏", "点名完毕", END)
    listed = hall.say("王敏", "名单 主题党日")

    assert "应到6，已到3，请假2" in listed
    assert "缺席1：赵六" in listed
    assert "请假2：张三（出差）、王五（病假）" in listed


def test_pain_24_leave_is_one_step_and_the_organiser_sees_it(hall: Hall) -> None:
    """请假一句话就行，提前也行；组织委员看得到，要同意的会收到一句。"""
    plain = hall.say("张三", "请假 出差", START - 3 * DAY)
    listed = hall.say("王敏", "名单 主题党日")
    hall.world.policy(hall.branch, "leave", {"approval": True})
    hall.say("王五", "请假 出差")

    assert plain.startswith("16日主题党日已记请假：出差。")
    assert "张三" in listed
    assert any("王五请假：16日主题党日（出差）" in text for text in hall.sent("王敏"))


def test_pain_25_a_branchs_figures_stay_when_a_member_moves_on(hall: Hall) -> None:
    """人转走了，原支部的数不变；新支部从那天起算。"""
    hall.say("王敏", "全到", START)
    hall.say("王敏", "确认6")
    before = hall.say("李建国", "出勤率 3月", END + HOUR)
    fifth = hall.world.unit("第五党支部")
    _move(hall, "孙丽", to=fifth, on=date(2026, 3, 17))

    after = hall.say("李建国", "出勤率 3月", END + 2 * DAY)
    own = hall.say("孙丽", "出勤率 3月")

    assert before == after
    assert "应到6人次，实到6" in after
    assert "应到1次，实到1次" in own


def test_pain_29_a_pasted_chain_is_typed_once_for_ledger_minutes_and_report(hall: Hall) -> None:
    """一份接龙，名单、纪要、出勤率都从它来，不用再抄一遍，还缺谁当场就知道。"""
    answer = hall.say(
        "王敏",
        "#接龙\n16日主题党日签到\n1. 李建国\n2. 王敏\n3. 张三\n4. 王五 请假",
        START + MINUTE,
    )
    preview = hall.say("王敏", "确认")
    hall.say("王敏", "确认3")
    pasted_again = hall.say(
        "王敏",
        "#接龙\n16日主题党日签到\n1. 李建国\n2. 王敏\n3. 张三\n4. 王五 请假",
    )
    hall.say("王敏", "点名完毕", END)
    hall.say("王敏", "确认2")
    listed = hall.say("王敏", "名单 主题党日")
    minutes = hall.say("王敏", "纪要 主题党日")
    rate = hall.say("李建国", "出勤率 3月", END + HOUR)

    assert "认出4人" in answer
    assert "还缺2人：赵六、孙丽" in answer
    assert "李建国、张三；请假：王五" in preview
    assert "认出4人，和上次一样" in pasted_again
    assert "应到6，已到3，请假1" in listed
    assert "应到6" in minutes
    assert "实到3" in minutes
    assert "应到6人次，实到3" in rate
    assert len(hall.history("张三")) == 1


def test_case_09_probationary_members_are_counted_as_present(hall: Hall) -> None:
    """预备党员到会算实到。"""
    hall.world.member("张小军", hall.branch, kind=MemberKind.PROBATIONARY)
    hall.say("张小军", "签到", START)

    assert (hall.tally.expected, hall.tally.present) == (7, 1)


def _code(answer: str) -> str:
    return answer.split("签到码：")[1][:6]


def _move(hall: Hall, name: str, *, to: int, on: date) -> None:
    with hall.world.database.writing() as session:
        row = session.query(Membership).filter_by(member_id=hall.members[name]).one()
        row.valid_to = on
        session.flush()
        session.add(Membership(member_id=row.member_id, unit_id=to, valid_from=on))


def _confirm_record(hall: Hall) -> None:
    with hall.world.database.writing() as session:
        session.get_one(Meeting, hall.meeting_id).state = MeetingState.CONFIRMED
