"""docs/mechanisms.md keeps its word: every mechanism has its row, and every test it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"\| (?P<number>\d+) \| (?P<name>[^|]+) \| (?P<proof>[^|]+) \|")
ROWS = [
    found
    for line in (ROOT / "docs" / "mechanisms.md").read_text(encoding="utf-8").splitlines()
    if (found := _ROW.fullmatch(line))
]
WHY_NOT = ("还没有", "不做：", "只是")
_TEST = re.compile(r"`(tests/[^`:]+)::(test_\w+)`")
NAMED = [(row["number"], path, test) for row in ROWS for path, test in _TEST.findall(row["proof"])]


def test_each_of_the_hundred_mechanisms_has_one_row() -> None:
    assert [int(row["number"]) for row in ROWS] == list(range(1, 101))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["number"])
def test_each_mechanism_has_a_test_or_says_why_not(row: re.Match[str]) -> None:
    assert _TEST.search(row["proof"]) or row["proof"].startswith(WHY_NOT)


@pytest.mark.parametrize(("number", "path", "test"), NAMED, ids=lambda value: str(value)[-40:])
def test_each_test_that_a_mechanism_names_exists(number: str, path: str, test: str) -> None:
    written = (ROOT / path).read_text(encoding="utf-8")

    assert f"def {test}(" in written
    own = re.match(r"test_mechanism_(\d+)_", test)
    assert own is None or int(own[1]) == int(number)


def test_each_test_of_a_mechanism_is_named_in_its_row() -> None:
    written = {
        (str(path.relative_to(ROOT)), test)
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for test in re.findall(r"def (test_mechanism_\d+_\w+)\(", path.read_text(encoding="utf-8"))
    }

    assert written == {(p, t) for _, p, t in NAMED if t.startswith("test_mechanism_")}
