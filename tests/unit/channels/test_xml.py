"""The XML reader and writer."""

from __future__ import annotations

import time
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.text import clean
from bot.channels.xml import Malformed, cdata, read, read_bytes, read_slowly

HOSTILE = {
    "空": "",
    "不是XML": "签到",
    "JSON": '{"xml": 1}',
    "别的根": "<html><a>1</a></html>",
    "没有闭合": "<xml><a>1</a>",
    "闭合不对": "<xml><a>1</b></xml>",
    "两个根": "<xml><a>1</a></xml><xml></xml>",
    "一个元素两次": "<xml><Encrypt>1</Encrypt><Encrypt>2</Encrypt></xml>",
    "一个元素两次（带属性）": "<xml><Encrypt a='1'>1</Encrypt><Encrypt>2</Encrypt></xml>",
    "DTD": "<!DOCTYPE xml><xml><a>1</a></xml>",
    "外部实体": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><a>&e;</a></xml>',
    "内部实体": '<!DOCTYPE x [<!ENTITY e "y">]><xml><a>&e;</a></xml>',
    "未定义的实体": "<xml><a>&e;</a></xml>",
    "太深": "<xml>" + "<a>" * 9 + "</a>" * 9 + "</xml>",
    "十万层": "<xml>" + "<a>" * 100_000,
    "控制字符": "<xml><a>\x08</a></xml>",
    "半个字符": "<xml><a>\ud800</a></xml>",
    "裸的]]>": "<xml><a>]]></a></xml>",
    "数字开头的名字": "<xml><1a>1</1a></xml>",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_refuses(text: str) -> None:
    with pytest.raises(Malformed):
        read(text)
    with pytest.raises(Malformed):
        read_slowly(text)


def test_it_refuses_bytes_that_are_not_utf_8() -> None:
    with pytest.raises(Malformed):
        read_bytes("<xml><a>签到</a></xml>".encode("gbk"))


def test_a_megabyte_of_anything_is_refused_at_once() -> None:
    started = time.monotonic()

    for piece in ("<a>", "<a><![CDATA[", "<xml>", "]]>", "<a></a>", "<a>1</b>", "&amp;", " ", "<"):
        with pytest.raises(Malformed):
            read("<xml>" + piece * (1_000_000 // len(piece)))

    assert time.monotonic() - started < 5


def test_it_keeps_white_space_and_empty_values() -> None:
    text = "<xml>\n <a><![CDATA[ 签 到\n ]]></a><b></b><c/><d>&lt;1&gt;</d>\n</xml>"

    assert read(text) == {"a": " 签 到\n ", "b": "", "c": "", "d": "<1>"}


def test_it_leaves_out_what_is_nested() -> None:
    text = "<xml><a>1</a><b><c>2</c></b></xml>"

    assert read(text) == {"a": "1", "b": ""}


_PIECES = st.sampled_from(
    [
        *("<xml>", "</xml>", "<a>", "</a>", "<b>", "</b>", "<c/>", "<![CDATA[", "]]>", "]]", "]"),
        *(
            "<",
            ">",
            "&",
            "&amp;",
            "\n",
            "\r",
            " ",
            "签到",
            "😀",
            "1",
            "<!-- x -->",
            "<?p?>",
            "\x08",
        ),
        *("<a x='1'>", "<!DOCTYPE xml>", "<xml><a><![CDATA[", "]]></a></xml>"),
    ]
)


@given(st.lists(_PIECES, max_size=14).map("".join))
@example("<xml><a><![CDATA[1]]></a><b>2</b></xml>")
@example("<xml><a>1\r\n2</a></xml>")
@example("<xml><a>1</a></xml>\n")
@example("<xml></xml>")
def test_both_readers_agree(text: str) -> None:
    try:
        slow = read_slowly(text)
    except Malformed:
        with pytest.raises(Malformed):
            read(text)
    else:
        assert read(text) == slow


@given(st.text())
@example("]]>")
@example("]]>]]>")
@example("]]]]>>")
@example("]]></Content><Content>伪造")
@example("]" * 50 + ">")
def test_what_is_written_reads_back_and_injects_nothing(text: str) -> None:
    document = f"<xml><a>{cdata(text)}</a><b>2</b></xml>"

    expected = clean(text).replace("\r\n", "\n").replace("\r", "\n")
    assert read(document) == {"a": expected, "b": "2"}
    assert [each.tag for each in ElementTree.fromstring(document)] == ["a", "b"]
