"""What the inside of an outgoing message must look like, by its msgtype."""

from __future__ import annotations

from collections.abc import Collection

from tests.fake_tencent.errors import ApiError, Json

TEXT_BYTES = 2048

APP_TYPES = frozenset({
    "text", "markdown", "textcard", "news", "image", "voice", "video", "file", "template_card",
})  # fmt: skip
CHAT_TYPES = frozenset({
    "text", "markdown", "textcard", "news", "mpnews", "image", "voice", "video", "file",
})  # fmt: skip
MEDIA_TYPES = frozenset({"image", "voice", "video", "file"})
ANSWERABLE_CARDS = frozenset({
    "button_interaction", "vote_interaction", "multiple_interaction",
})  # fmt: skip
_CARDS = ANSWERABLE_CARDS | {"text_notice", "news_notice"}


def cut(text: str, limit: int) -> str:
    """Shorten a text to a number of bytes in UTF-8, never inside a character."""
    return text.encode()[:limit].decode(errors="ignore")


def read(body: Json, types: Collection[str]) -> tuple[str, Json]:
    """Return msgtype and content of a message.

    Raises:
        ApiError: 40008 for the type, 44004 for an empty text, 40058 for other contents.
    """
    msgtype = body.get("msgtype")
    if not isinstance(msgtype, str) or msgtype not in types:
        raise ApiError(40008)
    content = body.get(msgtype)
    if msgtype in ("text", "markdown", "markdown_v2"):
        return msgtype, _text(content)
    if not isinstance(content, dict):
        raise ApiError(40058)
    _check(msgtype, content)
    return msgtype, content


def _text(content: object) -> Json:
    text = content.get("content") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(text, str) or not text:
        raise ApiError(44004)
    return dict(content)


def _check(msgtype: str, content: Json) -> None:
    if msgtype == "textcard" and not all(content.get(k) for k in ("title", "description", "url")):
        raise ApiError(40058)
    if msgtype == "news" and not 1 <= len(content.get("articles") or ()) <= 8:
        raise ApiError(40058)
    if msgtype == "template_card" and content.get("card_type") not in _CARDS:
        raise ApiError(40058)
