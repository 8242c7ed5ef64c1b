"""Messages to an Official Account."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.envelope import Envelope
from bot.channels.official_account import OfficialAccount
from bot.clock import ManualClock
from bot.domain.incoming import Answer, Event, Incoming, Kind
from bot.domain.ports import Opened, Rejected
from tests.fake_tencent import crypto
from tests.unit.channels.platform import (
    AES_KEY,
    APP,
    NOW,
    SECONDS,
    TOKEN,
    VECTORS,
    Delivery,
    message_xml,
    opened_xml,
    vectors,
)

GH = "gh_10f6c3c3ac5a"
CLOCK = ManualClock(NOW)
SAFE = OfficialAccount("mp", APP, TOKEN, Envelope(TOKEN, AES_KEY, APP), CLOCK)
PLAIN = OfficialAccount("mp", APP, TOKEN, None, CLOCK)
TO = f"<ToUserName><![CDATA[{GH}]]></ToUserName>"
AES = {"encrypt_type": "aes", "signature": "not looked at", "openid": "zhangsan"}


def _deliver(plain: str, **changes: object) -> Opened:
    delivery = replace(Delivery(plain, APP, more=AES), **changes)  # type: ignore[arg-type]
    return SAFE.open(*delivery.xml(TO), NOW)


def _said(**fields: object) -> Incoming:
    message = _deliver(message_xml(GH, **fields)).message
    assert message is not None
    return message


def _happened(event: str, **fields: object) -> Incoming:
    return _said(MsgType="event", Event=event, MsgId=None, Content=None, **fields)


def _plain_query(**more: str) -> str:
    signature = crypto.sign(TOKEN, str(SECONDS), "n")
    values = {"signature": signature, "timestamp": str(SECONDS), "nonce": "n", **more}
    return "&".join(f"{name}={value}" for name, value in values.items())


def test_a_text_becomes_a_message() -> None:
    assert _said(Content=" 到 \n") == Incoming(
        channel="mp",
        space=f"oa:{APP}",
        message_id="4561255354251345929",
        chat_id=None,
        sender_id="zhangsan",
        sent_at=NOW,
        text=" 到 \n",
    )


def test_tencents_own_message_is_opened_in_safe_form() -> None:
    (vector,) = vectors("oa-cryptodemo")
    then = datetime.fromtimestamp(int(vector["timestamp"]), UTC)
    envelope = Envelope(vector["token"], vector["encoding_aes_key"], vector["receive_id"])
    account = OfficialAccount("mp", vector["receive_id"], vector["token"], envelope, CLOCK)
    query = "encrypt_type=aes&" + "&".join(
        f"{name}={vector[name]}" for name in ("msg_signature", "timestamp", "nonce")
    )
    body = f"<xml>{TO}<Encrypt><![CDATA[{vector['encrypt']}]]></Encrypt></xml>"

    message = account.open(query, body.encode(), then).message

    assert message is not None
    assert message.text == "abcdteT"
    assert message.message_id == "6054768590064713728"


def test_a_url_check_is_echoed_in_the_clear() -> None:
    (vector,) = [each for each in VECTORS if each["id"] == "message-push-verifyurl"]
    clock = ManualClock(datetime.fromtimestamp(int(vector["timestamp"]), UTC))
    for envelope in (None, Envelope(TOKEN, AES_KEY, APP)):
        account = OfficialAccount("mp", APP, vector["token"], envelope, clock)
        query = "&".join(f"{name}={vector[name]}" for name in ("signature", "timestamp", "nonce"))

        assert account.verify(f"{query}&echostr=43751+209%0A") == b"43751+209\n"
        with pytest.raises(Rejected):
            account.verify(query)
        with pytest.raises(Rejected):
            account.verify(f"{query}0&echostr=1")


EVENTS = {
    "关注": ("subscribe", {"EventKey": ""}, Event.FOLLOW, "", ""),
    "扫码关注": ("subscribe", {"EventKey": "qrscene_m12"}, Event.FOLLOW, "m12", ""),
    "取消关注": ("unsubscribe", {}, Event.UNFOLLOW, "", ""),
    "扫码": ("SCAN", {"EventKey": "m12", "Ticket": "t"}, Event.SCAN, "m12", ""),
    "菜单": ("CLICK", {"EventKey": "签到"}, Event.MENU, "签到", "签到"),
    "菜单没有键": ("CLICK", {}, Event.MENU, "", ""),
    "链接菜单": ("VIEW", {"EventKey": "https://x.cn"}, Event.OTHER, "https://x.cn", ""),
    "位置": ("LOCATION", {"Latitude": "不是数"}, Event.OTHER, "", ""),
    "没见过的": ("debug_demo", {}, Event.OTHER, "", ""),
}


@pytest.mark.parametrize(("name", "fields", "event", "key", "text"), EVENTS.values(), ids=EVENTS)
def test_an_event_says_what_happened(
    name: str, fields: dict[str, str], event: Event, key: str, text: str
) -> None:
    message = _happened(name, **fields)

    assert (message.kind, message.event, message.event_key) == (Kind.EVENT, event, key)
    assert message.text == text


KINDS = {
    "语音": ({"MsgType": "voice", "Recognition": "签到。"}, Kind.VOICE, "签到。"),
    "语音没有识别": ({"MsgType": "voice"}, Kind.VOICE, ""),
    "图片": ({"MsgType": "image"}, Kind.IMAGE, ""),
    "视频": ({"MsgType": "video"}, Kind.FILE, ""),
    "小视频": ({"MsgType": "shortvideo"}, Kind.FILE, ""),
    "位置": ({"MsgType": "location"}, Kind.FILE, ""),
    "链接": ({"MsgType": "link"}, Kind.FILE, ""),
    "空文字": ({"Content": ""}, Kind.TEXT, ""),
}


@pytest.mark.parametrize(("fields", "kind", "text"), KINDS.values(), ids=KINDS)
def test_a_kind_is_recognised(fields: dict[str, str], kind: Kind, text: str) -> None:
    message = _said(**{"Content": None, **fields})

    assert (message.kind, message.text, message.event) == (kind, text, None)


def test_two_events_of_one_second_are_two() -> None:
    ids = {
        _happened("CLICK", EventKey="签到").message_id,
        _happened("CLICK", EventKey="请假").message_id,
        _happened("VIEW", EventKey="签到").message_id,
        _happened("CLICK", EventKey="签到", FromUserName="lisi").message_id,
        _happened("CLICK", EventKey="签到", CreateTime=SECONDS + 1).message_id,
    }

    assert len(ids) == 5
    assert _happened("CLICK", EventKey="签到").message_id == f"zhangsan:{SECONDS}:CLICK:签到"


def test_a_long_event_key_gives_a_bounded_id() -> None:
    long, longer = (_happened("VIEW", EventKey="https://x.cn/" + "a" * n) for n in (900, 901))

    assert len(long.message_id) <= 120
    assert long.message_id != longer.message_id


MALFORMED = {
    "空": "",
    "不是XML": "签到",
    "JSON": '{"MsgType": "text"}',
    "别的根": "<a/>",
    "DTD": "<!DOCTYPE xml><xml></xml>",
    "没有发件人": message_xml(GH, FromUserName=None),
    "发件人极长": message_xml(GH, FromUserName="z" * 121),
    "平台自己": message_xml(GH, FromUserName="sys"),
    "没有时间": message_xml(GH, CreateTime=None),
    "时间不是数": message_xml(GH, CreateTime="昨天"),
    "时间极大": message_xml(GH, CreateTime="9" * 30),
    "没有编号": message_xml(GH, MsgId=None),
    "编号极长": message_xml(GH, MsgId="1" * 121),
    "没有类型": message_xml(GH, MsgType=None),
    "没见过的类型": message_xml(GH, MsgType="hologram"),
}


@pytest.mark.parametrize("plain", MALFORMED.values(), ids=MALFORMED)
def test_what_is_authentic_but_malformed_is_noted_and_acknowledged(plain: str) -> None:
    opened = _deliver(plain)

    assert opened.message is None
    assert opened.note
    assert opened.seal(Answer("不会发出"))[1] == b"success"


def test_control_characters_in_a_message_do_not_lose_it() -> None:
    assert _said(Content="签\x08到").text == "签到"


def test_a_safe_endpoint_refuses_everything_else() -> None:
    plain = message_xml(GH)
    query, body = Delivery(plain, APP, more=AES).xml(TO)
    bare = query.replace("&encrypt_type=aes", "")
    compatible = body.replace(b"</xml>", b"<FromUserName>zhangsan</FromUserName></xml>")
    for attempt in (
        (_plain_query(), plain.encode()),
        (_plain_query(encrypt_type="raw"), plain.encode()),
        (bare, body),
        (bare + "&encrypt_type=raw", body),
        (bare + "&encrypt_type=AES", body),
        (query, plain.encode()),
        (query, compatible),
        (query, b'{"Encrypt": "1"}'),
        (query, b"<xml></xml>"),
        (query, b""),
        (query, b"\xff"),
        (query.replace("msg_signature", "other"), body),
        (bare + "&" + query, body),
    ):
        with pytest.raises(Rejected):
            SAFE.open(*attempt, NOW)


def test_an_answer_is_sealed_for_the_sender() -> None:
    content_type, body = _deliver(message_xml(GH)).seal(Answer("✓ 张三，已签到"))

    assert content_type == "application/xml; charset=utf-8"
    assert opened_xml(body, APP) == {
        "ToUserName": "zhangsan",
        "FromUserName": GH,
        "CreateTime": str(SECONDS),
        "MsgType": "text",
        "Content": "✓ 张三，已签到",
    }


def test_silence_is_success() -> None:
    assert _deliver(message_xml(GH)).seal(Answer(None)) == ("text/plain; charset=utf-8", b"success")


def test_who_left_gets_no_answer() -> None:
    opened = _deliver(message_xml(GH, MsgType="event", Event="unsubscribe"))

    assert opened.seal(Answer("再见"))[1] == b"success"


def test_an_answer_is_clipped_to_what_the_platform_takes() -> None:
    _, body = _deliver(message_xml(GH)).seal(Answer("第一行\n" * 500))

    content = opened_xml(body, APP)["Content"]
    assert len(content.encode()) <= 2048
    assert content.endswith("第一行\n…")


@given(st.text(max_size=200))
def test_no_text_injects_anything(text: str) -> None:
    opened = _deliver(message_xml(GH))

    _, body = opened.seal(Answer(f"{text}]]></Content><Evil>{text}"))

    assert "Evil" not in opened_xml(body, APP)


def test_plaintext_mode_checks_the_signature_and_answers_in_the_clear() -> None:
    plain = message_xml(GH).encode()

    opened = PLAIN.open(_plain_query(), plain, NOW)

    assert opened.message is not None
    assert opened.message.text == "签到"
    assert b"<Content><![CDATA[\xe5\xa5\xbd]]></Content>" in opened.seal(Answer("好"))[1]
    for attempt in (
        (_plain_query(signature="0" * 40), plain),
        (_plain_query(encrypt_type="aes"), plain),
        (_plain_query(timestamp=str(SECONDS - 601)), plain),
        (_plain_query(), b"\xff"),
        (_plain_query(), b"<a/>"),
    ):
        with pytest.raises(Rejected):
            PLAIN.open(*attempt, NOW)


@given(st.text(max_size=300), st.binary(max_size=300))
def test_nothing_but_rejected_is_ever_raised(plain: str, body: bytes) -> None:
    try:
        _deliver(plain.encode(errors="replace").decode())
        SAFE.open(Delivery("", APP, more=AES).query(""), body, NOW)
    except Rejected:
        pass
