"""Messages to a smart robot."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.envelope import Envelope
from bot.channels.wecom_robot import WecomRobotReceiver
from bot.clock import ManualClock
from bot.domain.incoming import Answer, Event, Incoming, Kind
from bot.domain.ports import Opened, Rejected
from tests.unit.channels.platform import (
    AES_KEY,
    CORP,
    NOW,
    SECONDS,
    TOKEN,
    Delivery,
    opened_json,
    vectors,
)

ENVELOPE = Envelope(TOKEN, AES_KEY, "")
CLOCK = ManualClock(NOW)
ROBOT = WecomRobotReceiver("robot", CORP, ENVELOPE, CLOCK)


def _json(**fields: object) -> str:
    values = {
        "msgid": "CAIQ16HMjQYY",
        "aibotid": "AIBOTID",
        "chattype": "single",
        "from": {"userid": "zhangsan"},
        "response_url": "https://example.org/x",
        "msgtype": "text",
        "text": {"content": "签到"},
        **fields,
    }
    return json.dumps({key: value for key, value in values.items() if value is not None})


def _deliver(plain: str, robot: WecomRobotReceiver = ROBOT) -> Opened:
    return robot.open(*Delivery(plain, "").json(), NOW)


def _said(robot: WecomRobotReceiver = ROBOT, **fields: object) -> Incoming:
    opened = _deliver(_json(**fields), robot)
    assert opened.message is not None, opened.note
    return opened.message


def _in_group(text: str, robot: WecomRobotReceiver = ROBOT) -> str:
    return _said(robot, chattype="group", chatid="CHATID", text={"content": text}).text


def test_a_group_text_becomes_a_message() -> None:
    quote = {"msgtype": "text", "text": {"content": "三会一课通知"}}

    message = _said(
        chattype="group", chatid="CHATID", text={"content": "@党务助手 签到"}, quote=quote
    )

    assert message == Incoming(
        channel="robot",
        space=f"wecom:{CORP}",
        message_id="CAIQ16HMjQYY",
        chat_id="CHATID",
        sender_id="zhangsan",
        sent_at=NOW,
        text="签到",
        quoted_text="三会一课通知",
    )


@pytest.mark.parametrize("vector", vectors("aibot-"), ids=lambda vector: vector["id"])
def test_the_sdks_own_bodies_are_opened(vector: dict[str, str]) -> None:
    then = datetime.fromtimestamp(int(vector["timestamp"]), UTC)
    query = "&".join(f"{name}={vector[name]}" for name in ("msg_signature", "timestamp", "nonce"))
    body = json.dumps({"encrypt": vector["encrypt"]}).encode()

    opened = ROBOT.open(query, body, then)

    if vector["id"] == "aibot-sdk-group-text":
        assert opened.message is not None
        assert (opened.message.text, opened.message.quoted_text) == ("签到", "三会一课通知")
        assert opened.message.sent_at == then
    else:
        assert opened.message is None
        assert opened.note


def test_a_url_check_answers_the_decrypted_text() -> None:
    assert ROBOT.verify(Delivery("1616140317555161061", "").check()) == b"1616140317555161061"


MENTIONS = {
    "空格": ("@党务助手 签到", "签到"),
    "窄空格": ("@党务助手\u2005签到", "签到"),
    "几个空格": ("@党务助手 \u2005 签到", "签到"),
    "换行": ("@党务助手\n#接龙\n1. 张三", "\n#接龙\n1. 张三"),
    "只有提及": ("@党务助手", ""),
    "第二个提及留下": ("@党务助手 @李四 已交", "@李四 已交"),
    "没有提及": ("签到 @党务助手", "签到 @党务助手"),
    "邮箱": ("a@b.cn 签到", "a@b.cn 签到"),
    "只有一个@": ("@ 签到", "@ 签到"),
}


@pytest.mark.parametrize(("text", "expected"), MENTIONS.values(), ids=MENTIONS)
def test_the_leading_mention_is_taken_off_in_a_group(text: str, expected: str) -> None:
    assert _in_group(text) == expected


def test_a_name_with_a_space_and_a_mention_in_the_middle_need_the_name() -> None:
    robot = WecomRobotReceiver("robot", CORP, ENVELOPE, CLOCK, bot_name="支部 助手")

    assert _in_group("@支部 助手 签到", robot) == "签到"
    assert _in_group("@李四 请假 @支部 助手", robot) == "@李四 请假 "
    assert _in_group("@支部 助手二号 签到", robot) == "@支部 助手二号 签到"


def test_in_private_nothing_is_taken_off() -> None:
    assert _said(text={"content": "@李四 请假"}).text == "@李四 请假"


MIXED = {
    "msg_item": [
        {"msgtype": "text", "text": {"content": "@党务助手 签到"}},
        {"msgtype": "image", "image": {"url": "https://x"}},
        {"msgtype": "text", "text": {"content": "第二段"}},
        "不是一项",
    ]
}
KINDS: dict[str, tuple[dict[str, Any], Kind, str, str | None]] = {
    "语音": ({"msgtype": "voice", "voice": {"content": "签到。"}}, Kind.VOICE, "签到。", None),
    "图片": ({"msgtype": "image", "image": {"url": "u"}}, Kind.IMAGE, "", None),
    "文件": ({"msgtype": "file", "file": {"url": "u"}}, Kind.FILE, "", None),
    "视频": ({"msgtype": "video", "video": {"url": "u"}}, Kind.FILE, "", None),
    "图文": ({"msgtype": "mixed", "mixed": MIXED}, Kind.TEXT, "@党务助手 签到\n第二段", None),
    "图文只有图": ({"msgtype": "mixed", "mixed": {"msg_item": []}}, Kind.IMAGE, "", None),
    "图文是坏的": ({"msgtype": "mixed", "mixed": {"msg_item": 1}}, Kind.IMAGE, "", None),
    "引用语音": (
        {"quote": {"msgtype": "voice", "voice": {"content": "到"}}},
        Kind.TEXT,
        "签到",
        "到",
    ),
    "引用图文": (
        {"quote": {"msgtype": "mixed", "mixed": MIXED}},
        Kind.TEXT,
        "签到",
        "@党务助手 签到\n第二段",
    ),
    "引用图片": ({"quote": {"msgtype": "image", "image": {}}}, Kind.TEXT, "签到", None),
    "引用是坏的": ({"quote": "x"}, Kind.TEXT, "签到", None),
    "文字是坏的": ({"text": ["签到"]}, Kind.TEXT, "", None),
    "文字带零字符": ({"text": {"content": "签\0到\ud800"}}, Kind.TEXT, "签到", None),
}


@pytest.mark.parametrize(("fields", "kind", "text", "quoted"), KINDS.values(), ids=KINDS)
def test_a_kind_is_recognised(
    fields: dict[str, Any], kind: Kind, text: str, quoted: str | None
) -> None:
    message = _said(**fields)

    assert (message.kind, message.text, message.quoted_text) == (kind, text, quoted)
    message.text.encode()


def _event(name: str, **about: object) -> dict[str, Any]:
    return {"msgtype": "event", "text": None, "event": {"eventtype": name, **about}}


def test_opening_the_chat_may_be_greeted_in_plain_text() -> None:
    opened = _deliver(_json(**_event("enter_chat"), create_time=SECONDS - 5))

    assert opened.message is not None
    assert opened.message.event is Event.ENTER
    assert int(opened.message.sent_at.timestamp()) == SECONDS - 5
    assert opened_json(opened.seal(Answer("您好"))[1], "nonce0") == {
        "msgtype": "text",
        "text": {"content": "您好"},
    }
    assert opened.seal(Answer(None))[1] == b""


def test_a_card_button_gives_its_key_and_takes_no_text() -> None:
    card = {"card_type": "button_interaction", "event_key": "收到", "task_id": "t"}

    opened = _deliver(_json(**_event("template_card_event", template_card_event=card)))

    assert opened.message is not None
    assert (opened.message.event, opened.message.event_key) == (Event.CARD, "收到")
    assert opened.seal(Answer("好"))[1] == b""


def test_feedback_takes_no_answer() -> None:
    opened = _deliver(_json(**_event("feedback_event", feedback_event={"id": "f"})))

    assert opened.message is not None
    assert opened.message.event is Event.OTHER
    assert opened.seal(Answer("好"))[1] == b""


def test_an_event_without_an_id_gets_one() -> None:
    message = _said(**_event("enter_chat"), msgid=None)

    assert message.message_id == f"zhangsan:{SECONDS}:enter_chat:"


def test_an_answer_is_a_finished_stream() -> None:
    opened = _deliver(_json())

    reply = opened_json(opened.seal(Answer("✓ 张三，已签到"))[1], "nonce0")

    assert reply["msgtype"] == "stream"
    assert reply["stream"]["finish"] is True
    assert reply["stream"]["content"] == "✓ 张三，已签到"


def test_a_repeated_delivery_gets_the_same_stream() -> None:
    first, again = (
        opened_json(_deliver(_json()).seal(Answer("好"))[1], "nonce0") for _ in range(2)
    )
    other = opened_json(_deliver(_json(msgid="2")).seal(Answer("好"))[1], "nonce0")

    assert first == again
    assert first["stream"]["id"] != other["stream"]["id"]


def test_a_poll_for_more_hears_that_it_is_finished() -> None:
    opened = _deliver(_json(msgtype="stream", text=None, stream={"id": "S1"}))

    assert opened.message is None
    assert opened_json(opened.seal(Answer(None))[1], "nonce0") == {
        "msgtype": "stream",
        "stream": {"id": "S1", "finish": True},
    }


def test_an_answer_is_clipped_to_what_the_platform_takes() -> None:
    reply = opened_json(_deliver(_json()).seal(Answer("第一行\n" * 5000))[1], "nonce0")

    assert len(reply["stream"]["content"].encode()) <= 20480


def test_silence_is_an_empty_answer() -> None:
    assert _deliver(_json()).seal(Answer(None)) == ("application/json; charset=utf-8", b"")


NOTES = {
    "空": "",
    "不是JSON": "签到",
    "腾讯的坏样例": vectors("wecom-py-json")[0]["plaintext"],
    "一列": "[]",
    "空对象": "{}",
    "一个键两次": '{"msgtype": "text", "msgtype": "event"}',
    "太深": '{"a":' * 20 + "1" + "}" * 20,
    "十万层": "[" * 100_000,
    "没有发件人": _json(**{"from": None}),
    "发件人不是文字": _json(**{"from": {"userid": 1}}),
    "发件人极长": _json(**{"from": {"userid": "z" * 121}}),
    "平台自己": _json(**{"from": {"userid": "sys"}}),
    "没有编号": _json(msgid=None),
    "编号不是文字": _json(msgid=1),
    "群没有编号": _json(chattype="group"),
    "没见过的类型": _json(msgtype="hologram"),
    "类型不是文字": _json(msgtype=["text"]),
}


@pytest.mark.parametrize("plain", NOTES.values(), ids=NOTES)
def test_what_is_authentic_but_malformed_is_noted_and_acknowledged(plain: str) -> None:
    opened = _deliver(plain)

    assert opened.message is None
    assert opened.note
    assert opened.seal(Answer("不会发出"))[1] == b""


def test_another_robots_messages_are_left_alone() -> None:
    robot = WecomRobotReceiver("robot", CORP, ENVELOPE, CLOCK, bot_id="OTHER")

    assert _deliver(_json(), robot).message is None
    assert _deliver(_json(aibotid="OTHER"), robot).message is not None


BODIES = {
    "空": b"",
    "没有密文": b"{}",
    "密文不是文字": b'{"encrypt": 1}',
    "两个密文": b'{"encrypt": "1", "encrypt": "2"}',
    "XML": b"<xml><Encrypt>1</Encrypt></xml>",
    "明文": _json().encode(),
    "十万层": b'{"encrypt": ' + b"[" * 100_000,
    "半个字符": b'{"encrypt": "\\ud800"}',
    "不是UTF-8": b'{"encrypt": "\xff"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_strange_body_is_rejected(body: bytes) -> None:
    query, _ = Delivery(_json(), "").json()

    with pytest.raises(Rejected):
        ROBOT.open(query, body, NOW)


def test_a_delivery_for_an_app_is_rejected() -> None:
    with pytest.raises(Rejected):
        ROBOT.open(*Delivery(_json(), CORP).json(), NOW)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
_KEYS = ("msgid", "chattype", "chatid", "from", "msgtype", "text", "mixed", "quote", "event")


@given(st.dictionaries(st.sampled_from((*_KEYS, "create_time", "stream")), _VALUES))
def test_strange_fields_never_break_it(fields: dict[str, object]) -> None:
    opened = _deliver(_json(**fields))

    opened.seal(Answer("好"))
