"""What every one-way robot of a group shares: one text, one group, no duplicate check.

The address or the token alone decides which group gets it. A lost answer stays `uncertain` and is
never repeated by itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from bot.channels.channel import Channel
from bot.channels.text import clean
from bot.config import DingtalkGroupConfig, FeishuGroupConfig, GroupWebhookConfig
from bot.domain.ports import Sender
from bot.domain.sending import Pace, SendError


class GroupText:
    """The way out into one group, as far as all platforms are alike.

    Attributes:
        max_bytes: UTF-8 bytes one text may have.
    """

    max_recipients = 1
    max_bytes: int
    duplicate_window: timedelta | None = None
    pace: Pace | None
    address_pace: Pace | None = None

    def compose(self, addresses: Sequence[str], text: str) -> str:
        """Return the message, without a signature; which group gets it is decided elsewhere.

        Args:
            addresses: One, whatever it is.

        Raises:
            SendError: It is longer than the platform takes.
        """
        content = clean(text)
        if len(addresses) != self.max_recipients or len(content.encode()) > self.max_bytes:
            raise SendError("文字太长，请改短再发", code="too_long", permanent=True)
        return json.dumps(self.message(content), ensure_ascii=False)

    def message(self, content: str) -> Mapping[str, Any]:
        """Return a text as WeCom and DingTalk want it."""
        return {"msgtype": "text", "text": {"content": content}}


def channel_of(
    config: GroupWebhookConfig | DingtalkGroupConfig | FeishuGroupConfig, sender: Sender
) -> Channel:
    """Return the channel of a robot that writes into the group of one organisation."""
    return Channel(
        name=config.name,
        kind=config.kind,
        space=f"webhook:{config.name}",
        sender=sender,
        unit=config.unit,
    )
