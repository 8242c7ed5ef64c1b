"""What users of others suffer from with messages, line by line, each with the test that it is not so.

The numbers are those of the list that the product was planned by: 13 is in `test_notice_audience`,
17 in `test_tokens`, 18 in `test_caps`, 14 in `test_whom`.
"""

from __future__ import annotations

import tomllib
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.clock import at, local
from bot.domain.incoming import Incoming
from bot.domain.periods import Month
from bot.domain.rights import Role
from bot.storage.engine import Database
from bot.storage.models import AttendanceMark, Inbound
from tests.support.world import ScriptedSender, World, core

ROOT = Path(__file__).parents[2]
UNOFFICIAL = ("itchat", "wechaty", "wxpy", "ntchat", "wcferry", "wechatferry", "pywxdll", "wxauto")


class Branch:
    """A branch with a general meeting that can be signed in to."""

    def __init__(self, database: Database) -> None:
        self.world = World(database)
        third = self.world.unit("第三党支部")
        self.world.member("张三", third)
        secretary = self.world.member("李建国", third, Role.SECRETARY)
        self.core = core(database, self.world.clock)
        self.say("李建国", "建会 支部党员大会 3月12日 12:20 社区二楼", "call")
        assert secretary

    def say(self, who: str, text: str, message_id: str) -> str | None:
        """Deliver a message and return the answer."""
        now = self.world.now
        return self.core.pipeline.receive(
            Incoming("sim", "sim", message_id, None, who, now, text)
        ).text

    def count(self, model: type[AttendanceMark] | type[Inbound]) -> int:
        """Return how many rows there are."""
        with self.world.database.reading() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def branch(database: Database) -> Branch:
    """Return the branch."""
    return Branch(database)


def test_peer_15_one_message_delivered_three_times_at_once_is_one_record(branch: Branch) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = set(pool.map(lambda _: branch.say("张三", "签到", "M1"), range(3)))

    assert len(answers) == 1
    assert branch.count(AttendanceMark) == 1
    assert branch.count(Inbound) == 2


def test_peer_15_the_same_words_in_two_messages_are_two_tries(branch: Branch) -> None:
    first = branch.say("张三", "签到", "M1")
    branch.world.clock.set(branch.world.now + timedelta(minutes=1))
    second = branch.say("张三", "签到", "M2")

    assert first is not None
    assert first.startswith("✓ 张三")
    assert second is not None
    assert "已签到" in second
    assert "不用再签" in second
    assert branch.count(AttendanceMark) == 1


def test_peer_16_only_official_interfaces_and_both_readmes_say_so() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = (ROOT / "requirements" / "scale.lock").read_text(encoding="utf-8").lower()

    assert not [
        name for name in UNOFFICIAL if any(name in each for each in project["dependencies"])
    ]
    assert not [name for name in UNOFFICIAL if f"\n{name}==" in locked]
    assert "只走官方接口" in (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
    assert "official interfaces" in (ROOT / "README.md").read_text(encoding="utf-8").lower()


def test_scenario_07_two_schedulers_and_a_silence_over_a_quarters_end(database: Database) -> None:
    world = World(database, now=at(date(2026, 3, 20), 7))
    third = world.unit("第三党支部")
    world.member("李建国", third, Role.SECRETARY)
    world.member("王敏", third, Role.ORGANISER)
    for name in ("张三", "王五", "赵六"):
        world.assess(world.member(name, third), 3000, Month(2026, 3))
    sender = ScriptedSender(world.clock)
    nodes = [core(database, world.clock, sender) for _ in range(2)]
    asleep = at(date(2026, 3, 30), 7), at(date(2026, 4, 1), 10)

    def turn(number: int) -> None:
        nodes[number].turn()

    while world.now < at(date(2026, 4, 4), 7):
        if not asleep[0] <= world.now < asleep[1]:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(turn, range(2)))
        world.clock.set(world.now + timedelta(minutes=20))

    rows = [row for row in world.outbox() if row.state.value != "void"]
    sent = [row for row in rows if row.state.value == "accepted"]
    assert sent
    assert len({row.key for row in rows}) == len(rows)
    assert len(sender.delivered()) == len({(row.address, row.due_at) for row in sent})
    assert not [row for row in rows if _on_the_hour(row.due_at)]
    moments = [(handed.at, who) for handed in sender.handed for who in handed.to]
    assert len(set(moments)) == len(moments)  # what is due together is one message


def _on_the_hour(moment: datetime) -> bool:
    return local(moment).minute in (0, 30)
