"""Amounts of money in every written form: 15元, 15块5, 2毛, ￥1,200, 壹佰贰拾元整."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from bot.inbound.numerals import WORDS, read_number
from bot.inbound.utterance import Span

_NUMBER = (
    rf"(?:\d{{1,3}}(?:,\d{{3}}){{1,3}}(?:\.\d+)?|\d+(?:\.\d+)?|[{WORDS}])"
    rf"(?:[{WORDS}点]|(?<=[万千仟百佰])\d)*"  # 1万2千
)
_SINGLE = r"[\d一二两三四五六七八九壹贰叁肆伍陆柒捌玖]"
_HALF = r"半(?![天年月个日小])"
_NOT_A_TAIL = r"(?![\d月号日个人次天年位名点季条.起共并同道齐直把块])"  # 三十块一起交
_MONEY = re.compile(
    rf"(?=[¥人RrC\d{WORDS}])(?:"  # most characters start nothing: leave them at once
    rf"(?:¥|人民币|RMB|rmb|CNY)[\s:]?(?P<signed>{_NUMBER})(?:元整?)?"
    rf"|(?P<yuan>{_NUMBER})\s?(?:元|圆|块|蚊|rmb|RMB)"
    rf"(?:钱|整|零?(?P<jiao>{_SINGLE})[角毛](?:零?(?P<fen>{_SINGLE})(?:分|{_NOT_A_TAIL}))?"
    rf"|零?(?P<only_fen>{_SINGLE})分|(?P<tail>{_SINGLE}){_NOT_A_TAIL}|(?P<half>{_HALF}))?"
    rf"|(?<![块元])(?P<dime>{_NUMBER})[角毛](?:钱|(?P<dime_fen>{_SINGLE})分?{_NOT_A_TAIL})?"
    rf"|(?P<cent>{_NUMBER})分钱)"
)
_TOGETHER = re.compile(r"一块(?![钱半零一二三四五六七八九\d\s,，。！]|$)")
_BARE = re.compile(
    rf"(?=[\d{WORDS}])(?<![\d.:第周归统唯划])(?<![{WORDS}])(?P<bare>\d{{1,3}}[百千佰仟](?:\d|[{WORDS}]){{0,6}}|\d+(?:\.\d{{1,2}})?|(?:(?!一次|一起|一共|一并)[{WORDS}]){{1,12}})"
    rf"(?:(?=\s?(?:一个月|每个?月|/月|一月|一次|一起|一共|一并|一块儿?(?=[交缴转给打])|一道|一齐|一把|第?[一二三四]季|[上下]半年))|(?![\d.:%个人月号日次天年位名点岁度章节页届楼层栋室期季分条篇时刻周级支组院路班起"
    rf"并块下些直定样笔声同遍份条部切般向多{WORDS}]))"
)
_ODD = re.compile(
    r"\d+(?:\.\d+)?[kKwW](?![a-zA-Z])|(?:^|[\s:，])-\d+(?:\.\d+)?(?=\s?[元块，。\s]|$)|负\d+(?:\.\d+)?(?:元|块)?"
    r"|(?<![\d.:])0(?:\.0+)?(?=\s?(?:元|块)|[\s，。]|$)"
    r"|(?<![\d.])\d+\.\d{3,}(?![\d.])|(?<=[月费]\s)\d{10,}(?=\s?(?:元|块)|[\s，。]|$)"
)
_MOST = Decimal(10) ** 9


def find_money(text: str) -> Iterator[Span]:
    """Yield amounts written with a unit or a sign, in fen."""
    for match in _MONEY.finditer(text):
        fen = _fen(match)
        if fen is not None and not _TOGETHER.match(text, match.start()):
            yield Span(match.start(), match.end(), fen)


def find_odd_amounts(text: str) -> Iterator[str]:
    """Yield what is written as an amount and is none: -15, 负15, 0元, 30.555, 99999999999."""
    for match in _ODD.finditer(text):
        yield match[0].strip(" :，")


def find_bare_amounts(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield numbers that stand alone within [start, end), as yuan in fen (党费 30, 每月一百)."""
    for match in _BARE.finditer(text, start, end):
        fen = _to_fen(read_number(match["bare"]), 100)
        if fen and not _is_a_word(match):
            yield Span(match.start(), match.end(), fen)


def _is_a_word(match: re.Match[str]) -> bool:
    """Tell the numeral inside a word (一直, 万岁, 三两天) from an amount: one alone ends what is said."""
    if (
        len(match["bare"]) > 1
        or match.string.startswith(("一个月", "每", "一次", "一起"), match.end())
        or match["bare"].isdecimal()
    ):
        return False
    return match.end() < len(match.string) and match.string[match.end()] not in "了，。 \n"


def _fen(match: re.Match[str]) -> int | None:
    if match["signed"]:
        return _to_fen(read_number(match["signed"]), 100)
    if match["cent"]:
        return _to_fen(read_number(match["cent"]), 1)
    if match["dime"]:
        return _add(_to_fen(read_number(match["dime"]), 10), match["dime_fen"], 1)
    yuan = _to_fen(read_number(match["yuan"]), 100)
    yuan = _add(yuan, match["jiao"] or match["tail"], 10)
    yuan = _add(yuan, "5" if match["half"] else None, 10)
    return _add(yuan, match["fen"] or match["only_fen"], 1)


def _add(fen: int | None, digit: str | None, worth: int) -> int | None:
    if fen is None or not digit:
        return fen
    value = read_number(digit)
    return fen + int(value) * worth if value is not None else fen


def _to_fen(value: Decimal | None, worth: int) -> int | None:
    if value is None or value >= _MOST:
        return None
    fen = value * worth
    return int(fen) if fen == fen.to_integral_value() else None
