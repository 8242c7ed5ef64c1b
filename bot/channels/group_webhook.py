"""A group's webhook robot (群机器人、消息推送): one way, into one group.

Its key is the credential and travels in the query string. The platform has no duplicate check
here, so a lost answer stays `uncertain` and is never repeated by itself.
"""

from __future__ import annotations

from bot.channels.answers import check_sent
from bot.channels.channel import Channel, Parts
from bot.channels.group_text import GroupText, channel_of
from bot.config import GroupWebhookConfig
from bot.domain.sending import Pace, Sent

MAX_BYTES = 2048
PACE = Pace.within((20, 60))


class GroupWebhookSender(GroupText):
    """The way out into one group."""

    max_bytes = MAX_BYTES
    pace: Pace | None = PACE

    def __init__(self, config: GroupWebhookConfig, parts: Parts) -> None:
        self.name = config.name
        self._url = f"{config.api_base}/cgi-bin/webhook/send"
        self._key = config.key
        self._http = parts.http

    def send(self, body: str) -> Sent:
        """Hand one composed body to the platform."""
        query = {"key": self._key.get_secret_value()}
        check_sent(self._http.post(self._url, query, body.encode(), sends=True))
        return Sent()


def build(config: GroupWebhookConfig, parts: Parts) -> Channel:
    """Build the channel that a configuration entry describes."""
    return channel_of(config, GroupWebhookSender(config, parts))
