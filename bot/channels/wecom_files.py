"""Files and pictures of a WeCom app: uploaded first, kept by the platform for three days."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.channels.answers import check, check_sent
from bot.channels.http import Http
from bot.channels.tokens import TokenManager
from bot.domain.sending import SendError, Sent

FILE_BYTES = 20 * 1024 * 1024
PICTURE_BYTES = 10 * 1024 * 1024
LEAST_BYTES = 6
_PICTURES = (".jpg", ".jpeg", ".png")
_NOT_REACHED = "账号不对，或不在应用的可见范围里"
_NOT_LICENSED = "账号没有激活（缺少接口许可）"


class WecomFiles:
    """The files of one app."""

    def __init__(self, api_base: str, agent_id: int, tokens: TokenManager, http: Http) -> None:
        self._base = f"{api_base}/cgi-bin"
        self._agent_id = agent_id
        self._tokens = tokens
        self._http = http

    def upload(self, name: str, content: bytes) -> str:
        """Hand a file to the platform and return what it calls it; a picture by its name."""
        kind = kind_of(name)
        most = PICTURE_BYTES if kind == "image" else FILE_BYTES
        if not LEAST_BYTES <= len(content) <= most:
            size = f"最多{most // 1024 // 1024}MB" if content[:LEAST_BYTES] else "不能是空的"
            raise SendError(f"文件大小不合平台的规定（{size}）", code="size", permanent=True)
        answer = self._tokens.call(
            lambda token: self._http.upload(
                f"{self._base}/media/upload", {"access_token": token, "type": kind}, name, content
            )
        )
        check(answer)
        media_id = answer.get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise SendError("平台的回执看不懂，文件没有传上去", code="media_id")
        return media_id

    def fetch(self, media_id: str) -> bytes:
        """Return a file; what the platform answers in JSON is a refusal, never a file."""
        found: bytes | None = None

        def ask(token: str) -> dict[str, Any]:
            nonlocal found
            query = {"access_token": token, "media_id": media_id}
            answer = self._http.download(f"{self._base}/media/get", query, FILE_BYTES)
            if isinstance(answer, bytes):
                found = answer
                return {}
            return answer

        check(self._tokens.call(ask))
        if found is None:
            raise SendError("平台没有给出文件", code="media", permanent=True)
        return found

    def send(self, addresses: Sequence[str], name: str, media_id: str) -> Sent:
        """Send a file that was uploaded."""
        kind = kind_of(name)
        body = {
            "touser": "|".join(addresses),
            "msgtype": kind,
            "agentid": self._agent_id,
            kind: {"media_id": media_id},
            "enable_duplicate_check": 1,
        }
        data = json.dumps(body).encode()
        answer = self._tokens.call(
            lambda token: self._http.post(
                f"{self._base}/message/send", {"access_token": token}, data, sends=True
            )
        )
        check_sent(answer)
        return Sent(None, refused_of(answer, addresses))


def kind_of(name: str) -> str:
    """Return what the platform calls a file of this name."""
    return "image" if name.lower().endswith(_PICTURES) else "file"


def refused_of(answer: Mapping[str, Any], addresses: Sequence[str]) -> dict[str, str]:
    """Return whom the platform did not reach, and why; it answers in lower case."""
    reasons = {
        **dict.fromkeys(_listed(answer, "unlicenseduser"), _NOT_LICENSED),
        **dict.fromkeys(_listed(answer, "invaliduser"), _NOT_REACHED),
    }
    return {each: reasons[each.lower()] for each in addresses if each.lower() in reasons}


def _listed(answer: Mapping[str, Any], key: str) -> list[str]:
    value = answer.get(key)
    return value.lower().split("|") if isinstance(value, str) and value else []
