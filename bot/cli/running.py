"""`serve`, `web`, `work`, `demo`: processes that stay."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import click

from bot.cli.opening import config_option, config_path, load_config
from bot.cli.words import Command

if TYPE_CHECKING:
    from bot.config import Config

_PORT = click.IntRange(0, 65535)


@click.command(cls=Command, epilog="zhibu serve --config zhibu.toml")
@config_option
def serve() -> None:
    """启动：网页、提醒和发送在一个进程里。

    数据库还是空的会先建好；旧版本的会提示先运行 upgrade。按 Ctrl+C 停止，
    正在处理的消息会先处理完。
    """
    _run(load_config(), web=True, jobs=True)


@click.command(cls=Command, epilog="zhibu web --config zhibu.toml")
@config_option
def web() -> None:
    """只启动网页和消息接收（多台机器部署时用，提醒由 work 来做）。"""
    _run(load_config(), web=True, jobs=False)


@click.command(cls=Command, epilog="zhibu work --config zhibu.toml")
@config_option
def work() -> None:
    """只做提醒和发送（多台机器部署时用，可以同时开几个）。"""
    _run(load_config(), web=False, jobs=True)


@click.command(cls=Command, epilog="zhibu demo\nzhibu demo --no-serve")
@click.option("--no-serve", is_flag=True, help="只建好演示数据，不启动")
@click.option("--port", type=_PORT, metavar="端口", help="网页端口，默认 8080")
@config_option
def demo(no_serve: bool, port: int | None) -> None:
    """演示：建一个虚构的街道（12个支部、471名党员），打开网页就能试。

    数据写在 ./data/demo.db，每次都重新建；不会碰正式的数据。
    用 --config 时写进它的数据库，那里必须是空的。
    """
    from bot import demo as demonstration
    from bot.cli import serving

    config = demonstration.config_for(config_path(), port)
    if not no_serve:
        serving.check_port(config)
    click.echo("正在建演示数据……", err=True)
    made = demonstration.prepare(config, fresh=config_path() is None)
    served = None if no_serve else serving.address(config)
    click.echo(demonstration.introduction(made, served))
    if not no_serve:
        _configure_logs(logging.WARNING)
        serving.run(config, web=True, jobs=True, rehearsal=made.rehearsal, quiet=True)


def _run(config: Config, *, web: bool, jobs: bool) -> None:
    from bot.cli.serving import run

    _configure_logs(logging.INFO)
    run(config, web=web, jobs=jobs)


def _configure_logs(level: int) -> None:
    from bot import logs

    logs.configure(json=not sys.stderr.isatty(), level=level)
    for chatty in ("alembic", "apscheduler"):  # they tell every start in ten lines
        logging.getLogger(chatty).setLevel(logging.WARNING)
