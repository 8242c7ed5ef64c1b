"""Ways in and out. To add one, write its module and its configuration, and list it below."""

from __future__ import annotations

from collections.abc import Iterable

from bot.channels import (
    dingtalk_group,
    feishu_group,
    group_webhook,
    official_account,
    wecom_app,
    wecom_robot,
)
from bot.channels.channel import Channel, Parts
from bot.channels.http import Http
from bot.clock import Clock
from bot.config import (
    ChannelConfig,
    DingtalkGroupConfig,
    FeishuGroupConfig,
    GroupWebhookConfig,
    OfficialAccountConfig,
    WecomAppConfig,
    WecomRobotConfig,
)
from bot.domain.ports import Lease, TokenStore

__all__ = ["Channel", "Http", "Parts", "build", "http_for"]


def build(
    config: ChannelConfig, *, store: TokenStore, lease: Lease, clock: Clock, http: Http
) -> Channel:
    """Build the channel that a configuration entry describes.

    Raises:
        ConfigError: A key or another value cannot work.
    """
    parts = Parts(store=store, lease=lease, clock=clock, http=http)
    match config:
        case WecomAppConfig():
            return wecom_app.build(config, parts)
        case WecomRobotConfig():
            return wecom_robot.build(config, parts)
        case OfficialAccountConfig():
            return official_account.build(config, parts)
        case GroupWebhookConfig():
            return group_webhook.build(config, parts)
        case FeishuGroupConfig():
            return feishu_group.build(config, parts)
        case DingtalkGroupConfig():
            return dingtalk_group.build(config, parts)


def http_for(configs: Iterable[ChannelConfig]) -> Http:
    """Return an HTTP client for these channels; plain http only where one of them allows it."""
    return Http(allow_insecure=any(config.allow_insecure for config in configs))
