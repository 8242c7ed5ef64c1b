"""What the platforms' error codes mean: in plain Chinese, and for trying again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.domain.sending import SendError

TOKEN_CODES = frozenset({40001, 40014, 42001})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one code means.

    Attributes:
        permanent: The same again cannot help.
        wait: Seconds to wait before trying again.
        addressee: It is the account that cannot be reached.
        pauses: Everything on the channel would fail alike.
    """

    reason: str
    permanent: bool = True
    wait: int | None = None
    addressee: bool = False
    pauses: bool = False


def _busy(wait: int | None = None) -> Meaning:
    return Meaning("平台繁忙，稍后自动再试", permanent=False, wait=wait)


def _limited(reason: str, wait: int) -> Meaning:
    return Meaning(reason, permanent=False, wait=wait, pauses=True)


def _unreachable(reason: str) -> Meaning:
    """Is about the account it is for: whoever holds it has to be phoned."""
    return Meaning(reason, addressee=True)


def _configuration(reason: str) -> Meaning:
    """Waits for a person: the texts stay queued until they are sent or expire."""
    return Meaning(reason, permanent=False, wait=600, pauses=True)


_MEANINGS: Mapping[int, Meaning] = {
    -1: _busy(),
    45033: _busy(10),
    45009: _limited("发送太频繁，平台要求暂停", 60),
    45011: _limited("调用太频繁，平台要求暂停", 60),
    130101: _limited("群机器人发送太频繁，平台要求暂停约十分钟", 600),
    # The channel's own settings.
    40001: _configuration("密钥（secret）无效，请在管理后台核对后改配置"),
    40013: _configuration("企业或公众号的编号（corp_id、app_id）不对，请核对配置"),
    40014: _configuration("平台不认访问凭证，换过一次仍不行，请核对 secret"),
    40125: _configuration("密钥（secret）不对，请在公众平台核对后改配置"),
    40164: _configuration("服务器的IP不在公众号的IP白名单里，请在公众平台加上"),
    42001: _configuration("访问凭证刚换就过期，请检查服务器时间和 secret"),
    41011: _configuration("缺少应用编号（agent_id），请核对配置"),
    48002: _configuration("应用没有调用这个接口的权限，请在管理后台开通"),
    60020: _configuration("服务器的IP不在应用的企业可信IP里，请在管理后台加上，约一分钟生效"),
    301002: _configuration("secret 与应用编号（agent_id）不是同一个应用的，请核对配置"),
    # The addressee or the text.
    40003: _unreachable("收件人账号不对，请核对名册里的账号"),
    40058: Meaning("内容不合平台的规定（可能太长），请改短再发"),
    43101: Meaning("本人没有订阅或已用完，不能再发"),
    44004: Meaning("内容是空的"),
    45002: Meaning("文字太长，请改短再发"),
    45015: _unreachable("对方超过48小时没有给公众号发过消息，或已取消关注，不能再发"),
    45047: Meaning("对方一条消息后可回的条数已用完"),
    60011: _unreachable("收件人不在应用的可见范围里，请在管理后台加上"),
    60111: _unreachable("企业微信里没有这个账号，请核对名册"),
    81013: _unreachable("收件人都收不到：账号不对，或不在应用的可见范围里，请核对名册和可见范围"),
    82001: Meaning("没有收件人"),
    # Group webhooks.
    93000: Meaning("群机器人的 key 无效或机器人已被移除，请在群里重新添加，把新的 key 写进配置"),
    93004: Meaning("群机器人已被停用，请在群设置里启用，或重新添加后更新 key"),
    93008: Meaning("群机器人已不在这个群里，请在群里重新添加，把新的 key 写进配置"),
}


def check_sent(answer: Mapping[str, Any]) -> None:
    """Refuse the answer to a send unless it says that the send was accepted.

    Raises:
        SendError: With what the code means; `uncertain` where there is none.
    """
    if not isinstance(answer.get("errcode"), int):
        raise SendError("平台的回执看不懂，是否送达无法确认", code="errcode", uncertain=True)
    check(answer)


def check(answer: Mapping[str, Any]) -> None:
    """Refuse a platform answer with a non-zero errcode; its errmsg is never repeated.

    Raises:
        SendError: With what the code means.
    """
    refuse(answer.get("errcode", 0), _MEANINGS)


def refuse(code: object, meanings: Mapping[int, Meaning]) -> None:
    """Refuse a code other than 0.

    Args:
        meanings: What the codes of the platform mean.

    Raises:
        SendError: With what the code means.
    """
    if code == 0:
        return
    known = meanings.get(code) if isinstance(code, int) else None
    meaning = known or Meaning("平台拒绝了这次请求")
    raise SendError(
        meaning.reason,
        code=code if isinstance(code, int) else "errcode",
        permanent=meaning.permanent,
        addressee=meaning.addressee,
        retry_after=None if meaning.wait is None else timedelta(seconds=meaning.wait),
        pauses_channel=meaning.pauses,
    )
