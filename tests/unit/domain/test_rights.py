"""Who may do what, within which units."""

from __future__ import annotations

import pytest

from bot.domain.errors import Forbidden
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import (
    RIGHTS,
    ROLE_NAMES,
    SYSTEM,
    Action,
    Actor,
    Grant,
    Role,
    holds,
    may,
    require,
)

STREET, BRANCH, OTHER_BRANCH, CELL = "/1/", "/1/4/", "/1/5/", "/1/4/9/"


def holder(role: Role, path: str) -> Actor:
    unit = UnitId(int(path.strip("/").split("/")[-1]))
    return Actor(MemberId(1), "张三", grants=(Grant(role, unit, path),))


@pytest.mark.parametrize(
    ("actor", "action", "path", "allowed"),
    [
        pytest.param(
            holder(Role.SECRETARY, BRANCH), Action.SEND_NOTICE, BRANCH, True, id="书记在本支部"
        ),
        pytest.param(
            holder(Role.SECRETARY, BRANCH), Action.SEND_NOTICE, CELL, True, id="书记在本支部小组"
        ),
        pytest.param(
            holder(Role.SECRETARY, BRANCH), Action.SEND_NOTICE, OTHER_BRANCH, False, id="书记在别处"
        ),
        pytest.param(
            holder(Role.SECRETARY, BRANCH), Action.VIEW_LISTS, STREET, False, id="书记不能看上级"
        ),
        pytest.param(
            holder(Role.OFFICER, STREET), Action.MANAGE_UNITS, OTHER_BRANCH, True, id="专干看全街道"
        ),
        pytest.param(
            holder(Role.SECRETARY, BRANCH), Action.MANAGE_UNITS, BRANCH, False, id="书记不管组织"
        ),
        pytest.param(
            holder(Role.PUBLICITY, BRANCH),
            Action.CONFIRM_DUES,
            BRANCH,
            False,
            id="宣传委员不核党费",
        ),
        pytest.param(
            holder(Role.CELL_LEADER, CELL), Action.CALL_MEETING, CELL, True, id="小组长在小组"
        ),
        pytest.param(
            holder(Role.CELL_LEADER, CELL), Action.CALL_MEETING, BRANCH, False, id="小组长在支部"
        ),
        pytest.param(Actor(MemberId(2)), Action.VIEW_LISTS, BRANCH, False, id="普通党员"),
        pytest.param(SYSTEM, Action.SEND_NOTICE, BRANCH, False, id="系统没有职务"),
    ],
)
def test_it_gives_rights_by_role_within_the_subtree(
    actor: Actor, action: Action, path: str, allowed: bool
) -> None:
    assert may(actor, action, path) is allowed
    assert holds(actor, action) >= allowed
    if allowed:
        require(actor, action, path)
        return
    with pytest.raises(Forbidden, match=f"“{action.value}”要由"):
        require(actor, action, path)


def test_it_names_every_role_and_gives_each_its_rights() -> None:
    assert set(ROLE_NAMES) == set(RIGHTS) == set(Role)
