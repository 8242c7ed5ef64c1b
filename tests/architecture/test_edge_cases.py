"""Every edge case, pain, move, fault and scenario written down has a test of its number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
CASES = range(1, 75)
PAINS = range(19, 29)
PEERS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 18, 30)
"""Likewise pains of others' users; 10 is in `test_escalation`, 14 among the pains."""
MOVES = (5, 8, 14)
FAULTS = range(1, 17)
"""Of the stand-in platform, in the order in which its description lists them."""
SCENARIOS = range(1, 13)


def _named(what: str) -> set[int]:
    """Return the numbers that tests are named after."""
    name = re.compile(rf"^ *def test_{what}_(\d\d)_", re.MULTILINE)
    return {
        int(number)
        for path in TESTS.rglob("test_*.py")
        for number in name.findall(path.read_text(encoding="utf-8"))
    }


@pytest.mark.parametrize(
    ("what", "numbers"),
    [
        ("case", CASES),
        ("pain", PAINS),
        ("peer", PEERS),
        ("move", MOVES),
        ("fault", FAULTS),
        ("scenario", SCENARIOS),
    ],
)
def test_every_number_has_a_test(what: str, numbers: Sequence[int]) -> None:
    assert [number for number in numbers if number not in _named(what)] == []
