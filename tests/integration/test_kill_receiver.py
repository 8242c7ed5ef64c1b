"""`kill -9` of the receiving process between any two steps: one record, one answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

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

CHILD = """
import importlib, os, signal, sys
from bot.storage.engine import Database
from bot.channels.simulator import SPACE
from tests.integration.test_pipeline import make_branch, MORNING
from bot.domain.incoming import Incoming

url, target, moment, name, words = sys.argv[1:]
branch = make_branch(Database(url))
parts = target.split(".")
depth = 2 if parts[-2][0].isupper() else 1
owner = importlib.import_module(".".join(parts[:-depth]))
for part in parts[-depth:-1]:
    owner = getattr(owner, part)
original = getattr(owner, parts[-1])

def dying(*args, **kwargs):
    if moment == "after":
        original(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, parts[-1], dying)
branch.core.pipeline.receive(Incoming(SPACE, SPACE, "m-dead", None, name, MORNING, words))
"""


@pytest.mark.parametrize("step", STEPS)
def test_it_records_once_and_answers_once_however_the_first_try_died(
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


def die(database: Database, step: str, name: str, words: str) -> int:
    """Deliver a message in a process that is killed at a step; return how it ended."""
    target, moment = STEPS[step]
    root = Path(__file__).parents[2]
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), database.url, target, moment, name, words],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        timeout=60,
        check=False,
    )
    return child.returncode


def _marks(branch: Branch) -> int:
    with branch.core.database.reading() as session:
        return session.scalar(select(func.count(AttendanceMark.id))) or 0


def _messages(branch: Branch, message_id: str) -> int:
    with branch.core.database.reading() as session:
        found = select(func.count(Inbound.id)).where(Inbound.message_id == message_id)
        return session.scalar(found) or 0
