"""Which numbered lines of a #接龙 are its entries, and which count points of its title or tail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.inbound.chain_layout import Is, Piece
from bot.inbound.chain_names import MARKS, is_person, opens_with_person, split_line

_POINT = re.compile(
    r"(?:时间|地点|要求|内容|主题|人员|对象|注意|请(?!.{0,2}假)|携带|费用|集合|联系|方式|截止|说明|议程|发言|学习|传达|讨论|宣布|会议|名额|人数|限\d|限报|仅限|每人|每户"
    r"|带|自带|自备|戴|佩戴|穿|着装|着正装|统一|提前|准时|按时|不得|不准|不要|严禁|禁止|务必|集中|出发|(?:早上|上午|中午|下午|晚上)(?:\d|[一二三四五六七八九十两半]|集合|出发|在)|家属|手机|全体|报名|本次|本周|如有|如果"
    r"|无故|因故|不能|需要?|自愿|交通|车辆|食宿|午餐|保险|备注|安全|防护|身份证|笔记本|学文件|谈体会|谈心得|交党费|讲党课|收缴|重温|观看|参观|研究|表决|选举|总结|奏唱|审议|通报|听取|评议|民主|宣读|部署|布置|汇报|清点|集体|合影|宣誓|转正|接收|开展|落实|提交|填写|检查|自由|关闭|静音|星期|周[一二三四五六日天末]|\d{1,2}[:：点月])"
)
_HARD = re.compile(r"时间|地点|名额|集合|\d{1,2}月\d{1,2}|\d{1,2}[:：]\d\d|\d{1,2}点")
"""One of these among lines that name nobody, and all of them are points."""
_GROUP = re.compile(
    r".{0,8}(?:组|支部|班|队|栋|楼|片|区|村|批|车|桌|岗|场)\s?(?:[（(].{0,6}[)）])?[:：]?"
)
_LINE = re.compile(
    r"(?:[\u4e00-\u9fa5·]{2,5}|[A-Za-z][A-Za-z.]{1,11}[\u4e00-\u9fa5]?)(?:$|[\s，,（(+＋\d].{0,14})"
)
_NO_LINE = re.compile(
    r"[:：？?！!。#@]|接龙|活动|会议|大会|党|学习|通知|报名|签到|统计|名单|培训|志愿|时间|地点|同志|大家|各位|参加的|能到的|请(?!.{0,2}假)|截止|准时|谢谢|收到的|如下|下面"
    r"|[上下]午$|\d[月日号点]"
)
_FEW = 2
_MOST = 0.6


@dataclass(frozen=True, slots=True)
class _Run:
    """Lines numbered on from a 1: where they stand, and what they hold."""

    at: tuple[int, ...]
    texts: tuple[str, ...]
    is_dated: bool
    is_headed: bool

    @property
    def is_of_people(self) -> bool:
        """Whether at least every other line begins with somebody's name."""
        named = sum(map(opens_with_person, self.texts))
        return bool(self.texts) and named * 2 >= len(self.texts)

    @property
    def is_of_points(self) -> bool:
        """Whether it counts points: time, place, what to bring."""
        points = sum(bool(_POINT.match(text)) for text in self.texts)
        if not points or self.is_of_people:
            return False
        return points * 2 >= len(self.texts) or any(map(_HARD.match, self.texts))


def settle(pieces: Sequence[Piece]) -> tuple[Sequence[Piece], Sequence[Piece], Sequence[Piece]]:
    """Part the pieces into title, entries and tail; names may stand there without numbers."""
    start, end = _numbered(pieces)
    if not any(opens_with_person(piece.text) for piece in pieces[start:end] if piece.text):
        bare, behind = _bare(pieces)
        if bare < len(pieces):
            listed = [replace(piece, kind=Is.ENTRY) for piece in pieces[bare:behind] if piece.text]
            return pieces[:bare], listed, pieces[behind:]
    return pieces[:start], pieces[start:end], pieces[end:]


def _numbered(pieces: Sequence[Piece]) -> tuple[int, int]:
    """Return where the entries begin and where what follows them does.

    A run of numbers before another one is title where it names nobody: 1. 时间 2. 地点. In doubt
    a line is left out: a missing name is asked for, a false one is believed.
    """
    nothing = len(pieces), len(pieces)
    runs = _runs(pieces)
    if not runs:
        return nothing
    last = max((n for n, run in enumerate(runs) if _may_be(run)), default=-1)
    kept = [run for n, run in enumerate(runs) if _may_be(run) and (n == last or _is_kept(run))]
    if not kept:
        return nothing
    behind = next((run.at[0] for run in runs if run.at[0] > kept[-1].at[0]), len(pieces))
    return kept[0].at[0], behind


def _may_be(run: _Run) -> bool:
    return not (run.is_dated or run.is_of_points)


def _is_kept(run: _Run) -> bool:
    return run.is_of_people or run.is_headed


def _runs(pieces: Sequence[Piece]) -> list[_Run]:
    """Cut the numbered pieces where they begin again at 1."""
    cuts: list[list[int]] = []
    for index, piece in enumerate(pieces):
        if piece.kind is not Is.ENTRY:
            continue
        if not cuts or (piece.number <= 1 and _ends(pieces, cuts[-1])):
            cuts.append([])
        cuts[-1].append(index)
    if len(cuts) == 1 and pieces[cuts[0][0]].number > 1:  # the first one was deleted
        loose = [index for index in cuts[0] if not pieces[index].dated]
        return [_run(pieces, loose)] if len(loose) >= _FEW else []
    return [_run(pieces, at) for at in cuts]


def _ends(pieces: Sequence[Piece], run: Sequence[int]) -> bool:
    """Tell whether a run is over at the next 1: lines that are all numbered 1 are one run."""
    last = pieces[run[-1]]
    return last.number > 1 or last.dated or bool(_POINT.match(last.text))


def _run(pieces: Sequence[Piece], at: Sequence[int]) -> _Run:
    before = next(
        (p.text for p in reversed(pieces[: at[0]]) if p.kind is Is.TEXT),
        "",
    )
    dated = len(at) < _FEW and all(pieces[index].dated for index in at)
    texts = tuple(pieces[index].text for index in at if pieces[index].text)
    return _Run(tuple(at), texts, dated, bool(_GROUP.fullmatch(before)))


def _bare(pieces: Sequence[Piece]) -> tuple[int, int]:
    """Return where a list of names without numbers begins and ends; most lines must be people's."""
    end = len(pieces)
    block: list[int] = []
    for index in range(len(pieces) - 1, -1, -1):
        piece = pieces[index]
        if piece.kind is Is.BLANK:
            continue
        if piece.kind is not Is.TEXT or not _is_line(piece.text):
            if block or piece.kind is not Is.TEXT:
                break
            end = index  # a tail
            continue
        block.insert(0, index)
    people = sum(_names_person(pieces[index].text) for index in block)
    if len(block) < _FEW or people < _MOST * len(block):
        return len(pieces), len(pieces)
    return block[0], end


def _is_line(text: str) -> bool:
    text = text.lstrip(MARKS)
    if not _LINE.fullmatch(text) or _NO_LINE.search(text) or _POINT.match(text):
        return False
    return bool(split_line(text)[0])


def _names_person(text: str) -> bool:
    return any(map(is_person, split_line(text.lstrip(MARKS))[0]))
