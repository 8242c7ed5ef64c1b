"""Numbers that identify somebody: found in any spelling, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.meetings import check_words
from bot.domain.notices import check_body
from bot.domain.sensitive import SensitiveNumber, check_shareable, find_numbers, mask_numbers

ID, ID_X = "410105198001011234", "41010519800101123X"
CARD = "6222021234567890128"  # passes the check sum


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        pytest.param(f"身份证{ID}", ["身份证号"], id="十八位"),
        pytest.param(f"身份证{ID_X}请核对", ["身份证号"], id="末位X"),
        pytest.param("410105 19800101 123X", ["身份证号"], id="身份证分段"),
        pytest.param("电话13812345678", ["手机号"], id="手机"),
        pytest.param("138 1234 5678", ["手机号"], id="手机分段"),
        pytest.param("138-1234-5678", ["手机号"], id="手机用横线"),
        pytest.param("１３８１２３４５６７８", ["手机号"], id="全角"),
        pytest.param(f"卡号{CARD}转账", ["银行卡号"], id="十九位卡号"),
        pytest.param("6222 0212 3456 7890 128", ["银行卡号"], id="卡号分段"),
        pytest.param("4111-1111-1111-1111", ["银行卡号"], id="十六位卡号分段"),
        pytest.param("622202123456789012", ["银行卡号"], id="十八位、不是生日"),
        pytest.param("6222 0212 3456 7891", ["银行卡号"], id="62开头，校验位不对也算"),
        pytest.param(f"张三13812345678，卡{CARD}", ["手机号", "银行卡号"], id="两样"),
        pytest.param("", [], id="空"),
        pytest.param("明天下午3点开会", [], id="没有号"),
        pytest.param("2026年3月12日 10:00 党费合计12345678元", [], id="日期和金额"),
        pytest.param("文号20260312第0045号", [], id="文号"),
        pytest.param("2026 0312 1000 1101", [], id="分段的日期时间"),
        pytest.param("12345678901", [], id="十一位、不是手机"),
        pytest.param("12345678901234", [], id="十四位"),
        pytest.param("12345678901234567890", [], id="二十位"),
        pytest.param("0451-12345678", [], id="座机"),
    ],
)
def test_it_finds_the_numbers_that_identify(text: str, kinds: list[str]) -> None:
    assert [number.what for number in find_numbers(text)] == kinds


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        pytest.param(f"身份证{ID_X}。", "身份证" + "*" * 16 + "3X。", id="身份证"),
        pytest.param("138 1234 5678", "*" * 11 + "78", id="分段的手机"),
        pytest.param("3月12日党费30元", "3月12日党费30元", id="没有号"),
    ],
)
def test_it_stars_all_but_the_last_two(text: str, masked: str) -> None:
    assert mask_numbers(text) == masked


@given(st.text(st.sampled_from("0123456789Xx -１２甲，"), max_size=80))
def test_what_is_masked_holds_no_number_and_keeps_its_length(text: str) -> None:
    masked = mask_numbers(text)

    assert find_numbers(masked) == []
    assert len(masked) == len(text)


def test_it_refuses_them_wherever_many_read_along() -> None:
    for check in (check_shareable, check_body):
        with pytest.raises(SensitiveNumber, match="此内容含银行卡号，不能发到群里"):
            check(f"请转到{CARD}")
    for title, place in ((f"找张三{ID}", "二楼"), ("党课", "找13812345678")):
        with pytest.raises(SensitiveNumber):
            check_words(title, place)


def test_it_lets_everything_else_pass() -> None:
    assert check_shareable("明天下午3点") == "明天下午3点"
