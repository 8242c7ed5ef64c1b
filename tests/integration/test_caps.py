"""Whoever talks in circles is left alone: the answers of an hour have an end, the records have not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.domain.incoming import Answer, Incoming
from bot.inbound import caps
from bot.storage.engine import Database
from bot.storage.models import Inbound
from tests.support.world import World, core

SPACE = "sim"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the caps be small."""
    monkeypatch.setattr(caps, "PERSON_MOST", 6)
    monkeypatch.setattr(caps, "CHAT_MOST", 9)
    monkeypatch.setattr(caps, "_LOOK_FROM", 3)


class Chat:
    """A branch and two processes that answer it."""

    def __init__(self, database: Database) -> None:
        self.world = World(database)
        third = self.world.unit("第三党支部")
        for name in ("张三", "王五"):
            self.world.member(name, third)
        self.world.chat(third, "三支部群")
        self.nodes = [core(database, self.world.clock) for _ in range(2)]
        self.said = 0

    def say(self, who: str, text: str = "帮助", chat: str | None = None) -> Answer:
        """Let somebody speak, now to the one process, now to the other."""
        self.said += 1
        message = Incoming(
            SPACE, SPACE, f"m{self.said}", chat, who, self.world.now, text, mentions_bot=True
        )
        return self.nodes[self.said % 2].pipeline.receive(message)


@pytest.fixture
def chat(database: Database) -> Chat:
    """Return the chat."""
    return Chat(database)


def test_peer_18_a_talk_in_circles_ends(chat: Chat) -> None:
    said: str | None = "帮助"
    turns = 0
    while said is not None and turns < 50:  # another robot gives back what it was told
        turns += 1
        said = "帮助" if chat.say("张三").text else None

    assert turns < 20
    assert chat.say("王五").text is not None  # it was not the others' doing


def test_peer_18_what_is_said_above_the_cap_is_recorded(chat: Chat) -> None:
    answers = [chat.say("张三", f"请假 {day}号出差").text for day in range(1, 15)]

    assert answers[-1] is None
    with chat.world.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Inbound)) == 14


def test_peer_18_a_group_has_a_cap_of_its_own(chat: Chat) -> None:
    answers = [chat.say(who, chat="三支部群").text for who in ("张三", "王五") * 10]

    assert answers[0] is not None
    assert answers[-1] is None


def test_peer_18_after_an_hour_it_answers_again(chat: Chat) -> None:
    for _ in range(20):
        chat.say("张三")
    assert chat.say("张三").text is None

    chat.world.clock.set(chat.world.now + timedelta(minutes=61))

    assert chat.say("张三").text is not None
