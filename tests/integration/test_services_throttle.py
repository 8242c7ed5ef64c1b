"""Tries to sign in: free ones first, then pauses that grow, for every process alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.services import throttle
from bot.services.throttle import FIRST_PAUSE, FORGOTTEN_AFTER, FREE, LONGEST_PAUSE, TooManyTries
from bot.storage.engine import Database
from bot.storage.models import SignInTries
from tests.support.world import World

LI = throttle.names_of("李书记", "10.0.0.7")
OTHER_PLACE = throttle.names_of("李书记", "10.0.0.8")
SAME_PLACE = throttle.names_of("王敏", "10.0.0.7")


@pytest.fixture
def world(database: Database) -> World:
    """Return an empty street."""
    return World(database)


def _fail(world: World, names: tuple[str, ...], times: int = 1) -> None:
    for _ in range(times):
        with world.database.writing() as session:
            throttle.failed(session, names, world.now)


def _wait(world: World, names: tuple[str, ...]) -> timedelta:
    with world.database.reading() as session:
        try:
            throttle.check(session, names, world.now)
        except TooManyTries as refusal:
            return refusal.wait
    return timedelta()


def test_some_tries_are_free_and_each_one_after_doubles_the_pause(world: World) -> None:
    _fail(world, LI, FREE["account"] - 1)
    free = _wait(world, LI)
    pauses = []
    for _ in range(9):
        _fail(world, LI)
        pauses.append(_wait(world, LI))
        world.clock.advance(pauses[-1])

    assert free == timedelta()
    assert pauses[:4] == [FIRST_PAUSE * n for n in (1, 2, 4, 8)]
    assert pauses[-1] == LONGEST_PAUSE
    assert _wait(world, LI) == timedelta()


def test_an_account_is_protected_from_every_address(world: World) -> None:
    _fail(world, LI, FREE["account"])

    assert _wait(world, OTHER_PLACE) == FIRST_PAUSE
    assert _wait(world, SAME_PLACE) == timedelta()


def test_an_address_that_tries_many_accounts_is_paused(world: World) -> None:
    for number in range(FREE["address"]):
        _fail(world, throttle.names_of(f"甲{number}", "10.0.0.7"))

    assert _wait(world, SAME_PLACE) == FIRST_PAUSE
    assert _wait(world, OTHER_PLACE) == timedelta()


def test_who_gets_in_begins_anew_and_so_does_who_comes_back_a_day_later(world: World) -> None:
    _fail(world, LI, FREE["account"])
    with world.database.writing() as session:
        throttle.succeeded(session, LI)
    after_success = _wait(world, LI)
    _fail(world, LI, FREE["account"] - 1)
    world.clock.advance(FORGOTTEN_AFTER + timedelta(seconds=1))
    _fail(world, LI, FREE["account"] - 1)

    assert after_success == timedelta()
    assert _wait(world, LI) == timedelta()


def test_no_name_and_no_address_is_kept_and_old_tries_are_dropped(world: World) -> None:
    _fail(world, LI)
    with world.database.reading() as session:
        kept = list(session.scalars(select(SignInTries.name)))
    world.clock.advance(FORGOTTEN_AFTER + timedelta(seconds=1))
    with world.database.writing() as session:
        throttle.forget_old(session, world.now)
        left = session.scalar(select(func.count()).select_from(SignInTries))

    assert len(kept) == 2
    assert not any("李" in name or "10.0" in name for name in kept)
    assert left == 0


def test_the_sentence_says_how_long() -> None:
    assert TooManyTries(timedelta(seconds=61)).sentence.startswith("试了太多次，请2分钟后再试")
