"""Sending: the WeCom app, the group webhook, the simulator, and the registry that builds them."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.channels import Channel, Http, build, http_for
from bot.channels.answers import check
from bot.channels.simulator import SPACE, Delivered, Simulator
from bot.clock import ManualClock
from bot.config import Config, parse
from bot.domain.ports import Sender
from bot.domain.sending import Pace, SendError
from tests.unit.channels.platform import AES_KEY, AGENT, CORP, NOW, MemoryLease, MemoryTokens
from tests.unit.channels.wire import Wire, answer, drop

SECRET = "s3cr3t-of-the-app"
KEY = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"
TOKEN_ANSWER = answer({"errcode": 0, "access_token": "T" * 64, "expires_in": 7200})
ACCEPTED = {"errcode": 0, "errmsg": "ok", "msgid": "M1"}


def _config(base: str, tmp_path: Any) -> Config:
    common = {"api_base": base, "allow_insecure": True}
    crypto = {"token": "QDG6eK", "aes_key": AES_KEY}
    wecom = {"kind": "wecom_app", "corp_id": CORP, "agent_id": AGENT, "secret": SECRET}
    official = {"kind": "official_account", "app_id": "wx1", "secret": SECRET}
    return parse(
        {
            "channel": [
                {"name": "wecom", **wecom, **crypto, **common},
                {"name": "mp", **official, **crypto, **common},
                {"name": "robot", "kind": "wecom_robot", "corp_id": CORP, **crypto},
                {"name": "b3", "kind": "group_webhook", "key": KEY, "unit": "三支部", **common},
            ]
        },
        tmp_path,
    )


class _Setting:
    def __init__(self, wire: Wire, tmp_path: Any) -> None:
        self.wire = wire
        self.store = MemoryTokens()
        config = _config(wire.base, tmp_path)
        http = http_for(config.channels)
        self.channels = {
            entry.name: build(
                entry, store=self.store, lease=MemoryLease(), clock=ManualClock(NOW), http=http
            )
            for entry in config.channels
        }

    def sender(self, name: str) -> Sender:
        sender = self.channels[name].sender
        assert sender is not None
        return sender


@pytest.fixture
def setting(tmp_path: Any) -> Iterator[_Setting]:
    with Wire(default=drop) as wire:
        yield _Setting(wire, tmp_path)


def test_every_kind_is_built(setting: _Setting) -> None:
    def shape(channel: Channel) -> tuple[str, str, bool, bool, bool, str | None]:
        return (
            channel.kind,
            channel.space,
            channel.receiver is not None,
            channel.sender is not None,
            channel.tokens is not None,
            channel.unit,
        )

    assert {name: shape(channel) for name, channel in setting.channels.items()} == {
        "wecom": ("wecom_app", f"wecom:{CORP}", True, True, True, None),
        "mp": ("official_account", "oa:wx1", True, True, True, None),
        "robot": ("wecom_robot", f"wecom:{CORP}", True, False, False, None),
        "b3": ("group_webhook", "webhook:b3", False, True, False, "三支部"),
    }


def test_an_app_text_reaches_its_people(setting: _Setting) -> None:
    setting.wire.script = [TOKEN_ANSWER, answer(ACCEPTED)]
    sender = setting.sender("wecom")
    body = sender.compose(["zhangsan", "LiSi"], "请于3月20日前交党费")

    sent = sender.send(body)

    assert (sent.message_id, sent.refused) == ("M1", {})
    (token_head, _), (send_head, sent_body) = setting.wire.requests
    asked = f"GET /cgi-bin/gettoken?corpid={CORP}&corpsecret={SECRET} "
    assert token_head.startswith(asked)
    assert send_head.startswith(f"POST /cgi-bin/message/send?access_token={'T' * 64} ")
    assert sent_body == body.encode()
    assert "党费".encode() in sent_body
    assert json.loads(body) == {
        "touser": "zhangsan|LiSi",
        "msgtype": "text",
        "agentid": AGENT,
        "text": {"content": "请于3月20日前交党费"},
        "safe": 0,
        "enable_duplicate_check": 1,
        "duplicate_check_interval": 1800,
    }


def test_a_composed_body_is_the_same_every_time(setting: _Setting) -> None:
    sender = setting.sender("wecom")

    assert sender.compose(["a", "b"], "好") == sender.compose(["a", "b"], "好")
    assert sender.duplicate_window is not None
    assert timedelta(minutes=25) < sender.duplicate_window < timedelta(minutes=30)


def test_who_was_not_reached_is_told_by_the_address_of_the_roster(setting: _Setting) -> None:
    partial = {**ACCEPTED, "invaliduser": "lisi|nobody", "unlicenseduser": "zhaoliu"}
    setting.wire.script = [TOKEN_ANSWER, answer(partial)]
    sender = setting.sender("wecom")

    sent = sender.send(sender.compose(["zhangsan", "LiSi", "ZhaoLiu"], "好"))

    assert set(sent.refused) == {"LiSi", "ZhaoLiu"}
    assert "可见范围" in sent.refused["LiSi"]
    assert "激活" in sent.refused["ZhaoLiu"]


BAD_ADDRESSES = {
    "没有": [],
    "空": [""],
    "全体": ["@all"],
    "全体大写": ["@ALL"],
    "两个人": ["a|b"],
    "控制字符": ["a\0"],
    "一千零一人": ["a"] * 1001,
}


@pytest.mark.parametrize("addresses", BAD_ADDRESSES.values(), ids=BAD_ADDRESSES)
def test_no_address_becomes_everybody(setting: _Setting, addresses: list[str]) -> None:
    with pytest.raises(SendError) as failure:
        setting.sender("wecom").compose(addresses, "好")

    assert failure.value.permanent


@pytest.mark.parametrize("name", ["wecom", "b3"])
def test_a_text_that_would_be_cut_is_refused(setting: _Setting, name: str) -> None:
    sender = setting.sender(name)

    sender.compose(["a"], "三" * 682 + "12")
    with pytest.raises(SendError):
        sender.compose(["a"], "三" * 683)


@pytest.mark.parametrize("code", [40014, 42001, 40001])
def test_a_dead_token_is_replaced_once(setting: _Setting, code: int) -> None:
    fresh = answer({"errcode": 0, "access_token": "F" * 64, "expires_in": 7200})
    setting.wire.script = [TOKEN_ANSWER, answer({"errcode": code}), fresh, answer(ACCEPTED)]
    sender = setting.sender("wecom")

    assert sender.send(sender.compose(["a"], "好")).message_id == "M1"
    bodies = [body for head, body in setting.wire.requests if "message/send" in head]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]


def test_a_token_that_stays_dead_is_an_alarm_after_two_calls(setting: _Setting) -> None:
    dead = answer({"errcode": 42001})
    fresh = answer({"errcode": 0, "access_token": "F" * 64, "expires_in": 7200})
    setting.wire.script = [TOKEN_ANSWER, dead, fresh, dead]
    sender = setting.sender("wecom")

    with pytest.raises(SendError) as failure:
        sender.send(sender.compose(["a"], "好"))

    assert failure.value.pauses_channel
    assert len(setting.wire.requests) == 4


def test_a_token_that_cannot_be_had_leaves_nothing_uncertain(setting: _Setting) -> None:
    sender = setting.sender("wecom")

    with pytest.raises(SendError) as failure:
        sender.send(sender.compose(["a"], "好"))

    assert not failure.value.uncertain
    assert SECRET not in repr(vars(failure.value))


@pytest.mark.parametrize("name", ["wecom", "b3"])
def test_an_answer_that_got_lost_is_uncertain(setting: _Setting, name: str) -> None:
    setting.wire.script = [TOKEN_ANSWER] if name == "wecom" else []
    sender = setting.sender(name)

    with pytest.raises(SendError) as failure:
        sender.send(sender.compose(["a"], "好"))

    assert failure.value.uncertain
    assert (sender.duplicate_window is None) == (name == "b3")


def test_a_webhook_text_goes_to_its_key(setting: _Setting) -> None:
    setting.wire.script = [answer({"errcode": 0, "errmsg": "ok"})]
    sender = setting.sender("b3")

    sender.send(sender.compose(["三支部"], "今天19:30开会"))

    ((head, body),) = setting.wire.requests
    assert head.startswith(f"POST /cgi-bin/webhook/send?key={KEY} ")
    assert json.loads(body) == {"msgtype": "text", "text": {"content": "今天19:30开会"}}
    assert (sender.pace, sender.max_recipients) == (Pace.within((20, 60)), 1)


@pytest.mark.parametrize("body", [{}, {"errcode": "0"}, {"errcode": [0]}], ids=str)
def test_an_answer_without_a_code_is_no_acceptance(setting: _Setting, body: object) -> None:
    setting.wire.script = [answer(body)]
    sender = setting.sender("b3")

    with pytest.raises(SendError) as failure:
        sender.send(sender.compose(["三支部"], "好"))

    assert failure.value.uncertain


CODES = {
    -1: (False, None, False),
    45033: (False, 10, False),
    45009: (False, 60, True),
    130101: (False, 600, True),
    60020: (False, 600, True),
    40164: (False, 600, True),
    81013: (True, None, False),
    93000: (True, None, False),
    93004: (True, None, False),
    93008: (True, None, False),
    44004: (True, None, False),
    40058: (True, None, False),
    99999: (True, None, False),
}


@pytest.mark.parametrize("code", CODES)
def test_a_code_says_what_to_do(code: int) -> None:
    permanent, seconds, pauses = CODES[code]

    with pytest.raises(SendError) as failure:
        check({"errcode": code, "errmsg": f"hint from ip 1.2.3.4 {SECRET}"})

    error = failure.value
    wait = None if seconds is None else timedelta(seconds=seconds)
    assert (error.permanent, error.retry_after, error.pauses_channel) == (permanent, wait, pauses)
    assert not error.uncertain
    assert error.code == code
    assert SECRET not in str(error)


def test_no_secret_reaches_a_log(setting: _Setting, caplog: pytest.LogCaptureFixture) -> None:
    setting.wire.script = [TOKEN_ANSWER, answer({"errcode": 40014}), TOKEN_ANSWER, TOKEN_ANSWER]
    with caplog.at_level(logging.DEBUG):
        for name in ("wecom", "b3"):
            sender = setting.sender(name)
            with pytest.raises(SendError):
                sender.send(sender.compose(["a"], "好"))

    words = caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    for secret in (SECRET, KEY, "T" * 64):
        assert secret not in words


def test_no_part_of_a_secret_is_in_a_stores_key(setting: _Setting) -> None:
    setting.wire.script = [TOKEN_ANSWER, TOKEN_ANSWER]
    for name in ("wecom", "mp"):
        tokens = setting.channels[name].tokens
        assert tokens is not None
        tokens.get()

    assert sorted(setting.store.kept) == ["oa:wx1", f"wecom:{CORP}:{AGENT}"]


def test_an_official_account_asks_for_a_stable_token(setting: _Setting) -> None:
    setting.wire.script = [answer({"access_token": "S", "expires_in": 7200})]
    tokens = setting.channels["mp"].tokens
    assert tokens is not None

    assert tokens.get().value == "S"

    ((head, body),) = setting.wire.requests
    assert head.startswith("POST /cgi-bin/stable_token")
    assert SECRET not in head
    assert json.loads(body) == {
        "grant_type": "client_credential",
        "appid": "wx1",
        "secret": SECRET,
        "force_refresh": False,
    }


def test_plain_http_needs_a_channel_that_allows_it() -> None:
    with Wire() as wire, pytest.raises(SendError):
        http_for([]).get(f"{wire.base}/a", {})
    assert isinstance(http_for([]), Http)


def test_the_simulator_delivers_at_once() -> None:
    seen: list[Delivered] = []
    sender = Simulator(deliver=seen.append)

    sent = sender.send(sender.compose(["张三", "李四"], "开会"))

    assert sent.refused == {}
    assert sender.delivered == seen == [Delivered("张三", "开会"), Delivered("李四", "开会")]
    assert sender.name == SPACE
