"""A message pushed by the platform, the row, the answer it decrypts, the notice people receive."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.clock import SystemClock
from bot.domain.ids import MemberId
from bot.domain.privacy import Text
from bot.domain.sending import UNFINISHED, SendState
from bot.services import outbox
from bot.services.outbox import Letter, Routes
from bot.services.outbox import Way as OutWay
from bot.storage.models import Account, Outbox, StoredToken
from tests.e2e import served
from tests.e2e.conftest import MOST, MakePlace
from tests.e2e.served import CORP, SECRETS, Place, Process, texts, wait_for
from tests.e2e.street import Branch
from tests.e2e.talking import Way, bind, call_meeting, secretary, way, words
from tests.fake_tencent import FakeTencent, Policy

WAYS_IN = ("wecom", "wecom2", "robot", "mp", "mp2")
SIGNED_IN = re.compile(r"✓ (张三|周九)，\d+月支部党员大会已签到（\d\d:\d\d）。打错了回复 撤销")
PICTURE = "图片收到了，不过我只看得懂文字，图片不会保存。请打字告诉我，例如 签到。"
PLEASE_TYPE = "语音我还听不了，请打字告诉我，例如 签到。"
STRANGER = "您好，我是支部小助手。请回复 姓名+手机后四位，例如 张三 1234。只用于对上党员名册。"
ROUTES = Routes(private={f"wecom:{CORP}": OutWay("wecom", 2048)})


@pytest.fixture(scope="module")
def place(make_place: MakePlace) -> Place:
    """Return the installation the tests of this module share."""
    return make_place(MOST)


@pytest.fixture(scope="module")
def bot(place: Place) -> Iterator[Process]:
    """Return the serving process."""
    with Process(place) as process:
        yield process


@pytest.fixture
def member(place: Place, bot: Process, branch: Branch, channel: str) -> Way:
    """Return somebody who may sign in over a channel: a meeting of the branch is open."""
    call_meeting(secretary(place, branch), SystemClock().now())
    if channel != "mp2":
        return way(place, channel, branch, "zhang")
    stranger = Way(place, "mp2", f"o_new_{branch.number}")
    bind(stranger, branch)
    return stranger


# --- ways in -------------------------------------------------------------------------------------


def test_the_platform_accepts_every_address(place: Place, bot: Process) -> None:
    checks = {name: place.fake.verify(each) for name, each in place.receivers().items()}

    assert set(checks) == set(WAYS_IN)
    assert all(check.ok for check in checks.values()), checks


@pytest.mark.parametrize("channel", WAYS_IN)
def test_signing_in_is_recorded_once_and_answered(member: Way) -> None:
    before = member.rows()

    answer = member.say("签到")

    assert SIGNED_IN.fullmatch(answer)
    assert (member.rows() - before, member.marks()) == (1, 1)


@pytest.mark.parametrize("channel", WAYS_IN)
def test_six_deliveries_at_once_are_one_record_and_one_answer(member: Way) -> None:
    before = member.rows()

    deliveries = member.place.fake.duplicate(
        member.receiver, copies=6, user=member.sender, text="签到"
    )

    answers = {words(delivery) for delivery in deliveries}
    assert len(answers) == 1
    assert SIGNED_IN.fullmatch(answers.pop())
    assert (member.rows() - before, member.marks()) == (1, 1)


@pytest.mark.parametrize("same_stamp", [True, False], ids=["same stamp", "new stamps"])
@pytest.mark.parametrize("channel", ["wecom", "robot", "mp"])
def test_a_retry_while_the_first_try_is_still_running_changes_nothing(
    member: Way, same_stamp: bool
) -> None:
    before, patience = member.rows(), Policy(tries=9, timeout=1.0, same_stamp=same_stamp)

    with ThreadPoolExecutor() as pool:
        with nobody_writes(member.place):
            coming = pool.submit(member.push, text="签到", policy=patience)
            time.sleep(1.4)  # the first try has timed out, the second waits beside it
        delivery = coming.result()

    *late, last = delivery.attempts
    assert SIGNED_IN.fullmatch(words(delivery))
    assert {attempt.error for attempt in late} == {"timeout"}
    assert len({attempt.nonce for attempt in (*late, last)}) == (1 if same_stamp else len(late) + 1)
    wait_for(lambda: member.rows() > before)
    assert (member.rows() - before, member.marks()) == (1, 1)


@pytest.mark.parametrize("channel", WAYS_IN)
def test_the_same_bytes_later_get_the_same_answer_and_do_nothing(member: Way) -> None:
    first = member.push(text="签到")
    before = member.rows()

    again = member.place.fake.replay(member.receiver)

    assert words(again) == words(first)
    assert (member.rows(), member.marks()) == (before, 1)


def test_messages_that_overtake_each_other_are_each_recorded(
    place: Place, bot: Process, branch: Branch
) -> None:
    zhang = way(place, "wecom", branch, "zhang")

    place.fake.hold(zhang.receiver, user=zhang.sender, text="帮助")
    later, held = place.fake.push_all(zhang.receiver, user=zhang.sender, text="下次什么时候开会")

    assert words(later) == "近期还没有安排会。安排好了会提前通知您。"
    assert words(held)
    assert [row.message_id for row in place.inbound("wecom", zhang.sender)] == [
        later.msg_id,
        held.msg_id,
    ]


# --- kinds of message ----------------------------------------------------------------------------


def test_a_robot_hears_a_mention_in_its_group_and_answers_there(
    place: Place, bot: Process, branch: Branch
) -> None:
    chat = f"chat-{branch.number}"
    call_meeting(secretary(place, branch), SystemClock().now())
    li, zhang = way(place, "robot", branch, "li"), way(place, "robot", branch, "zhang")

    bound = li.say(f"@支部助手 绑定群 {branch.name}", chat=chat)
    signed = zhang.say("@支部助手 签到", chat=chat)
    mixed = words(zhang.push(mixed=["@支部助手 签到"], chat=chat))

    assert bound.startswith("✓"), bound
    assert SIGNED_IN.fullmatch(signed)
    assert mixed.startswith("您"), mixed
    assert [row.chat_id for row in place.inbound("robot", zhang.sender)] == [chat, chat]
    assert zhang.marks() == 1
    assert signed in [c["content"]["stream"]["content"] for c in place.fake.delivered(chat=chat)]


def test_a_receipt_belongs_to_the_notice_it_quotes(
    place: Place, bot: Process, branch: Branch
) -> None:
    li, zhang = secretary(place, branch), way(place, "robot", branch, "zhang")
    for notice in ("请把学习心得交到支部办公室", "周六上午社区植树请带铁锹"):
        li.say(f"发通知 {notice}")
        li.say("确认7")

    answer = zhang.say("收到", quote="请把学习心得交到支部办公室")

    assert answer.startswith("✓ 张三，已记收到：请把学习心得"), answer


@pytest.mark.parametrize("channel", WAYS_IN)
def test_a_voice_with_a_transcript_counts_like_a_text(member: Way) -> None:
    answer = words(member.push(voice="签到"))

    assert SIGNED_IN.fullmatch(answer)
    assert member.place.inbound(member.channel, member.sender)[-1].kind == "voice"
    assert member.marks() == 1


@pytest.mark.parametrize("channel", ["wecom", "robot", "mp"])
def test_a_voice_without_a_transcript_is_asked_to_type(member: Way) -> None:
    assert words(member.push(voice="")) == PLEASE_TYPE
    assert member.marks() == 0


@pytest.mark.parametrize("channel", WAYS_IN)
def test_a_picture_is_acknowledged_and_not_kept(member: Way) -> None:
    answer = words(member.push(image="http://127.0.0.1/picture"))

    row = member.place.inbound(member.channel, member.sender)[-1]
    assert answer == PICTURE
    assert (row.kind, row.sealed_text) == ("image", None)


STRANGE = {
    "控制字符": "签\x00到\x01\x1f",
    "半个代理对": "签到\ud800",
    "不是字符": "签到\ufffe\uffff",
    "表情": "签到👌🏽👨‍👩‍👧",
    "从右到左": "\u202e到签\u202c",
    "收尾记号": "签到]]></Content><MsgId>1</MsgId>",
    "很长": "签到" * 50_000,
    "全是空白": " \u3000\n\t" * 50,
    "像SQL": "签到'; DROP TABLE inbound; --",
}


@pytest.mark.parametrize("what", STRANGE)
def test_a_strange_text_of_a_member_is_one_record_and_no_error(
    place: Place, bot: Process, branch: Branch, what: str
) -> None:
    for channel in ("wecom", "robot", "mp"):
        zhang = way(place, channel, branch, "zhang")

        delivery = zhang.push(**as_sent(STRANGE[what], zhang))

        words(delivery)
        assert len(delivery.attempts) == 1
        assert [row.state for row in place.inbound(channel, zhang.sender)] == ["done"]


GREETED = "您好，张三！我是支部小助手。会前回复 签到，来不了回复 请假 原因，不清楚就回复 帮助。"
EVENTS = {
    "公众号关注": ("mp", {"event": "subscribe"}, GREETED),
    "公众号扫码关注": ("mp", {"event": "subscribe", "event_key": "qrscene_3"}, GREETED),
    "公众号扫码": ("mp", {"event": "SCAN", "event_key": "3"}, GREETED),
    "公众号菜单": ("mp", {"event": "CLICK", "event_key": "下次什么时候开会"}, "近期还没有安排会。安排好了会提前通知您。"),
    "公众号取消关注": ("mp", {"event": "unsubscribe"}, ""),
    "公众号模板回执": ("mp", {"event": "TEMPLATESENDJOBFINISH", "fields": {"Status": "success"}}, ""),
    "应用进入": ("wecom", {"event": "enter_agent"}, GREETED),
    "应用关注": ("wecom", {"event": "subscribe"}, GREETED),
    "应用菜单": ("wecom", {"event": "click", "event_key": "下次什么时候开会"}, "近期还没有安排会。安排好了会提前通知您。"),
    "应用菜单扫码": ("wecom", {"event": "scancode_waitmsg", "event_key": "scan", "fields": {"ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "3"}}}, GREETED),
    "应用通讯录变更": ("wecom", {"event": "change_contact", "fields": {"ChangeType": "update_user", "UserID": "u"}}, ""),
    "机器人进入会话": ("robot", {"event": "enter_chat"}, GREETED),
    "机器人卡片按钮": ("robot", {"event": "template_card_event", "fields": {"event_key": "下次什么时候开会"}}, ""),
    "机器人反馈": ("robot", {"event": "feedback_event", "fields": {"type": 1}}, ""),
}  # fmt: skip


@pytest.mark.parametrize(("channel", "event", "expected"), EVENTS.values(), ids=list(EVENTS))
def test_an_event_is_recorded_once_and_answered_where_it_may_be(
    place: Place, bot: Process, branch: Branch, channel: str, event: dict[str, Any], expected: str
) -> None:
    zhang = way(place, channel, branch, "zhang")

    answer = words(zhang.push(**event))
    again = words(place.fake.replay(zhang.receiver))

    assert (answer, again) == (expected, expected)
    assert [row.kind for row in place.inbound(channel, zhang.sender)] == ["event"]


@pytest.mark.parametrize("channel", ["wecom", "mp", "mp2"])
def test_two_events_of_one_second_are_two_and_the_same_again_is_one(
    place: Place, bot: Process, branch: Branch, channel: str
) -> None:
    zhang = way(place, channel, branch, "zhang")
    clicks = [{"event": "click", "event_key": key} for key in ("帮助", "我的党费", "帮助")]

    deliveries = place.fake.same_second(zhang.receiver, clicks, user=zhang.sender)

    answers = [words(delivery) for delivery in deliveries]
    assert answers[0] == answers[2]
    assert len(place.inbound(channel, zhang.sender)) == 2


def test_a_stranger_is_asked_who_it_is_on_every_way_in(place: Place, bot: Process) -> None:
    asked = {name: Way(place, name, f"nobody-{name}").say("签到") for name in WAYS_IN}

    assert set(asked.values()) == {STRANGER}


# --- ways out ------------------------------------------------------------------------------------


def test_a_notice_reaches_every_member_the_platform_knows_and_names_the_rest(
    place: Place, bot: Process, branch: Branch
) -> None:
    li, notice = secretary(place, branch), f"明天下午3点{branch.name}开会"

    shown = li.say(f"发通知 {notice}")
    sent = li.say("确认7")
    wait_for(lambda: is_through(place, notice))

    assert "共7人" in shown
    assert "周九" in shown
    assert sent.startswith("✓ 已交平台发送，共6人"), sent
    for account in branch.reachable:
        assert texts(from_app(place.fake, account)).count(notice) == 1
    rows = {row.address: row for row in place.outbox(text=notice)}
    assert {rows[account].state for account in branch.reachable} == {SendState.ACCEPTED}
    assert rows[branch.lost].state is SendState.REFUSED
    assert rows[branch.lost].detail == "账号不对，或不在应用的可见范围里"
    assert "钱八（账号不对，或不在应用的可见范围里）" in li.say("名单 通知")
    assert "钱八" in li.say("没送到")


def test_a_token_that_dies_on_the_way_is_replaced_once(
    place: Place, bot: Process, branch: Branch
) -> None:
    members = accounts(place, branch)
    put(place, members[:1], f"先发一条，拿到凭证 {branch.name}")
    wait_for(lambda: is_through(place, branch.name))
    fetched = place.fake.counters()["gettoken"]["app-secret"]
    made = len(place.fake.log("/cgi-bin/message/send"))

    place.fake.revoke("app-secret")
    for number in range(3):
        put(place, members, f"凭证失效后第{number}条 {branch.name}")
    wait_for(lambda: is_through(place, branch.name))

    assert place.fake.counters()["gettoken"]["app-secret"] == fetched + 1
    calls = place.fake.log("/cgi-bin/message/send")[made:]
    codes = [call["answer"]["errcode"] for call in calls]
    assert Counter(codes) == {0: len(calls) - 1, 40014: 1}
    for number in range(3):
        for account in branch.reachable:
            assert (
                texts(from_app(place.fake, account)).count(f"凭证失效后第{number}条 {branch.name}")
                == 1
            )


def test_two_processes_share_one_token_and_send_nothing_twice(
    place: Place, bot: Process, branch: Branch
) -> None:
    members = accounts(place, branch)
    place.fake.revoke("app-secret")
    fetched = place.fake.counters()["gettoken"].get("app-secret", 0)
    place.fake.fault("/cgi-bin/message/send", {"delay": 0.05}, times=-1)

    with Process(place, "work") as other:
        for number in range(12):
            put(place, members[:4], f"两个进程 {number} {branch.name}")
            time.sleep(0.2)  # so that both find something when they wake
        wait_for(lambda: is_through(place, branch.name))
    place.fake.clear_faults()

    assert "error" not in other.told()
    counters = place.fake.counters()
    assert counters["gettoken"]["app-secret"] == fetched + 1
    assert counters["most_concurrent_gettoken"] == 1
    for account in branch.reachable[:4]:
        got = [t for t in texts(from_app(place.fake, account)) if t.startswith("两个进程")]
        assert got == [f"两个进程 {number} {branch.name}" for number in range(12)]


# --- what is written down ------------------------------------------------------------------------


def test_no_log_holds_a_secret_a_query_or_what_people_say(
    place: Place, bot: Process, branch: Branch
) -> None:
    li, zhang = secretary(place, branch), way(place, "wecom", branch, "zhang")
    private = "请假 心脏手术要住院三个星期"
    call_meeting(li, SystemClock().now())
    zhang.say(private)
    zhang.say("我的手机号是13800001234，身份证11010519491231002X")
    place.fake.fault("/cgi-bin/message/send", {"errcode": 40003})
    li.say("发通知 请到社区二楼领取慰问金")
    li.say("确认7")
    for name in WAYS_IN:
        served.request(place.port, "POST", f"/webhook/{name}?signature=leak&nonce=leak", b"x")
        served.request(place.port, "GET", f"/webhook/{name}?echostr=leak")
    wait_for(lambda: is_through(place, "慰问金"))

    told = bot.told()
    tokens = [token.value for token in place.rows(select(StoredToken))]

    assert len(told.splitlines()) > 10
    assert tokens
    for secret in (*SECRETS, *tokens):
        assert secret not in told
    for leak in ("signature", "echostr", "access_token", "leak", "?"):
        assert leak not in told
    for word in ("心脏", "手术", "13800001234", "1101051949", "慰问金", "签到", "张三", "李建国"):
        assert word not in told
    for account in (li.sender, zhang.sender):
        assert account not in told


# --- helpers -------------------------------------------------------------------------------------


def as_sent(words: str, by: Way) -> dict[str, Any]:
    """Return how a text is pushed: JSON can say in escapes what XML in UTF-8 cannot."""
    if by.channel != "robot":
        return {"text": words.encode(errors="ignore").decode()}
    said = {
        "msgid": f"strange-{uuid.uuid4().hex}",
        "aibotid": "bot1",
        "chattype": "single",
        "from": {"userid": by.sender},
        "msgtype": "text",
        "text": {"content": words},
    }
    return {"plaintext": json.dumps(said)}


@contextmanager
def nobody_writes(place: Place) -> Iterator[None]:
    """Hold what every writer needs, so that handlers wait in the middle of their work."""
    with place.database.writing() as session:
        if not place.database.is_sqlite:
            session.execute(text("LOCK TABLE inbound IN EXCLUSIVE MODE"))
        yield


def from_app(fake: FakeTencent, account: str) -> list[dict[str, Any]]:
    """Return what somebody received through message/send."""
    return [copy for copy in fake.delivered(user=account) if copy["via"] == "app"]


def is_through(place: Place, words: str) -> bool:
    """Tell whether every text that holds these words was sent or given up.

    What the bot reminds of by itself on the day of the test may wait as long as it likes.
    """
    waiting = select(Outbox).where(Outbox.state.in_(UNFINISHED), Outbox.text.contains(words))
    return not place.rows(waiting)


def accounts(place: Place, branch: Branch) -> list[MemberId]:
    """Return the members of a branch whom the platform knows, by their accounts' order."""
    found = {
        row.external_id: MemberId(row.member_id)
        for row in place.rows(select(Account).where(Account.external_id.in_(branch.reachable)))
    }
    return [found[account] for account in branch.reachable]


def put(place: Place, members: list[MemberId], words: str) -> None:
    """Queue a text for members, as a service would."""
    now = SystemClock().now()
    letters = [
        Letter(key=f"test:{words}:m{each}", text=Text(words), due_at=now, member_id=each)
        for each in members
    ]
    place.write(lambda session: outbox.enqueue(session, ROUTES, letters, now))
