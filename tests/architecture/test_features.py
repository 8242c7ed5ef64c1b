"""No row of `docs/features.md` claims a test that does not exist, and no row is left out."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = {
    "A": 13, "B": 5, "C": 12, "D": 8, "E": 4, "F": 8, "G": 11, "H": 7, "I": 4, "J": 2, "K": 3,
    "L": 3, "M": 5, "N": 4, "O": 6, "P": 5, "Q": 3, "R": 3,
}  # fmt: skip
NOT_YET = "not yet"
_ROW = re.compile(r"\| ([A-Z]\d+) \| (.+?) \| ([MSL]) \| (.+?) \|")
_CLAIM = re.compile(r"`([^`]+)`")


def _rows() -> dict[str, str]:
    """Return each row with what it says shows it."""
    page = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
    return {row: shown for row, _, _, shown in _ROW.findall(page)}


@cache
def _tests(path: Path) -> frozenset[str]:
    names = re.findall(
        r"^ *(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE
    )
    return frozenset(names)


def _problem(claim: str) -> str:
    """Return what is wrong with a claim, "" where the test is there."""
    file, _, name = claim.partition("::")
    path = ROOT / file
    if not file.startswith("tests/") or not path.is_file():
        return f"no such file: {file}"
    if path.suffix == ".chat":
        return "a conversation has no parts" if name else ""
    return "" if name in _tests(path) else f"no such test: {claim}"


def test_every_capability_has_its_row() -> None:
    expected = [f"{letter}{number}" for letter, n in ROWS.items() for number in range(1, n + 1)]

    assert sorted(_rows()) == sorted(expected)
    assert len(expected) == 106


@pytest.mark.parametrize("row", sorted(_rows()))
def test_what_a_row_claims_exists(row: str) -> None:
    shown = _rows()[row]
    claims = _CLAIM.findall(shown)

    assert claims or shown == NOT_YET
    assert [problem for claim in claims if (problem := _problem(claim))] == []


@pytest.mark.parametrize(
    ("claim", "fits"),
    [
        pytest.param("tests/scenarios/check_in.chat", True, id="对话"),
        pytest.param(
            "tests/architecture/test_features.py::test_what_a_row_claims_exists", True, id="测试"
        ),
        pytest.param(
            "tests/architecture/test_features.py::test_it_flies", False, id="没有这个测试"
        ),
        pytest.param("tests/scenarios/flying.chat", False, id="没有这段对话"),
        pytest.param("tests/architecture/test_features.py", False, id="只写文件"),
        pytest.param("docs/features.md", False, id="不是测试"),
    ],
)
def test_a_claim_is_looked_up(claim: str, fits: bool) -> None:
    assert (_problem(claim) == "") is fits
