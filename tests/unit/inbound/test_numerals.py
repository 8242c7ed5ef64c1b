"""Numbers as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inbound.numerals import read_int, read_number

NUMBERS = {
    "0": "0",
    "12": "12",
    "1,200": "1200",
    "12,345,678": "12345678",
    "3.50": "3.50",
    ".5": "0.5",
    "十": "10",
    "十五": "15",
    "二十": "20",
    "两百": "200",
    "一百二": "120",
    "一百零二": "102",
    "一百二十": "120",
    "两千六": "2600",
    "三万五": "35000",
    "一千零六十": "1060",
    "壹佰贰拾": "120",
    "玖拾玖": "99",
    "1千零5": "1005",
    "3百": "300",
    "2.5万": "25000",
    "一亿二千万": "120000000",
    "三万万": "300000000",
    "二〇二六": "2026",
    "七八": "78",
    "俩": "2",
    "三点五": "3.5",
    "12点34": "12.34",
    "零点二五": "0.25",
}
NO_NUMBERS = [
    "",
    "钱",
    "一百元",
    "十一二",
    "百点",
    "一点",
    "点五",
    "1二",
    "12,34",
    "万",
    "零万",
    "9" * 60,
]


@pytest.mark.parametrize(("text", "value"), NUMBERS.items(), ids=list(NUMBERS))
def test_it_reads_a_number(text: str, value: str) -> None:
    assert read_number(text) == Decimal(value)


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_it_reads_no_number(text: str) -> None:
    assert read_number(text) is None


def test_it_reads_whole_numbers_alone() -> None:
    assert read_int("12") == 12
    assert read_int("十二") == 12
    assert read_int("3.5") is None
    assert read_int("三点五") is None
    assert read_int("人") is None


def _spell(number: int) -> str:
    digits, units = "零一二三四五六七八九", ["", "十", "百", "千"]
    text = str(number)
    out = ""
    for index, digit in enumerate(text):
        unit = units[len(text) - index - 1]
        if digit != "0":
            out += digits[int(digit)] + unit
        elif not out.endswith("零") and int(text[index:]):
            out += "零"
    return out


@given(st.integers(1, 9999))
def test_it_reads_every_number_spelled_out(number: int) -> None:
    assert read_int(_spell(number)) == number


@given(st.text(alphabet="零一二两三百千万亿点0123456789.,壹拾", max_size=60))
def test_it_never_raises(text: str) -> None:
    read_number(text)
