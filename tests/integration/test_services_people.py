"""Who somebody is on a day: branch, cell, posts; and what unit is meant."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from bot.domain.errors import Forbidden, NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Action, Role
from bot.domain.units import UnitKind
from bot.services import people
from bot.storage.engine import Database
from bot.storage.models import Account, Membership
from tests.support.world import THURSDAY, World

TODAY = date(2026, 3, 12)
DAY = timedelta(days=1)


@pytest.fixture
def world(database: Database) -> World:
    """Return a street."""
    return World(database)


@pytest.fixture
def branch(world: World) -> UnitId:
    """Return its branch."""
    return world.unit("第三党支部")


def test_it_knows_who_writes_with_the_posts_of_the_day(world: World, branch: UnitId) -> None:
    cell = world.unit("第一党小组", UnitKind.CELL, under=branch)
    li = world.member("LiSi", branch, Role.SECRETARY, cell=cell)
    world.post(li, cell, Role.CELL_LEADER, until=TODAY)
    world.post(li, branch, Role.PUBLICITY, since=TODAY + DAY)

    with world.database.reading() as session:
        actor = people.find_actor(session, "sim", "lisi", TODAY)
        yesterday = people.get_actor(session, li, TODAY - DAY)
        tomorrow = people.get_actor(session, li, TODAY + DAY)

    assert actor is not None
    assert (actor.member_id, actor.branch_id, actor.cell_id) == (li, branch, cell)
    assert actor.branch_path == f"/{world.street}/{branch}/"
    assert [grant.role for grant in actor.grants] == [Role.SECRETARY]
    assert {grant.role for grant in yesterday.grants} == {Role.SECRETARY, Role.CELL_LEADER}
    assert {grant.role for grant in tomorrow.grants} == {Role.SECRETARY, Role.PUBLICITY}


def test_it_knows_nobody_by_an_account_that_is_free(world: World, branch: UnitId) -> None:
    world.member("张三", branch)
    with world.database.writing() as session:
        session.execute(update(Account).values(unbound_at=THURSDAY))

    with world.database.reading() as session:
        assert people.find_actor(session, "sim", "张三", TODAY) is None
        assert people.find_actor(session, "oa:x", "张三", TODAY) is None
        with pytest.raises(NotFound):
            people.get_actor(session, MemberId(4711), TODAY)


def test_it_reads_the_roll_of_any_day(world: World, branch: UnitId) -> None:
    """Moved in the middle of the year: the old branch's past stays as it was."""
    other = world.unit("第四党支部")
    zhang = world.member("张三", branch)
    with world.database.writing() as session:
        session.execute(update(Membership).values(valid_to=TODAY))
        session.add(Membership(member_id=zhang, unit_id=other, cell_id=None, valid_from=TODAY))

    with world.database.reading() as session:
        where = {
            day: [unit for unit in (branch, other) if people.list_members(session, unit, day)]
            for day in (TODAY - DAY, TODAY)
        }
        assert people.get_actor(session, zhang, TODAY).branch_id == other

    assert where == {TODAY - DAY: [branch], TODAY: [other]}


def test_it_lists_branches_and_cells_each_person_once(world: World, branch: UnitId) -> None:
    cell = world.unit("第一党小组", UnitKind.CELL, under=branch)
    zhang = world.member("张三", branch, cell=cell, tail="1234")
    li = world.member("李四", branch)

    with world.database.reading() as session:
        everyone = people.list_in_units(session, [branch, cell], TODAY)
        small = people.list_members(session, cell, TODAY)
        none = (
            people.list_in_units(session, [], TODAY),
            people.list_by_ids(session, [], TODAY),
        )

    assert [person.id for person in everyone] == [zhang, li]
    assert [(p.name, p.cell_id, p.phone_tail) for p in small] == [("张三", cell, "1234")]
    assert none == ([], [])


def test_it_finds_for_the_street_whoever_belongs_to_one_of_its_branches(
    world: World, branch: UnitId
) -> None:
    zhang = world.member("张三", branch)
    chen = world.member("陈静", world.unit("第五党支部"))

    with world.database.reading() as session:
        below = people.list_below(session, world.street, TODAY)

    assert [person.id for person in below] == [zhang, chen]


def test_it_takes_the_own_branch_first_else_the_units_of_the_posts(
    world: World, branch: UnitId
) -> None:
    officer = world.member("陈专干", None, Role.OFFICER)
    lent = world.member("钱七", world.unit("第四党支部"))
    world.post(lent, branch, Role.DEPUTY)
    li = world.member("李书记", branch, Role.SECRETARY)
    discipline = world.member("孙纪检", branch, Role.DISCIPLINE)

    meant = {
        member: people.scope_of(world.actor(member), Action.SEND_NOTICE)
        for member in (officer, lent, li)
    }

    assert meant == {officer: world.street, lent: branch, li: branch}
    with pytest.raises(Forbidden, match="发通知"):
        people.scope_of(world.actor(discipline), Action.SEND_NOTICE)


@pytest.mark.parametrize(
    ("tails", "called"),
    [
        pytest.param(("1234", "5678"), ["张伟（尾号1234）", "张伟（尾号5678）"], id="尾号不同"),
        pytest.param(
            ("1234", "1234"), ["张伟（名册里第1位）", "张伟（名册里第2位）"], id="尾号相同"
        ),
        pytest.param(("", "5678"), ["张伟（没有尾号）", "张伟（尾号5678）"], id="一位没有尾号"),
        pytest.param(("", ""), ["张伟（名册里第1位）", "张伟（名册里第2位）"], id="都没有尾号"),
    ],
)
def test_namesakes_are_told_apart(
    world: World, branch: UnitId, tails: tuple[str, str], called: list[str]
) -> None:
    for number, tail in enumerate(tails):
        world.member("张伟", branch, tail=tail, account=number == 0)
    world.member("孙丽", branch, tail="9999")
    with world.database.reading() as session:
        everybody = people.list_members(session, branch, TODAY)

    assert list(people.tell_apart(everybody).values()) == [*called, "孙丽"]
    assert list(people.tell_apart(everybody[:1]).values()) == ["张伟"]
    assert list(people.tell_apart(everybody[:1], among=everybody).values()) == called[:1]
