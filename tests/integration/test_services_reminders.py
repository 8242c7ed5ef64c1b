"""Why a reminder was sent, and what a bare answer to it is about."""

from __future__ import annotations

from datetime import date

import pytest

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Role
from bot.services import meetings, reminders
from bot.storage.engine import Database
from tests.support.world import World, core


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


def test_it_gives_the_reason_of_the_last_reminder_that_left(world: World, li: MemberId) -> None:
    with world.database.reading() as session:
        before = reminders.latest_reason(session, li)
    bot = core(world.database, world.clock)
    world.clock.set(at(date(2026, 3, 16), 8, 59))
    bot.run_until(world.clock, at(date(2026, 3, 16), 9, 4))
    bot.run_until(world.clock, at(date(2026, 3, 16), 10))
    world.enqueue(world.letter(li, "✓ 好的"))  # an answer is no reminder
    bot.turn()

    with world.database.reading() as session:
        found = reminders.latest_reason(session, li)

    assert before is None
    assert found is not None
    assert found.text.startswith("李书记您好：第三党支部一季度的")
    assert found.facts == "一季度尚未登记"
    assert (found.ends_when, found.seen_by) == ("登记后自动停止", "只发给您")


def test_it_gives_no_reason_where_none_was_kept(world: World, li: MemberId) -> None:
    world.enqueue(world.letter(li, rule="old"))
    core(world.database, world.clock).turn()

    with world.database.reading() as session:
        assert reminders.latest_reason(session, li) is None


def test_it_knows_which_meeting_a_bare_answer_is_about(world: World, li: MemberId) -> None:
    first = world.call(MeetingKind.GENERAL, at(date(2026, 3, 13), 15), li).meeting
    bot = core(world.database, world.clock)
    bot.run_until(world.clock, at(date(2026, 3, 12), 15))

    def asked() -> int | None:
        with world.database.reading() as session:
            return reminders.find_asked_meeting(session, li, world.now)

    before = asked()
    bot.run_until(world.clock, at(date(2026, 3, 12), 17))
    one = asked()
    second = world.call(MeetingKind.LECTURE, at(date(2026, 3, 13), 19), li).meeting
    slot = "2026-03-13T19:00/T-1"
    world.enqueue(
        world.letter(li, "也问一个", rule=reminders.UPCOMING, slot=slot, subject=second.subject)
    )
    bot.turn()
    two = asked()
    with world.database.writing() as session:
        meetings.cancel(session, meeting_id=first.id, by=world.actor(li), now=world.now)
    other = asked()
    world.clock.set(at(date(2026, 3, 13), 18, 30))  # check-in is open: a bare 1 means being there

    assert (before, one, two, other, asked()) == (None, first.id, None, second.id, None)
