"""People on the roll: kinds of membership, posts as they are written, who is who by name."""

from __future__ import annotations

import re
from enum import Enum

from bot.domain.rights import Role


class MemberKind(Enum):
    """What somebody is to the Party organisation."""

    FULL = "full"  # 正式党员
    PROBATIONARY = "probationary"  # 预备党员
    STAFF = "staff"  # works for the street, is on no branch's roll


KIND_NAMES: dict[MemberKind, str] = {
    MemberKind.FULL: "正式党员",
    MemberKind.PROBATIONARY: "预备党员",
    MemberKind.STAFF: "工作人员",
}

POSTS: dict[str, Role] = {
    "书记": Role.SECRETARY,
    "支部书记": Role.SECRETARY,
    "党支部书记": Role.SECRETARY,
    "副书记": Role.DEPUTY,
    "支部副书记": Role.DEPUTY,
    "组织委员": Role.ORGANISER,
    "宣传委员": Role.PUBLICITY,
    "纪检委员": Role.DISCIPLINE,
    "党小组长": Role.CELL_LEADER,
    "组长": Role.CELL_LEADER,
    "党务专干": Role.OFFICER,
    "街道党务专干": Role.OFFICER,
    "班子成员": Role.LEADER,
    "干部职工": Role.STAFF,
}


def roles_of(posts: str) -> tuple[tuple[Role, ...], tuple[str, ...]]:
    """Read the posts of a roster cell: return (roles, words that are no post we know).

    Args:
        posts: Posts apart by 、 , ， ; or a space; “党员” and “无” mean none.
    """
    words = posts.replace("、", " ").replace("，", " ").replace(",", " ").replace("；", " ").split()
    roles: list[Role] = []
    unknown: list[str] = []
    for word in words:
        if word in ("党员", "无", "-"):
            continue
        if word in POSTS:
            roles.append(POSTS[word])
        else:
            unknown.append(word)
    return tuple(dict.fromkeys(roles)), tuple(unknown)


ANONYMOUS = "已匿名{number}"
"""What stands where a name stood; the number is the one the ledgers know him by."""
_ANONYMOUS = re.compile(ANONYMOUS.format(number=r"\d+"))


def is_anonymous_name(name: str) -> bool:
    """Tell whether a name is what stands for somebody who was made anonymous."""
    return _ANONYMOUS.fullmatch(name) is not None


def fold(external_id: str) -> str:
    """Return a platform id in the form in which it is compared; WeCom changes its case."""
    return external_id.casefold()
