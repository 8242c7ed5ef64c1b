"""撤销: the own last action of ten minutes, taken back once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Role
from bot.services import undo
from bot.services.inverses import INVERSES
from bot.storage.engine import Database
from bot.storage.models import DoneAction
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


def test_it_takes_back_within_ten_minutes_the_own_last_action(world: World, li: MemberId) -> None:
    actor, done = world.actor(li), []

    def remember(title: str) -> None:
        with world.database.writing() as session:
            undo.remember(session, member_id=li, stem="test", inverse={}, title=title, at=world.now)

    def take_back() -> undo.Undone:
        known = {"test": lambda *_: done.append(1)}
        with world.database.writing() as session:
            return undo.undo_last(session, known, by=actor, now=world.now)

    remember("太早")
    world.clock.advance(5 * MINUTE)
    remember("第一")
    remember("第二")
    world.clock.advance(6 * MINUTE)

    assert [take_back().title, take_back().title] == ["第二", "第一"]
    with pytest.raises(undo.NothingToUndo, match="十分钟内没有"):
        take_back()
    assert len(done) == 2
    ledgers = {"attendance", "chains", "dues", "meeting_record", "studied", "study", "wordings"}
    assert set(INVERSES) == ledgers | {
        *("posts", "roll", "transfers", "roll_call"),
        *("minutes", "decisions", "dues_extra", "notices"),
        *("quiz", "study_terms", "study_material", "ladders", "organisation", "policies"),
        *("meeting_ends", "open_items", "development", "member_files", "issues"),
        "meeting_topics",
    }


def test_it_takes_an_action_back_once_when_asked_twice_at_once(world: World, li: MemberId) -> None:
    actor, done = world.actor(li), []
    with world.database.writing() as session:
        undo.remember(session, member_id=li, stem="test", inverse={}, title="签到", at=world.now)

    def take_back(_: int) -> bool:
        try:
            with world.database.writing() as session:
                known = {"test": lambda *_: done.append(1)}
                undo.undo_last(session, known, by=actor, now=world.now)
        except undo.NothingToUndo:
            return False
        return True

    with ThreadPoolExecutor(4) as workers:
        assert Counter(workers.map(take_back, range(4))) == {True: 1, False: 3}
    assert done == [1]
    with world.database.reading() as session:
        assert session.scalar(select(DoneAction.undone_at)) == world.now


def test_a_mark_speaks_for_ten_minutes_and_hides_what_is_older(world: World, li: MemberId) -> None:
    actor, done = world.actor(li), []
    wang = world.member("王敏", world.unit("第四党支部"))
    known = {"test": lambda *_: done.append(1)}
    at = world.now
    with world.database.writing() as session:
        undo.remember(
            session,
            member_id=li,
            stem="test",
            inverse={},
            title="签到",
            at=at,
            what="checkin",
        )
        undo.remember(
            session, member_id=wang, stem="test", inverse={}, title="替签", at=at, subject_id=li
        )
        undo.bar(session, member_id=li, sentence="改期不能撤销。", title="改期", at=at)

    def take_back(what: str = "") -> undo.Undone:
        with world.database.writing() as session:
            return undo.undo_last(session, known, by=actor, now=world.now, what=what)

    for _ in range(2):
        with pytest.raises(undo.CannotUndo, match="改期不能撤销"):
            take_back()
    assert not done
    assert take_back("checkin").title == "签到"
    world.clock.advance(11 * MINUTE)
    assert take_back().title == "替签"
