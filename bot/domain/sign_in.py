"""Signing in to the pages: how long links, codes and sessions are good, and what is written where."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.domain.errors import DomainError, Forbidden

LINK_LASTS = timedelta(minutes=10)
"""Of a link, and of a code shown on a computer."""
IDLE_ENDS = timedelta(hours=12)
SESSION_ENDS = timedelta(days=7)
NOTED_EVERY = timedelta(minutes=5)
"""How often it is written down that a session is in use."""

CODE_LENGTH = 6
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200

_CODE = re.compile(rf"\d{{{CODE_LENGTH}}}")


class NoDesk(Forbidden):
    """The pages are for those who keep records."""

    def __init__(self) -> None:
        super().__init__("网页是给书记、委员、党小组长和党务专干办事用的。您的事在这里说一声就行。")


class NotGoodAnyMore(DomainError):
    """A link or code that is used, too old, or none of ours: deliberately one sentence."""

    def __init__(self) -> None:
        super().__init__("这个登录链接用过了，或者过了10分钟。请私聊小助手回复 登录，再要一个。")


class WrongPassword(DomainError):
    """Name and password do not fit; it is not said which of them."""

    def __init__(self) -> None:
        super().__init__("姓名和密码对不上。没有设过密码的，请用小助手登录。")


class UnfitPassword(DomainError):
    """A password that is too easily guessed, or too long."""

    def __init__(self) -> None:
        super().__init__(f"密码要{SHORTEST_PASSWORD}到{LONGEST_PASSWORD}个字，不要用姓名和生日。")


class NotOfUs(Forbidden):
    """Who came is no member of the corporation, or is on no roll of ours."""

    def __init__(self) -> None:
        super().__init__("企业微信说的这个人不在我们的名册里，进不来。请先私聊小助手对上名册。")


class NoAnswer(DomainError):
    """The platform could not be asked, or the code it gave is no good any more."""

    def __init__(self) -> None:
        super().__init__("企业微信没有认出来，可能等得太久。请再点一次“用企业微信登录”。")


class TooOften(DomainError):
    """Somebody tries again and again."""

    def __init__(self) -> None:
        super().__init__("试的次数多了，请过几分钟再试。")


def path_of(token: str) -> str:
    """Return the address of a link, below the server's own."""
    return f"/login/link/{token}"


def is_code(words: str) -> bool:
    """Tell whether some words can be a code."""
    return _CODE.fullmatch(words) is not None


def spaced(code: str) -> str:
    """Return a code as people read it: 482 913."""
    return f"{code[:3]} {code[3:]}"


def check_password(password: str) -> None:
    """Refuse a password that is too short or too long.

    Raises:
        UnfitPassword
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD or len(set(password)) < 4:
        raise UnfitPassword
