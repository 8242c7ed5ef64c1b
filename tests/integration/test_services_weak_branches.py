"""Weak organisations and premises: kept by the officer, before and after both on record."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.errors import Forbidden
from bot.domain.ids import UnitId
from bot.domain.units import UnitKind
from bot.domain.weak_branches import Mode, Need, WrongPremises, read_area
from bot.services import weak_branches
from bot.services.weak_branches import Housed, Screened
from bot.storage.engine import Database
from tests.support.cadre import Cadre
from tests.support.world import World

ALL = frozenset(Need)


@pytest.fixture
def cadre(database: Database) -> Cadre:
    """Return the branches, on Thursday, 12 March 2026, at noon."""
    return Cadre(World(database))


@pytest.fixture
def west(cadre: Cadre) -> UnitId:
    """Return the community that was weak."""
    return cadre.world.unit("西后街社区", UnitKind.COMMUNITY)


def screen(cadre: Cadre, unit: UnitId, met: frozenset[Need], on: date) -> Screened:
    """Let the officer write a screening down."""
    actor = cadre.world.actor(cadre.officer)
    return cadre.do(
        lambda s: weak_branches.screen(
            s, unit, met, year=on.year, on=on, by=actor, now=cadre.world.now
        )
    )


def house(cadre: Cadre, unit: UnitId, area: str, on: date) -> Housed:
    """Let the officer write premises down."""
    actor = cadre.world.actor(cadre.officer)
    return cadre.do(
        lambda s: weak_branches.house(
            s, unit, read_area(area), Mode.RENTED, on=on, by=actor, now=cadre.world.now
        )
    )


def test_mechanism_46_98_a_community_is_listed_as_weak_and_then_as_put_right(
    cadre: Cadre, west: UnitId
) -> None:
    actor = cadre.world.actor(cadre.officer)

    def listed() -> list[tuple[str, bool, bool]]:
        found = cadre.do(
            lambda s: weak_branches.list_screened(s, cadre.world.street, 2026, by=actor)
        )
        return [(one.unit, one.is_weak, one.rectified) for one in found]

    screen(cadre, west, ALL - {Need.PREMISES}, date(2026, 1, 10))
    screen(cadre, cadre.branch, ALL, date(2026, 1, 10))
    before = listed()
    screen(cadre, west, ALL, date(2026, 3, 10))

    # In the order of the tree, whatever was found.
    assert before == [("第三党支部", False, False), ("西后街社区", True, False)]
    assert listed() == [("第三党支部", False, False), ("西后街社区", False, True)]


def test_mechanism_59_60_the_area_before_and_after_is_kept_and_the_standard_counted(
    cadre: Cadre, west: UnitId
) -> None:
    first = house(cadre, west, "120", date(2025, 5, 1))
    short = house(cadre, west, "499.9", date(2026, 1, 5))
    fits = house(cadre, west, "500", date(2026, 3, 1))
    actor = cadre.world.actor(cadre.officer)

    with cadre.world.database.reading() as session:
        now = weak_branches.list_housed(session, cadre.world.street, cadre.world.today, by=actor)
        then = weak_branches.list_housed(session, cadre.world.street, date(2026, 2, 1), by=actor)

    assert [one.fits for one in (first, short, fits)] == [False, False, True]
    assert [one.area for one in now[0].premises] == [1200, 4999, 5000]
    assert [sum(one.fits for one in found) for found in (now, then)] == [1, 0]


def test_only_the_officer_writes_and_sees(cadre: Cadre, west: UnitId) -> None:
    actor = cadre.world.actor(cadre.li)

    with cadre.world.database.writing() as session, pytest.raises(Forbidden):
        weak_branches.screen(
            session,
            cadre.branch,
            ALL,
            year=2026,
            on=date(2026, 3, 1),
            by=actor,
            now=cadre.world.now,
        )
    with cadre.world.database.reading() as session, pytest.raises(Forbidden):
        weak_branches.list_housed(session, cadre.world.street, cadre.world.today, by=actor)
    with pytest.raises(WrongPremises, match="日期"):
        house(cadre, west, "500", date(2026, 3, 13))


def test_what_was_entered_by_mistake_is_taken_back_and_nobody_counts_as_put_right(
    cadre: Cadre, west: UnitId
) -> None:
    screen(cadre, west, ALL - {Need.MONEY}, date(2026, 3, 10))
    assert cadre.undo(cadre.officer).title == "西后街社区排查的登记"
    again = screen(cadre, west, ALL, date(2026, 3, 10))
    house(cadre, west, "480", date(2026, 3, 10))
    cadre.undo(cadre.officer)
    housed = house(cadre, west, "500", date(2026, 3, 1))

    assert (again.is_weak, again.rectified, len(again.screenings)) == (False, False, 1)
    assert [one.area for one in housed.premises] == [5000]
