"""Every edge case and every pain that was written down has a test named after its number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
CASES = range(1, 75)
PAINS = range(19, 29)


def _named(what: str) -> set[int]:
    """Return the numbers that tests are named after."""
    name = re.compile(rf"^ *def test_{what}_(\d\d)_", re.MULTILINE)
    return {
        int(number)
        for path in TESTS.rglob("test_*.py")
        for number in name.findall(path.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize(("what", "numbers"), [("case", CASES), ("pain", PAINS)])
def test_every_number_has_a_test(what: str, numbers: range) -> None:
    assert [number for number in numbers if number not in _named(what)] == []
