"""`kill -9` of the receiving process between any two steps: one record, one answer."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
from multiprocessing.context import ForkServerContext
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.channels.simulator import SPACE
from bot.domain.incoming import Incoming
from bot.storage.engine import Database
from bot.storage.models import AttendanceMark, Inbound
from tests.integration.test_pipeline import MORNING, Branch, _people, make_branch

MESSAGE = Incoming(SPACE, SPACE, "m-dead", None, "张三", MORNING, "签到")
# Where the process dies: each is a function of the path, patched to kill after (or before) it.
STEPS = {
    "收到之后、入库之前": ("bot.inbound.pipeline.insert_once", "before"),
    "入库之后": ("bot.inbound.pipeline.insert_once", "after"),
    "认出人之后": ("bot.services.people.find_actor", "after"),
    "记到之后": ("bot.services.attendance.check_in", "after"),
    "存下撤销办法之后": ("bot.services.attendance.remember_marks", "after"),
    "想好回答之后": ("bot.inbound.outgoing.deliver", "after"),
    "提交之前": ("sqlalchemy.engine.default.DefaultDialect.do_commit", "before"),
    "提交之后、回答之前": ("sqlalchemy.engine.default.DefaultDialect.do_commit", "after"),
}


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Return a way to start processes quickly, with nothing of this one in them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def die(url: str, target: str, moment: str) -> None:
    """Receive the message and be killed on the way."""
    branch = make_branch(Database(url))
    owner, name = _owner(target)
    original = getattr(owner, name)

    def dying(*args: Any, **kwargs: Any) -> None:
        if moment == "after":
            original(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, dying)
    branch.core.pipeline.receive(MESSAGE)


def _owner(target: str) -> tuple[Any, str]:
    """Return the module or class that a function is looked up in, and its name."""
    *parts, name = target.split(".")
    klass = parts.pop() if parts[-1][0].isupper() else None
    module = importlib.import_module(".".join(parts))
    return (getattr(module, klass) if klass else module), name


@pytest.mark.parametrize("step", STEPS)
def test_it_records_once_and_answers_once_however_the_first_try_died(
    database: Database, processes: ForkServerContext, step: str
) -> None:
    _people(database)
    branch = make_branch(database)
    branch.say("李建国", "建会 支部党员大会 3月12日 10:00 社区二楼")

    first = processes.Process(target=die, args=(database.url, *STEPS[step]))
    first.start()
    first.join(timeout=60)
    retries = [branch.core.pipeline.receive(MESSAGE).text for _ in range(2)]

    assert first.exitcode == -signal.SIGKILL
    assert retries == ["✓ 张三，3月支部党员大会已签到（09:58）。打错了回复 撤销"] * 2
    assert _marks(branch) == 1
    assert _messages(branch, "m-dead") == 1


def _marks(branch: Branch) -> int:
    with branch.core.database.reading() as session:
        return session.scalar(select(func.count(AttendanceMark.id))) or 0


def _messages(branch: Branch, message_id: str) -> int:
    with branch.core.database.reading() as session:
        found = select(func.count(Inbound.id)).where(Inbound.message_id == message_id)
        return session.scalar(found) or 0
