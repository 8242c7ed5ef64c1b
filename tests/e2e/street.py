"""A street to serve: the same small cast in every branch, so that each test has one to itself."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO
from typing import Any

STREET = "晨光街道"
WITH_GROUP = ("第三党支部", "第五党支部")
"""They have a group webhook."""
CROWDED = "第九十党支部"
"""It has many members, for bursts."""
CROWD = 60

_NUMBERS = "一二三四五六七八九"
_CAST = (
    ("李建国", "li", "书记"),
    ("王敏", "wang", "组织委员"),
    ("张三", "zhang", ""),
    ("孙丽", "sun", ""),
    ("赵六", "zhao", ""),
    ("钱八", "qian", ""),
    ("周九", "", ""),
)
_LOST = "qian"


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch and the accounts of its members.

    Attributes:
        number: From 1; part of every account.
    """

    number: int

    @property
    def name(self) -> str:
        """Its name on the roll."""
        tens, ones = divmod(self.number, 10)
        head = ("" if tens == 1 else _NUMBERS[tens - 1]) + "十" if tens else ""
        return f"第{head}{_NUMBERS[ones - 1] if ones else ''}党支部"

    @property
    def secretary(self) -> str:
        """The WeCom account of its secretary, 李建国."""
        return self.account("li")

    @property
    def reachable(self) -> list[str]:
        """The WeCom accounts the platform knows: all but 钱八's, and 周九 has none."""
        return [self.account(who) for _, who, _ in _CAST if who not in ("", _LOST)]

    @property
    def lost(self) -> str:
        """The account of 钱八, which stands in the roster but not in the company's contacts."""
        return self.account(_LOST)

    def account(self, who: str) -> str:
        """Return the WeCom account of somebody of the cast."""
        return f"{who}-{self.number}"

    def openid(self, who: str) -> str:
        """Return how somebody follows the Official Account."""
        return f"o_{who}_{self.number}"


CROWDED_SECRETARY = "crowd-secretary"


def branches(most: int) -> list[Branch]:
    """Return the first branches, 第三 and 第五 among them."""
    return [Branch(number) for number in range(1, most + 1)]


def plain_branches(most: int) -> list[Branch]:
    """Return those of the first branches that have no group webhook."""
    return [branch for branch in branches(most) if branch.name not in WITH_GROUP]


def crowd() -> list[str]:
    """Return the accounts of the crowded branch."""
    return [f"crowd-{number:02}" for number in range(CROWD)]


def units_csv(most: int) -> str:
    """Return the ledger `units`, with so many ordinary branches."""
    rows: list[tuple[str, ...]] = [
        ("名称", "上级", "类型", "启用日期"),
        (STREET, "", "街道", "2026-01-01"),
    ]
    names = [*(branch.name for branch in branches(most)), CROWDED]
    rows += [(name, STREET, "支部", "2026-01-01") for name in names]
    return _csv(rows)


def roster_csv(most: int) -> str:
    """Return the ledger `roster`, with so many ordinary branches."""
    rows: list[tuple[str, ...]] = [
        (
            "姓名",
            "党组织",
            "党员类型",
            "人员类别",
            "职务",
            "手机尾号",
            "企业微信账号",
            "公众号账号",
        )
    ]
    for branch in branches(most):
        for place, (name, who, post) in enumerate(_CAST):
            account, openid = (branch.account(who), branch.openid(who)) if who else ("", "")
            tail = f"{branch.number * 100 + place:04}"
            rows.append((name, branch.name, "正式党员", "在职", post, tail, account, openid))
    rows.append(
        ("何书记", CROWDED, "正式党员", "在职", "书记", "9000", CROWDED_SECRETARY, "o_crowd")
    )
    for number, account in enumerate(crowd()):
        tail = f"{9100 + number}"
        rows.append((f"群众{_word(number)}", CROWDED, "正式党员", "在职", "", tail, account, ""))
    return _csv(rows)


def seed(most: int) -> dict[str, Any]:
    """Return what the fake platform knows of this street."""
    known = [account for branch in branches(most) for account in branch.reachable]
    known += [CROWDED_SECRETARY, *crowd()]
    followers = [
        {"openid": branch.openid(who)} for branch in branches(most) for _, who, _ in _CAST if who
    ]
    return {
        "users": [{"userid": user, "name": user, "departments": [1, 2]} for user in known],
        "webhooks": ["key-branch3", "key-branch5"],
        "followers": followers,
        "tags": [],
    }


def _word(number: int) -> str:
    tens, ones = divmod(number + 11, 10)
    return _NUMBERS[tens - 1] + (_NUMBERS[ones - 1] if ones else "零")


def _csv(rows: list[tuple[str, ...]]) -> str:
    out = StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
