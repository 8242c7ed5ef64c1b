"""Notices: a draft until the head-count is typed back, then released once."""

from __future__ import annotations

from enum import Enum

from bot.domain.decisions import check_no_ballot
from bot.domain.errors import DomainError
from bot.domain.sensitive import check_shareable

MAX_CHARACTERS = 1500


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
        UnfitNotice: Empty or too long.
        SensitiveNumber: With an identity, mobile or card number in it.
        BallotInChat: It asks to vote on a person by answering.

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
    check_no_ballot(body)
    return check_shareable(body)
