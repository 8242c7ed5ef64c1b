"""Notices: a draft until the head-count is typed back, then released once."""

from __future__ import annotations

import re
from enum import Enum

from bot.domain.errors import DomainError

MAX_CHARACTERS = 1500
_ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


class NoticeState(Enum):
    """Where a notice stands."""

    DRAFT = "draft"
    RELEASED = "released"
    DROPPED = "dropped"


class UnfitNotice(DomainError):
    """The text cannot be sent as it is."""


class EmptyAudience(DomainError):
    """Nobody would read it."""

    def __init__(self) -> None:
        super().__init__("这个支部名册里还没有人，通知没有对象。请先导入名册。")


def check_body(body: str) -> str:
    """Return the body of a notice, trimmed.

    Raises:
        UnfitNotice: Empty, too long, or with an ID or mobile number in it.

    Source:
        privacy.table
    """
    body = body.strip()
    if not body:
        raise UnfitNotice("通知还没有内容。请这样写：发通知 明天下午3点社区二楼开会")
    if len(body) > MAX_CHARACTERS:
        raise UnfitNotice(
            f"通知有{len(body)}字，太长了，最多{MAX_CHARACTERS}字。请删短，或分两次发。"
        )
    for what, pattern in (("身份证号", _ID_NUMBER), ("手机号", _MOBILE)):
        if pattern.search(body):
            raise UnfitNotice(f"此内容含{what}，不能群发。请删去后再发。")
    return body
