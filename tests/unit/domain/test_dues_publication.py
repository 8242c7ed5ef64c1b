"""Totals of dues that may be told: of enough people, also by difference to what was told before."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.dues_publication import Lines, gives_away
from bot.domain.ids import MemberId

TODAY = date(2026, 3, 31)


def lines(*members: int, of: int = 0) -> Lines:
    """Return one line a member of a period (`of` tells periods apart)."""
    return {of * 100 + member: MemberId(member) for member in members}


@pytest.mark.parametrize(
    ("new", "published", "hidden"),
    [
        pytest.param(lines(), [], True, id="没人交"),
        pytest.param(lines(1, 2, 3, 4), [], True, id="4人"),
        pytest.param(lines(1, 2, 3, 4, 5), [], False, id="5人"),
        pytest.param(lines(*range(1, 7)), [lines(*range(1, 6))], True, id="再报一次，多1人"),
        pytest.param(lines(*range(1, 6)), [lines(*range(1, 6))], False, id="再报一次，没变"),
        pytest.param(lines(*range(1, 11)), [lines(*range(1, 6))], False, id="支部减小组，剩5人"),
        pytest.param(lines(*range(1, 10)), [lines(*range(1, 6))], True, id="支部减小组，剩4人"),
        pytest.param(
            lines(*range(1, 6)), [lines(*range(1, 10))], True, id="小组在支部之后报，剩4人"
        ),
        pytest.param(
            lines(*range(1, 14)),
            [lines(*range(1, 6)), lines(*range(6, 11))],
            True,
            id="支部减两个小组，剩3人",
        ),
        pytest.param(
            lines(*range(1, 7), of=1), [lines(*range(1, 6))], False, id="两个季度，没有重叠"
        ),
        pytest.param(
            {**lines(*range(1, 7)), **lines(1, 2, of=1)},
            [lines(*range(1, 7))],
            True,
            id="半年减一季度，二季度只有2人",
        ),
    ],
)
def test_a_total_gives_nobody_away(new: Lines, published: list[Lines], hidden: bool) -> None:
    assert gives_away(new, published, TODAY) is hidden


@given(st.lists(st.sets(st.integers(1, 12), max_size=12), max_size=6))
def test_no_two_totals_that_were_told_differ_by_less_than_five_people(
    wanted: list[set[int]],
) -> None:
    told: list[Lines] = []
    for members in wanted:
        new = lines(*members)
        if not gives_away(new, told, TODAY):
            told.append(new)

    for one in told:
        assert len(set(one.values())) >= 5
        for other in told:
            apart = set(one.values()) ^ set(other.values())
            assert not one.keys() & other.keys() or not 0 < len(apart) < 5
