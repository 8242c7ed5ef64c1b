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
    refusal,
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


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        pytest.param(Role.SECRETARY, True, id="书记"),
        pytest.param(Role.ORGANISER, True, id="组织委员"),
        pytest.param(Role.DISCIPLINE, False, id="纪检委员"),
        pytest.param(Role.CELL_LEADER, False, id="党小组长"),
    ],
)
def test_reasons_of_leave_are_for_those_who_keep_the_roll(role: Role, allowed: bool) -> None:
    assert holds(holder(role, BRANCH), Action.VIEW_REASONS) is allowed


def test_who_holds_no_post_may_do_nothing_more() -> None:
    assert not any(holds(Actor(MemberId(2)), action) for action in Action)


def test_a_refusal_names_what_was_asked_for() -> None:
    assert "“改期”要由" in refusal(Action.CALL_MEETING, "改期").sentence
    assert "“建会”要由" in refusal(Action.CALL_MEETING).sentence
