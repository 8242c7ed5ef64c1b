"""Numbers that identify somebody: found in any spelling, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.meetings import check_words
from bot.domain.notices import check_body
from bot.domain.sensitive import (
    DuesOfSomebody,
    SensitiveNumber,
    check_no_dues_of,
    check_shareable,
    find_numbers,
    mask_numbers,
)

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


NAMES = ("张三", "王敏", "孙丽")
TELLS = {
    "没交": "张三3月党费还没交，请抓紧",
    "欠": "孙丽欠党费60元",
    "已交多少": "王敏已交党费90元，大家学习",
    "另一句": "明天开会。张三党费没交。",
}
MAY = {
    "交给谁": "请各位周五前把3月党费交给王敏",
    "交给谁多少": "党费每人30元，请交给王敏",
    "没有名字": "还有3位同志3月党费没交，请抓紧",
    "别的事": "张三已交学习心得",
    "不在一句": "党费请周五前交齐，没交的抓紧。会议由张三主持",
    "找谁": "没交党费的请联系王敏",
}


@pytest.mark.parametrize("text", TELLS.values(), ids=TELLS)
def test_nobodys_dues_are_told_to_all(text: str) -> None:
    with pytest.raises(DuesOfSomebody, match="的党费，不能发给大家"):
        check_no_dues_of(text, NAMES)


@pytest.mark.parametrize("text", MAY.values(), ids=MAY)
def test_who_takes_the_dues_may_be_named(text: str) -> None:
    assert check_no_dues_of(text, NAMES) == text
