"""Cards of a WeCom app: what is sent, when it is a plain text after all, and what a press shows."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest
from pydantic import SecretStr

from bot.channels.channel import Parts
from bot.channels.envelope import Envelope
from bot.channels.wecom_app import WecomAppReceiver, WecomAppSender
from bot.clock import ManualClock
from bot.config import WecomAppConfig
from bot.domain.cards import Button, Card, load_card
from bot.domain.incoming import Answer
from bot.domain.notices import read_receipt_key, receipt_card
from bot.domain.ports import ShowsCards
from bot.domain.sending import SendError
from tests.unit.channels.platform import (
    AES_KEY,
    AGENT,
    CORP,
    NOW,
    TOKEN,
    Delivery,
    message_xml,
    opened_xml,
)

CARD = receipt_card(12, 1, "支部通知", "第三党支部")
TEXT = "明天下午3点社区二楼开会"


def _sender(**more: Any) -> WecomAppSender:
    config = WecomAppConfig(
        kind="wecom_app",
        name="wecom",
        corp_id=CORP,
        agent_id=AGENT,
        secret=SecretStr("s3cr3t-of-the-app"),
        token=SecretStr(TOKEN),
        aes_key=SecretStr(AES_KEY),
        **more,
    )
    return WecomAppSender(config, Mock(), Mock(spec=Parts, http=Mock()))


def test_a_card_carries_the_whole_text_and_a_button() -> None:
    body = json.loads(_sender().compose_card(["zhangsan", "lisi"], TEXT, CARD))

    card = body["template_card"]
    assert (body["touser"], body["msgtype"]) == ("zhangsan|lisi", "template_card")
    assert body["enable_duplicate_check"] == 1
    assert card["card_type"] == "button_interaction"
    assert card["sub_title_text"] == TEXT
    assert card["button_list"] == [{"text": "收到", "style": 1, "key": "收到#12.1"}]
    assert (card["main_title"], card["source"]) == ({"title": "支部通知"}, {"desc": "第三党支部"})


def test_two_requests_of_one_notice_have_two_task_ids() -> None:
    bodies = [json.loads(_sender().compose_card([who], TEXT, CARD)) for who in ("a", "b")]

    assert len({body["template_card"]["task_id"] for body in bodies}) == 2


@pytest.mark.parametrize(("length", "kind"), [(112, "template_card"), (113, "text")])
def test_a_text_that_a_card_would_cut_goes_as_a_text(length: int, kind: str) -> None:
    body = json.loads(_sender().compose_card(["zhangsan"], "会" * length, CARD))

    assert body["msgtype"] == kind


def test_an_app_read_in_wechat_sends_texts_alone() -> None:
    body = json.loads(_sender(cards=False).compose_card(["zhangsan"], TEXT, CARD))

    assert (body["msgtype"], body["text"]) == ("text", {"content": TEXT})


def test_labels_are_as_long_as_a_card_shows() -> None:
    card = Card("题" * 40, "第" * 20, (Button("已经收到了通知", "k"),))

    shown = json.loads(_sender().compose_card(["zhangsan"], TEXT, card))["template_card"]

    assert len(shown["main_title"]["title"]) == 26
    assert len(shown["source"]["desc"]) == 13
    assert shown["button_list"][0]["text"] == "已经收到"


def test_a_card_is_never_sent_to_everybody() -> None:
    with pytest.raises(SendError):
        _sender().compose_card(["@all"], TEXT, CARD)


def test_the_dispatcher_knows_who_shows_cards() -> None:
    assert isinstance(_sender(), ShowsCards)


def test_a_card_survives_being_kept() -> None:
    assert load_card(CARD.dump()) == CARD


@pytest.mark.parametrize(
    ("words", "meant"),
    [("收到#12.1", (12, 1)), ("收到", None), ("收到#12", None), ("收到#x.1", None)],
)
def test_a_button_names_the_notice_and_its_version(
    words: str, meant: tuple[int, int] | None
) -> None:
    assert read_receipt_key(words) == meant


def _press(answer: str | None) -> bytes:
    envelope = Envelope(TOKEN, AES_KEY, CORP)
    app = WecomAppReceiver("wecom", CORP, AGENT, envelope, ManualClock(NOW))
    pressed = message_xml(
        CORP,
        AgentID=AGENT,
        MsgType="event",
        Event="template_card_event",
        EventKey="收到#12.1",
        TaskId="t",
        Content=None,
        MsgId=None,
    )
    opened = app.open(*Delivery(pressed, CORP).xml(), NOW)
    assert opened.message is not None
    assert not opened.message.shows_text
    return opened.seal(Answer(answer))[1]


def test_a_pressed_button_says_so_from_then_on() -> None:
    answer = _press("已收到 · 3月16日 10:00")

    fields = opened_xml(answer, CORP)
    assert (fields["MsgType"], fields["ToUserName"]) == ("update_button", "zhangsan")


def test_a_button_that_did_nothing_stays_as_it_is() -> None:
    assert _press(None) == b""


def test_a_text_is_answered_with_a_text_as_before() -> None:
    envelope = Envelope(TOKEN, AES_KEY, CORP)
    app = WecomAppReceiver("wecom", CORP, AGENT, envelope, ManualClock(NOW))
    opened = app.open(*Delivery(message_xml(CORP, AgentID=AGENT), CORP).xml(), NOW)
    assert opened.message is not None
    assert replace(opened.message).shows_text
    assert opened_xml(opened.seal(Answer("好"))[1], CORP)["Content"] == "好"
