"""What most commands begin with: the configuration, the database, a refusal in one sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.domain.errors import DomainError

if TYPE_CHECKING:
    from bot.config import Config
    from bot.storage.engine import Database

_CONFIG = "zhibu.config"
_MOST_SHOWN = 50
Function = TypeVar("Function", bound=Callable[..., Any])


class Refused(DomainError):
    """The command cannot be done as things are."""


def config_option(function: Function) -> Function:
    """Give a command the option `--config`; `load_config` reads what it names."""
    option = click.option(
        "--config",
        metavar="文件",
        expose_value=False,
        callback=_keep,
        help="配置文件；默认是当前文件夹的 zhibu.toml，没有就用 ./data/",
    )
    return option(function)


def config_path() -> Path | None:
    """Return the configuration file that was named on the command line."""
    path: Path | None = click.get_current_context().meta.get(_CONFIG)
    return path


def load_config() -> Config:
    """Return the configuration of this command.

    Raises:
        ConfigError: With every mistake at once.
    """
    from bot import config

    return config.load(config_path())


@contextmanager
def opened(config: Config, *, may_create: bool = True) -> Iterator[Database]:
    """Open the database, at the version this code was written for.

    Args:
        may_create: Make the tables of an empty database.

    Raises:
        Refused: It cannot be reached, is behind, or is empty where it may not be made.
    """
    if not may_create and is_missing(config):
        raise Refused(f"数据库还是空的。请先运行：{command_line('upgrade')}")
    database = open_database(config)
    try:
        check_version(database, upgrade=command_line("upgrade"), may_create=may_create)
        yield database
    finally:
        database.close()


def is_missing(config: Config) -> bool:
    """Tell whether the database is a file that is not there: opening it would make it."""
    from sqlalchemy import make_url

    url = make_url(config.database.url.get_secret_value())
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return False
    return not Path(url.database).exists()


def open_database(config: Config) -> Database:
    """Open the database without looking at its version.

    Raises:
        Refused: It cannot be reached.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from bot.storage import schema
    from bot.storage.engine import Database

    try:
        database = Database(config.database.url.get_secret_value())
        schema.current(database)
    except (SQLAlchemyError, OSError, ModuleNotFoundError):
        raise Refused(
            "连不上数据库。请检查配置里 [database] 的 url、数据库是否启动、文件夹能不能写；"
            "用 PostgreSQL 要装 scale 依赖（ZHIBU_LOCK=scale）。"
        ) from None
    return database


def check_version(database: Database, *, upgrade: str, may_create: bool = True) -> None:
    """Refuse a database that this code was not written for; make an empty one.

    Args:
        upgrade: The line that brings it up to date.

    Raises:
        Refused: With the line to run.
    """
    from bot.storage import schema

    current = schema.current(database)
    if current == schema.newest():
        return
    if current is None and may_create:
        schema.upgrade(database)
        return
    if current is None:
        raise Refused(f"数据库还是空的。请先运行：{upgrade}")
    refuse_newer(current)
    raise Refused(f"数据库是旧版本（{current}）。请先运行：{upgrade}")


def refuse_newer(revision: str) -> None:
    """Refuse a database that a newer program has already upgraded.

    Raises:
        Refused: With what to do.
    """
    from bot.storage import schema

    if not schema.is_known(revision):
        raise Refused(f"数据库比程序新（{revision}）。请换新版程序再启动，不要用旧程序打开。")


def command_line(words: str) -> str:
    """Return a line to run, with the same configuration as this one."""
    path = config_path()
    return f"zhibu {words}" + (f" --config {path}" if path is not None else "")


def refusal_of(error: Exception) -> str | None:
    """Return what to tell a person of an error, or None where it is a bug."""
    from bot.domain.sending import SendError

    if isinstance(error, DomainError):
        told = first_lines(getattr(error, "problems", ()), getattr(error, "count", None))
        return "\n".join([*told, error.sentence])
    if isinstance(error, SendError):
        return f"{error.reason}。"
    config = sys.modules.get("bot.config")
    if config is not None and isinstance(error, config.ConfigError):
        return "\n".join(["配置有误：", *error.problems])
    return None


def first_lines(lines: Sequence[str], count: int | None = None) -> list[str]:
    """Return as many lines as a person reads, and how many are left out.

    Args:
        count: How many there are, where not all of them were kept.
    """
    left = (count or len(lines)) - _MOST_SHOWN
    return [*lines[:_MOST_SHOWN], *([f"……还有{left}处没有列出。"] if left > 0 else [])]


def _keep(ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.meta[_CONFIG] = Path(value)
