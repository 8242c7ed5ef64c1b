"""For whom a notice is, where it is not for everybody: 支委, 预备党员, 第一党小组, 请假的人."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from bot.domain.dues import Category, find_category
from bot.domain.members import MemberKind
from bot.domain.rights import COMMITTEE, Role


class Circle(Enum):
    """What picks people out."""

    POSTS = "posts"
    KIND = "kind"
    CATEGORY = "category"
    CELL = "cell"
    MOBILE = "mobile"
    AT_MEETING = "meeting"  # by how they stand at the meeting at hand


class Standing(Enum):
    """How somebody stands at a meeting, as far as a notice may be for those who do."""

    ON_LEAVE = "请假的人"
    THERE = "到会的人"
    NOT_THERE = "没到会的人"
    SILENT = "还没答复的人"


@dataclass(frozen=True, slots=True)
class Audience:
    """Some people of a unit.

    Attributes:
        label: What they are called, for the preview.
        cell: The name of the cell, as written.
    """

    circle: Circle
    label: str
    roles: frozenset[Role] = frozenset()
    kind: MemberKind | None = None
    category: Category | None = None
    cell: str = ""
    standing: Standing | None = None


_TAIL = re.compile(r"(?:的)?(?:那?几[位个]|人|党员|同志|人员|各位|全体|成员)?们?$")
_CELL = re.compile(r"第?[一二三四五六七八九十\d]{1,2}(?:党小组|小组|组)")
_POSTS: tuple[tuple[re.Pattern[str], str, frozenset[Role]], ...] = (
    (re.compile(r"(?:支委|支部委员|班子|支部班子|委员)(?:会)?(?:成员)?们?"), "支委", COMMITTEE),
    (re.compile(r"各?(?:支部|党支部)?书记们?"), "书记", frozenset({Role.SECRETARY})),
    (
        re.compile(r"各?(?:党?小组)?组?长们?|各(?:党小组|小组)们?"),
        "党小组长",
        frozenset({Role.CELL_LEADER}),
    ),
    (re.compile(r"各?(?:支部)?组织委员们?"), "组织委员", frozenset({Role.ORGANISER})),
)
_KINDS = (
    (re.compile(r"预备党员们?"), MemberKind.PROBATIONARY),
    (re.compile(r"正式党员们?"), MemberKind.FULL),
)
_MOBILE = re.compile(r"(?:流动|外出|在外)(?:的)?(?:党员|同志|人)?们?")
_STANDINGS = (
    (re.compile(r"请(?:了)?假(?:了)?"), Standing.ON_LEAVE),
    (re.compile(r"(?:没|未)(?:有)?(?:到会?|来|签到|参会|参加)(?:的)?|缺席"), Standing.NOT_THERE),
    (re.compile(r"(?:还)?(?:没|未)(?:有)?(?:答复|回复|回话|说来不来)"), Standing.SILENT),
    (re.compile(r"(?:已)?(?:到会?|来|签到|参会|参加)(?:了)?"), Standing.THERE),
)


def find_audience(words: str) -> Audience | None:
    """Return whom some words mean, or None where that cannot be told."""
    text = words.strip()
    for pattern, label, roles in _POSTS:
        if pattern.fullmatch(text):
            return Audience(Circle.POSTS, label, roles=roles)
    for pattern, kind in _KINDS:
        if pattern.fullmatch(text):
            return Audience(Circle.KIND, text.removesuffix("们"), kind=kind)
    if _MOBILE.fullmatch(text):
        return Audience(Circle.MOBILE, "流动党员")
    cell = _CELL.match(text)
    if cell and _TAIL.fullmatch(text, cell.end()):
        return Audience(Circle.CELL, cell[0], cell=cell[0])
    core = _TAIL.sub("", text.replace("老党员", "党员"), count=1)
    for pattern, standing in _STANDINGS:
        if pattern.fullmatch(core):
            return Audience(Circle.AT_MEETING, standing.value, standing=standing)
    category = find_category(core)
    if category is not None:
        return Audience(Circle.CATEGORY, f"{core}党员", category=category)
    return None
