"""Wordings: their one form, what is masked, what may be taught."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.wordings import (
    MAX_KEPT,
    NUMBER,
    SOMEBODY,
    NotTeachable,
    check_wording,
    mask,
    may_be_kept,
    wording_key,
)

ROLL = ("张三", "王秀英", "欧阳建国", "李四")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        pytest.param("签个字哈", "签个字", id="语气词"),
        pytest.param("签个字 ！", "签个字", id="空格和标点"),
        pytest.param("签，个。字", "签个字", id="中间的标点"),
        pytest.param("OK啦", "ok", id="大小写"),
        pytest.param("签个字吗", "签个字吗", id="问的不一样"),
        pytest.param("签了", "签了", id="了不一样"),
        pytest.param("哈哈", "哈哈", id="全是语气词"),
        pytest.param("", "", id="空的"),
    ],
)
def test_wordings_are_compared_in_one_form(text: str, key: str) -> None:
    assert wording_key(text) == key
    assert wording_key(wording_key(text)) == key


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        pytest.param("张三让我问问", "某某让我问问", id="全名"),
        pytest.param("秀英让我问问", "某某让我问问", id="名"),
        pytest.param("老张、张大爷和王阿姨", "某某、某某和某某", id="称呼"),
        pytest.param("欧阳建国在不在", "某某在不在", id="复姓"),
        pytest.param("赵六在不在", "赵六在不在", id="不在名册上"),
        pytest.param("打13800001234", "打#", id="手机"),
        pytest.param("11010119800101123X是我", "#是我", id="身份证"),
        pytest.param("3月12日10:30", "#月#日#", id="日期和时间"),
        pytest.param("一三八零零零", "#", id="汉字念的号码"),
        pytest.param("一起去", "一起去", id="平常的一"),
    ],
)
def test_people_of_the_roll_and_numbers_are_masked(text: str, masked: str) -> None:
    assert mask(text, ROLL) == masked


@given(
    text=st.text(alphabet="张三王秀英李四老签字哈0123456789X，。 ", max_size=90),
)
def test_no_name_and_no_digit_comes_through(text: str) -> None:
    masked = mask(text, ROLL)

    assert not any(name in masked for name in ROLL)
    assert not any(sign.isdigit() for sign in masked)
    assert len(masked) <= MAX_KEPT


def test_an_empty_roll_masks_numbers_only() -> None:
    assert mask("张三5", ()) == f"张三{NUMBER}"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param("签个字哈", True, id="平常"),
        pytest.param("俺血压高", False, id="病情"),
        pytest.param("住院了去不成", False, id="住院"),
        pytest.param("", False, id="空的"),
    ],
)
def test_what_speaks_of_an_illness_is_not_kept(text: str, kept: bool) -> None:
    assert may_be_kept(text) is kept


@pytest.mark.parametrize(
    ("wording", "why"),
    [
        pytest.param("好的", "平常聊天", id="平常话"),
        pytest.param("好的啊", "平常聊天", id="平常话带语气词"),
        pytest.param("666", "人名或数字", id="数字"),
        pytest.param("ok", "平常聊天", id="没有汉字"),
        pytest.param(f"{SOMEBODY}来喽", "人名或数字", id="有人名"),
        pytest.param("签3个字", "人名或数字", id="带数字"),
        pytest.param("划", "2到30个字", id="一个字"),
        pytest.param("划" * 31, "2到30个字", id="三十一个字"),
        pytest.param("。。", "平常聊天", id="只有标点"),
    ],
)
def test_what_is_everyday_named_or_odd_cannot_be_taught(wording: str, why: str) -> None:
    with pytest.raises(NotTeachable, match=why):
        check_wording(wording)


@pytest.mark.parametrize(
    "wording", ["划卡", "划" * 30, "签个字哈"], ids=["两个字", "三十个字", "带语气词"]
)
def test_what_is_particular_may_be_taught(wording: str) -> None:
    assert check_wording(wording) == wording_key(wording)
