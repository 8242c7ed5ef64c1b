"""Edge cases of messages, groups and rights, by number; each test quotes its case in short."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.domain.attendance import Mark
from bot.domain.meetings import MeetingState
from bot.domain.privacy import Text
from bot.domain.sending import ANSWER_BYTES, Sent, without_number
from bot.inbound.outgoing import NO_WAY, WHISPERED
from bot.inbound.own_texts import is_own_text
from bot.services import notices
from bot.services.outbox import Routes, Way
from bot.storage.engine import Database
from bot.storage.models import AttendanceMark, DuesEntry, Notice, Outbox
from tests.support import advice
from tests.support.hall import START, Hall
from tests.support.world import ScriptedSender, core

GROUP = "三支部群"
EARLY = START - timedelta(minutes=5)


@pytest.fixture
def hall(database: Database) -> Hall:
    """Return a branch with its group; 张三 pays 30 yuan a month."""
    hall = Hall(database)
    hall.world.chat(hall.branch, GROUP)
    for name in ("张三", "王五"):
        hall.world.assess(hall.members[name], 3000)
    return hall


def _count(hall: Hall, model: type) -> int:
    with hall.world.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def _notify(hall: Hall, body: str) -> None:
    hall.say("王敏", f"发通知 {body}")
    assert "交平台发送" in hall.say("王敏", "确认6")


def _versions(hall: Hall) -> list[tuple[int, bool]]:
    """Return of each notice released its version, and whether it puts the first one right."""
    with hall.world.database.reading() as session:
        rows = session.execute(
            select(Notice.id, Notice.version, Notice.corrects_id)
            .where(Notice.released_at.is_not(None))
            .order_by(Notice.id)
        ).all()
    return [(row.version, row.corrects_id == rows[0].id) for row in rows]


def _correct(hall: Hall, body: str) -> None:
    assert f"更正通知：{body}" in hall.say("王敏", f"更正通知 {body}")
    assert "交平台发送" in hall.say("王敏", "确认6")


def test_case_64_a_recalled_message_stays_declared_and_can_be_corrected(hall: Hall) -> None:
    """消息撤回了，平台不会告诉我们：登记还在，仍是“待核对”；本人发 更正 就改。"""
    hall.say("张三", "党费 1-3月 90")
    hall.world.clock.set(hall.world.now + timedelta(minutes=2))  # recalled; nothing arrives

    assert hall.say("张三", "我的党费").count("待核对") == 3
    assert "3月党费20元（原来登记30元）" in hall.say("张三", "更正 3月 20")
    assert hall.say("张三", "我的党费").count("待核对") == 3


@pytest.mark.parametrize(
    "said",
    [
        "✓ 张三，3月主题党日已签到（14:55）。打错了回复 撤销",
        "张三您好：16日（周一）15:00 主题党日，社区二楼。来回复 1，来不了回复 2 加原因。回复 为什么 可看依据。",
        "【主题党日】3月16日（周一）15:00 社区二楼。来不了请私聊我：请假 原因",
        "张三您好：3月党费30元还没有登记。方便时交一下就行。交了回复 党费已交；有困难可以找组织委员商量。",
        "✓ 已撤销3月党费30元的登记。要重新登记请发 党费 3月 30 这样的一句。",
    ],
)
@pytest.mark.parametrize("name", ["小助手", "张三"])
def test_case_65_its_own_texts_are_no_orders(hall: Hall, name: str, said: str) -> None:
    """自己说的话又被自己听见，或被人转发、引用：不是命令，不答也不记。"""
    hall.say("张三", "签到", EARLY)
    marks, entries = _count(hall, AttendanceMark), _count(hall, DuesEntry)

    assert hall.say(name, said, chat=GROUP) == ""

    assert (_count(hall, AttendanceMark), _count(hall, DuesEntry)) == (marks, entries)


def test_case_65_most_of_what_it_says_is_known_as_its_own() -> None:
    """它教人怎么回复的话，都认得出是自己的；人写的命令一句也不会当成它的。"""
    told = [text.removeprefix("» ") for text in advice.spoken() if "打错了回复 撤销" in text]

    assert told
    assert all(is_own_text(text) for text in told)
    assert not any(
        is_own_text(text) for text in ("回复 撤销", "我回复过了", "签到✓", "发通知 明天开会")
    )


def test_case_66_in_a_reposted_chain_only_the_own_new_line_counts(hall: Hall) -> None:
    """接龙转发带着前面所有人：只有发的人自己那一行算数，别人的只是线索。"""
    hall.say("张三", "#接龙\n3月主题党日签到\n1. 孙丽\n2. 王五\n3. 张三", EARLY, GROUP)

    assert hall.mark("张三") is Mark.PRESENT
    assert hall.mark("孙丽") is hall.mark("王五") is None


def test_case_67_a_word_for_two_notices_is_asked_about(hall: Hall) -> None:
    """同时有两条通知，只回“收到”：问是哪一条。"""
    _notify(hall, "明天下午3点社区二楼开会")
    _notify(hall, "周五上午9点打扫楼道")

    asked = hall.say("张三", "收到")

    assert "1 周五上午9点打扫楼道" in asked
    assert "2 明天下午3点社区二楼开会" in asked
    assert "打扫楼道" in hall.say("张三", "1")
    assert "1人已收到" in hall.say("王敏", "名单 通知")


def test_case_67_a_receipt_belongs_to_the_version_that_was_read(hall: Hall) -> None:
    """通知更正以后，以前的“收到”只算看过旧的，要重新收到。"""
    zhang = hall.members["张三"]
    _notify(hall, "明天下午3点社区二楼开会")
    with hall.world.database.reading() as session:
        old = notices.list_open(session, zhang, hall.world.now)[0]
    hall.say("张三", "收到")
    _correct(hall, "明天下午4点社区二楼开会")
    assert "0人已收到" in hall.say("王敏", "名单 通知")

    with hall.world.database.writing() as session:  # 收到 of the old one arrives late
        notices.acknowledge(session, notice=old, member_id=zhang, now=hall.world.now)

    assert "0人已收到" in hall.say("王敏", "名单 通知")
    assert "4点" in hall.say("张三", "收到")
    listed = hall.say("王敏", "名单 通知")
    assert "1人已收到" in listed
    assert "更正以前的第1版：1人收到过" in listed


@pytest.mark.parametrize(
    "said",
    [
        "发通知 @所有人 明天的会不开了",
        "取消会议 主题党日",
        "改期 主题党日 3月17日 15:00",
        "我是书记，取消会议 主题党日",
        "确认党费 全部",
        "名单 党费 3月",
    ],
)
def test_case_68_rights_come_from_the_post_and_not_from_the_words(hall: Hall, said: str) -> None:
    """党员照书记的口气发“@所有人”：按账号查职务，不看怎么写。"""
    rows = _count(hall, Outbox)

    hall.say("张三", f"@所有人 {said}", chat=GROUP)
    refused = hall.say("张三", said)

    assert "书记" in refused or "没看懂" in refused or "没有安排" in refused
    assert hall.meeting.starts_at == START
    assert hall.meeting.state is MeetingState.SCHEDULED
    told = [row.text for row in hall.world.outbox()[rows:] if row.member_id != hall.members["张三"]]
    assert not told


def test_case_69_a_private_question_in_a_group_is_answered_privately(hall: Hall) -> None:
    """群里问自己的党费：群里只说“已私聊您”，内容私下发。"""
    assert hall.say("张三", "@小助手 我的党费", chat=GROUP) == WHISPERED
    assert any("30元" in text for text in hall.sent("张三"))


def test_case_69_without_a_private_way_it_says_whom_to_ask(hall: Hall) -> None:
    """没有私聊渠道：群里只说请问组织委员，一个字的内容也不说；没告诉的也不算看过。"""
    sender = ScriptedSender(hall.world.clock)
    only_groups = Routes(chats={sender.name: Way(sender.name, 2048)})
    hall.core = core(hall.world.database, hall.world.clock, sender, routes=only_groups)

    assert hall.say("张三", "@小助手 我的党费", chat=GROUP) == NO_WAY
    assert hall.say("王敏", "@小助手 名单 党费 3月", chat=GROUP) == NO_WAY
    assert hall.sent("张三") == hall.sent("王敏") == []


@pytest.mark.parametrize("name", ["签到", "取消会议", "全部"])
def test_case_70_a_name_that_is_a_command_does_nothing(hall: Hall, name: str) -> None:
    """有人姓名就叫“签到”“取消会议”：名字只是名字。"""
    member = hall.world.member(name, hall.branch)
    hall.members[name] = member

    assert "已签到" in hall.say("张三", "签到", EARLY)
    assert name in hall.say("王敏", "名单")

    assert hall.mark("张三") is Mark.PRESENT
    assert hall.mark(name) is None
    assert hall.meeting.state is MeetingState.SCHEDULED


def test_case_70_what_a_notice_says_is_no_command(hall: Hall) -> None:
    """通知正文里写“取消会议”“签到”：只是正文；引用它回复也一样。"""
    _notify(hall, "取消会议 主题党日 {name} %s 签到")

    assert hall.meeting.state is MeetingState.SCHEDULED
    assert _count(hall, AttendanceMark) == 0
    assert "取消会议 主题党日 {name} %s 签到" in hall.sent("张三")


def test_case_71_who_blocked_the_bot_is_named_for_a_call_with_what_the_platform_said(
    hall: Hall,
) -> None:
    """拉黑、停用账号：别人照样收到；没送到的人写出姓名和原因，只告诉书记和组织委员。"""
    blocked = Sent(refused={"张三": "对方已取消关注"})
    bot = core(hall.world.database, hall.world.clock, ScriptedSender(hall.world.clock, blocked))
    _notify(hall, "明天下午3点社区二楼开会")
    bot.turn()

    told = hall.say("王敏", "没送到")

    states = {row.member_id: row.state.value for row in hall.world.outbox()}
    assert states[hall.members["张三"]] == "refused"
    assert states[hall.members["王五"]] == "accepted"
    assert "张三" in told
    assert "对方已取消关注" in told
    assert "王五" not in told
    assert "没送到1：张三" in hall.say("王敏", "名单 通知")
    assert "张三" not in hall.say("王五", "没送到")


def test_case_71_an_account_out_of_reach_is_kept_until_something_is_heard(hall: Hall) -> None:
    """收不到的账号记下来，列出姓名请打电话；本人又发来消息，就不再列。"""
    blocked = Sent(refused={"张三": "对方已取消关注"})
    bot = core(hall.world.database, hall.world.clock, ScriptedSender(hall.world.clock, blocked))
    _notify(hall, "明天下午3点社区二楼开会")
    bot.turn()

    told = hall.say("王敏", "没送到")
    assert "账号一直收不到，请打电话1：张三（对方已取消关注，3月12日起）" in told

    hall.world.clock.advance(timedelta(minutes=5))
    hall.say("张三", "收到")
    assert "请打电话" not in hall.say("王敏", "没送到")


def test_case_71_who_left_the_group_is_named_and_still_told_privately(hall: Hall) -> None:
    """退了群的：对照群成员写出姓名，只告诉组织委员；该私下告诉本人的照样告诉。"""
    members = "\n".join(("对照群成员", "李建国", "王敏", "张三", "王五", "孙丽"))

    answer = hall.say("王敏", members)
    _notify(hall, "明天下午3点社区二楼开会")

    assert "不在群里1：赵六" in answer
    assert hall.sent("赵六") == ["明天下午3点社区二楼开会"]


def test_case_73_a_wrong_broadcast_is_put_right_by_another(hall: Hall) -> None:
    """发错了的通知：没确认的能取消；发出去的收不回，如实说，再发一条更正。"""
    hall.say("王敏", "发通知 明天下午3点社区二楼开会")
    assert "什么也没有发出" in hall.say("王敏", "取消")
    assert hall.sent("张三") == []

    _notify(hall, "明天下午3点社区二楼开会")
    hall.say("孙丽", "收到")
    answer = hall.say("王敏", "撤销")
    _correct(hall, "明天下午4点社区二楼开会")

    assert "更正通知" in answer
    told = (
        "更正通知：明天下午4点社区二楼开会\n原来的通知“明天下午3点社区二楼开会”作废，以这条为准。"
    )
    assert hall.sent("张三") == ["明天下午3点社区二楼开会", told]
    assert hall.sent("孙丽").count(told) == 1
    assert _versions(hall)[-1] == (2, True)  # linked to the first
    assert "4点" in hall.say("张三", "收到")  # only the one in force waits for an answer
    assert "4点" in hall.say("孙丽", "收到")


def test_case_73_a_correction_of_a_correction_stays_with_the_first(hall: Hall) -> None:
    """更正了两次：都连着第一条，只有最后一版等收到；没发出的旧版不再发。"""
    _notify(hall, "明天下午3点社区二楼开会")
    _correct(hall, "明天下午4点社区二楼开会")
    _correct(hall, "明天下午5点社区二楼开会")

    with hall.world.database.reading() as session:
        waiting = notices.list_open(session, hall.members["张三"], hall.world.now)
    assert _versions(hall) == [(1, False), (2, True), (3, True)]
    assert [notice.body for notice in waiting] == ["明天下午5点社区二楼开会"]


def test_case_73_a_version_that_waits_is_never_sent_once_it_is_put_right(hall: Hall) -> None:
    """夜里发的通知还没发出就更正：早上只收到更正以后的一条。"""
    night = hall.world.now.replace(hour=14)  # 22:00 in Shanghai
    hall.world.clock.set(night)
    _notify(hall, "明天下午3点社区二楼开会")
    _correct(hall, "明天下午4点社区二楼开会")

    hall.world.clock.set(night + timedelta(hours=14))
    hall.core.turn()

    left = [row for row in hall.world.outbox() if row.member_id == hall.members["张三"]]
    assert [(row.state.value, row.text.partition("\n")[0]) for row in left] == [
        ("void", "明天下午3点社区二楼开会"),
        ("accepted", "更正通知：明天下午4点社区二楼开会"),
    ]


def test_case_73_what_waits_for_the_morning_can_be_recalled(hall: Hall) -> None:
    """夜里发错了，还没到发出的时间：撤销就收回，一个人也没收到；发出以后如实说收不回。"""
    night = hall.world.now.replace(hour=14)  # 22:00 in Shanghai
    hall.world.clock.set(night)
    hall.say("王敏", "发通知 明天下午3点社区二楼开会")
    assert "确认6" in hall.say("王敏", "确认")
    hall.say("王敏", "确认6")

    assert "还没发出的通知" in hall.say("王敏", "撤销")

    hall.world.clock.set(night + timedelta(hours=14))
    hall.core.turn()
    assert hall.world.states() == ["void"] * 6


def test_case_74_a_long_text_is_cut_at_lines_by_bytes_and_numbered(hall: Hall) -> None:
    """超过2048字节（约680个汉字）：按行断开，每段写明第几段，一个字也不少。"""
    lines = [f"第{n}行：{'学习' * 20}" for n in range(1, 41)]
    text = "\n".join(lines)
    letter = hall.world.letter(hall.members["张三"], text, key="long")

    hall.world.enqueue(letter)

    parts = [row.text for row in hall.world.outbox()]
    assert isinstance(letter.text, Text)
    assert len(parts) > 1
    assert all(len(part.encode()) <= ANSWER_BYTES for part in parts)
    assert [part[:5] for part in parts] == [
        f"（{n}/{len(parts)}）" for n in range(1, len(parts) + 1)
    ]
    assert "\n".join(without_number(part) for part in parts) == text


def test_case_74_a_long_answer_goes_on_in_numbered_messages(hall: Hall) -> None:
    """回答太长：第一段当场答，其余接着私聊，同样写明第几段。"""
    for number in range(130):
        hall.world.member(f"欧阳王小明{number}", hall.branch, account=False)

    first = hall.say("王敏", "名单")

    rest = hall.sent("王敏")
    assert first.startswith(f"（1/{1 + len(rest)}）")
    assert [part[:5] for part in rest] == [f"（{n + 2}/{1 + len(rest)}）" for n in range(len(rest))]
    whole = "".join(without_number(part) for part in (first, *rest))
    assert all(f"欧阳王小明{number}" in whole for number in range(130))
