"""Signing in with WeCom (企业微信网页授权): where a browser is sent, and who came back.

A code that comes back is good once, for five minutes. An outsider gets one as well, and the
platform answers it with errcode 0: only a `userid` makes a member.
"""

from __future__ import annotations

from urllib.parse import urlencode

from bot.channels.answers import check
from bot.channels.http import Http
from bot.channels.tokens import TokenManager
from bot.config import WecomAppConfig

_INSIDE = "https://open.weixin.qq.com/connect/oauth2/authorize"
_OUTSIDE = "https://login.work.weixin.qq.com/wwlogin/sso/login"


class WecomDoor:
    """The port `Door` of one app.

    Args:
        space: Account space of the userids it vouches for.
    """

    def __init__(
        self, config: WecomAppConfig, space: str, tokens: TokenManager, http: Http
    ) -> None:
        self.space = space
        self._corp_id = config.corp_id
        self._agent_id = config.agent_id
        self._url = f"{config.api_base}/cgi-bin/auth/getuserinfo"
        self._tokens = tokens
        self._http = http

    def address(self, back: str, state: str, *, inside: bool) -> str:
        """Return where a browser is sent.

        Args:
            back: Our address it comes back to, with a code and the state.
            inside: The browser is WeCom's own; any other is shown a QR code to scan.
        """
        if inside:
            asked = {
                "appid": self._corp_id,
                "redirect_uri": back,
                "response_type": "code",
                "scope": "snsapi_base",
                "state": state,
                "agentid": str(self._agent_id),
            }
            return f"{_INSIDE}?{urlencode(asked)}#wechat_redirect"
        asked = {
            "login_type": "CorpApp",
            "appid": self._corp_id,
            "agentid": str(self._agent_id),
            "redirect_uri": back,
            "state": state,
        }
        return f"{_OUTSIDE}?{urlencode(asked)}"

    def who(self, code: str) -> str | None:
        """Return the userid behind a code, or None for an outsider.

        Raises:
            SendError: The code is used or too old, or the platform cannot be asked.
        """
        answer = self._tokens.call(
            lambda token: self._http.get(self._url, {"access_token": token, "code": code})
        )
        check(answer)
        userid = answer.get("userid")
        return userid if isinstance(userid, str) and userid else None
