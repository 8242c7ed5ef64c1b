"""Chat groups: bound to a unit by those entitled, and bound anew."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.domain.errors import Forbidden, NotFound
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Role
from bot.services import groups
from bot.services.groups import GroupBound, NotTheirs, OnlyInGroup
from bot.storage.engine import Database
from bot.storage.models import AuditLine, ChatGroup
from tests.support.world import World


@pytest.fixture
def world(database: Database) -> World:
    """Return a street."""
    return World(database)


@pytest.fixture
def third(world: World) -> UnitId:
    """Return a branch."""
    return world.unit("第三党支部")


@pytest.fixture
def li(world: World, third: UnitId) -> MemberId:
    """Return its secretary."""
    return world.member("李书记", third, Role.SECRETARY)


@pytest.fixture
def zhou(world: World) -> MemberId:
    """Return the secretary of another branch."""
    return world.member("周书记", world.unit("第四党支部"), Role.SECRETARY)


@pytest.fixture
def chen(world: World) -> MemberId:
    """Return the officer of the street."""
    return world.member("陈专干", None, Role.OFFICER)


def _bind(
    world: World, by: MemberId, unit: str = "第三党支部", chat: str | None = "群1"
) -> GroupBound:
    actor = world.actor(by)
    with world.database.writing() as session:
        return groups.bind_group(
            session,
            space="sim",
            chat_id=chat,
            channel="sim",
            unit_name=unit,
            by=actor,
            now=world.now,
        )


def _bound(world: World) -> list[int]:
    with world.database.reading() as session:
        return list(
            session.scalars(select(ChatGroup.unit_id).where(ChatGroup.unbound_at.is_(None)))
        )


def test_it_binds_the_group_in_which_it_is_said_once(
    world: World, li: MemberId, third: UnitId
) -> None:
    assert _bind(world, li) == GroupBound("第三党支部", new=True)
    assert _bind(world, li, "三支部") == GroupBound("第三党支部", new=False)

    assert _bound(world) == [third]
    with world.database.reading() as session:
        assert session.scalars(select(AuditLine.action)).all() == ["group.bind"]


def test_it_binds_several_groups_to_a_unit(world: World, li: MemberId, third: UnitId) -> None:
    _bind(world, li)
    _bind(world, li, chat="群2")

    assert _bound(world) == [third, third]


def test_it_refuses_those_not_entitled(world: World, li: MemberId, zhou: MemberId) -> None:
    member = world.member("赵六", world.unit("第五党支部"))

    for by in (zhou, member):
        with pytest.raises(Forbidden):
            _bind(world, by)
    with pytest.raises(OnlyInGroup):
        _bind(world, li, chat=None)
    assert _bound(world) == []


def test_it_lets_nobody_take_the_group_of_another_branch(
    world: World, li: MemberId, zhou: MemberId, third: UnitId
) -> None:
    _bind(world, li)

    with pytest.raises(NotTheirs, match="已经绑定第三党支部"):
        _bind(world, zhou, "第四党支部")

    assert _bound(world) == [third]


def test_it_binds_anew_when_the_street_says_so(
    world: World, li: MemberId, zhou: MemberId, chen: MemberId, third: UnitId
) -> None:
    _bind(world, li)

    done = _bind(world, chen, "第四党支部")
    back = _bind(world, chen, "第三党支部")

    assert (done, back.new) == (GroupBound("第四党支部", new=True), True)
    assert _bound(world) == [third]
    with world.database.reading() as session:
        assert len(session.scalars(select(ChatGroup.id)).all()) == 3  # nothing is overwritten


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("第三党支部", "第三党支部"),
        ("三支部", "第三党支部"),
        ("中共第三党支部委员会", "第三党支部"),
        ("四季青", "四季青社区支部"),
    ],
)
def test_it_knows_units_by_what_people_call_them(
    world: World, third: UnitId, said: str, found: str
) -> None:
    world.unit("第十三党支部")
    world.unit("四季青社区支部")

    with world.database.reading() as session:
        assert groups.find_unit(session, said).name == found


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("支部", "“支部”对得上几个组织：第三党支部、第四党支部。请写全称。"),
        ("五支部", "没有找到“五支部”"),
        ("", "没有找到“”"),
    ],
)
def test_it_says_when_a_name_is_nobodys_or_several(
    world: World, third: UnitId, said: str, words: str
) -> None:
    world.unit("第四党支部")

    with (
        world.database.reading() as session,
        pytest.raises(NotFound, match=words),
    ):
        groups.find_unit(session, said)
