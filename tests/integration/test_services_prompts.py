"""Questions that wait for an answer: found again, closed once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.ids import MemberId, UnitId
from bot.domain.prompts import LASTS, PromptKind
from bot.domain.rights import Role
from bot.services import prompts
from bot.storage.engine import Database
from tests.support.world import World

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(database: Database) -> World:
    """Return a street."""
    return World(database)


@pytest.fixture
def branch(world: World) -> UnitId:
    """Return its branch."""
    return world.unit("第三党支部")


@pytest.fixture
def li(world: World, branch: UnitId) -> MemberId:
    """Return its secretary."""
    return world.member("李书记", branch, Role.SECRETARY)


def _ask(world: World, member: MemberId, chat: str | None = None, **more: Any) -> Any:
    values = {"kind": PromptKind.CHOOSE, "payload": {"of": 1}, **more}
    with world.database.writing() as session:
        return prompts.open_prompt(session, member_id=member, chat_id=chat, now=world.now, **values)


def _open(world: World, member: MemberId, chat: str | None = None, **more: Any) -> list[int]:
    with world.database.reading() as session:
        found = prompts.list_open(session, member_id=member, chat_id=chat, now=world.now, **more)
    return [prompt.id for prompt in found]


def test_it_waits_on_the_latest_question_of_a_kind_in_a_chat(world: World, li: MemberId) -> None:
    _ask(world, li)
    second = _ask(world, li)
    confirm = _ask(world, li, kind=PromptKind.CONFIRM)
    in_group = _ask(world, li, "群1")

    assert _open(world, li) == [confirm, second]
    assert _open(world, li, kinds=[PromptKind.CHOOSE]) == [second]
    assert _open(world, li, "群1") == [in_group]
    assert _open(world, li, "群2") == []


def test_it_stops_waiting_after_a_while(world: World, li: MemberId) -> None:
    _ask(world, li)
    world.clock.advance(LASTS - MINUTE)
    early = _open(world, li)
    world.clock.advance(MINUTE)

    assert len(early) == 1
    assert _open(world, li) == []


def test_it_takes_one_of_several_answers_at_once(world: World, li: MemberId) -> None:
    prompt = _ask(world, li)

    def answer(_: int) -> bool:
        with world.database.writing() as session:
            return prompts.close_prompt(session, prompt, world.now)

    with ThreadPoolExecutor(4) as workers:
        assert Counter(workers.map(answer, range(4))) == {True: 1, False: 3}
    assert _open(world, li) == []


def test_a_question_that_was_whispered_may_be_answered_where_it_arose(
    world: World, li: MemberId
) -> None:
    asked = _ask(world, li, payload={"raised_in": "三支部群"})

    assert _open(world, li) == _open(world, li, "三支部群") == [asked]
    assert _open(world, li, "五支部群") == []


def test_it_finds_what_waits_in_every_chat_and_keeps_more_with_it(
    world: World, li: MemberId
) -> None:
    asked, other = _ask(world, li, "群1"), _ask(world, li)
    with world.database.writing() as session:
        prompts.change_payload(session, asked, {"then": [1]})

    with world.database.reading() as session:
        found = prompts.list_open_anywhere(session, li, world.now)

    assert [(prompt.id, prompt.payload) for prompt in found] == [
        (other, {"of": 1}),
        (asked, {"then": [1]}),
    ]
