"""The whole bot over a robot's long connection: without a public address, in several processes."""

from __future__ import annotations

from collections.abc import Iterator
from unittest.mock import Mock

import pytest

from bot.channels.channel import Channel, Parts
from bot.channels.links import Links
from bot.channels.robot_link import GROUP, RobotLink
from bot.channels.robot_messages import RobotReader
from bot.domain.ids import UnitId
from bot.domain.privacy import Text
from bot.domain.sending import SendState
from bot.main import Core, routes_of
from bot.services.outbox import Letter
from bot.storage.engine import Database
from bot.storage.tokens import DatabaseLeases
from tests.support.fake_robot import BOT, FakeRobot, wait_for
from tests.support.world import World, core
from tests.unit.channels.platform import CORP
from tests.unit.channels.test_robot_link import QUICK, config

SPACE = f"wecom:{CORP}"
CHAT = "wr_third_branch"


class Node:
    """One process: a core, a link, its connection."""

    def __init__(self, world: World, robot: FakeRobot) -> None:
        self.link = RobotLink(
            config(robot.url),
            RobotReader("robot", SPACE, bot_id=BOT, bot_name="小助手"),
            Mock(spec=Parts, lease=DatabaseLeases(world.database, world.clock), clock=world.clock),
            QUICK,
        )
        self.channel = Channel(
            "robot", "wecom_robot", SPACE, sender=self.link, listen=self.link.listen,
            group_prefix=GROUP,
        )  # fmt: skip
        self.routes = routes_of([self.channel])
        self.core: Core = core(world.database, world.clock, self.link, routes=self.routes)
        self.links = Links({"robot": self.link.listen}, self.core.pipeline.receive)


@pytest.fixture
def robot() -> Iterator[FakeRobot]:
    """Return the platform."""
    with FakeRobot() as fake:
        yield fake


@pytest.fixture
def nodes(database: Database, robot: FakeRobot) -> Iterator[tuple[World, list[Node], UnitId]]:
    """Return a street with a branch whose group the robot is in, and three processes."""
    world = World(database)
    third = world.unit("第三党支部")
    zhang = world.member("张三", third)
    world.account(zhang, "zhangsan", SPACE)
    world.chat(third, CHAT, SPACE)
    running = [Node(world, robot) for _ in range(3)]
    for node in running:
        node.links.start()
    wait_for(lambda: any(node.link.is_ready for node in running))
    yield world, running, third
    for node in running:
        node.links.stop()


def _notice(unit: UnitId, number: int, world: World) -> Letter:
    return Letter(
        key=f"test:{number}", text=Text(f"群通知第{number}条"), due_at=world.now, unit_id=unit
    )


def test_a_member_is_recorded_and_answered_without_a_public_address(
    nodes: tuple[World, list[Node], UnitId], robot: FakeRobot
) -> None:
    req_id = robot.say("帮助", user="zhangsan")

    wait_for(lambda: robot.answers(req_id))
    assert "签到" in robot.answers(req_id)[0].body["stream"]["content"]


def test_the_same_message_twice_is_one_record(
    nodes: tuple[World, list[Node], UnitId], robot: FakeRobot
) -> None:
    first = robot.say("请假 出差", user="zhangsan", msgid="M1")
    second = robot.say("请假 出差", user="zhangsan", msgid="M1")

    wait_for(lambda: robot.answers(first) and robot.answers(second))
    assert robot.answers(first)[0].body == robot.answers(second)[0].body


def test_only_the_process_with_the_line_sends_into_the_group(
    nodes: tuple[World, list[Node], UnitId], robot: FakeRobot
) -> None:
    world, running, third = nodes
    robot.spoken.add(CHAT)
    world.enqueue(*[_notice(third, n, world) for n in range(3)], routes=running[0].routes)

    idle = [node for node in running if not node.link.is_ready]
    assert [node.core.dispatcher.drain() for node in idle] == [0, 0]
    (live,) = [node for node in running if node.link.is_ready]
    assert live.core.dispatcher.drain() == 3

    texts = [each["markdown"]["content"] for each in robot.sent]
    assert texts == ["群通知第0条", "群通知第1条", "群通知第2条"]
    assert {each["chatid"] for each in robot.sent} == {CHAT}


def test_what_waits_is_sent_by_whoever_takes_the_line_over(
    nodes: tuple[World, list[Node], UnitId], robot: FakeRobot
) -> None:
    world, running, third = nodes
    robot.spoken.add(CHAT)
    (live,) = [node for node in running if node.link.is_ready]
    live.links.stop()
    world.enqueue(_notice(third, 1, world), routes=live.routes)
    wait_for(lambda: any(node.link.is_ready for node in running if node is not live))

    assert sum(node.core.dispatcher.drain() for node in running) == 1
    assert len(robot.sent) == 1


def test_a_lost_answer_is_uncertain_and_not_sent_again(
    nodes: tuple[World, list[Node], UnitId], robot: FakeRobot
) -> None:
    world, running, third = nodes
    robot.spoken.add(CHAT)
    robot.fault("aibot_send_msg", "silent")
    world.enqueue(_notice(third, 1, world), routes=running[0].routes)

    for node in running:
        node.core.dispatcher.drain()

    (row,) = world.outbox()
    assert row.state is SendState.UNCERTAIN
    assert len(robot.sent) == 1
