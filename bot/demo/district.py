"""The fictional sub-district as rows of the two ledgers: who there is, where, with what post."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from bot.domain.dues import CATEGORY_NAMES, Category, monthly_fen
from bot.domain.money import yuan
from bot.services.importing.ledger import Line
from bot.services.importing.roster_rows import (
    CATEGORY,
    CELL,
    FEN,
    FULL,
    JOINED,
    KIND,
    NAME,
    POST,
    TAIL,
    UNIT,
    WECOM,
)
from bot.services.importing.unit_rows import ACTIVITY, LIVE_FROM, PARENT
from bot.services.importing.unit_rows import KIND as UNIT_KIND
from bot.services.importing.unit_rows import NAME as UNIT_NAME

STREET = "春和街道（虚构）"
COMMUNITIES = ("春和社区", "望湖社区", "书院社区", "桃园社区")
_NUMBERS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
BRANCHES = tuple(f"第{number}党支部" for number in _NUMBERS)
MAIN_BRANCH = "第三党支部"
OFFICER = "周海燕"
SIZES = (*(40,) * 11, 31)

_WITH_CELLS = (MAIN_BRANCH, "第五党支部", "第八党支部")
_CELLS = ("第一党小组", "第二党小组")
_WITHOUT_COMMITTEE = "第十二党支部"
_SHIFTS = {"第五党支部": "提前", "第七党支部": "就近", "第九党支部": "不变"}
_ACTIVITY_DAY = 16
_OLD_WITHOUT_ACCOUNT = 0.18  # of the retired

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐"
    "许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
_FIRST = "建国志文春秀玉海晓明立永金德淑桂红丽天新正光家宝庆福云冬瑞爱景凤少"
_SECOND = "华军平芳英兰强伟杰梅涛勇敏霞辉斌玲林峰磊静波燕鹏萍刚红琴生荣"
_CATEGORIES = (
    (Category.RETIRED, 46),
    (Category.WAGE, 34),
    (Category.SELF_EMPLOYED, 6),
    (Category.UNEMPLOYED, 4),
    (Category.FARMER, 4),
    (Category.STUDENT, 3),
    (Category.RELIEF, 3),
)


@dataclass(frozen=True, slots=True)
class _Role:
    """A person of the main branch who has a name in the introduction.

    Attributes:
        tail: Phone tail.
        account: Whether a chat account is bound; else they are reached by phone only.
    """

    name: str
    post: str = ""
    cell: str = ""
    category: Category = Category.RETIRED
    tail: str = ""
    account: bool = True


_CAST = (
    _Role("李建国", "书记", _CELLS[0], Category.WAGE, "6688"),
    _Role("王敏", "组织委员", _CELLS[0], Category.WAGE, "2037"),
    _Role("陈志强", "宣传委员、党小组长", _CELLS[0], Category.WAGE, "5120"),
    _Role("周丽华", "党小组长", _CELLS[1], Category.RETIRED, "7716"),
    _Role("张德福", "", _CELLS[1], Category.RETIRED, "1234"),
    _Role("刘洋", "", _CELLS[0], Category.WAGE, "9051"),
    _Role("张伟", "", _CELLS[0], Category.WAGE, "3301"),
    _Role("张伟", "", _CELLS[1], Category.SELF_EMPLOYED, "8872"),
    _Role("王秀英", "", _CELLS[1], Category.RETIRED, "0416", account=False),
    _Role("赵六", "", _CELLS[1], Category.RETIRED, "0023", account=False),
)
_POSTS = ("书记", "组织委员", "宣传委员", "纪检委员", "副书记")


def unit_lines(today: date) -> list[Line]:
    """Return the organisations, live from 1 January of this year."""
    live_from = today.replace(month=1, day=1)
    rows = [(STREET, "", "街道", "")]
    rows += [(name, STREET, "社区", "") for name in COMMUNITIES]
    for number, name in enumerate(BRANCHES):
        day = f"{_ACTIVITY_DAY} {_SHIFTS.get(name, '顺延')}"
        rows.append((name, COMMUNITIES[number // 3], "支部", day))
    return [
        Line(
            number,
            dict(
                zip(
                    (UNIT_NAME, PARENT, UNIT_KIND, ACTIVITY, LIVE_FROM),
                    (*row, live_from),
                    strict=True,
                )
            ),
        )
        for number, row in enumerate(rows, start=2)
    ]


def roster_lines(today: date, random: Random) -> list[Line]:
    """Return everybody, branch by branch; 471 persons, no branch over 50."""
    names = made_up_names(random)
    rows: list[dict[str, Any]] = []
    for number, (branch, size) in enumerate(zip(BRANCHES, SIZES, strict=True), start=1):
        roles = _CAST if branch == MAIN_BRANCH else tuple(_strangers(branch, number, names))
        for role in roles:
            rows.append(_row(branch, role, today, random))
        while sum(row[UNIT] == branch for row in rows) < size:
            rows.append(_row(branch, _ordinary(branch, names, random), today, random))
    return [Line(number, _with_account(row, number)) for number, row in enumerate(rows, start=2)]


def _strangers(branch: str, number: int, names: Iterator[str]) -> Iterator[_Role]:
    posts = _POSTS[: 3 + number % 3] if branch != _WITHOUT_COMMITTEE else _POSTS[:1]
    for post in posts:
        yield _Role(next(names), post, category=Category.WAGE)
    for cell in _CELLS if branch in _WITH_CELLS else ():
        yield _Role(next(names), "党小组长", cell)


def _ordinary(branch: str, names: Iterator[str], random: Random) -> _Role:
    categories, weights = zip(*_CATEGORIES, strict=True)
    category = random.choices(categories, weights)[0]
    lost = category is Category.RETIRED and random.random() < _OLD_WITHOUT_ACCOUNT
    cell = random.choice(_CELLS) if branch in _WITH_CELLS else ""
    return _Role(next(names), cell=cell, category=category, account=not lost)


def _row(branch: str, role: _Role, today: date, random: Random) -> dict[str, Any]:
    young = not role.post and role.category in (Category.STUDENT, Category.WAGE)
    probationary = young and random.random() < 0.08
    years = 0 if probationary else random.randint(3, 45)
    joined = today.replace(month=1, day=1) - timedelta(days=years * 365 + random.randint(20, 300))
    return {
        NAME: role.name,
        UNIT: branch,
        CELL: role.cell,
        KIND: "预备党员" if probationary else "正式党员",
        CATEGORY: CATEGORY_NAMES[role.category],
        POST: role.post,
        FEN: yuan(_fen(role.category, today, random)),
        TAIL: role.tail or f"{random.randrange(10_000):04}",
        WECOM: "yes" if role.account else "",
        JOINED: joined,
        FULL: None if probationary else joined + timedelta(days=365),
    }


def _with_account(row: dict[str, Any], number: int) -> dict[str, Any]:
    return {**row, WECOM: f"demo{number:04}" if row[WECOM] else ""}


def _fen(category: Category, today: date, random: Random) -> int:
    base = {
        Category.WAGE: random.randrange(280_000, 980_000, 10_000),
        Category.SELF_EMPLOYED: random.randrange(280_000, 600_000, 10_000),
        Category.RETIRED: random.randrange(260_000, 620_000, 10_000),
    }.get(category)
    return monthly_fen(category, base, today) or 20


def made_up_names(random: Random, taken: Iterable[str] = ()) -> Iterator[str]:
    """Yield made-up names, each once, and none that somebody bears already."""
    seen = {role.name for role in _CAST} | {OFFICER, *taken}
    while True:
        given = random.choice(_SECOND)
        if random.random() < 0.7:
            given = random.choice(_FIRST) + given
        name = random.choice(_SURNAMES) + given
        if name not in seen and len(set(name)) == len(name):
            seen.add(name)
            yield name
