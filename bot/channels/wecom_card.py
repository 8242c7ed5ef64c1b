"""Template cards of WeCom (模板卡片): a short text with buttons, and what a button says afterwards."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from bot.channels.text import clean, clip
from bot.channels.xml import cdata
from bot.domain.cards import MOST_LABEL, MOST_SOURCE, MOST_TITLE, Card

MOST_TEXT = 112  # characters that a card shows whole
MOST_PRESSED = 40  # bytes: 已收到 · 12月16日 09:02 takes 28


def fits(text: str) -> bool:
    """Tell whether a card shows a text whole: a notice is never cut for the sake of a button."""
    return len(clean(text)) <= MOST_TEXT


def card_content(text: str, card: Card) -> dict[str, Any]:
    """Return the `template_card` of a message.

    The platform wants another task id of every message of an app, so each request has a new one;
    a request that is repeated was frozen with its own.
    """
    buttons = [
        {"text": button.label[:MOST_LABEL], "style": 1, "key": button.key}
        for button in card.buttons
    ]
    return {
        "card_type": "button_interaction",
        "source": {"desc": clean(card.source)[:MOST_SOURCE]},
        "main_title": {"title": clean(card.title)[:MOST_TITLE]},
        "sub_title_text": clean(text),
        "task_id": uuid.uuid4().hex,
        "button_list": buttons,
    }


def pressed_reply(fields: Mapping[str, str], text: str, timestamp: int) -> str:
    """Return the passive answer after which the button that was pressed says a text."""
    return (
        f"<xml><ToUserName>{cdata(fields['FromUserName'])}</ToUserName>"
        f"<FromUserName>{cdata(fields.get('ToUserName', ''))}</FromUserName>"
        f"<CreateTime>{timestamp}</CreateTime><MsgType><![CDATA[update_button]]></MsgType>"
        f"<Button><ReplaceName>{cdata(clip(clean(text), MOST_PRESSED))}</ReplaceName></Button>"
        "</xml>"
    )
