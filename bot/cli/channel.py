"""`channel check`: whether a platform lets us in; `channel menu`: the menu under the chat."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from bot.cli.opening import Refused, config_option, load_config, opened
from bot.cli.words import Group

if TYPE_CHECKING:
    from bot.channels import Channel
    from bot.config import Config

_TEST = "支部助手连通测试：看到这句话说明这个群可以收到通知。"


@click.group(cls=Group)
def channel() -> None:
    """渠道：企业微信、公众号、群机器人。"""


@channel.command(epilog="zhibu channel check wecom")
@click.argument("name", metavar="名称")
@click.option("--send", is_flag=True, help="往群里发一句测试（只有群机器人要用）")
@config_option
def check(name: str, send: bool) -> None:
    """真的连一次平台，看配置的凭证对不对。"""
    config = load_config()
    with _found(name, config) as found:
        click.echo(_try(found, send=send))
        if found.receiver is not None:
            base = config.server.public_url or "http://你的外网地址"
            click.echo(f"平台后台的回调地址填：{base}/webhook/{name}")


@channel.command(epilog="zhibu channel menu wecom")
@click.argument("name", metavar="名称")
@config_option
def menu(name: str) -> None:
    """在企业微信应用或公众号里建好菜单（我的、支部、帮助），原来的菜单换掉。"""
    from bot.domain.menu import MENU, as_buttons

    with _found(name, load_config()) as found:
        if found.put_menu is None:
            raise Refused(f"{name} 没有菜单：只有企业微信应用和公众号有。")
        found.put_menu(as_buttons())
    columns = "；".join(f"{column}（{'、'.join(n for n, _ in items)}）" for column, items in MENU)
    click.echo(f"✓ {name}：菜单已建好：{columns}。手机上过几分钟看得到，重新进入会快一些。")


@contextmanager
def _found(name: str, config: Config) -> Iterator[Channel]:
    """Open a configured channel.

    Raises:
        Refused: None is called so.
    """
    from bot import main

    with opened(config):
        pass
    app = main.build(config)
    try:
        found = next((each for each in app.channels if each.name == name), None)
        if found is None:
            known = "、".join(each.name for each in app.channels) or "还没有配置渠道"
            raise Refused(f"配置里没有叫 {name} 的渠道（现有：{known}）。")
        yield found
    finally:
        app.core.database.close()


def _try(found: Channel, *, send: bool) -> str:
    if found.tokens is not None:
        found.tokens.probe()
        return f"✓ {found.name}：平台接受了凭证。"
    if found.sender is not None and found.unit is not None:
        if not send:
            return (
                f"{found.name} 是群机器人，只能发一句试试：zhibu channel check {found.name} --send"
            )
        found.sender.send(found.sender.compose(["group"], _TEST))
        return f"✓ {found.name}：已发到{found.unit}的群，请到群里看一眼。"
    if found.listen is not None:
        return (
            f"{found.name} 用长连接，由正在运行的 serve 或 work 保持；这里不另连一次，"
            "另连会把它挤掉。连上没有请看 serve 或 work 的日志。"
        )
    return f"{found.name} 只接收消息，没有可以主动检查的；在平台后台点“保存”会验证。"
