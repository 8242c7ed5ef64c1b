"""What the bot sends by itself, over a clock the test moves, through every fault of a platform."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from bot import channels, main
from bot.channels import Http, tokens
from bot.clock import at
from bot.domain.ids import MemberId, UnitId
from bot.domain.privacy import Text
from bot.domain.sending import SendState
from bot.services import outbox
from bot.services.outbox import Letter
from bot.storage.models import (
    Account,
    ChannelState,
    Outbox,
    SendBucket,
    StoredToken,
    TickMark,
    Unit,
)
from tests.e2e.conftest import MakePlace
from tests.e2e.served import ClockedBot, Place, texts
from tests.e2e.street import Branch
from tests.e2e.talking import words
from tests.fake_tencent import FakeTencent

NOON = at(date(2026, 3, 12), 12)  # a Thursday
SEND = "/cgi-bin/message/send"
TO_GROUP = "/cgi-bin/webhook/send"
DEADLINE = 0.7  # seconds of real time for one call

LOST = "请求已发出，但没有收到有效的回执"


@pytest.fixture(scope="module")
def place(make_place: MakePlace) -> Place:
    """Return the installation the tests of this module share."""
    return make_place(5)


@pytest.fixture
def bot(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[ClockedBot]:
    """Return the application at noon, with a platform that behaves and an empty outbox."""
    monkeypatch.setattr(
        channels, "http_for", lambda _: Http(deadline=DEADLINE, allow_insecure=True)
    )
    monkeypatch.setattr(tokens, "_FAILED_FOR", 0.0)  # seconds of the machine, not of our clock
    with place.database.writing() as session:
        for table in (Outbox, ChannelState, SendBucket, StoredToken, TickMark):
            session.execute(delete(table))
    place.begin_anew()
    bot = ClockedBot(place, NOON)
    yield bot
    bot.close()


# --- reminders -----------------------------------------------------------------------------------


def test_the_group_reads_of_a_meeting_once_however_often_it_was_moved(
    place: Place, fake: FakeTencent, bot: ClockedBot
) -> None:
    third = Branch(3)
    with bot.serving():
        app = bot.receivers["wecom"]
        for said in (
            "建会 主题党日 3月16日 15:00 社区二楼",
            "改期 主题党日 3月17日 15:00",
            "改期 主题党日 3月18日 9:30",
        ):
            assert words(fake.push(app, user=third.secretary, text=said)).startswith("✓ 已")
        before = {account: len(fake.delivered(user=account)) for account in third.reachable}

        bot.set(at(date(2026, 3, 17), 16))
        bot.run_until(at(date(2026, 3, 17), 20))

    wanted = "【主题党日】3月18日（周三）09:30 社区二楼。来不了请私聊我：请假 原因"
    assert texts(fake.delivered(key="key-branch3")) == [wanted]
    assert fake.delivered(key="key-branch5") == []
    for account in third.reachable:
        told = texts(fake.delivered(user=account)[before[account] :])
        assert sum("18日（周三）09:30 主题党日" in one for one in told) == 1
        assert not any("16日（周一）15:00" in one or "17日（周二）15:00" in one for one in told)


# --- cards ---------------------------------------------------------------------------------------


def test_a_notice_is_a_card_and_the_pressed_button_says_so(
    place: Place, fake: FakeTencent, bot: ClockedBot
) -> None:
    branch, notice = Branch(2), "明天下午3点二楼开会，请带笔记本"
    with bot.serving():
        app = bot.receivers["wecom"]
        fake.push(app, user=branch.secretary, text=f"发通知 {notice}")
        fake.push(app, user=branch.secretary, text="确认7")
        bot.run_until(NOON + timedelta(minutes=1))
        who = branch.account("zhang")
        (card,) = [
            copy["content"] for copy in fake.delivered(user=who) if notice in texts([copy])[0]
        ]
        key = card["button_list"][0]["key"]
        pressed = {"event": "template_card_event", "event_key": key, "fields": {"TaskId": "t"}}
        bot.set(NOON + timedelta(minutes=2))
        first = fake.push(app, user=who, **pressed)
        again = fake.push(app, user=who, **pressed)
        bot.set(NOON + timedelta(minutes=3))
        wrong = fake.push(app, user=who, **{**pressed, "event_key": "收到#99999.1"})
        bot.run_until(NOON + timedelta(minutes=4))
        listed = words(fake.push(app, user=branch.secretary, text="名单 通知"))

    assert card["sub_title_text"] == notice
    assert first.reply is not None
    assert "<MsgType><![CDATA[update_button]]></MsgType>" in first.reply
    assert "<ReplaceName><![CDATA[已收到 · 3月12日 12:02]]></ReplaceName>" in first.reply
    assert again.reply == first.reply
    assert wrong.reply == ""
    assert texts(fake.delivered(user=who))[-1].startswith("没有找到这条通知")
    assert f"通知“{notice[:15]}" in listed
    assert "：1人已收到" in listed


# --- limits --------------------------------------------------------------------------------------


def test_a_group_never_hears_more_than_twenty_a_minute(
    place: Place, fake: FakeTencent, bot: ClockedBot
) -> None:
    numbered = [f"群通知第{number}条" for number in range(22)]
    put_in_group(place, bot, "第三党支部", *numbered)
    put_in_group(place, bot, "第五党支部", "群通知，只此一条")

    bot.run_until(NOON + timedelta(seconds=1))
    first = len(fake.delivered(key="key-branch3")), len(fake.delivered(key="key-branch5"))
    bot.run_until(NOON + timedelta(minutes=5))

    copies = fake.delivered(key="key-branch3")
    moments = [copy["at"] for copy in copies]
    assert first == (5, 1)  # nobody waits for another group
    assert texts(copies) == numbered
    assert max(sum(0 <= each - start < 60 for each in moments) for start in moments) <= 20
    assert all(call["answer"]["errcode"] == 0 for call in calls(fake, TO_GROUP, "群通知"))


def test_a_platform_that_says_too_many_is_waited_for(
    place: Place, fake: FakeTencent, bot: ClockedBot
) -> None:
    numbered = [f"限流后第{number}条" for number in range(9)]
    fake.limits(webhook_per_min=4)
    put_in_group(place, bot, "第五党支部", *numbered)

    bot.run_until(NOON + timedelta(minutes=10))

    got = [text for text in texts(fake.delivered(key="key-branch5")) if "限流后" in text]
    codes = [call["answer"]["errcode"] for call in calls(fake, TO_GROUP, "限流后")]
    assert got == numbered
    assert codes.count(0) == 9
    assert 1 <= codes.count(45009) <= 4


def test_a_member_is_never_sent_what_the_platform_would_drop(
    place: Place, fake: FakeTencent, bot: ClockedBot
) -> None:
    numbered = [f"给一人的第{number}条" for number in range(45)]
    member = Branch(4).secretary
    put(place, bot, Branch(4), *numbered, only=member)

    bot.run_until(NOON + timedelta(seconds=30))
    early = len([text for text in texts(fake.delivered(user=member)) if "给一人" in text])
    bot.run_until(NOON + timedelta(minutes=4))

    got = [text for text in texts(fake.delivered(user=member)) if "给一人" in text]
    assert 7 <= early < 30
    assert got == numbered
    assert states(place) == {SendState.ACCEPTED}


def test_a_hung_platform_keeps_nothing_from_a_group(
    place: Place, fake: FakeTencent, bot: ClockedBot
) -> None:
    members = put(place, bot, Branch(1), "应用挂住一", "应用挂住二")
    put_in_group(place, bot, "第五党支部", "群里照发")
    fake.fault(SEND, {"delay": 30}, times=-1)

    bot.app.core.dispatcher.dispatch()

    assert texts(fake.delivered(key="key-branch5")) == ["群里照发"]
    assert len(calls(fake, SEND, "应用挂住")) <= 1  # a channel that hangs is not knocked at again
    fake.clear_faults()
    bot.run_until(NOON + timedelta(minutes=2))
    for account in members:
        assert sum("应用挂住" in one for one in texts(fake.delivered(user=account))) == 2


# --- lost answers --------------------------------------------------------------------------------

SPOILT: dict[str, dict[str, Any]] = {
    "处理后断开": {"drop": "after"},
    "网关502": {"http": 502, "body": "<html>Bad Gateway</html>"},
    "不是JSON": {"http": 200, "body": "not json"},
    "空的": {"http": 200, "body": ""},
    "慢慢挤": {"trickle": 2},
    "五十兆": {"big": 50_000_000},
    "挂住": {"delay": 2},
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_lost_answer_is_asked_again_under_the_duplicate_check_and_one_copy_arrives(
    place: Place, fake: FakeTencent, bot: ClockedBot, how: str
) -> None:
    said = f"回执丢了也只收到一次：{how}"
    members = put(place, bot, Branch(1), said)
    fake.fault(SEND, SPOILT[how])

    bot.run_until(NOON + timedelta(minutes=1))

    assert states(place) == {SendState.ACCEPTED}
    for account in members:
        assert texts(fake.delivered(user=account)).count(said) == 1
    bodies = [call["body"] for call in calls(fake, SEND, said)]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]
    assert bodies[0]["enable_duplicate_check"] == 1


@pytest.mark.parametrize("how", SPOILT)
def test_a_lost_answer_of_a_webhook_is_uncertain_and_never_asked_again(
    place: Place, fake: FakeTencent, bot: ClockedBot, how: str
) -> None:
    said = f"不知道送到没有：{how}"
    put_in_group(place, bot, "第五党支部", said)
    fake.fault(TO_GROUP, SPOILT[how])

    bot.run_until(NOON + timedelta(hours=1))

    (row,) = place.outbox(text=said)
    assert row.state is SendState.UNCERTAIN
    assert row.detail.startswith(LOST)
    assert len(calls(fake, TO_GROUP, said)) == 1
    assert texts(fake.delivered(key="key-branch5")).count(said) <= 1


def test_a_call_that_never_arrived_is_simply_made_again(
    place: Place, fake: FakeTencent, bot: ClockedBot
) -> None:
    members = put(place, bot, Branch(1), "令牌接口先坏后好")
    fake.revoke("app-secret")
    fake.fault("/cgi-bin/gettoken", {"http": 502, "body": "<html>"})

    bot.run_until(NOON + timedelta(minutes=1))

    assert states(place) == {SendState.ACCEPTED}
    for account in members:
        assert texts(fake.delivered(user=account)).count("令牌接口先坏后好") == 1


def test_a_redirect_is_not_followed(place: Place, fake: FakeTencent, bot: ClockedBot) -> None:
    put(place, bot, Branch(1), "不跟着跳转")
    before = fake.counters()["calls"].get("/cgi-bin/stolen", 0)
    fake.fault(SEND, {"redirect": f"{fake.qyapi}/cgi-bin/stolen"})

    bot.run_until(NOON + timedelta(hours=1))

    assert fake.counters()["calls"].get("/cgi-bin/stolen", 0) == before
    assert states(place) <= {SendState.ACCEPTED, SendState.UNCERTAIN}
    assert texts(fake.delivered(user=Branch(1).secretary)).count("不跟着跳转") <= 1


# --- the platform says no ------------------------------------------------------------------------


def test_an_address_that_is_not_trusted_pauses_the_channel_and_is_seen(
    place: Place, fake: FakeTencent, bot: ClockedBot
) -> None:
    members = put(place, bot, Branch(1), "等IP加进白名单")
    fake.ip(allow=False)

    bot.run_until(NOON + timedelta(minutes=5))
    blocked = [call for call in fake.log(SEND) if "等IP" in str(call["body"])]
    code, said = place.try_zhibu("doctor")

    assert states(place) == {SendState.QUEUED}
    assert len(blocked) == 1  # it does not knock again and again
    (resting,) = place.rows(select(ChannelState))
    assert (resting.channel, resting.paused_until) == ("wecom", NOON + timedelta(minutes=10))
    assert "可信IP" in resting.why
    assert code == 1
    assert f"渠道 wecom：{resting.why}" in said

    fake.ip(allow=True)
    bot.run_until(NOON + timedelta(minutes=11))

    assert states(place) == {SendState.ACCEPTED}
    for account in members:
        assert texts(fake.delivered(user=account)).count("等IP加进白名单") == 1


def test_a_token_that_stays_bad_ends_after_two_calls(
    place: Place, fake: FakeTencent, bot: ClockedBot
) -> None:
    put(place, bot, Branch(1), "凭证总是不行")
    fake.fault(SEND, {"errcode": 42001}, times=-1)

    bot.run_until(NOON + timedelta(minutes=5))
    tries = len(calls(fake, SEND, "凭证总是不行"))
    fake.clear_faults()
    bot.run_until(NOON + timedelta(minutes=30))

    assert tries == 2
    assert states(place) == {SendState.ACCEPTED}
    assert texts(fake.delivered(user=Branch(1).secretary)).count("凭证总是不行") == 1


@pytest.mark.parametrize(
    ("state", "words_of_it"),
    [
        ("removed", "key 无效或机器人已被移除"),
        ("disabled", "已被停用"),
        ("absent", "已不在这个群里"),
    ],
)
def test_a_webhook_that_is_gone_says_what_to_do(
    place: Place, fake: FakeTencent, bot: ClockedBot, state: str, words_of_it: str
) -> None:
    put_in_group(place, bot, "第五党支部", f"群机器人{state}")
    fake.webhook("key-branch5", state)

    bot.run_until(NOON + timedelta(minutes=5))
    fake.webhook("key-branch5", "ok")

    (row,) = place.outbox()
    assert row.state is SendState.REFUSED
    assert words_of_it in row.detail


# --- many at once --------------------------------------------------------------------------------


def test_four_cold_nodes_fetch_one_token_and_send_each_text_once(
    place: Place, fake: FakeTencent, bot: ClockedBot
) -> None:
    branch = Branch(2)
    numbered = [f"四台机器第{number}条" for number in range(6)]
    put(place, bot, branch, *numbered)
    fake.revoke("app-secret")
    fetched = fake.counters()["gettoken"].get("app-secret", 0)
    nodes = [ClockedBot(place, NOON) for _ in range(4)]
    start = threading.Barrier(len(nodes))

    def work(node: ClockedBot) -> int:
        start.wait()
        return node.app.core.dispatcher.drain()

    with ThreadPoolExecutor(len(nodes)) as pool:
        sent = list(pool.map(work, nodes))
    for node in nodes:
        node.close()

    assert sum(sent) == len(branch.reachable) * len(numbered)
    counters = fake.counters()
    assert counters["gettoken"]["app-secret"] == fetched + 1
    assert counters["most_concurrent_gettoken"] == 1
    for account in branch.reachable:
        got = [text for text in texts(fake.delivered(user=account)) if "四台机器" in text]
        assert got == numbered


# --- helpers -------------------------------------------------------------------------------------


def put(
    place: Place, bot: ClockedBot, branch: Branch, *said: str, only: str | None = None
) -> list[str]:
    """Queue texts for the reachable members of a branch, or for one; return their accounts."""
    accounts = branch.reachable if only is None else [only]
    wanted = select(Account).where(Account.external_id.in_(accounts))
    members = [MemberId(row.member_id) for row in place.rows(wanted)]
    letters = [
        Letter(key=f"test:{text}:m{each}", text=Text(text), due_at=NOON, member_id=each)
        for text in said
        for each in members
    ]
    _enqueue(place, bot, letters)
    return accounts


def put_in_group(place: Place, bot: ClockedBot, unit: str, *said: str) -> None:
    """Queue texts for the group of a unit."""
    (found,) = place.rows(select(Unit).where(Unit.name == unit))
    _enqueue(
        place,
        bot,
        [
            Letter(
                key=f"test:{text}:u{found.id}",
                text=Text(text),
                due_at=NOON,
                unit_id=UnitId(found.id),
            )
            for text in said
        ],
    )


def _enqueue(place: Place, bot: ClockedBot, letters: list[Letter]) -> None:
    routes = main.routes_of(bot.app.channels)
    place.write(lambda session: outbox.enqueue(session, routes, letters, NOON))


def states(place: Place) -> set[SendState]:
    """Return in which states the outgoing rows are."""
    return {row.state for row in place.outbox()}


def calls(fake: FakeTencent, endpoint: str, said: str) -> list[dict[str, Any]]:
    """Return the calls that carried a text."""
    return [call for call in fake.log(endpoint) if said in str(call["body"])]
