"""Group robots of Feishu and DingTalk: what is signed, what is sent, what an answer means.

The signatures were made with OpenSSL, not with the code under test.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.channels import Channel, build, http_for
from bot.clock import ManualClock
from bot.config import parse
from bot.domain.ports import Sender
from bot.domain.sending import Pace, SendError
from tests.unit.channels.platform import NOW, MemoryLease, MemoryTokens
from tests.unit.channels.wire import Wire, answer, drop

HOOK, TOKEN = "00000000-1111-2222-3333-444444444444", "566cc69da782ec33"
FEISHU_SIGN = "3LOGqswRYrP3v5kEv1L8U3EjAx8AJ1CHTW27ersYYHA="
DINGTALK_SIGN = "U12kPkBHu8eB7Iq3DRi5rsL6jpezw0DqZmJgktOHg88="


class _Robots:
    def __init__(self, wire: Wire, tmp_path: Any) -> None:
        self.wire = wire
        common = {"unit": "三支部", "api_base": wire.base, "allow_insecure": True}
        feishu = {"kind": "feishu_group", "hook": HOOK, **common}
        dingtalk = {"kind": "dingtalk_group", "access_token": TOKEN, **common}
        config = parse(
            {
                "channel": [
                    {"name": "fs", "secret": "feishu-secret", **feishu},
                    {"name": "fs-plain", **feishu},
                    {"name": "dt", "secret": "SECdingtalk", **dingtalk},
                    {"name": "dt-plain", **dingtalk},
                ]
            },
            tmp_path,
        )
        http = http_for(config.channels)
        self.channels: dict[str, Channel] = {
            entry.name: build(
                entry, store=MemoryTokens(), lease=MemoryLease(), clock=ManualClock(NOW), http=http
            )
            for entry in config.channels
        }

    def sender(self, name: str) -> Sender:
        sender = self.channels[name].sender
        assert sender is not None
        return sender


@pytest.fixture
def robots(tmp_path: Any) -> Iterator[_Robots]:
    """Return the four robots before a server that drops what it was not told to answer."""
    with Wire(default=drop) as wire:
        yield _Robots(wire, tmp_path)


def test_feishu_signs_the_moment_of_sending_beside_the_frozen_message(robots: _Robots) -> None:
    robots.wire.script = [answer({"code": 0, "msg": "success"})]
    sender = robots.sender("fs")
    frozen = sender.compose(["三支部"], "今天19:30开会")

    sender.send(frozen)

    ((head, body),) = robots.wire.requests
    assert head.startswith(f"POST /open-apis/bot/v2/hook/{HOOK} ")
    assert json.loads(frozen) == {"msg_type": "text", "content": {"text": "今天19:30开会"}}
    assert json.loads(body) == {
        "timestamp": str(int(NOW.timestamp())),
        "sign": FEISHU_SIGN,
        **json.loads(frozen),
    }


def test_dingtalk_signs_in_the_query(robots: _Robots) -> None:
    robots.wire.script = [answer({"errcode": 0, "errmsg": "ok"})]
    sender = robots.sender("dt")

    sender.send(sender.compose(["三支部"], "今天19:30开会"))

    ((head, body),) = robots.wire.requests
    target = urlsplit(head.split()[1])
    assert target.path == "/robot/send"
    assert parse_qs(target.query) == {
        "access_token": [TOKEN],
        "timestamp": [str(int(NOW.timestamp() * 1000))],
        "sign": [DINGTALK_SIGN],
    }
    assert json.loads(body) == {"msgtype": "text", "text": {"content": "今天19:30开会"}}


@pytest.mark.parametrize("name", ["fs-plain", "dt-plain"])
def test_a_robot_without_a_secret_sends_unsigned(robots: _Robots, name: str) -> None:
    robots.wire.script = [answer({"code": 0, "errcode": 0})]
    sender = robots.sender(name)

    sender.send(sender.compose(["三支部"], "好"))

    ((head, body),) = robots.wire.requests
    assert "sign" not in head
    assert b"sign" not in body


@pytest.mark.parametrize(
    ("name", "code", "permanent", "seconds", "pauses"),
    [
        ("fs", 11232, False, 60, True),
        ("fs", 19021, False, 600, True),
        ("fs", 19001, False, 600, True),
        ("fs", 19024, True, None, False),
        ("fs", 12345, True, None, False),
        ("dt", 130101, False, 600, True),
        ("dt", 310000, False, 600, True),
        ("dt", 300001, False, 600, True),
        ("dt", -1, False, None, False),
        ("dt", 12345, True, None, False),
    ],
)
def test_a_code_says_what_to_do(
    robots: _Robots, name: str, code: int, permanent: bool, seconds: int | None, pauses: bool
) -> None:
    field = "code" if name == "fs" else "errcode"
    robots.wire.script = [answer({field: code, "msg": "SECdingtalk"})]
    sender = robots.sender(name)

    with pytest.raises(SendError) as failure:
        sender.send(sender.compose(["三支部"], "好"))

    error = failure.value
    wait = None if seconds is None else timedelta(seconds=seconds)
    assert (error.permanent, error.retry_after, error.pauses_channel) == (permanent, wait, pauses)
    assert "SECdingtalk" not in repr(vars(error))


@pytest.mark.parametrize("name", ["fs", "dt"])
@pytest.mark.parametrize("body", [{}, {"code": "0", "errcode": "0"}, None], ids=str)
def test_an_answer_that_says_nothing_is_uncertain(robots: _Robots, name: str, body: object) -> None:
    robots.wire.script = [] if body is None else [answer(body)]
    sender = robots.sender(name)

    with pytest.raises(SendError) as failure:
        sender.send(sender.compose(["三支部"], "好"))

    assert failure.value.uncertain
    assert sender.duplicate_window is None


@pytest.mark.parametrize(
    ("name", "pace"), [("fs", Pace.within((100, 60), (5, 1))), ("dt", Pace.within((20, 60)))]
)
def test_each_keeps_its_platforms_pace_and_its_units_group(
    robots: _Robots, name: str, pace: Pace
) -> None:
    assert robots.sender(name).pace == pace
    assert (robots.channels[name].space, robots.channels[name].unit) == (
        f"webhook:{name}",
        "三支部",
    )
    with pytest.raises(SendError, match="文字太长"):
        robots.sender(name).compose(["三支部"], "长" * 6001)
