"""What `zhibu doctor` looks at: one sentence each, with what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bot.cli import vitals
from bot.cli.opening import Refused, is_missing, open_database
from bot.cli.vitals import Check
from bot.clock import SystemClock
from bot.config import (
    Config,
    DingtalkGroupConfig,
    FeishuGroupConfig,
    GroupWebhookConfig,
    unused,
)
from bot.storage import schema
from bot.storage.engine import Database

_KEYS = ("text.key", "web.key")
_OF_GROUPS = (GroupWebhookConfig, FeishuGroupConfig, DingtalkGroupConfig)


def look(config: Config, *, upgrade: str) -> list[Check]:
    """Look at everything and change nothing; platforms are asked whether they know us.

    Args:
        upgrade: The line that brings the database up to date.
    """
    found = [Check(True, "配置：没有错误。")]
    found += [Check(True, f"配置里的 {sentence}") for sentence in unused(config)]
    found += vitals.look_at_plugins(config)
    found += _look_for_database(config, upgrade)
    found += _look_at_folder(config.data.dir)
    found += _look_at_redis(config)
    return [*found, *_look_at_channels(config), _look_at_watchdog(config)]


def _look_for_database(config: Config, upgrade: str) -> list[Check]:
    if is_missing(config):
        return [Check(False, f"数据库：SQLite，还是空的。请运行：{upgrade}")]
    try:
        database = open_database(config)
    except Refused as refused:
        return [Check(False, f"数据库：{refused.sentence}")]
    try:
        return list(_look_at_database(database, config, upgrade))
    finally:
        database.close()


def _look_at_database(database: Database, config: Config, upgrade: str) -> Iterator[Check]:
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    current = schema.current(database)
    if current == schema.newest():
        yield Check(True, f"数据库：{kind}，版本{current}。")
        yield from _look_at_units(database, config)
        yield from _look_at_resting(database)
        yield from vitals.look_at_work(database, config, SystemClock())
    else:
        state = "还是空的" if current is None else f"是旧版本（{current}）"
        yield Check(False, f"数据库：{kind}，{state}。请运行：{upgrade}")


def _look_at_units(database: Database, config: Config) -> Iterator[Check]:
    from sqlalchemy import func, select

    from bot.storage.models import Membership, Unit

    with database.reading() as session:
        names = set(session.scalars(select(Unit.name).where(Unit.valid_to.is_(None))))
        people = session.scalar(
            select(func.count()).select_from(Membership).where(Membership.valid_to.is_(None))
        )
    hint = "" if people else "请运行：zhibu import roster 名册.xlsx --dry-run"
    yield Check(bool(people), f"名册：{len(names)}个组织，{people}人。{hint}")
    for channel in config.channels:
        if isinstance(channel, _OF_GROUPS) and channel.unit not in names:
            words = f"渠道 {channel.name}：没有叫“{channel.unit}”的组织，请核对 unit。"
            yield Check(False, words)


def _look_at_resting(database: Database) -> Iterator[Check]:
    """Tell of channels that rest since everything on them would fail, and of what waits for it.

    A rest that is over counts as long as a text that was due by then still waits.
    """
    from sqlalchemy import select

    from bot.storage.models import ChannelState, Outbox
    from bot.storage.models.outbox import is_unfinished

    waits = (
        select(Outbox.id)
        .where(
            Outbox.channel == ChannelState.channel,
            is_unfinished(),
            Outbox.due_at <= ChannelState.paused_until,
        )
        .exists()
    )
    with database.reading() as session:
        found = session.execute(
            select(ChannelState.channel, ChannelState.why)
            .where(waits)
            .order_by(ChannelState.channel)
        ).all()
    for name, why in found:
        yield Check(False, f"渠道 {name}：{why}。排队的消息都在，恢复后会自动补发。")


def _look_at_redis(config: Config) -> Iterator[Check]:
    """Tell whether Redis answers, where one is configured; without it all goes on, slower."""
    from bot import main

    if config.redis.url is None:
        return
    shared = main.shared_of(config)
    if shared is None:
        yield Check(False, "Redis：没有装它的客户端。请用 ZHIBU_LOCK=scale 启动，或去掉 [redis]。")
        return
    fine = shared.ping()
    shared.close()
    words = (
        "连得上。" if fine else "连不上，消息照收照发，慢一些。请看 [redis] 的 url 和它是否在运行。"
    )
    yield Check(fine, f"Redis：{words}")


def _look_at_folder(folder: Path) -> Iterator[Check]:
    if not folder.is_dir():
        above = next(path for path in (folder, *folder.parents) if path.exists())
        yield Check(os.access(above, os.W_OK), f"数据文件夹：{folder} 还没有，启动时会建。")
        return
    writable = os.access(folder, os.W_OK | os.X_OK)
    words = "可以写。" if writable else f"不能写。请运行：chown -R 运行用户 {folder}"
    yield Check(writable, f"数据文件夹：{folder} {words}")
    for path in (folder / name for name in _KEYS):
        if path.exists() and path.stat().st_mode & 0o077:
            yield Check(False, f"密钥 {path} 别人也能读。请运行：chmod 600 {path}")


def _look_at_channels(config: Config) -> Iterator[Check]:
    if not config.channels:
        yield Check(True, "渠道：还没有配置，只能用网页和演练。加渠道请看 zhibu init 写的说明。")
    yield from vitals.look_at_platforms(config, SystemClock())
    if config.channels and config.server.public_url is None:
        yield Check(False, "配置 [server] 没有写 public_url，平台的消息送不进来。请写上外网地址。")


def _look_at_watchdog(config: Config) -> Check:
    if config.watchdog.ping_url is None:
        return Check(True, "看门狗：没有设置 [watchdog] ping_url，程序停了外面没有人知道。")
    minutes = config.watchdog.every_minutes
    return Check(True, f"看门狗：正常时每{minutes}分钟向外报一次平安，停了那边会知道。")
