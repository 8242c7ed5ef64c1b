"""`kill -9` of the receiving process between any two steps: one record, one answer."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.channels.simulator import SPACE
from bot.domain.incoming import Incoming
from bot.storage.engine import Database
from bot.storage.models import AttendanceMark, Inbound
from tests.integration.test_pipeline import MORNING, Branch, _people, make_branch

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

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["tests.integration.test_kill_receiver"])


def die(database: Database, step: str, name: str, words: str) -> int | None:
    """Deliver a message in a process that is killed at a step; return how it ended."""
    child = _PROCESSES.Process(target=_receive, args=(database.url, *STEPS[step], name, words))
    child.start()
    child.join(timeout=60)
    return child.exitcode


def _receive(url: str, target: str, moment: str, name: str, words: str) -> None:
    """Receive the message and be killed on the way."""
    branch = make_branch(Database(url))
    owner, function = _owner(target)
    original = getattr(owner, function)

    def dying(*args: Any, **kwargs: Any) -> None:
        if moment == "after":
            original(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, function, dying)
    branch.core.pipeline.receive(Incoming(SPACE, SPACE, "m-dead", None, name, MORNING, words))


def _owner(target: str) -> tuple[Any, str]:
    """Return the module or class that a function is looked up in, and its name."""
    *parts, name = target.split(".")
    klass = parts.pop() if parts[-1][0].isupper() else None
    module = importlib.import_module(".".join(parts))
    return (getattr(module, klass) if klass else module), name


@pytest.mark.parametrize("step", STEPS)
def test_scenario_06_it_records_once_and_answers_once_however_the_first_try_died(
    database: Database, step: str
) -> None:
    _people(database)
    branch = make_branch(database)
    branch.say("李建国", "建会 支部党员大会 3月12日 10:00 社区二楼")

    died = die(database, step, "张三", "签到")
    message = Incoming(SPACE, SPACE, "m-dead", None, "张三", MORNING, "签到")
    retries = [branch.core.pipeline.receive(message).text for _ in range(2)]

    assert died == -signal.SIGKILL
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
