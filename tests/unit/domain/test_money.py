"""Amounts are read and written as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.money import parse_yuan, yuan


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        pytest.param(1500, "15", id="整元"),
        pytest.param(2050, "20.5", id="一位小数"),
        pytest.param(2055, "20.55", id="两位小数"),
        pytest.param(120000, "1200", id="整千不丢零"),
        pytest.param(20, "0.2", id="两毛"),
        pytest.param(5, "0.05", id="五分"),
        pytest.param(0, "0", id="零"),
        pytest.param(-3010, "-30.1", id="退款为负"),
    ],
)
def test_it_writes_yuan_without_trailing_zeros(fen: int, words: str) -> None:
    assert yuan(fen) == words


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        pytest.param("15", 1500, id="整元"),
        pytest.param("20.5", 2050, id="一位小数"),
        pytest.param("20.50", 2050, id="两位小数"),
        pytest.param("0.05", 5, id="五分"),
        pytest.param("9999999.99", 999999999, id="七位整数"),
        pytest.param("10000000", None, id="八位整数"),
        pytest.param("1.234", None, id="三位小数"),
        pytest.param("", None, id="空"),
        pytest.param("1.", None, id="没有小数"),
        pytest.param(".5", None, id="没有整数"),
        pytest.param("-5", None, id="负数"),
        pytest.param("1e3", None, id="科学记数"),
        pytest.param("1,200", None, id="千分位"),
        pytest.param("１５", None, id="全角"),
        pytest.param("٣", None, id="别国数字"),
        pytest.param("15\n", None, id="带换行"),
        pytest.param("十五", None, id="汉字"),
    ],
)
def test_it_reads_plain_decimals_only(text: str, fen: int | None) -> None:
    assert parse_yuan(text) == fen


@given(st.integers(0, 999_999_999))
def test_it_reads_back_what_it_writes(fen: int) -> None:
    assert parse_yuan(yuan(fen)) == fen


@given(st.text(max_size=12))
def test_it_never_fails_on_any_text(text: str) -> None:
    fen = parse_yuan(text)

    assert fen is None or 0 <= fen <= 999_999_999
