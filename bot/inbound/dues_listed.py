"""Lists of payers with what each paid: 11月党费：赵六15、王五15 孙丽0.2, 一组党费60：张三30李四30."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from bot.domain.periods import Month
from bot.inbound.names import find_name
from bot.inbound.numerals import WORDS, read_number
from bot.inbound.utterance import Utterance

Share = tuple[str, int]
"""Who, as written, and what he paid, in fen."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of payers.

    Attributes:
        shares: Who paid how much, in order.
        total_fen: What it comes to in all, where that was said as well.
        heads: How many they are, where that was said.
        is_plain: Nothing but a list was said: no other word that might mean something else.
    """

    shares: tuple[Share, ...]
    total_fen: int | None
    heads: int | None
    is_plain: bool

    @property
    def sum_fen(self) -> int:
        """What the shares come to."""
        return sum(fen for _, fen in self.shares)

    @property
    def adds_up(self) -> bool:
        """Whether total and heads, where they were said, are those of the list."""
        total = self.total_fen in (None, self.sum_fen)
        return total and self.heads in (None, len(self.shares))


_NUMBER = rf"(?:\d{{1,4}}(?:\.\d{{1,2}})?|[{WORDS}]{{1,5}})"
_TAIL = re.compile(r"\s?\(?(?:尾号:?)?(?P<tail>\d{4})\)?(?=\s?[:：是交缴]|\s+\d)")
_BETWEEN = re.compile(
    r"(?:同志|\([^()\d]{1,6}\)|的?党费|的|本人|自己|也|都|已经?|今天|刚|现金|微信|支付宝|转账|[交缴转付给]了?|是|为|各|[\s:=+/-])*"
)
_SUM = re.compile(rf"(?P<number>{_NUMBER})(?:元整?|块钱?|圆)?(?![\d.月日号点年%个人位岁组楼])")
_BEHIND = re.compile(
    r"(?:\s?(?:元整?|块钱?|已?经?(?:[交缴转付收]|打款)(?:了|齐|清|讫|到|过|来)*|现金|微信|支付宝|转账|OK|ok|√|\([^()\d]{1,6}\)|党费|的))*"
)
_SEPARATOR = re.compile(r"(?:[\s,，、。;；/|+]|和|跟|与|还有|以及|另外|然后)*")
_GROUP = r"(?:第?[一二三四五六七八九十\d]{1,2}(?:党?小组|组|支部)|(?:我们?|咱们?|俺们?|本)(?:党?小组|组|支部)|全组|党?小组)"
_AROUND = re.compile(
    rf"(?:{_GROUP}|组长|党费|[收代](?:到|上来?)?[收交缴]?了?|报(?:一下)?|今天|今日|今儿|刚才?|[上下]午|昨天|现在|已经?|都|全部?|[交缴转付](?:了|来|的|齐|清|过来|上来)*"
    r"|都?是|的|共计?|合计|一共|总共|总计|小计|下面|如下|名单|明细|情况|登记|记账|入账|报账|报一下|帮我?|替|给|为|请|麻烦|记(?:一下|上|下)?|录入|收齐|齐了"
    r"|钱|款|微信|现金|转账|核对|查收|您|你|书记|委员|会计|了|啦|哈|啊|M|[\s,，、。;；:()!！/|-])*"
)
_IN_ALL = re.compile(
    rf"(?:一共|总共|总计|共计|合计|小计|共)(?:是|交|收|了|转|:|\s)*(?P<sum>{_NUMBER})(?:元|块)?(?!\s?[人位月个\d.])"
    rf"|党费(?:共|:|\s)*(?P<head>{_NUMBER})\s?(?:元|块)?(?=\s?[:，])|(?P<led>{_NUMBER})(?:元|块)(?=\s?:)"
)
_HEADS = re.compile(rf"(?<![\d第])(?P<n>\d{{1,2}}|[{WORDS}]{{1,3}})\s?(?:个?人|位)")


def find_listed(utterance: Utterance) -> Listed | None:
    """Return the list of payers a message holds: two or more names, each with a sum of its own."""
    text = utterance.text
    if sum(map(str.isalnum, text)) < _SHORTEST:
        return None
    items = _longest_run(utterance)
    if len({name for name, *_ in items}) < 2:
        return None
    before, behind = text[: items[0][2]], text[items[-1][3] :]
    shares = tuple((name, fen) for name, fen, *_ in items)
    around = f"{_without_months(utterance, 0, items[0][2])}|{_without_months(utterance, items[-1][3], len(text))}"
    total = _total(before) or _total(behind)
    heads = _HEADS.search(around)
    left = _HEADS.sub("", _IN_ALL.sub("", around))
    is_once = len(shares) == len({name for name, _ in shares})
    return Listed(
        shares,
        total,
        int(read_number(heads["n"]) or 0) if heads else None,
        is_plain=is_once and bool(_AROUND.fullmatch(left)),
    )


_SHORTEST = 5  # 张三1李四1
_OPENS, _CLOSES = re.compile(r"\s?[(]\s?"), re.compile(r"(?:的|份|党费|\s)*[)]")

Dated = tuple[str, tuple[Month, ...], int, int, int]
"""Who, which months, how much in fen, and where that stands."""


def find_dated(utterance: Utterance) -> list[Dated]:
    """Return a list in which each sum has its months in brackets (张三15(11月)、李四15(10月)).

    Nothing where anything else is said, or one of them stands twice.
    """
    text = utterance.text
    start = next((at for at in range(len(text)) if _dated_at(utterance, at)), len(text))
    before = text[:start]
    found: list[Dated] = []
    while item := _dated_at(utterance, start):
        found.append(item)
        separator = _SEPARATOR.match(text, item[-1])
        start = separator.end() if separator else item[-1]
    names = {name for name, *_ in found}
    plain = all(_AROUND.fullmatch(words) for words in (before, text[start:]))
    return found if len(names) == len(found) > 1 and plain else []


def _dated_at(utterance: Utterance, start: int) -> Dated | None:
    item = _item(utterance, start)
    opening = _OPENS.match(utterance.text, item[3]) if item else None
    if item is None or opening is None:
        return None
    name, fen, _, _ = item
    for span in utterance.months:
        if span.start == opening.end() and (close := _CLOSES.match(utterance.text, span.end)):
            return name, cast("tuple[Month, ...]", span.value), fen, start, close.end()
    return None


def _is_a_fee(text: str, at: int) -> bool:
    """Tell the 费 of 党费 and 物业费 from the surname."""
    return at > 0 and text.startswith("费", at) and text[at - 1] not in " ，。；;:、\n"


def owners_of_sums(utterance: Utterance) -> tuple[str, ...]:
    """Return everybody whose name stands right before a sum, or before a month and a sum."""
    text, owners, at = utterance.text, [], 0
    months = {span.start: span.end for span in utterance.months}
    while at < len(text):
        found = None if _is_a_fee(text, at) else find_name(text, at, utterance.lexicon)
        if found is None:
            at += 1
            continue
        name, end = found
        between = _BETWEEN.match(text, end)
        place = between.end() if between else end
        if place in months and (between := _BETWEEN.match(text, months[place])):
            place = between.end()
        fen, _ = _sum_at(utterance, place)
        if fen is not None:
            owners.append(name)
        at = end
    return tuple(dict.fromkeys(owners))


def _longest_run(utterance: Utterance) -> list[tuple[str, int, int, int]]:
    """Return the longest run of (name, fen, start, end), one right behind the other."""
    best: list[tuple[str, int, int, int]] = []
    at, text = 0, utterance.text
    while at < len(text):
        run = list(_run(utterance, at))
        if len(run) > len(best):
            best = run
        at = run[-1][3] if len(run) > 1 else at + 1
    return best


def _run(utterance: Utterance, start: int) -> Iterator[tuple[str, int, int, int]]:
    while item := _item(utterance, start):
        yield item
        separator = _SEPARATOR.match(utterance.text, item[3])
        start = separator.end() if separator else item[3]


def _item(utterance: Utterance, start: int) -> tuple[str, int, int, int] | None:
    text = utterance.text
    if _is_a_fee(text, start):
        return None
    found = find_name(text, start + text.startswith("@", start), utterance.lexicon)
    if found is None:
        return None
    name, end = found
    if len(name) > 2 and end - start == len(name) and name[-1] in WORDS:
        name, end = name[:-1], end - 1  # 王五十五: fifteen of 王五
    if tail := _TAIL.match(text, end):
        name, end = name + tail["tail"], tail.end()
    between = _BETWEEN.match(text, end)
    at = between.end() if between else end
    fen, end = _sum_at(utterance, at)
    if fen is None:
        return None
    behind = _BEHIND.match(text, end)
    return name, fen, start, behind.end() if behind else end


def _sum_at(utterance: Utterance, at: int) -> tuple[int | None, int]:
    text = utterance.text
    for span in utterance.money:
        if span.start == at and isinstance(span.value, int):
            return span.value, span.end
    match = _SUM.match(text, at)
    value = read_number(match["number"]) if match else None
    if match is None or not value:
        return None, at
    fen = value * 100
    return (int(fen), match.end()) if fen == fen.to_integral_value() else (None, at)


def _total(words: str) -> int | None:
    match = _IN_ALL.search(words)
    value = read_number(match["sum"] or match["head"] or match["led"]) if match else None
    return int(value * 100) if value else None


def _without_months(utterance: Utterance, start: int, end: int) -> str:
    """Return a stretch of the text with a mark in place of its months."""
    words, at = "", start
    for span in sorted((*utterance.months, *utterance.years), key=lambda span: span.start):
        if at <= span.start and span.end <= end:
            words, at = f"{words}{utterance.text[at : span.start]}M", span.end
    return words + utterance.text[at:end]
