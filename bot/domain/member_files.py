"""Members' files (党员档案): one for each member, how far it is put in order, and where it stands.

What is in a file is never stored: only its class, its state and the code of its place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from bot.domain.errors import DomainError
from bot.domain.ids import MemberId
from bot.domain.wording import day_words

MAX_CODE = 30
_CODE = re.compile(r"(?=.*\d)[0-9A-Za-z\-/.#（）()第号柜层盒架室排格册楼库]{1,30}")


class FileState(Enum):
    """How far a file has come; the value names it to people. Each follows on the one before."""

    SORTED = "整理"
    FILED = "立卷"
    ARCHIVED = "归档"


class FileClass(Enum):
    """By which files are kept apart; every file is of one."""

    IN_SERVICE = "在职"
    RETIRED = "离退休"
    FARMER = "农民"
    STUDENT = "学生"
    MOBILE = "流动"
    ENTERPRISE = "企业"
    OTHER = "其他"


ORDER = tuple(FileState)
NO_FILE = "还没有档案"


class WrongFile(DomainError):
    """An entry of a file that cannot stand: a second file, or a state out of order."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One state that a file came to.

    Attributes:
        code: Of the place where it is kept (3柜2层-17); "" where it has none yet.
    """

    state: FileState
    file_class: FileClass
    code: str
    on: date


def check_entry(name: str, known: Collection[FileEntry], new: FileEntry) -> None:
    """Refuse a second file of one member, and a state that skips one or comes before it.

    Raises:
        WrongFile

    Source:
        roll.file
    """
    by_state = {entry.state: entry for entry in known}
    same = by_state.get(new.state)
    if same is not None:
        raise WrongFile(
            f"{name}已经有一份档案，{same.on.year}年{day_words(same.on)}{same.state.value}的。"
            f"一个人只有一份；登记错了请发：档案更正 {name} {same.state.value} 原因"
        )
    place = ORDER.index(new.state)
    if place and ORDER[place - 1] not in by_state:
        raise WrongFile(
            f"{name}的档案还没有登记{ORDER[place - 1].value}，要先整理、再立卷、再归档。"
            f"请先登记，例如：档案 {name} {ORDER[place - 1].value}"
        )
    before = max((entry.on for entry in known), default=new.on)
    if new.on < before:
        raise WrongFile(f"{new.state.value}的日期不能早于{before.year}年{day_words(before)}。")


def check_code(code: str) -> str:
    """Return the code of a place; words that say something about a person are none.

    Raises:
        WrongFile
    """
    if code and not _CODE.fullmatch(code):
        raise WrongFile(f"存放编号最多{MAX_CODE}个字，只写柜号、盒号、编号，例如 3柜2层-17。")
    return code


@dataclass(frozen=True, slots=True)
class FileCount:
    """How the files of a roll stand on a day.

    Attributes:
        members: How many are on the roll. states: Of each state, who has come to it at least.
        classes: How many there are of each class; who has no file stands under `NO_FILE`.
    """

    members: int
    states: Mapping[FileState, int]
    classes: Mapping[str, int]

    @property
    def is_partition(self) -> bool:
        """Whether the classes add up to the roll."""
        return sum(self.classes.values()) == self.members

    @property
    def is_complete(self) -> bool:
        """Whether every member on the roll has a file that is archived."""
        return self.states[FileState.ARCHIVED] == self.members


def count_files(
    members: Iterable[MemberId], files: Mapping[MemberId, Collection[FileEntry]], on: date
) -> FileCount:
    """Return how the files of some members stand at the end of a day."""
    roll = list(dict.fromkeys(members))
    states: Counter[FileState] = Counter()
    classes: Counter[str] = Counter()
    for member in roll:
        known = [entry for entry in files.get(member, ()) if entry.on <= on]
        states.update({entry.state for entry in known})
        last = max(known, key=lambda entry: ORDER.index(entry.state), default=None)
        classes[last.file_class.value if last else NO_FILE] += 1
    return FileCount(len(roll), {state: states[state] for state in ORDER}, dict(classes))
