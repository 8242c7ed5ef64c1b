"""Subscription messages: short fields, one agreement each; customer-service messages beside them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from pydantic import SecretStr

from bot.channels import rare
from bot.channels.channel import Parts
from bot.channels.official_account import OfficialAccountSender
from bot.channels.subscribe_message import SubscribeSender, beginning
from bot.clock import ManualClock
from bot.config import OfficialAccountConfig
from bot.domain.incoming import Event, Kind
from bot.domain.ports import HasWindow
from bot.domain.sending import SendError
from tests.unit.channels.platform import APP, NOW

POPUP = (
    "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>"
    "<CreateTime>1610969440</CreateTime><MsgType><![CDATA[event]]></MsgType>"
    "<Event><![CDATA[subscribe_msg_popup_event]]></Event><SubscribeMsgPopupEvent>{lists}"
    "</SubscribeMsgPopupEvent></xml>"
)
ITEM = (
    "<List><TemplateId><![CDATA[{id}]]></TemplateId><SubscribeStatusString><![CDATA[{said}]]>"
    "</SubscribeStatusString><PopupScene>2</PopupScene></List>"
)
FIELDS = {"MsgType": "event", "Event": "subscribe_msg_popup_event"}


def _config() -> OfficialAccountConfig:
    return OfficialAccountConfig(
        kind="official_account",
        name="mp",
        app_id=APP,
        secret=SecretStr("oa-secret"),
        token=SecretStr("token"),
        mode="plaintext",
        subscribe_template="tpl-meeting",
    )


def _sender(answer: dict[str, Any]) -> tuple[SubscribeSender, OfficialAccountSender]:
    tokens = Mock(call=lambda request: request("T"))
    http = Mock()
    http.post.return_value = answer
    parts = Mock(spec=Parts, http=http, clock=ManualClock(NOW))
    return SubscribeSender(_config(), tokens, parts), OfficialAccountSender(
        _config(), tokens, parts
    )


def test_a_hint_is_the_beginning_and_the_moment() -> None:
    hint, _ = _sender({"errcode": 0})

    body = json.loads(
        hint.compose(["o1"], "张三您好：16日（周一）15:00 主题党日，社区二楼。来回复 1")
    )

    assert (body["touser"], body["template_id"]) == ("o1", "tpl-meeting")
    assert len(body["data"]["thing1"]["value"]) == 20
    assert body["data"]["thing1"]["value"].startswith("张三您好：16日（周一）15:00")
    assert body["data"]["time2"]["value"] == "2026年3月16日 10:00"


@pytest.mark.parametrize(
    ("text", "shown"), [("会" * 20, "会" * 20), ("会" * 21, "会" * 19 + "…"), ("一\n二", "一 二")]
)
def test_a_field_takes_twenty_characters_in_one_line(text: str, shown: str) -> None:
    assert beginning(text) == shown


def test_without_an_agreement_it_is_refused_in_words() -> None:
    hint, _ = _sender({"errcode": 43101, "errmsg": "user refuse"})

    with pytest.raises(SendError, match="没有订阅或已用完"):
        hint.send(hint.compose(["o1"], "开会"))


@pytest.mark.parametrize(
    ("code", "why"), [(45015, "超过48小时"), (45047, "条数已用完"), (40003, "账号不对")]
)
def test_a_customer_service_message_that_may_not_be_says_why(code: int, why: str) -> None:
    _, sender = _sender({"errcode": code, "errmsg": "x"})

    with pytest.raises(SendError, match=why) as refused:
        sender.send(sender.compose(["o1"], "开会"))
    assert refused.value.permanent


def test_it_writes_for_two_days_five_times() -> None:
    _, sender = _sender({"errcode": 0})

    assert isinstance(sender, HasWindow)
    assert sender.window.most == 5
    assert timedelta(hours=47) < sender.window.lasts < timedelta(hours=48)
    assert sender.send(sender.compose(["o1"], "开会")).refused == {}
    with pytest.raises(SendError, match="太长"):
        sender.compose(["o1"], "会" * 683)


@pytest.mark.parametrize(
    ("said", "templates"),
    [
        ([("t1", "accept")], "t1"),
        ([("t1", "accept"), ("t2", "reject"), ("t3", "accept")], "t1,t3"),
        ([("t1", "reject")], ""),
    ],
)
def test_what_was_agreed_to_is_read(said: list[tuple[str, str]], templates: str) -> None:
    xml = POPUP.format(lists="".join(ITEM.format(id=each, said=how) for each, how in said))

    found = rare.read_rare(xml, FIELDS, rare.parse_official)

    assert found == rare.Rare(Kind.EVENT, event=Event.CONSENT, event_key=templates)


def test_an_agreement_that_cannot_be_read_is_none() -> None:
    found = rare.read_rare(POPUP.format(lists=""), FIELDS, rare.parse_official)

    assert found == rare.Rare(Kind.EVENT, event=Event.CONSENT, event_key="")
