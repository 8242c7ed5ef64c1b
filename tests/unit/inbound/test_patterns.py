"""Patterns turned round for quick searching find what the plain ones find."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inbound.patterns import leads, one_of, one_of_each

PATTERNS = (
    "签到|报名|党费",
    "[交缴]党费|党费.{0,2}交|交了",
    "(?<!没)签(?!名)|(?<![已刚])到$",
    "^到|(?:^|[请了])签到",
    "(?:刚|已经?)?交了|了?签",
    "(?:已|刚)+签|没*到",
    r"\d元|\+[12]|党|[1-3]月",
    "签|签到|到签|签到了",
    "(?:(?:已|刚)?交|报)(?:了|名)",
)


@pytest.mark.parametrize("pattern", PATTERNS)
@given(text=st.text("签到报名党费交缴了没已刚经请12元月+", max_size=12))
def test_the_same_is_found(pattern: str, text: str) -> None:
    plain = [match.span() for match in re.finditer(pattern, text)]
    assert [match.span() for match in one_of(pattern).finditer(text)] == plain


WAYS = {"签": "[补代]?签到|签", "交": "(?:已|刚)?交(?!了)|已签", "了": "(?<=交)了|了$"}


@given(text=st.text("签到补代交已刚了", max_size=12))
def test_the_same_kinds_are_found(text: str) -> None:
    named = re.compile("|".join(f"(?P<{kind}>{way})" for kind, way in WAYS.items()))
    plain = [(match.lastgroup, match.span()) for match in named.finditer(text)]

    found, kinds = one_of_each(WAYS)

    assert [(kinds[m.lastindex or 0], m.span()) for m in found.finditer(text)] == plain


@pytest.mark.parametrize(
    "pattern", [".签到", "[^签]到", "签{2}到", "(?=签)签到", r"\s签", "", "签|"]
)
def test_an_opening_that_no_character_tells_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        one_of(pattern)


def test_leads_are_all_that_may_open() -> None:
    assert leads("(?:老?同事|邻居)的?|[张李]三|我?妈") == "老同邻张李我妈"
