"""A group's custom robot on DingTalk (钉钉自定义机器人): one way, into one group, signed.

Its access token is the credential and travels in the query string, with the signature of the
moment of sending. There is no duplicate check, so a lost answer stays `uncertain`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from bot.channels.answers import Meaning, refuse
from bot.channels.channel import Channel, Parts
from bot.channels.group_text import GroupText, channel_of
from bot.config import DingtalkGroupConfig
from bot.domain.sending import Pace, SendError, Sent

MAX_BYTES = 18_000  # of 20 KB a whole request may have
PACE = Pace.within((20, 60))

_MEANINGS: Mapping[int, Meaning] = {
    -1: Meaning("平台繁忙，稍后自动再试", permanent=False),
    130101: Meaning("发送太频繁，平台要求暂停约十分钟", permanent=False, wait=600, pauses=True),
    300001: Meaning(
        "群机器人的 access_token 无效或机器人已被移除，请在群里重新添加，把新的写进配置",
        permanent=False,
        wait=600,
        pauses=True,
    ),
    310000: Meaning(
        "钉钉不认这条消息：请核对加签密钥、服务器时间；设了关键词或IP限制的请去掉",
        permanent=False,
        wait=600,
        pauses=True,
    ),
    400013: Meaning("群已解散，请换一个群", permanent=True),
    400101: Meaning("access_token 不存在，请核对配置", permanent=False, wait=600, pauses=True),
    400102: Meaning("群机器人已被停用，请在群设置里启用", permanent=False, wait=600, pauses=True),
    410100: Meaning("发送太频繁，平台要求暂停", permanent=False, wait=60, pauses=True),
}


class DingtalkGroupSender(GroupText):
    """The way out into one group."""

    max_bytes = MAX_BYTES
    pace: Pace | None = PACE

    def __init__(self, config: DingtalkGroupConfig, parts: Parts) -> None:
        self.name = config.name
        self._url = f"{config.api_base}/robot/send"
        self._token = config.access_token
        self._secret = config.secret
        self._clock = parts.clock
        self._http = parts.http

    def send(self, body: str) -> Sent:
        """Hand one composed body to the platform, signed in the query."""
        query = {"access_token": self._token.get_secret_value(), **self._signature()}
        _check(self._http.post(self._url, query, body.encode(), sends=True))
        return Sent()

    def _signature(self) -> dict[str, str]:
        if self._secret is None:
            return {}
        milliseconds = str(int(self._clock.now().timestamp() * 1000))
        secret = self._secret.get_secret_value()
        signed = f"{milliseconds}\n{secret}".encode()
        mark = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
        return {"timestamp": milliseconds, "sign": base64.b64encode(mark).decode()}


def _check(answer: Mapping[str, Any]) -> None:
    """Refuse the answer to a send unless it says that the send was accepted.

    Raises:
        SendError: With what the code means; `uncertain` where there is none.
    """
    code = answer.get("errcode")
    if not isinstance(code, int):
        raise SendError("平台的回执看不懂，是否送达无法确认", code="errcode", uncertain=True)
    refuse(code, _MEANINGS)


def build(config: DingtalkGroupConfig, parts: Parts) -> Channel:
    """Build the channel that a configuration entry describes."""
    return channel_of(config, DingtalkGroupSender(config, parts))
