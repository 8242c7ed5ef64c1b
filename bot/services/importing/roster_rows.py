"""The rows of a roster, read and checked against each other; nothing is looked up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from bot.clock import day_of
from bot.domain import regulations
from bot.domain.dues import Category, find_category
from bot.domain.members import KIND_NAMES, MemberKind, fold, is_anonymous_name, roles_of
from bot.domain.money import Fen, yuan
from bot.domain.rights import RIGHTS, ROLE_NAMES, Role
from bot.services.anonymous import REFUSED
from bot.services.importing.cells import Cells, shown
from bot.services.importing.ledger import Column, Line, Problems, Source, Staged

NAME, UNIT, CELL, KIND, CATEGORY = "姓名", "党组织", "党小组", "党员类型", "人员类别"
POST, FEN, TAIL = "职务", "月缴党费", "手机尾号"
WECOM, OFFICIAL = "企业微信账号", "公众号账号"
JOINED, FULL = "入党日期", "转正日期"
ACCOUNTS = (WECOM, OFFICIAL)

COLUMNS = (
    Column(NAME, "党员姓名", required=True, aliases=("党员姓名", "名字")),
    Column(
        UNIT,
        "所在支部；没有登记过的会新建",
        required=True,
        aliases=("所在支部", "支部", "党支部", "所在党支部", "党组织名称"),
    ),
    Column(CELL, "所在党小组，没有就留空", aliases=("所在党小组", "小组")),
    Column(KIND, "正式党员或预备党员；留空是正式党员", aliases=("党员类别", "党员身份")),
    Column(CATEGORY, "在职、离退休、农民、学生、其他", aliases=("类别", "人员类型")),
    Column(
        POST,
        "书记、副书记、组织委员、宣传委员、纪检委员、党小组长；几个职务用顿号隔开",
        aliases=("党内职务",),
    ),
    Column(
        FEN,
        "每月应交的元数，最多两位小数，如 15",
        aliases=("月缴党费金额", "每月党费", "月应缴党费", "党费"),
    ),
    Column(TAIL, "手机号最后4位，用来对上本人", aliases=("手机后四位", "手机号后四位", "尾号")),
    Column(WECOM, "企业微信通讯录里的账号", aliases=("企业微信userid", "userid", "企微账号")),
    Column(OFFICIAL, "公众号平台给的粉丝编号，一般留空", aliases=("公众号openid", "openid")),
    Column(JOINED, "如 2020-07-01", aliases=("入党时间",)),
    Column(FULL, "如 2021-07-01", aliases=("转正时间",)),
)

_KINDS = {
    **{KIND_NAMES[kind]: kind for kind in (MemberKind.FULL, MemberKind.PROBATIONARY)},
    "正式": MemberKind.FULL,
    "预备": MemberKind.PROBATIONARY,
}
_DIGITS = 4
_TAIL = re.compile(r"[0-9]{4}")
_ACCOUNT = re.compile(r"[\x21-\x7e]{1,64}")
_POSTS_WRITTEN = "、".join(ROLE_NAMES[role] for role, actions in RIGHTS.items() if actions)


class Entry(NamedTuple):
    """One person of the file; None is what the file does not say. A tuple, as `Line` is one.

    Attributes:
        cell: "" where the cell is empty: in no cell.
        roles: Empty where the column says so: no post.
        tail: "" where not given.
        accounts: Column → id as written.
    """

    line: int
    name: str
    unit: str
    cell: str | None
    kind: MemberKind | None
    category: Category | None
    roles: tuple[Role, ...] | None
    monthly_fen: Fen | None
    tail: str
    accounts: Mapping[str, str]
    joined_on: date | None
    full_since: date | None


def read(line: Line, problems: Problems, source: Source) -> Entry | None:
    """Return the person of a line, noting what is wrong; None where name or branch is missing."""
    today = day_of(source.now)
    entry = _read(Cells(line, problems, today), today)
    return entry if entry.name and entry.unit else None


def check_branches(entries: Sequence[Entry], problems: Problems) -> None:
    """Note what cannot be true together within a branch; all of its rows are here."""
    _check_twice(entries, problems)
    _check_secretaries(entries, problems)


def check_accounts(entry: Entry, staged: Staged) -> None:
    """Note an account that an earlier row of the file has."""
    for column, account in entry.accounts.items():
        own = f"第{entry.line}行{entry.name}"
        first, _ = staged.use(f"{column}:{fold(account)}", own)
        if first != own:
            staged.problems.add(entry.line, column, f"与{first}的相同。")


def check_persons(entry: Entry, staged: Staged) -> None:
    """Note somebody whom an earlier row of the file puts into another branch."""
    if entry.tail and entry.joined_on and not entry.accounts:
        own = f"第{entry.line}行{entry.name}（{entry.unit}）"
        first, _ = staged.use(f"{NAME}:{entry.name}:{entry.tail}:{entry.joined_on}", own)
        if first != own and not first.endswith(f"（{entry.unit}）"):
            words = f"与{first}的手机尾号和入党日期都相同，一个人只能在一个支部，请核对。"
            staged.problems.add(entry.line, NAME, words)


def _read(cells: Cells, today: date) -> Entry:
    if is_anonymous_name(cells.text(NAME)):
        cells.wrong(NAME, REFUSED)
    cell = cells.text(CELL) if cells.has(CELL) else None
    joined_on, full_since = cells.day(JOINED), cells.day(FULL)
    if joined_on and full_since and full_since < joined_on:
        cells.wrong(FULL, f"{full_since}早于入党日期{joined_on}，请核对。")
    return Entry(
        line=cells.number,
        name=cells.required(NAME, longest=40),
        unit=cells.required(UNIT),
        cell=cell,
        kind=cells.one_of(KIND, _KINDS),
        category=_category(cells),
        roles=_roles(cells, cell),
        monthly_fen=_fen(cells, today),
        tail=_tail(cells),
        accounts=_accounts(cells),
        joined_on=joined_on,
        full_since=full_since,
    )


def _category(cells: Cells) -> Category | None:
    text = cells.text(CATEGORY)
    category = find_category(text) if text else None
    if text and category is None:
        cells.wrong(CATEGORY, f"应是在职、离退休、农民、学生或其他，现在是{shown(text)}。")
    return category


def _roles(cells: Cells, cell: str | None) -> tuple[Role, ...] | None:
    if not cells.has(POST):
        return None
    roles, unknown = roles_of(cells.text(POST))
    for word in unknown:
        cells.wrong(POST, f"不认识{shown(word)}，可以写{_POSTS_WRITTEN}。")
    if Role.CELL_LEADER in roles and not cell:
        cells.wrong(POST, "写了党小组长，请在“党小组”一列写是哪个小组。")
    return roles


def _fen(cells: Cells, today: date) -> Fen | None:
    fen = cells.fen(FEN)
    most = regulations.number("dues.most", today)
    if fen is not None and fen > most:
        words = f"每月一般不超过{yuan(most)}元，请核对；这里填应交的党费，不要填工资。"
        cells.wrong(FEN, words)
    return fen


def _tail(cells: Cells) -> str:
    text = cells.text(TAIL)
    if not text or _TAIL.fullmatch(text):
        return text
    hint = ""
    if len(text) < _DIGITS and text.isdecimal():
        hint = "开头的0丢了的话，请把这一列的格式设成“文本”再填。"
    elif len(text) > _DIGITS + 1:
        hint = "只填最后4位。"
    cells.wrong(TAIL, f"应为4位数字，现在是{shown(text)}。{hint}")
    return ""


def _accounts(cells: Cells) -> dict[str, str]:
    found = {}
    for column in ACCOUNTS:
        text = cells.text(column, longest=64)
        if text and not _ACCOUNT.fullmatch(text):
            cells.wrong(column, f"应是英文和数字，现在是{shown(text)}。")
        elif text:
            found[column] = text
    return found


def _check_twice(entries: Sequence[Entry], problems: Problems) -> None:
    """Note rows that nothing tells apart: same branch, name and tail, no account of their own."""
    seen: dict[tuple[str, str, str], Entry] = {}
    for entry in entries:
        key = (entry.unit, entry.name, entry.tail)
        first = seen.setdefault(key, entry)
        if first is entry or (first.accounts and entry.accounts):
            continue
        words = f"{entry.name}与第{first.line}行重复。是同名的两个人请写不同的手机尾号。"
        problems.add(entry.line, NAME, words)


def _check_secretaries(entries: Sequence[Entry], problems: Problems) -> None:
    seen: dict[str, Entry] = {}
    for entry in entries:
        if Role.SECRETARY in (entry.roles or ()):
            first = seen.setdefault(entry.unit, entry)
            if first is not entry:
                words = f"{entry.unit}的书记在第{first.line}行已经是{first.name}，只能有一位。"
                problems.add(entry.line, POST, words)
