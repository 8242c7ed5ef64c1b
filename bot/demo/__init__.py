"""The demonstration: a fictional sub-district of the current year, and a branch to rehearse."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, make_url, select

from bot import config as configuration
from bot.clock import Clock, SystemClock
from bot.config import Config
from bot.demo.district import MAIN_BRANCH
from bot.demo.loading import MARK, Size, load
from bot.domain.errors import DomainError
from bot.domain.rights import RIGHTS, ROLE_NAMES
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import Member, Unit

if TYPE_CHECKING:
    from bot.services.ports import Rehearsal

__all__ = [
    "MAIN_BRANCH",
    "TO_TRY",
    "Made",
    "NotADemo",
    "Size",
    "config_for",
    "introduction",
    "prepare",
    "rights_lines",
]

_COMPANIONS = ("", "-wal", "-shm", ".lock")
TO_TRY = (
    ("张德福", "党费已交"),
    ("张德福", "请假 出差"),
    ("李建国", "谁没交党费"),
)


class NotADemo(DomainError):
    """What is there may not be thrown away."""


@dataclass(frozen=True, slots=True)
class Made:
    """A demonstration that is ready.

    Attributes:
        rehearsal: Makes the rehearsal of its main branch.
    """

    size: Size
    rehearsal: Callable[[], Rehearsal]


def config_for(path: Path | None, port: int | None) -> Config:
    """Return the configuration of a demonstration.

    Args:
        path: Names the (empty) database to fill; left out, a fresh `./data/demo.db`, no channels.

    Raises:
        ConfigError: With every mistake at once.
    """
    if path is None:
        raw: dict[str, object] = {"database": {"url": "sqlite:///data/demo.db"}}
        if port is not None:
            raw["server"] = {"port": port}
        return configuration.parse(raw, Path.cwd())
    config = configuration.load(path)
    if port is None:
        return config
    return config.model_copy(update={"server": config.server.model_copy(update={"port": port})})


def prepare(config: Config, *, fresh: bool, clock: Clock | None = None) -> Made:
    """Fill the database of a demonstration, and keep a copy for rehearsals.

    Args:
        fresh: Its file is the demonstration's own, to be made anew.

    Raises:
        NotADemo: The database holds something else.
    """
    clock = clock or SystemClock()
    now, url = clock.now(), config.database.url.get_secret_value()
    folder = config.data.dir / "rehearsal"
    folder.mkdir(parents=True, exist_ok=True)
    template = folder / "template.db"
    size = _build(template, now)
    if fresh:
        _replace(Path(make_url(url).database or ""), template)
    else:
        _fill(url, now)

    def rehearsal() -> Rehearsal:
        from bot.rehearsal import ScratchRehearsal

        return ScratchRehearsal(template=template, folder=folder, branch=MAIN_BRANCH, clock=clock)

    return Made(size, rehearsal)


def introduction(made: Made, address: str | None) -> str:
    """Return what to do with a demonstration, and who may do what.

    Args:
        address: Where it is served; None where it is not.
    """
    size = made.size
    lines = [
        f"演示数据建好了（全部虚构）：{size.streets}个街道、{size.communities}个社区、"
        f"{size.branches}个支部、{size.members}名党员。",
        "另有2017年一整年的记录（当时的12个支部、471名党员），可以写年报：年份写2017。",
    ]
    if address is not None:
        lines += [
            "",
            f"用浏览器打开：{address}/rehearsal",
            f"在{MAIN_BRANCH}里选一个人，发一句试试：",
        ]
        lines += [f"  {name}：{words}" for name, words in TO_TRY]
    lines += ["", "各职务能做的事（按职务，不看怎么说）：", *rights_lines()]
    if address is not None:
        lines += ["", "按 Ctrl+C 停止。"]
    return "\n".join(lines)


def rights_lines() -> list[str]:
    """Return one line a post: what its holder may do."""
    lines = []
    for role, actions in RIGHTS.items():
        if not actions:
            continue
        words = "、".join(action.value for action in type(next(iter(actions))) if action in actions)
        name = ROLE_NAMES[role]
        lines.append(f"  {name}{'　' * (4 - len(name))}  {words}")
    return [*lines, "  党员　　  签到、请假、报党费、报名、查自己的"]


def _build(file: Path, now: datetime) -> Size:
    _remove(file)
    database = Database(f"sqlite:///{file}")
    try:
        schema.upgrade(database)
        with database.writing() as session:
            return load(session, now)
    finally:
        database.close()


def _replace(file: Path, template: Path) -> None:
    """Put a copy of the template where the demonstration's file is, if that is one."""
    if file.exists() and not _is_demo(file):
        raise NotADemo(f"{file} 不是演示数据，没有动它。请把它移走再运行。")
    draft = file.with_name(file.name + ".new")
    shutil.copyfile(template, draft)
    _remove(file)
    draft.replace(file)


def _fill(url: str, now: datetime) -> None:
    database = Database(url)
    try:
        if schema.current(database) is None:
            schema.upgrade(database)
        with database.writing() as session:
            if session.scalar(select(func.count(Member.id))) or session.scalar(
                select(func.count(Unit.id))
            ):
                raise NotADemo("配置里的数据库不是空的，没有动它。演示请用一个空的数据库。")
            load(session, now)
    finally:
        database.close()


def _is_demo(file: Path) -> bool:
    try:
        opened = sqlite3.connect(file)
        try:
            marks = opened.execute("SELECT count(*) FROM audit WHERE action = ?", (MARK,))
            return bool(marks.fetchone()[0])
        finally:
            opened.close()
    except sqlite3.Error:
        return False


def _remove(file: Path) -> None:
    for ending in _COMPANIONS:
        file.with_name(file.name + ending).unlink(missing_ok=True)
