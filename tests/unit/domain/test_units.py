"""Kinds of organisations, their tree, their structure, and since when they count."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.ids import UnitId
from bot.domain.units import (
    UNIT_ALIASES,
    UNIT_NAMES,
    Finding,
    UnitKind,
    WrongParent,
    check_parent,
    child_path,
    counts_since,
    find_unit_kind,
    ids_of,
    is_included,
    is_under,
    needs_committee,
    structure_advice,
)

STREET, COMMUNITY = UnitKind.STREET, UnitKind.COMMUNITY
BRANCH, CELL = UnitKind.BRANCH, UnitKind.CELL
TODAY = date(2026, 3, 12)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param("街道", STREET, id="街道"),
        pytest.param("社区", COMMUNITY, id="社区"),
        pytest.param("党总支", COMMUNITY, id="党总支"),
        pytest.param("支部", BRANCH, id="支部"),
        pytest.param("党支部", BRANCH, id="党支部"),
        pytest.param("党小组", CELL, id="党小组"),
        pytest.param("部门", None, id="不认识"),
    ],
)
def test_it_reads_the_kind_of_a_roster(text: str, kind: UnitKind | None) -> None:
    assert find_unit_kind(text) is kind


def test_it_names_every_kind() -> None:
    assert set(UNIT_NAMES) == set(UNIT_ALIASES) == set(UnitKind)


def test_it_builds_paths_from_the_root_down() -> None:
    root = child_path("", UnitId(1))
    branch = child_path(root, UnitId(4))

    assert (root, branch) == ("/1/", "/1/4/")
    assert ids_of(branch) == (1, 4)
    assert is_under(branch, root)
    assert is_under(branch, branch)
    assert not is_under(root, branch)
    assert not is_under("/1/44/", branch)


@pytest.mark.parametrize(
    ("kind", "parent", "words"),
    [
        pytest.param(STREET, None, None, id="街道没有上级"),
        pytest.param(STREET, STREET, "请把上级留空", id="街道不能有上级"),
        pytest.param(COMMUNITY, STREET, None, id="社区在街道下"),
        pytest.param(BRANCH, COMMUNITY, None, id="支部在社区下"),
        pytest.param(BRANCH, STREET, None, id="支部直属街道"),
        pytest.param(BRANCH, None, None, id="单独一个支部"),
        pytest.param(BRANCH, CELL, "请把上级写成社区或街道", id="支部不能在小组下"),
        pytest.param(CELL, BRANCH, None, id="小组在支部下"),
        pytest.param(CELL, None, "请把上级写成支部", id="小组要有支部"),
    ],
)
def test_it_keeps_the_tree_in_order(
    kind: UnitKind, parent: UnitKind | None, words: str | None
) -> None:
    if words is None:
        check_parent(kind, parent)
        return
    with pytest.raises(WrongParent, match=words):
        check_parent(kind, parent)


@pytest.mark.parametrize(
    ("members", "committee", "findings"),
    [
        pytest.param(2, 0, [Finding.JOINT_BRANCH], id="两人"),
        pytest.param(3, 0, [], id="三人"),
        pytest.param(6, 0, [], id="六人不设支委会"),
        pytest.param(7, 0, [Finding.COMMITTEE_MISSING], id="七人要设支委会"),
        pytest.param(7, 3, [], id="七人设了"),
        pytest.param(50, 7, [], id="五十人七名支委"),
        pytest.param(51, 7, [Finding.TOO_MANY_MEMBERS], id="五十一人"),
        pytest.param(50, 8, [Finding.COMMITTEE_TOO_LARGE], id="八名支委"),
    ],
)
def test_it_advises_on_structure(members: int, committee: int, findings: list[Finding]) -> None:
    advice = structure_advice(members, committee, TODAY)

    assert [item.finding for item in advice] == findings
    assert all(str(members) in item.sentence or "委员会" in item.sentence for item in advice)


@pytest.mark.parametrize(
    ("members", "needs"), [pytest.param(6, False, id="六人"), pytest.param(7, True, id="七人")]
)
def test_it_needs_a_committee_from_seven(members: int, needs: bool) -> None:
    assert needs_committee(members, TODAY) is needs


FIRST = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("live_from", "founded_on", "since", "included"),
    [
        pytest.param(None, None, None, True, id="没有限定"),
        pytest.param(FIRST, None, FIRST, True, id="当天启用"),
        pytest.param(date(2026, 3, 2), None, date(2026, 3, 2), False, id="次日启用还没开始记"),
        pytest.param(None, date(2026, 2, 28), date(2026, 2, 28), True, id="之前成立"),
        pytest.param(FIRST, date(2026, 3, 20), date(2026, 3, 20), False, id="取较晚的"),
    ],
)
def test_it_leaves_out_periods_begun_before_a_unit_counts(
    live_from: date | None, founded_on: date | None, since: date | None, included: bool
) -> None:
    assert counts_since(live_from, founded_on) == since
    assert is_included(FIRST, since) is included
