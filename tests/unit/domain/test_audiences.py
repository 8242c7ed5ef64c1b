"""Whom the words of an order pick out."""

from __future__ import annotations

import pytest

from bot.domain.audiences import Circle, Standing, find_audience
from bot.domain.dues import Category
from bot.domain.members import MemberKind
from bot.domain.rights import COMMITTEE, Role


@pytest.mark.parametrize(
    ("words", "roles"),
    [
        ("支委", COMMITTEE),
        ("支委们", COMMITTEE),
        ("支部委员", COMMITTEE),
        ("班子成员", COMMITTEE),
        ("书记们", {Role.SECRETARY}),
        ("各支部书记", {Role.SECRETARY}),
        ("党小组长", {Role.CELL_LEADER}),
        ("各小组组长", {Role.CELL_LEADER}),
        ("各支部组织委员", {Role.ORGANISER}),
    ],
)
def test_posts(words: str, roles: set[Role]) -> None:
    found = find_audience(words)

    assert found is not None
    assert (found.circle, set(found.roles)) == (Circle.POSTS, set(roles))


@pytest.mark.parametrize(
    ("words", "kind", "category"),
    [
        ("预备党员", MemberKind.PROBATIONARY, None),
        ("正式党员们", MemberKind.FULL, None),
        ("离退休党员", None, Category.RETIRED),
        ("退休的同志", None, Category.RETIRED),
        ("退休老党员", None, Category.RETIRED),
        ("在职党员", None, Category.WAGE),
        ("学生党员", None, Category.STUDENT),
        ("农民党员", None, Category.FARMER),
    ],
)
def test_kinds_and_categories(
    words: str, kind: MemberKind | None, category: Category | None
) -> None:
    found = find_audience(words)

    assert found is not None
    assert (found.kind, found.category) == (kind, category)


@pytest.mark.parametrize(
    ("words", "standing"),
    [
        ("请假的人", Standing.ON_LEAVE),
        ("请了假的同志", Standing.ON_LEAVE),
        ("没到的人", Standing.NOT_THERE),
        ("没到会的同志", Standing.NOT_THERE),
        ("缺席的", Standing.NOT_THERE),
        ("没签到的", Standing.NOT_THERE),
        ("到会的人", Standing.THERE),
        ("还没答复的人", Standing.SILENT),
        ("没回复的几位", Standing.SILENT),
    ],
)
def test_by_how_they_stand_at_a_meeting(words: str, standing: Standing) -> None:
    found = find_audience(words)

    assert found is not None
    assert found.standing is standing


@pytest.mark.parametrize("words", ["第一党小组", "一组", "第2小组的党员", "三组全体"])
def test_cells(words: str) -> None:
    found = find_audience(words)

    assert found is not None
    assert found.circle is Circle.CELL


@pytest.mark.parametrize("words", ["积极分子们", "没交党费的人", "隔壁的人", "", "骨干们", "王敏"])
def test_what_cannot_be_told_is_nobody_rather_than_everybody(words: str) -> None:
    assert find_audience(words) is None
