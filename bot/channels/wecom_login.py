"""Who came back from WeCom's login: a member of the corporation, or somebody from outside."""

from __future__ import annotations

from collections.abc import Callable

from bot.channels.answers import check
from bot.channels.http import Http
from bot.channels.tokens import TokenManager


def login_reader(api_base: str, tokens: TokenManager, http: Http) -> Callable[[str], str | None]:
    """Return what finds the userid behind a code; None for somebody from outside.

    The platform says of an outsider, too, that all is well (errcode 0): only a userid makes a
    member.
    """
    url = f"{api_base}/cgi-bin/auth/getuserinfo"

    def find_userid(code: str) -> str | None:
        answer = tokens.call(lambda token: http.get(url, {"access_token": token, "code": code}))
        check(answer)
        userid = answer.get("userid")
        return userid if isinstance(userid, str) and userid else None

    return find_userid
