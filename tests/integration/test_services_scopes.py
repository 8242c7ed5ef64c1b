"""Which unit somebody means: the one named, else their own; of several branches one is to be named."""

from __future__ import annotations

import pytest

from bot.domain.errors import Forbidden, NotFound
from bot.domain.ids import UnitId
from bot.domain.rights import Action, Role
from bot.domain.units import UnitKind
from bot.services import scopes
from bot.services.scopes import WhichBranch
from bot.storage.engine import Database
from tests.support.world import World

EXAMPLE = "名单 {unit}"


@pytest.fixture
def world(database: Database) -> World:
    """Return a street with a secretary, a cell leader and an officer."""
    world = World(database)
    third = world.unit("第三党支部")
    cell = world.unit("第一党小组", UnitKind.CELL, under=third)
    world.member("李书记", third, Role.SECRETARY)
    world.post(world.member("王组长", third, cell=cell), cell, Role.CELL_LEADER)
    world.member("周专干", None, Role.OFFICER)
    return world


def _branch(world: World, who: int, named: str | None = None) -> UnitId:
    actor = world.actor(who)  # type: ignore[arg-type]  # an id
    with world.database.reading() as session:
        return scopes.branch_meant(session, actor, Action.VIEW_LISTS, named, EXAMPLE)


LI, WANG, ZHOU = 1, 2, 3
THIRD, CELL = 2, 3


def test_it_takes_the_own_branch_or_cell(world: World) -> None:
    assert (_branch(world, LI), _branch(world, WANG)) == (THIRD, CELL)


def test_it_takes_the_only_branch_of_a_street_without_asking(world: World) -> None:
    assert _branch(world, ZHOU) == THIRD


def test_it_asks_which_of_several_branches(world: World) -> None:
    for number in "四五六七八":
        world.unit(f"第{number}党支部")

    with pytest.raises(WhichBranch) as asked:
        _branch(world, ZHOU)

    assert asked.value.sentence == (
        "请写明是哪个支部，例如：名单 第三党支部。"
        "您管的有：第三党支部、第四党支部、第五党支部、第六党支部、第七党支部等。"
    )
    assert _branch(world, ZHOU, "三支部") == THIRD


def test_it_reaches_no_further_than_the_right(world: World) -> None:
    world.unit("第五党支部")

    with pytest.raises(Forbidden):
        _branch(world, LI, "五支部")
    with pytest.raises(NotFound):
        _branch(world, LI, "九支部")


def test_it_has_an_example_even_where_there_is_no_branch(database: Database) -> None:
    world = World(database)
    zhou = world.member("周专干", None, Role.OFFICER)

    with pytest.raises(WhichBranch, match="名单 第一党支部"):
        _branch(world, zhou)
