"""The long connection of a smart robot against a platform that behaves badly."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest
from pydantic import SecretStr, ValidationError

from bot.channels import build
from bot.channels.channel import Parts
from bot.channels.links import Links
from bot.channels.robot_link import GROUP, RobotLink, Tempo
from bot.channels.robot_messages import RobotReader
from bot.clock import ManualClock
from bot.config import WecomRobotConfig
from bot.domain.incoming import Answer, Event, Incoming
from bot.domain.ports import NeedsLine
from bot.domain.sending import SendError
from tests.support.fake_robot import BOT, SECRET, FakeRobot, message, wait_for
from tests.unit.channels.platform import CORP, NOW, MemoryLease, MemoryTokens

QUICK = Tempo(
    open=2,
    answer=0.4,
    ping=0.1,
    silent=1,
    lease=5,
    renew=0.1,
    look=0.02,
    kicked=0.5,
    again=0.15,
    backoff=(0.02, 0.05),
)
CHAT = "wr_third_branch"


@pytest.fixture
def robot() -> Iterator[FakeRobot]:
    """Return a platform that behaves, so far."""
    with FakeRobot() as fake:
        yield fake


class Bot:
    """One process with a link: what it was told, and what it answers."""

    def __init__(self, robot: FakeRobot, lease: MemoryLease, tempo: Tempo, secret: str) -> None:
        self.told: list[Incoming] = []
        self.broken = 0
        self.link = RobotLink(
            config(robot.url, secret),
            RobotReader("robot", f"wecom:{CORP}", bot_id=BOT, bot_name="小助手"),
            Mock(spec=Parts, lease=lease, clock=ManualClock(NOW)),
            tempo,
        )
        self.links = Links({"robot": self.link.listen}, self.on_message)

    def on_message(self, message: Incoming) -> Answer:
        """Answer with what was said, once the store works again."""
        if self.broken:
            self.broken -= 1
            raise OSError
        self.told.append(message)
        return Answer(None if message.text == "静" else f"✓ {message.text}")


def config(url: str, secret: str = SECRET) -> WecomRobotConfig:
    """Return the configuration of a robot with a long connection."""
    return WecomRobotConfig(
        kind="wecom_robot",
        name="robot",
        corp_id=CORP,
        bot_id=BOT,
        secret=SecretStr(secret),
        ws_url=url,
        allow_insecure=True,
    )


Start = Callable[..., Bot]


@pytest.fixture
def start(robot: FakeRobot) -> Iterator[Start]:
    """Return what starts a process; all of them share a lease."""
    lease, started = MemoryLease(), []

    def begin(tempo: Tempo = QUICK, secret: str = SECRET, own_lease: bool = False) -> Bot:
        bot = Bot(robot, MemoryLease() if own_lease else lease, tempo, secret)
        bot.links.start()
        started.append(bot)
        return bot

    yield begin
    for bot in started:
        bot.links.stop()


@contextmanager
def _uncertain(expected: bool) -> Iterator[None]:
    with pytest.raises(SendError) as refused:
        yield
    assert refused.value.uncertain is expected


def _content(robot: FakeRobot, req_id: str) -> str:
    wait_for(lambda: robot.answers(req_id))
    return str(robot.answers(req_id)[0].body["stream"]["content"])


# --- in and out ------------------------------------------------------------------------------------


def test_a_message_in_a_group_is_answered_under_its_own_id(robot: FakeRobot, start: Start) -> None:
    bot = start()

    req_id = robot.say("@小助手 签到", chat=CHAT)

    assert _content(robot, req_id) == "✓ 签到"
    (told,) = bot.told
    assert (told.chat_id, told.sender_id, told.space) == (CHAT, "zhangsan", f"wecom:{CORP}")
    (answer,) = robot.answers(req_id)
    assert (answer.cmd, answer.body["stream"]["finish"]) == ("aibot_respond_msg", True)


def test_a_chat_that_is_opened_is_greeted_in_plain_text(robot: FakeRobot, start: Start) -> None:
    bot = start()
    opened = {**message(""), "msgtype": "event", "event": {"eventtype": "enter_chat"}}

    req_id = robot.push(opened, "aibot_event_callback")

    wait_for(lambda: robot.answers(req_id))
    (answer,) = robot.answers(req_id)
    assert (answer.cmd, answer.body["msgtype"]) == ("aibot_respond_welcome_msg", "text")
    assert bot.told[0].event is Event.ENTER


def test_silence_is_not_answered(robot: FakeRobot, start: Start) -> None:
    bot = start()

    silent, spoken = robot.say("静"), robot.say("签到")

    _content(robot, spoken)
    assert robot.answers(silent) == []
    assert len(bot.told) == 2


def test_it_writes_first_into_a_group_and_to_a_person(robot: FakeRobot, start: Start) -> None:
    bot = start()
    robot.spoken |= {CHAT, "lisi"}
    wait_for(lambda: bot.link.is_ready)

    for address in (f"{GROUP}{CHAT}", "lisi"):
        bot.link.send(bot.link.compose([address], "明天下午3点开会"))

    assert [(each["chatid"], each["chat_type"]) for each in robot.sent] == [(CHAT, 2), ("lisi", 1)]
    assert robot.sent[0]["markdown"] == {"content": "明天下午3点开会"}


def test_a_chat_that_never_wrote_is_refused_in_words(robot: FakeRobot, start: Start) -> None:
    bot = start()
    wait_for(lambda: bot.link.is_ready)

    with pytest.raises(SendError) as refused:
        bot.link.send(bot.link.compose(["wangwu"], "开会"))

    assert (refused.value.permanent, refused.value.uncertain) == (True, False)


def test_it_gives_signs_of_life(robot: FakeRobot, start: Start) -> None:
    start()

    wait_for(lambda: robot.count("ping") >= 3)
    assert robot.connections == 1


# --- a platform that behaves badly ---------------------------------------------------------------


def test_a_connection_that_ends_is_made_again(robot: FakeRobot, start: Start) -> None:
    bot = start()
    first = robot.say("签到")
    _content(robot, first)

    robot.hang_up()
    wait_for(lambda: robot.connections == 2 and robot.is_live)
    second = robot.say("请假 出差")

    assert _content(robot, second) == "✓ 请假 出差"
    assert len(bot.told) == 2


@pytest.mark.parametrize("fault", ["silent", "drop before", "drop after", "big"])
def test_a_subscription_that_goes_wrong_is_tried_again(
    robot: FakeRobot, start: Start, fault: str
) -> None:
    robot.fault("aibot_subscribe", fault)

    bot = start()

    wait_for(lambda: bot.link.is_ready and robot.connections >= 2)
    assert _content(robot, robot.say("签到")) == "✓ 签到"


def test_frames_that_are_none_are_left_alone(robot: FakeRobot, start: Start) -> None:
    bot = start()
    wait_for(lambda: robot.is_live)
    for odd in (
        "{not json",
        "[]",
        "{}",
        '{"cmd":1}',
        '{"cmd":"aibot_msg_callback"}',
        "\0",
        b"\xff",
    ):
        robot.raw(odd)
    robot.push({"msgid": "m", "aibotid": "another", "from": {"userid": "x"}, "msgtype": "text"})

    assert _content(robot, robot.say("签到")) == "✓ 签到"
    assert (len(bot.told), robot.connections) == (1, 1)


def test_what_comes_before_the_subscription_is_answered_is_not_lost(
    robot: FakeRobot, start: Start
) -> None:
    frame = {"cmd": "aibot_msg_callback", "headers": {"req_id": "early"}, "body": message("签到")}
    robot.early = [frame]

    start()

    assert _content(robot, "early") == "✓ 签到"


def test_a_line_that_fell_silent_is_given_up(robot: FakeRobot, start: Start) -> None:
    robot.fault("ping", *["silent"] * 60)

    start(replace(QUICK, silent=0.3))

    wait_for(lambda: robot.connections >= 2)


def test_a_message_that_could_not_be_stored_is_tried_again(robot: FakeRobot, start: Start) -> None:
    bot = start()
    bot.broken = 2

    assert _content(robot, robot.say("签到")) == "✓ 签到"
    assert len(bot.told) == 1


def test_wrong_credentials_are_not_hammered(robot: FakeRobot, start: Start) -> None:
    bot = start(replace(QUICK, kicked=30), secret="wrong")

    wait_for(lambda: robot.count("aibot_subscribe") == 1)
    threading.Event().wait(0.3)
    assert robot.count("aibot_subscribe") == 1
    assert not bot.link.is_ready


# --- answers that are not confirmed --------------------------------------------------------------


@pytest.mark.parametrize("fault", [{"errcode": 45009}, "silent", "drop before", "drop after"])
def test_an_answer_that_was_not_taken_is_given_again_and_replaces_the_first(
    robot: FakeRobot, start: Start, fault: Any
) -> None:
    robot.fault("aibot_respond_msg", fault)
    bot = start()

    req_id = robot.say("签到")

    wait_for(lambda: len(robot.answers(req_id)) >= 2)
    threading.Event().wait(0.4)
    first, *more = robot.answers(req_id)
    assert len(more) == 1
    assert more[0].body == first.body  # the same stream id: it replaces, and does not double
    assert len(bot.told) == 1


def test_an_answer_is_not_given_for_ever(robot: FakeRobot, start: Start) -> None:
    robot.fault("aibot_respond_msg", *[{"errcode": 45009}] * 9)
    start()

    req_id = robot.say("签到")

    wait_for(lambda: len(robot.answers(req_id)) == 3)
    threading.Event().wait(0.5)
    assert len(robot.answers(req_id)) == 3


# --- what is sent and not answered ---------------------------------------------------------------


@pytest.mark.parametrize("fault", ["silent", "drop before", "drop after"])
def test_a_send_without_an_answer_is_uncertain(robot: FakeRobot, start: Start, fault: str) -> None:
    robot.fault("aibot_send_msg", fault)
    robot.spoken.add(CHAT)
    bot = start()
    wait_for(lambda: bot.link.is_ready)

    with _uncertain(True):
        bot.link.send(bot.link.compose([f"{GROUP}{CHAT}"], "开会"))


def test_without_a_line_nothing_is_sent_and_the_channel_rests(robot: FakeRobot) -> None:
    bot = Bot(robot, MemoryLease(), QUICK, SECRET)

    with pytest.raises(SendError) as refused:
        bot.link.send(bot.link.compose(["lisi"], "开会"))

    assert (refused.value.uncertain, refused.value.pauses_channel) == (False, True)
    assert isinstance(bot.link, NeedsLine)
    assert not bot.link.is_ready


def test_too_many_of_one_chat_let_the_channel_rest(robot: FakeRobot, start: Start) -> None:
    robot.fault("aibot_send_msg", {"errcode": 45009})
    robot.spoken.add(CHAT)
    bot = start()
    wait_for(lambda: bot.link.is_ready)

    with pytest.raises(SendError) as refused:
        bot.link.send(bot.link.compose([f"{GROUP}{CHAT}"], "开会"))

    assert (refused.value.permanent, refused.value.pauses_channel) == (False, True)


def test_a_text_longer_than_the_platform_takes_is_refused_before(robot: FakeRobot) -> None:
    bot = Bot(robot, MemoryLease(), QUICK, SECRET)

    with pytest.raises(SendError, match="太长"):
        bot.link.compose(["lisi"], "会" * 7000)


# --- one connection ------------------------------------------------------------------------------


def test_of_several_processes_one_connects(robot: FakeRobot, start: Start) -> None:
    bots = [start() for _ in range(4)]

    wait_for(lambda: robot.is_live)
    threading.Event().wait(0.3)

    assert robot.connections == 1
    assert sum(bot.link.is_ready for bot in bots) == 1


def test_when_the_one_stops_another_takes_over(robot: FakeRobot, start: Start) -> None:
    first = start()
    wait_for(lambda: first.link.is_ready)
    second = start()

    first.links.stop()

    wait_for(lambda: second.link.is_ready)
    assert _content(robot, robot.say("签到")) == "✓ 签到"
    assert (len(first.told), len(second.told)) == (0, 1)


def test_whoever_loses_the_lease_closes(robot: FakeRobot) -> None:
    lease = MemoryLease()
    bot = Bot(robot, lease, QUICK, SECRET)
    bot.links.start()
    wait_for(lambda: bot.link.is_ready)

    lease.holders[f"robot:{BOT}"] = "another"

    wait_for(lambda: not bot.link.is_ready)
    bot.links.stop()
    assert lease.holders == {f"robot:{BOT}": "another"}


def test_two_installations_do_not_drive_each_other_out_in_turns(
    robot: FakeRobot, start: Start
) -> None:
    slow = replace(QUICK, kicked=5)
    first = start(slow)
    wait_for(lambda: first.link.is_ready)
    second = start(slow, own_lease=True)
    wait_for(lambda: second.link.is_ready)

    threading.Event().wait(0.5)

    assert (first.link.is_ready, second.link.is_ready) == (False, True)
    assert robot.connections == 2


# --- configuration -------------------------------------------------------------------------------


def test_it_is_built_from_bot_id_and_secret_alone() -> None:
    store, lease = MemoryTokens(), MemoryLease()
    built = build(
        config("wss://robot.example"),
        store=store,
        lease=lease,
        clock=ManualClock(NOW),
        http=Mock(),
    )

    assert built.receiver is None
    assert built.sender is not None
    assert (built.listen is not None, built.group_prefix) == (True, GROUP)


def test_a_robot_needs_one_of_the_two_ways() -> None:
    with pytest.raises(ValidationError, match="长连接要写"):
        WecomRobotConfig(kind="wecom_robot", name="robot", corp_id=CORP, bot_id=BOT)


def test_the_secret_is_in_no_frame_but_the_first(robot: FakeRobot, start: Start) -> None:
    start()
    _content(robot, robot.say("签到"))

    others = [each for each in robot.heard if each.cmd != "aibot_subscribe"]
    assert others
    assert all(SECRET not in json.dumps(each.body) for each in others)
