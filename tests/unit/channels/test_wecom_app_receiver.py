"""Messages to a WeCom app."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import rare
from bot.channels.envelope import Envelope
from bot.channels.wecom_app import WecomAppReceiver
from bot.clock import ManualClock
from bot.domain.incoming import Answer, Event, Incoming, Kind
from bot.domain.ports import Opened, Rejected
from tests.unit.channels.platform import (
    AES_KEY,
    AGENT,
    CORP,
    NOW,
    SECONDS,
    TOKEN,
    Delivery,
    message_xml,
    opened_xml,
    vectors,
)

APP = WecomAppReceiver("wecom", CORP, AGENT, Envelope(TOKEN, AES_KEY, CORP), ManualClock(NOW))
OUTER = f"<ToUserName><![CDATA[{CORP}]]></ToUserName><AgentID>{AGENT}</AgentID>"


def _xml(**fields: object) -> str:
    return message_xml(CORP, **{"AgentID": AGENT, **fields})


def _deliver(plain: str, outer: str = OUTER) -> Opened:
    return APP.open(*Delivery(plain, CORP).xml(outer), NOW)


def _said(**fields: object) -> Incoming:
    opened = _deliver(_xml(**fields))
    assert opened.message is not None, opened.note
    return opened.message


def _happened(event: str, **fields: object) -> Incoming:
    return _said(MsgType="event", Event=event, MsgId=None, Content=None, **fields)


def test_a_text_becomes_a_message() -> None:
    assert _said(FromUserName="ZhangSan", Content="到\n1") == Incoming(
        channel="wecom",
        space=f"wecom:{CORP}",
        message_id="4561255354251345929",
        chat_id=None,
        sender_id="ZhangSan",
        sent_at=NOW,
        text="到\n1",
    )


@pytest.mark.parametrize("vector", vectors("wecom-sample-d", "wecom-py-sample-d"))
def test_tencents_own_messages_are_opened(vector: dict[str, str]) -> None:
    then = datetime.fromtimestamp(int(vector["timestamp"]), UTC)
    envelope = Envelope(vector["token"], vector["encoding_aes_key"], vector["receive_id"])
    agent = int(vector["plaintext"].split("<AgentID>")[1].split("<")[0])
    app = WecomAppReceiver("wecom", vector["receive_id"], agent, envelope, ManualClock(then))
    query = "&".join(f"{name}={vector[name]}" for name in ("msg_signature", "timestamp", "nonce"))
    body = f"<xml><Encrypt><![CDATA[{vector['encrypt']}]]></Encrypt></xml>"

    message = app.open(query, body.encode(), then).message

    assert message is not None
    assert message.text in ("hello", "你好")


def test_a_url_check_answers_the_decrypted_text() -> None:
    assert APP.verify(Delivery("1616140317555161061", CORP).check()) == b"1616140317555161061"


EVENTS = {
    "进入应用": ("enter_agent", {"EventKey": ""}, Event.ENTER, "", ""),
    "加入可见范围": ("subscribe", {}, Event.FOLLOW, "", ""),
    "离开可见范围": ("unsubscribe", {}, Event.UNFOLLOW, "", ""),
    "菜单": ("click", {"EventKey": "签到"}, Event.MENU, "签到", "签到"),
    "卡片按钮": (
        "template_card_event",
        {"EventKey": "yes", "TaskId": "t"},
        Event.CARD,
        "yes",
        "",
    ),
    "通讯录变更": (
        "change_contact",
        {"ChangeType": "update_user", "UserID": "lisi"},
        Event.OTHER,
        "",
        "",
    ),
}


@pytest.mark.parametrize(("name", "fields", "event", "key", "text"), EVENTS.values(), ids=EVENTS)
def test_an_event_says_what_happened(
    name: str, fields: dict[str, str], event: Event, key: str, text: str
) -> None:
    message = _happened(name, **fields)

    assert (message.kind, message.event, message.event_key) == (Kind.EVENT, event, key)
    assert message.text == text


def test_a_code_scanned_from_the_menu_gives_what_it_says() -> None:
    scan = "<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>m12</ScanResult></ScanCodeInfo>"
    plain = _xml(MsgType="event", Event="scancode_waitmsg", EventKey="scan", MsgId=None)

    message = _deliver(plain.replace("</xml>", f"{scan}</xml>")).message

    assert message is not None
    assert (message.event, message.event_key) == (Event.SCAN, "m12")


def test_a_scan_without_a_result_breaks_nothing() -> None:
    assert _happened("scancode_waitmsg", EventKey="scan").event_key == ""


def test_events_that_wechatpy_cannot_read_are_still_events() -> None:
    with patch.object(rare, "parse_work", side_effect=KeyError):
        message = rare.read_rare("<xml/>", {"MsgType": "event", "Event": "click"}, rare.parse_work)

    assert message == rare.Rare(Kind.EVENT, event=Event.OTHER)


def test_two_changes_of_one_second_are_two() -> None:
    ids = {
        _happened("change_contact", ChangeType="update_user", UserID=who).message_id
        for who in ("lisi", "wangwu")
    }

    assert len(ids) == 2


def test_a_voice_message_has_no_transcript_here() -> None:
    message = _said(MsgType="voice", Content=None, MediaId="m", Format="amr")

    assert (message.kind, message.text) == (Kind.VOICE, "")


OTHERS = {
    "别的应用": _xml(AgentID=1000003),
    "没有应用编号": _xml(AgentID=None),
    "别的企业": _xml(ToUserName="ww0000000000000000"),
    "没有企业": _xml(ToUserName=None),
    "平台自己": _xml(FromUserName="sys"),
    "JSON": '{"MsgType": "text"}',
    "空": "",
}


@pytest.mark.parametrize("plain", OTHERS.values(), ids=OTHERS)
def test_what_is_not_for_us_is_noted_and_acknowledged(plain: str) -> None:
    opened = _deliver(plain)

    assert opened.message is None
    assert opened.note
    assert opened.seal(Answer("不会发出")) == ("text/plain; charset=utf-8", b"")


def test_the_unsigned_outside_decides_nothing() -> None:
    assert _deliver(_xml(), "<ToUserName>x</ToUserName><AgentID>9</AgentID>").message is not None


BODIES = {
    "空": b"",
    "没有密文": b"<xml><a>1</a></xml>",
    "明文": _xml().encode(),
    "JSON": b'{"encrypt": "1"}',
    "DTD": b"<!DOCTYPE xml><xml><Encrypt>1</Encrypt></xml>",
    "两个密文": b"<xml><Encrypt>1</Encrypt><Encrypt>2</Encrypt></xml>",
    "嵌套": b"<xml>" + b"<a>" * 20,
    "不是UTF-8": b"<xml><Encrypt>\xff</Encrypt></xml>",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_strange_body_is_rejected(body: bytes) -> None:
    query, _ = Delivery(_xml(), CORP).xml(OUTER)

    with pytest.raises(Rejected):
        APP.open(query, body, NOW)


def test_a_swapped_ciphertext_is_rejected() -> None:
    query, _ = Delivery(_xml(), CORP).xml(OUTER)
    _, body = Delivery(_xml(Content="党费已交"), CORP).xml(OUTER)

    with pytest.raises(Rejected):
        APP.open(query, body, NOW)


def test_a_repeated_parameter_is_rejected() -> None:
    query, body = Delivery(_xml(), CORP).xml(OUTER)

    with pytest.raises(Rejected):
        APP.open(f"{query}&timestamp={SECONDS}", body, NOW)


def test_an_answer_is_sealed_for_the_sender() -> None:
    _, body = _deliver(_xml()).seal(Answer("好 ]]> 的"))

    reply = opened_xml(body, CORP)
    assert (reply["ToUserName"], reply["FromUserName"]) == ("zhangsan", CORP)
    assert reply["Content"] == "好 ]]> 的"


def test_two_answers_differ_in_their_nonce() -> None:
    opened = _deliver(_xml())

    assert opened.seal(Answer("好"))[1] != opened.seal(Answer("好"))[1]


def test_what_cannot_be_answered_stays_silent() -> None:
    opened = _deliver(_xml(MsgType="event", Event="unsubscribe", EventKey=""))

    assert opened.seal(Answer("好"))[1] == b""


@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_nothing_but_a_note_comes_of_strange_messages(plain: str) -> None:
    assert _deliver(plain).message is None


_FIELDS = ("MsgType", "Event", "EventKey", "CreateTime", "FromUserName", "MsgId", "Content")


@given(
    st.dictionaries(
        st.sampled_from(_FIELDS), st.text(st.characters(codec="utf-8"), max_size=20), max_size=7
    ),
    st.sampled_from(["event", "voice", "text", "image"]),
)
def test_strange_fields_never_break_it(fields: dict[str, str], kind: str) -> None:
    opened = _deliver(_xml(**{"MsgType": kind, **fields}))

    opened.seal(Answer("好"))


def test_a_delivery_from_another_corporation_is_rejected() -> None:
    with pytest.raises(Rejected):
        APP.open(*replace(Delivery(_xml(), CORP), receive_id="ww0").xml(OUTER), NOW)
