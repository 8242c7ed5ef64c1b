"""Refusals as the two platforms word them."""

from __future__ import annotations

import secrets
from typing import Any

Json = dict[str, Any]

WORK = "qyapi"
OA = "wxapi"

_MESSAGES = {
    -1: "system busy",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40006: "invalid meida size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40029: "invalid code",
    40032: "invalid userid list size",
    40037: "invalid template_id",
    40050: "invalid chatid",
    40058: "invalid Request Parameter",
    40125: "invalid appsecret",
    40164: "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist",
    41001: "access_token missing",
    41002: "corpid missing",
    41004: "corpsecret missing",
    41005: "media data missing",
    41008: "missing code",
    41011: "missing agentid",
    42001: "access_token expired",
    42022: "response_code expired or used",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44004: "empty content",
    45001: "media size out of limit",
    45002: "content size out of limit",
    45009: "api freq out of limit",
    45011: "api minute-quota reach limit",
    45015: "response out of time limit or subscription is canceled",
    45033: "api concurrent out of limit",
    45047: "out of response count limit",
    47001: "data format error",
    47003: "argument invalid!",
    48002: "api forbidden",
    60020: "not allow to access from your ip",
    60111: "userid not found",
    81013: "user & party & tag all invalid",
    82001: "touser & toparty & totag all empty",
    82002: "toparty out of limit",
    82003: "totag out of limit",
    86001: "invalid chatid",
    86003: "chatid not exist",
    86004: "chat name out of limit",
    86005: "owner not in userlist",
    86006: "userlist out of limit",
    86007: "invalid chat member",
    86008: "no permission for this chat",
    86215: "chatid exists",
    93000: "invalid webhook url",
    93004: "robot disabled",
    93008: "robot not in this group",
    301002: "agentid not match the access_token",
}


class ApiError(Exception):
    """A call that the platform refuses with an errcode."""

    def __init__(self, code: int, message: str = "") -> None:
        """Remember the code; the message only dresses it."""
        super().__init__(code)
        self.code = code
        self.message = message or _MESSAGES.get(code, "invalid request")


def refusal(error: ApiError, base: str) -> Json:
    """Return the body of a refusal; hint and rid differ at every call, as in life."""
    if base == OA:
        rid = "-".join(secrets.token_hex(4) for _ in range(3))
        return {"errcode": error.code, "errmsg": f"{error.message} rid: {rid}"}
    hint = secrets.randbelow(10**19)
    more = f"https://open.work.weixin.qq.com/devtool/query?e={error.code}"
    text = f"{error.message}, hint: [{hint}], from ip: 127.0.0.1, more info at {more}"
    return {"errcode": error.code, "errmsg": text}


def ok(**fields: object) -> Json:
    """Return the body of a success."""
    return {"errcode": 0, "errmsg": "ok", **fields}
