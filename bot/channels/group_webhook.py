"""A group's webhook robot (群机器人、消息推送): one way, into one group.

Its key is the credential and travels in the query string. The platform has no duplicate check
here, so a lost answer stays `uncertain` and is never repeated by itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

from bot.channels.answers import check_sent
from bot.channels.channel import Channel, Parts
from bot.channels.text import clean
from bot.config import GroupWebhookConfig
from bot.domain.sending import Pace, SendError, Sent

MAX_BYTES = 2048
PACE = Pace.within((20, 60))


class GroupWebhookSender:
    """The way out into one group."""

    max_recipients = 1
    max_bytes = MAX_BYTES
    duplicate_window: timedelta | None = None
    pace: Pace | None = PACE
    address_pace: Pace | None = None

    def __init__(self, config: GroupWebhookConfig, parts: Parts) -> None:
        self.name = config.name
        self._url = f"{config.api_base}/cgi-bin/webhook/send"
        self._key = config.key
        self._http = parts.http

    def compose(self, addresses: Sequence[str], text: str) -> str:
        """Return the whole body; the key alone decides which group gets it.

        Args:
            addresses: One, whatever it is.

        Raises:
            SendError: The text is longer than the platform takes.
        """
        content = clean(text)
        if len(addresses) != 1 or len(content.encode()) > MAX_BYTES:
            raise SendError("文字太长，请改短再发", code="too_long", permanent=True)
        return json.dumps({"msgtype": "text", "text": {"content": content}}, ensure_ascii=False)

    def send(self, body: str) -> Sent:
        """Hand one composed body to the platform."""
        query = {"key": self._key.get_secret_value()}
        check_sent(self._http.post(self._url, query, body.encode(), sends=True))
        return Sent()


def build(config: GroupWebhookConfig, parts: Parts) -> Channel:
    """Build the channel that a configuration entry describes."""
    return Channel(
        name=config.name,
        kind=config.kind,
        space=f"webhook:{config.name}",
        sender=GroupWebhookSender(config, parts),
        unit=config.unit,
    )
