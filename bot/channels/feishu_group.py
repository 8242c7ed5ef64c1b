"""A group's custom robot on Feishu (飞书自定义机器人): one way, into one group, signed.

The address ends in the credential. There is no duplicate check, so a lost answer stays
`uncertain` and is never repeated by itself. The signature is of the moment of sending and good
for an hour, so it is added then, and what is frozen is the message alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from bot.channels.answers import Meaning, refuse
from bot.channels.channel import Channel, Parts
from bot.channels.group_text import GroupText, channel_of
from bot.config import FeishuGroupConfig
from bot.domain.sending import Pace, SendError, Sent

MAX_BYTES = 18_000  # of 20 KB a whole request may have
PACE = Pace.within((100, 60), (5, 1))

_MEANINGS: Mapping[int, Meaning] = {
    9499: Meaning("内容不合平台的规定，请改短再发"),
    11232: Meaning("发送太频繁，平台要求暂停", permanent=False, wait=60, pauses=True),
    19001: Meaning(
        "群机器人的地址无效或机器人已被移除，请在群里重新添加，把新的地址写进配置",
        permanent=False,
        wait=600,
        pauses=True,
    ),
    19021: Meaning(
        "签名不对，请核对机器人的签名密钥和服务器时间", permanent=False, wait=600, pauses=True
    ),
    19022: Meaning(
        "服务器的IP不在机器人的IP白名单里，请在群里加上", permanent=False, wait=600, pauses=True
    ),
    19024: Meaning("内容里没有机器人设置的关键词，请在群里去掉关键词限制，改用签名"),
}


class FeishuGroupSender(GroupText):
    """The way out into one group."""

    max_bytes = MAX_BYTES
    pace: Pace | None = PACE

    def __init__(self, config: FeishuGroupConfig, parts: Parts) -> None:
        self.name = config.name
        self._url = f"{config.api_base}/open-apis/bot/v2/hook/{config.hook.get_secret_value()}"
        self._secret = config.secret
        self._clock = parts.clock
        self._http = parts.http

    def message(self, content: str) -> Mapping[str, Any]:
        """Return a text as Feishu wants it."""
        return {"msg_type": "text", "content": {"text": content}}

    def send(self, body: str) -> Sent:
        """Sign one composed body and hand it to the platform."""
        signed = json.dumps({**self._signature(), **json.loads(body)}, ensure_ascii=False)
        _check(self._http.post(self._url, {}, signed.encode(), sends=True))
        return Sent()

    def _signature(self) -> dict[str, str]:
        if self._secret is None:
            return {}
        seconds = str(int(self._clock.now().timestamp()))
        key = f"{seconds}\n{self._secret.get_secret_value()}".encode()
        mark = hmac.new(key, b"", hashlib.sha256).digest()
        return {"timestamp": seconds, "sign": base64.b64encode(mark).decode()}


def _check(answer: Mapping[str, Any]) -> None:
    """Refuse the answer to a send unless it says that the send was accepted.

    Raises:
        SendError: With what the code means; `uncertain` where there is none.
    """
    code = answer.get("code", answer.get("StatusCode"))
    if not isinstance(code, int):
        raise SendError("平台的回执看不懂，是否送达无法确认", code="code", uncertain=True)
    refuse(code, _MEANINGS)


def build(config: FeishuGroupConfig, parts: Parts) -> Channel:
    """Build the channel that a configuration entry describes."""
    return channel_of(config, FeishuGroupSender(config, parts))
