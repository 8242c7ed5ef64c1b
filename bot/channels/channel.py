"""What every channel is made of, and what it is handed when it is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any, TypeAlias

from bot.channels.http import Http
from bot.channels.tokens import TokenManager
from bot.clock import Clock
from bot.config import PluginChannelConfig
from bot.domain.incoming import Answer, Incoming
from bot.domain.ports import Lease, Receiver, Sender, TokenStore


@dataclass(frozen=True, slots=True)
class Parts:
    """What channels share: the store of access tokens, leases, the clock, the HTTP client."""

    store: TokenStore
    lease: Lease
    clock: Clock
    http: Http


@dataclass(frozen=True, slots=True)
class Channel:
    """One configured channel.

    Attributes:
        space: Account space of its addresses: `wecom:<corp_id>`, `oa:<app_id>`,
            `webhook:<channel name>`, `sim`.
        unit: Name of the organisation whose group a webhook writes to.
        tokens: Its access token, where the platform has one; getting it proves the credentials.
        listen: Keeps a connection over which messages come in, until told to stop.
        group_prefix: Stands before the address of a chat group, where the channel writes into the
            groups it is told of; None where it does not.
        put_menu: Creates the menu under the chat, where the platform has one; raises `SendError`.
    """

    name: str
    kind: str
    space: str
    receiver: Receiver | None = None
    sender: Sender | None = None
    unit: str | None = None
    tokens: TokenManager | None = None
    listen: Callable[[Callable[[Incoming], Answer], Event], None] | None = None
    group_prefix: str | None = None
    put_menu: Callable[[Mapping[str, Any]], None] | None = None


Builder: TypeAlias = Callable[[PluginChannelConfig, Parts], Channel]
"""What an installed package hands over to build a channel; raises `ValueError` with a sentence."""
