"""Creating the menu under a chat: the same call on WeCom and on an Official Account."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.channels.answers import check
from bot.channels.http import Http
from bot.channels.tokens import TokenManager


def menu_writer(
    base: str, tokens: TokenManager, http: Http, more: Mapping[str, str] | None = None
) -> Callable[[Mapping[str, Any]], None]:
    """Return what creates a menu, in place of the one that is there.

    Args:
        more: What else the query says (WeCom: the app).
    """

    def put(buttons: Mapping[str, Any]) -> None:
        body = json.dumps(buttons, ensure_ascii=False).encode()

        def request(token: str) -> dict[str, Any]:
            query = {"access_token": token, **(more or {})}
            return http.post(f"{base}/cgi-bin/menu/create", query, body, sends=False)

        check(tokens.call(request))

    return put
