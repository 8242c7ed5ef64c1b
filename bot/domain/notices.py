"""Notices: a draft until the head-count is typed back, then released once."""

from __future__ import annotations

import re
from enum import Enum

from bot.domain.cards import Button, Card
from bot.domain.decisions import check_no_ballot
from bot.domain.errors import DomainError
from bot.domain.sensitive import check_shareable

MAX_CHARACTERS = 1500
_TITLE = 16
_QUOTED = 30


RECEIVED = "收到"
_KEY = re.compile(r"收到#(\d{1,9})\.(\d{1,4})")


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


def title_of(body: str) -> str:
    """Return the first words of a notice."""
    line = body.splitlines()[0]
    return line if len(line) <= _TITLE else line[: _TITLE - 1] + "…"


def receipt_card(notice_id: int, version: int, title: str, source: str) -> Card:
    """Return the card of a notice: its button says 收到 to this version and no other."""
    return Card(title, source, (Button(RECEIVED, f"{RECEIVED}#{notice_id}.{version}"),))


def read_receipt_key(words: str) -> tuple[int, int] | None:
    """Return notice and version that a pressed button says 收到 to, or None for other words."""
    found = _KEY.fullmatch(words.strip())
    return None if found is None else (int(found[1]), int(found[2]))


def is_quote_of(quoted: str, body: str) -> bool:
    """Tell whether a quoted text is a notice, or the beginning of it."""
    return bool(quoted) and (quoted[:_QUOTED] in body or body[:_QUOTED] in quoted)


def corrected_text(body: str, before: str) -> str:
    """Return what is sent of a notice that puts another one right: what holds now, and instead of what."""
    return f"更正通知：{body}\n原来的通知“{title_of(before)}”作废，以这条为准。"


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
