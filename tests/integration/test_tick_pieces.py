"""A tick over many branches writes in pieces, and says what it would have said at once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import at
from bot.domain.burden import Policy
from bot.domain.ids import UnitId
from bot.domain.rights import Role
from bot.domain.units import UnitKind
from bot.services import outbox, policies, survey
from bot.services.survey import Seen
from bot.services.workdays import PublishedWorkdays
from bot.storage.engine import Database
from bot.storage.models import Outbox, TickMark
from scheduler import compose
from scheduler.rule import Setting
from scheduler.rules import general_meeting
from scheduler.tick import Ticker
from tests.support.world import ROUTES, World

MORNING = at(date(2026, 3, 16), 9)
BRANCHES = 5


@pytest.fixture
def world(database: Database) -> World:
    """Return a street with five branches, none of which has called its general meeting."""
    world = World(database, now=MORNING - timedelta(minutes=3))
    for number in range(1, BRANCHES + 1):
        branch = world.unit(f"第{number}党支部")
        world.member(f"书记{number}", branch, Role.SECRETARY)
    return world


def ticker(world: World) -> Ticker:
    """Return what ticks; the first tick only notes the time."""
    return Ticker(
        database=world.database,
        clock=world.clock,
        rules=[general_meeting.RULE],
        setting=Setting(PublishedWorkdays(), Policy()),
        routes=ROUTES,
    )


def said(world: World) -> list[tuple[Any, ...]]:
    """Return what is queued, in order of key."""
    columns = (Outbox.key, Outbox.text, Outbox.due_at, Outbox.expires_at, Outbox.reason)
    with world.database.reading() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(Outbox.key))]


def _mark(world: World) -> Any:
    with world.database.reading() as session:
        return session.scalar(select(TickMark.done_until).where(TickMark.name.contains("general")))


@pytest.mark.parametrize("piece", [1, 2, 5, 100])
def test_the_size_of_a_piece_changes_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(compose, "PIECE", piece)
    ticks = ticker(world)
    ticks.tick()
    world.clock.set(MORNING)

    assert ticks.tick().queued == BRANCHES

    found = said(world)
    assert [key for key, *_ in found] == [
        f"general_meeting:2026Q1/second:unit:{unit}:m{unit - 1}" for unit in range(2, BRANCHES + 2)
    ]
    assert [words.split("：")[0] for _, words, *_ in found] == [
        f"书记{number}您好" for number in range(1, BRANCHES + 1)
    ]
    assert {moment for _, _, moment, *_ in found} <= {
        MORNING + timedelta(minutes=n) for n in range(1, 10)
    }


def test_what_was_cut_off_between_two_pieces_is_said_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose, "PIECE", 2)
    ticks = ticker(world)
    ticks.tick()
    before = _mark(world)
    world.clock.set(MORNING)
    pieces = []

    def fails_at_the_second(session: Session, *rest: Any) -> Any:
        pieces.append(rest)
        if len(pieces) == 2:
            raise OSError("the disk is full")
        return outbox.enqueue(session, *rest)

    monkeypatch.setattr("scheduler.tick.enqueue", fails_at_the_second)
    assert ticks.tick().failed == ("general_meeting",)
    assert (len(said(world)), _mark(world)) == (2, before)

    world.clock.advance(timedelta(minutes=1))
    ticks.tick()

    assert len(said(world)) == BRANCHES
    assert _mark(world) == world.now


@pytest.mark.parametrize("many", [0, 500], ids=["全部一次读出", "按需要读"])
def test_what_is_read_once_is_what_each_rule_would_read(
    world: World, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    for module in (survey, policies):
        monkeypatch.setattr(module, "_MANY", many)
    day = MORNING.date()
    third = UnitId(4)
    world.unit("第一党小组", UnitKind.CELL, under=third)
    world.unit("没有书记的支部")
    world.post(world.member("街道书记", None), world.street, Role.SECRETARY)
    world.policy(world.street, policies.LECTURE, {"every": "month"})
    world.policy(third, policies.LECTURE, {"every": "quarter"})
    world.policy(UnitId(5), policies.LECTURE, {})

    with world.database.reading() as session:
        seen = Seen()
        branches = list(seen.branches(session, day))
        paths = {branch.id: branch.path for branch in branches}
        paths |= {cell.id: cell.path for branch in branches for cell in branch.cells}
        each = survey.list_branches(session, day, [branch.id for branch in branches])
        owners = seen.owners(session, paths, day)
        one_by_one = {
            unit: survey.owners(session, {unit: path}, day)[unit] for unit, path in paths.items()
        }
        alike = [branch.id for group in seen.alike(session, day) for branch in group]

    assert branches == each
    assert owners == one_by_one
    assert owners[max(paths)][1] == "街道书记"  # of the branch that nobody leads
    assert sorted(alike) == [branch.id for branch in branches]
    lectures = {b.id: b.settings[policies.LECTURE]["every"] for b in branches}
    assert lectures.pop(third) == "quarter"
    assert set(lectures.values()) == {"month"}
