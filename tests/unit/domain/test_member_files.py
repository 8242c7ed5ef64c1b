"""Members' files: one each, states in order, classes that add up to the roll."""

from __future__ import annotations

from datetime import date

import pytest

from bot.domain.ids import MemberId
from bot.domain.member_files import (
    NO_FILE,
    FileClass,
    FileEntry,
    FileState,
    WrongFile,
    check_code,
    check_entry,
    count_files,
)

DAY = date(2026, 3, 12)
SORTED, FILED, ARCHIVED = FileState


def entry(state: FileState, on: date = DAY, kind: FileClass = FileClass.IN_SERVICE) -> FileEntry:
    """Return a state of a file."""
    return FileEntry(state, kind, "", on)


@pytest.mark.parametrize(
    ("known", "new", "words"),
    [
        pytest.param([], entry(SORTED), None, id="第一步"),
        pytest.param([], entry(FILED), "还没有登记整理", id="没整理就立卷"),
        pytest.param([entry(SORTED)], entry(ARCHIVED), "还没有登记立卷", id="没立卷就归档"),
        pytest.param([entry(SORTED)], entry(FILED), None, id="同一天立卷"),
        pytest.param([entry(SORTED)], entry(FILED, date(2026, 3, 11)), "不能早于", id="早一天"),
        pytest.param([entry(SORTED)], entry(SORTED), "一个人只有一份", id="第二份"),
    ],
)
def test_mechanism_65_a_file_goes_step_by_step_and_there_is_one(
    known: list[FileEntry], new: FileEntry, words: str | None
) -> None:
    if words is None:
        check_entry("张三", known, new)
    else:
        with pytest.raises(WrongFile, match=words):
            check_entry("张三", known, new)


@pytest.mark.parametrize("code", ["3柜2层-17", "A-12", "2026/001", ""])
def test_a_place_is_a_code(code: str) -> None:
    assert check_code(code) == code


@pytest.mark.parametrize("words", ["在家，身体不好", "处分材料", "身体不好3", "1" * 31])
def test_words_about_a_person_are_no_place(words: str) -> None:
    with pytest.raises(WrongFile):
        check_code(words)


def test_mechanism_66_classes_partition_the_roll_of_471() -> None:
    roll = [MemberId(number) for number in range(1, 472)]
    kinds = list(FileClass)
    files = {
        member: [entry(state, kind=kinds[member % len(kinds)]) for state in FileState]
        for member in roll[:-1]
    }

    missing = count_files(roll, files, DAY)
    files[roll[-1]] = [entry(state) for state in FileState]
    whole = count_files(roll, files, DAY)
    before = count_files(roll, files, date(2026, 3, 11))

    assert missing.is_partition
    assert (missing.is_complete, missing.classes[NO_FILE]) == (False, 1)
    assert (whole.is_partition, whole.is_complete) == (True, True)
    assert whole.states[ARCHIVED] == sum(whole.classes.values()) == 471
    assert (before.classes, before.is_partition) == ({NO_FILE: 471}, True)
