"""Subscription messages of an Official Account (订阅通知): a hint, once for each agreement.

Its fields are short, so what is to be said does not fit: the hint says from where and what about,
and the reader finds the words in the chat.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.channels.answers import check_sent
from bot.channels.channel import Parts
from bot.channels.text import clean
from bot.channels.tokens import TokenManager
from bot.clock import local
from bot.config import OfficialAccountConfig
from bot.domain.sending import Pace, Sent

MOST_THING = 20  # characters


class SubscribeSender:
    """The way out to who has agreed to one more message."""

    max_recipients = 1
    max_bytes = 2048
    duplicate_window: timedelta | None = None
    pace: Pace | None = None
    address_pace: Pace | None = None

    def __init__(self, config: OfficialAccountConfig, tokens: TokenManager, parts: Parts) -> None:
        self.name = f"{config.name}-subscribe"
        self._url = f"{config.api_base}/cgi-bin/message/subscribe/bizsend"
        assert config.subscribe_template is not None
        self._template_id = config.subscribe_template
        self._thing, self._time = config.subscribe_thing, config.subscribe_time
        self._tokens = tokens
        self._parts = parts

    def compose(self, addresses: Sequence[str], text: str) -> str:
        """Return the whole body: the beginning of the text, and when it is sent."""
        (address,) = addresses
        data = {
            self._thing: {"value": beginning(text)},
            self._time: {"value": moment(self._parts.clock.now())},
        }
        body = {"touser": address, "template_id": self._template_id, "data": data}
        return json.dumps(body, ensure_ascii=False)

    def send(self, body: str) -> Sent:
        """Hand one composed body to the platform."""
        data = body.encode()
        answer = self._tokens.call(
            lambda token: self._parts.http.post(
                self._url, {"access_token": token}, data, sends=True
            )
        )
        check_sent(answer)
        return Sent()


def beginning(text: str) -> str:
    """Return as much of a text as a field takes, in one line."""
    line = " ".join(clean(text).split())
    return line if len(line) <= MOST_THING else line[: MOST_THING - 1] + "…"


def moment(at: datetime) -> str:
    """Return a moment as the field wants it."""
    there = local(at)
    return f"{there.year}年{there.month}月{there.day}日 {there:%H:%M}"
