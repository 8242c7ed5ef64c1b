"""Weak organisations and their premises: 499.9 is not 500; what was put right stays on record."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.weak_branches import (
    Mode,
    Need,
    Premises,
    Screening,
    WrongPremises,
    area_words,
    count_standard,
    is_rectified,
    meets_standard,
    read_area,
)

DAY = date(2017, 6, 1)
ALL = frozenset(Need)


@pytest.mark.parametrize(
    ("written", "fits"),
    [
        pytest.param("499.9", False, id="499.9不够"),
        pytest.param("500", True, id="500够"),
        pytest.param("500.0", True, id="500.0够"),
        pytest.param("500.1", True, id="500.1够"),
    ],
)
def test_mechanism_59_exactly_the_standard_is_enough(written: str, fits: bool) -> None:
    area = read_area(written)

    assert meets_standard(area, DAY) is fits
    assert count_standard({1: Premises(area, Mode.OWN, DAY)}, DAY) == int(fits)


@pytest.mark.parametrize("written", ["", "0", "500.25", "大约500", "-3", "100001"])
def test_an_area_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(WrongPremises, match=r"480\.5"):
        read_area(written)


@pytest.mark.parametrize(("area", "words"), [(4999, "499.9"), (5000, "500")])
def test_an_area_is_told_as_it_is_written(area: int, words: str) -> None:
    assert area_words(area) == words
    assert read_area(words) == area


@pytest.mark.parametrize(
    ("met", "weak", "rectified"),
    [
        pytest.param([ALL], False, False, id="一直没有短板"),
        pytest.param([ALL - {Need.PREMISES}], True, False, id="有短板"),
        pytest.param([ALL - {Need.PREMISES}, ALL], False, True, id="整顿好了"),
        pytest.param([ALL, ALL - {Need.MONEY}], True, False, id="后来有短板"),
    ],
)
def test_mechanism_46_one_need_that_is_not_met_is_weak_until_it_is(
    met: list[frozenset[Need]], weak: bool, rectified: bool
) -> None:
    screenings = [Screening(answers, DAY) for answers in met]

    assert (screenings[-1].is_weak, is_rectified(screenings)) == (weak, rectified)
