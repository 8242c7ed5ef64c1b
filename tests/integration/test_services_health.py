"""Whether this installation can do its work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Role
from bot.domain.sending import SendError, Sent
from bot.services import limits
from bot.services.health import (
    BACKLOG_OLD_AFTER,
    LATELY,
    NEVER_TICKED,
    NO_DATABASE,
    OLD_SCHEMA,
    STUCK,
    TICK_SILENT,
    TICK_SILENT_AFTER,
    DatabaseHealth,
)
from bot.services.outbox import Routes, Way
from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.models import Outbox
from tests.support.world import ScriptedSender, World, core

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
GONE = Routes(private={"sim": Way("old", 2048)})


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


def test_it_is_ready_while_it_ticks_and_sends(world: World, li: MemberId) -> None:
    health = DatabaseHealth(database=world.database, clock=world.clock, channels=["sim"])
    never = health.ready()
    core(world.database, world.clock).ticker.tick()
    fine = health.ready()
    world.enqueue(world.letter(li))
    world.clock.advance(TICK_SILENT_AFTER)
    still = health.ready()
    world.clock.advance(BACKLOG_OLD_AFTER - TICK_SILENT_AFTER + MINUTE)
    stuck = health.ready()

    assert (never.ok, never.checks["last_tick_age_s"]) == (False, (False, "never"))
    assert never.reasons == (NEVER_TICKED,)
    assert fine.reasons == ()
    assert stuck.reasons == (TICK_SILENT.format(minutes=16), STUCK.format(minutes=16))
    assert fine.checks["migration"] == (True, schema.newest())
    assert (still.ok, still.checks["outbox_backlog"]) == (True, (True, "1"))
    assert (stuck.ok, stuck.checks["outbox_backlog"]) == (False, (True, "1"))
    assert stuck.checks["oldest_due_s"] == (False, "960")
    assert stuck.checks["last_tick_age_s"] == (False, "960")


def test_it_is_not_ready_with_another_schema_or_none(world: World) -> None:
    health = DatabaseHealth(database=world.database, clock=world.clock, channels=["sim"])
    schema.downgrade(world.database, "base")

    checks = health.ready().checks

    assert checks["database"] == (True, "ok")
    assert checks["migration"] == (False, "empty")
    assert not checks["outbox_backlog"][0]
    assert health.ready().reasons == (OLD_SCHEMA,)


def test_it_says_that_the_database_is_away_and_nothing_else(world: World) -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")
    health = DatabaseHealth(database=nowhere, clock=world.clock, channels=["sim"])

    found = health.ready()

    assert not found.ok
    assert found.reasons == (NO_DATABASE,)
    assert found.gauges() == {"ready": 0.0}


def test_how_long_a_silence_may_last_can_be_set(world: World) -> None:
    core(world.database, world.clock).ticker.tick()
    world.clock.advance(30 * MINUTE)

    def ready(minutes: int) -> bool:
        silent_after = minutes * MINUTE
        return (
            DatabaseHealth(
                database=world.database,
                clock=world.clock,
                channels=["sim"],
                silent_after=silent_after,
            )
            .ready()
            .ok
        )

    assert ready(30)
    assert not ready(29)


def test_it_is_ready_at_night_and_while_a_channel_rests(world: World, li: MemberId) -> None:
    """A reminder held until the morning, a channel that waits for a person: nothing is stuck."""
    health = DatabaseHealth(database=world.database, clock=world.clock, channels=["sim"])
    bot = core(world.database, world.clock)
    bot.ticker.tick()
    world.enqueue(world.letter(li, "请看", rule="dues_unpaid", due_at=world.now - HOUR))
    with world.database.writing() as session:
        session.execute(update(Outbox).values(not_before=world.now + HOUR))
    held = health.ready()
    with world.database.writing() as session:
        session.execute(update(Outbox).values(not_before=world.now - HOUR))
        limits.pause(session, "sim", world.now + HOUR, "IP不可信")
    resting = health.ready()
    world.enqueue(world.letter(li, "旧渠道的", due_at=world.now - HOUR), routes=GONE)
    gone = health.ready()

    for found in (held, resting, gone):
        assert found.checks["oldest_due_s"] == (True, "0")
        assert found.ok


def test_it_tells_what_came_of_deliveries_and_how_long_they_took(
    world: World, li: MemberId
) -> None:
    health = DatabaseHealth(database=world.database, clock=world.clock, channels=["sim"])
    sender = ScriptedSender(world.clock, Sent("1"), SendError("没有这个人", permanent=True))
    own = core(world.database, world.clock, sender)
    before = list(health.samples())
    world.enqueue(world.letter(li))
    world.clock.advance(timedelta(seconds=30))
    own.dispatcher.drain()
    world.enqueue(world.letter(li, key="second"))
    own.dispatcher.drain()
    lately = list(health.samples())
    world.clock.advance(LATELY + MINUTE)

    assert [sample.value for sample in before] == [0, 0, 0]
    assert {(sample.name, sample.labels, sample.value) for sample in lately} == {
        ("deliveries_lately", (("state", "accepted"),), 1),
        ("deliveries_lately", (("state", "refused"),), 1),
        ("deliveries_lately", (("state", "uncertain"),), 0),
        ("delivery_seconds_mean", (), 30.0),
        ("delivery_seconds_max", (), 30.0),
    }
    assert list(health.samples()) == before
