"""Ways in and out. To add one, write its module and its configuration, and list it below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.channels import (
    dingtalk_group,
    feishu_group,
    group_webhook,
    official_account,
    wecom_app,
    wecom_robot,
)
from bot.channels.channel import Builder, Channel, Parts
from bot.channels.http import Http
from bot.clock import Clock
from bot.config import (
    ChannelConfig,
    ConfigError,
    DingtalkGroupConfig,
    FeishuGroupConfig,
    GroupWebhookConfig,
    OfficialAccountConfig,
    PluginChannelConfig,
    WecomAppConfig,
    WecomRobotConfig,
)
from bot.domain.ports import Lease, TokenStore

__all__ = ["Builder", "Channel", "Http", "Parts", "build", "http_for"]


def build(
    config: ChannelConfig,
    *,
    store: TokenStore,
    lease: Lease,
    clock: Clock,
    http: Http,
    builders: Mapping[str, Builder] | None = None,
) -> Channel:
    """Build the channel that a configuration entry describes.

    Args:
        builders: Of channels that installed packages bring, by the name they go by.

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
        case PluginChannelConfig():
            return _build_plugin(config, parts, builders or {})


def http_for(configs: Iterable[ChannelConfig]) -> Http:
    """Return an HTTP client for these channels; plain http only where one of them allows it."""
    return Http(allow_insecure=any(config.allow_insecure for config in configs))


def _build_plugin(
    config: PluginChannelConfig, parts: Parts, builders: Mapping[str, Builder]
) -> Channel:
    place = f"[[channel]]（{config.name}）"
    if config.use not in builders:
        known = "、".join(builders) or "没有"
        raise ConfigError([f"{place}的 use：装好的插件里没有 {config.use}（现有：{known}）。"])
    try:
        channel = builders[config.use](config, parts)
    except ValueError as error:
        raise ConfigError([f"{place}的 settings：{error}。"]) from error
    if getattr(channel, "name", None) != config.name:
        raise ConfigError([f"{place}的 use：插件给的不是叫这个名字的渠道，请告诉写插件的人。"])
    return channel
