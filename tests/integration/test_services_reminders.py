"""Why a reminder was sent, and what a bare answer to it is about."""

from __future__ import annotations

from datetime import date

import pytest

from bot.clock import at
from bot.domain.cadence import MeetingKind
from bot.domain.ids import MeetingId, MemberId, UnitId
from bot.domain.rights import Role
from bot.services import attendance, meeting_ends, reminders, study
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
        before = reminders.latest_reasons(session, li)
    bot = core(world.database, world.clock)
    world.clock.set(at(date(2026, 3, 16), 8, 59))
    bot.run_until(world.clock, at(date(2026, 3, 16), 9, 4))
    bot.run_until(world.clock, at(date(2026, 3, 16), 10))
    world.enqueue(world.letter(li, "✓ 好的"))  # an answer is no reminder
    bot.turn()

    with world.database.reading() as session:
        found = reminders.latest_reasons(session, li)

    assert before == []
    assert [reason.source for reason in found] == [
        "支部党员大会一般每季度1次（支部工作条例）",
        "党课每季度1次是本支部的规定，不是全国统一要求",
    ]
    assert {reason.facts for reason in found} == {"一季度尚未登记"}
    assert {reason.ends_when for reason in found} == {"登记后自动停止"}
    assert {reason.seen_by for reason in found} == {"只发给您"}


def test_it_gives_no_reason_where_none_was_kept(world: World, li: MemberId) -> None:
    world.enqueue(world.letter(li, rule="old"))
    core(world.database, world.clock).turn()

    with world.database.reading() as session:
        assert reminders.latest_reasons(session, li) == []


def test_it_looks_past_a_receipt_for_the_last_reminder(world: World, li: MemberId) -> None:
    why = {"source": "党费按月交纳", "facts": {"words": "没有登记"}, "ends_when": "", "seen_by": ""}
    bot = core(world.database, world.clock)
    world.enqueue(world.letter(li, "党费没登记", rule="old", reason=why))
    bot.turn()
    world.enqueue(world.letter(li, "已核对", rule="aside"))
    bot.turn()

    with world.database.reading() as session:
        [found] = reminders.latest_reasons(session, li)

    assert (found.text, found.source, found.facts) == ("党费没登记", "党费按月交纳", "没有登记")


def test_it_knows_which_meetings_a_bare_answer_may_be_about(world: World, li: MemberId) -> None:
    first = world.call(MeetingKind.GENERAL, at(date(2026, 3, 13), 15), li).meeting
    bot = core(world.database, world.clock)
    bot.run_until(world.clock, at(date(2026, 3, 12), 15))

    def asked() -> list[int]:
        with world.database.reading() as session:
            return [one.meeting.id for one in reminders.list_asked(session, li, world.now)]

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
    _promise(world, li, first.id)
    answered_one = asked()
    _promise(world, li, second.id)
    answered_both = asked()
    with world.database.writing() as session:
        meeting_ends.cancel(session, meeting_id=first.id, by=world.actor(li), now=world.now)
    other = asked()
    world.clock.set(at(date(2026, 3, 13), 18, 30))  # check-in is open: a bare 1 means being there

    assert (before, one, two) == ([], [first.id], [first.id, second.id])
    assert answered_one == [second.id]
    assert answered_both == [first.id, second.id]  # minds may change
    assert (other, asked()) == ([second.id], [])


def test_it_asks_nothing_about_a_class_one_signed_up_for(
    world: World, branch: UnitId, li: MemberId
) -> None:
    zhang = world.member("张三", branch)
    world.call(MeetingKind.STUDY, at(date(2026, 3, 13), 15), li, seats=5)
    with world.database.writing() as session:
        study.join(session, by=world.actor(zhang), now=world.now)
    core(world.database, world.clock).run_until(world.clock, at(date(2026, 3, 12), 17))

    with world.database.reading() as session:
        assert reminders.list_asked(session, zhang, world.now) == []


def _promise(world: World, member: MemberId, meeting_id: MeetingId) -> None:
    actor, now = world.actor(member), world.now
    with world.database.writing() as session:
        attendance.promise(session, by=actor, meeting_id=meeting_id, said_at=now, now=now)
