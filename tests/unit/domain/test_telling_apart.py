"""Words that tell people apart who are called alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.telling_apart import Traits, tell_apart

APART: dict[str, tuple[list[tuple[str, str, str, str]], list[str], bool]] = {
    "名字不同": (
        [("李一", "三支部", "", "1"), ("李二", "三支部", "", "1")],
        ["李一", "李二"],
        False,
    ),
    "支部不同": (
        [("张伟", "三支部", "一组", "1"), ("张伟", "五支部", "一组", "1")],
        ["三支部", "五支部"],
        True,
    ),
    "党小组不同": (
        [("张伟", "三支部", "一组", "1"), ("张伟", "三支部", "二组", "1")],
        ["一组", "二组"],
        True,
    ),
    "一位不在党小组": (
        [("张伟", "三支部", "一组", "1"), ("张伟", "三支部", "", "1")],
        ["一组", "不在党小组"],
        True,
    ),
    "尾号不同": (
        [("张伟", "三支部", "一组", "4567"), ("张伟", "三支部", "一组", "5678")],
        ["尾号4567", "尾号5678"],
        True,
    ),
    "一位没有尾号": (
        [("张伟", "三支部", "一组", "4567"), ("张伟", "三支部", "一组", "")],
        ["三支部·一组·尾号4567", "三支部·一组·没有尾号"],
        True,
    ),
    "哪里都一样": (
        [("张伟", "三支部", "一组", "4567"), ("张伟", "三支部", "一组", "4567")],
        ["名册里第1位", "名册里第2位"],
        True,
    ),
    "三位，两位同名": (
        [
            ("张伟", "三支部", "一组", "1"),
            ("张卫", "三支部", "一组", "2"),
            ("张伟", "三支部", "二组", "3"),
        ],
        ["张伟（一组）", "张卫", "张伟（二组）"],
        True,
    ),
    "三位要合起来说": (
        [
            ("张伟", "三支部", "一组", "1"),
            ("张伟", "三支部", "二组", "1"),
            ("张伟", "五支部", "一组", "2"),
        ],
        ["三支部·一组·尾号1", "三支部·二组·尾号1", "五支部·一组·尾号2"],
        True,
    ),
}


@pytest.mark.parametrize(("people", "labels", "detail"), APART.values(), ids=list(APART))
def test_it_says_no_more_than_it_takes(
    people: list[tuple[str, str, str, str]], labels: list[str], detail: bool
) -> None:
    found = tell_apart([Traits(*person) for person in people])

    assert (list(found.words), found.from_the_roll) == (labels, detail)


def test_it_says_the_name_where_it_is_not_the_one_written() -> None:
    twins = [Traits("张伟", "三支部", cell, "1") for cell in ("一组", "二组")]

    assert tell_apart(twins, with_names=True).words == ("张伟（一组）", "张伟（二组）")


_SOME = st.sampled_from(["", "一", "二"])
_PERSON = st.builds(Traits, st.sampled_from(["张伟", "李强"]), _SOME, _SOME, _SOME)


@given(st.lists(_PERSON, min_size=1, max_size=6), st.booleans())
def test_no_two_people_ever_bear_one_label(people: list[Traits], with_names: bool) -> None:
    labels = tell_apart(people, with_names=with_names).words

    assert len(set(labels)) == len(people)
    assert all(labels)
