"""The JSON reader."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.jsontext import Malformed, read_object

HOSTILE = {
    "空": b"",
    "一列": b"[1]",
    "半截": b'{"a": ',
    "一个键两次": b'{"encrypt": "1", "encrypt": "2"}',
    "NaN": b'{"a": NaN}',
    "超长数字": b'{"a": ' + b"9" * 5000 + b"}",
    "太深": b'{"a": ' + b"[" * 16 + b"]" * 16 + b"}",
    "十万层": b'{"a": ' + b"[" * 100_000,
    "十万层完整": b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "不是UTF-8": '{"a": "签到"}'.encode("gbk"),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_refuses(text: bytes) -> None:
    with pytest.raises(Malformed):
        read_object(text)


def test_brackets_in_a_text_are_no_depth() -> None:
    assert read_object('{"a": "' + "[微笑]" * 100 + '"}') == {"a": "[微笑]" * 100}


@given(st.binary(max_size=200))
def test_nothing_else_is_ever_raised(text: bytes) -> None:
    with suppress(Malformed):
        read_object(text)
