"""The labelled sets: a change of the rules may raise a score, never lower one."""

from __future__ import annotations

import tomllib
from dataclasses import asdict

import pytest

from tests.corpus import (
    CHAINS,
    HERE,
    MESSAGES,
    VALUES,
    read_lines,
    score_chains,
    score_messages,
    score_values,
)

FLOORS = tomllib.loads((HERE / "floors.toml").read_text(encoding="utf-8"))
_ROUNDED = 0.0001


@pytest.mark.parametrize("name", MESSAGES)
def test_it_reads_no_set_of_messages_worse_than_before(name: str) -> None:
    found = asdict(score_messages(read_lines(HERE / f"{name}.jsonl")))
    floor = FLOORS[name]

    assert found.pop("fired") <= floor["fired"] + _ROUNDED
    for score, value in found.items():
        assert value >= floor[score] - _ROUNDED, score


@pytest.mark.parametrize("name", CHAINS)
def test_it_reads_no_set_of_chains_worse_than_before(name: str) -> None:
    found = asdict(score_chains(read_lines(HERE / f"{name}.jsonl")))
    floor = FLOORS[name]

    assert found.pop("fired") <= floor["fired"] + _ROUNDED
    for score, value in found.items():
        assert value >= floor[score] - _ROUNDED, score


@pytest.mark.parametrize("name", VALUES)
def test_it_reads_no_set_of_values_worse_than_before(name: str) -> None:
    assert score_values(read_lines(HERE / f"{name}.jsonl")) >= FLOORS[name]["core"] - _ROUNDED


def test_it_knows_a_wrong_reading_from_a_right_one() -> None:
    right = {
        "text": "党费15元已交",
        "chat": "group",
        "now": "2026-11-16T09:30:00+08:00",
        "expect": [{"intent": "dues_paid", "amount": "15"}],
    }
    wrong = right | {"expect": [{"intent": "dues_paid", "amount": "16"}]}

    assert score_messages([right]).exact == 1
    assert score_messages([right]).slots == 1
    assert score_messages([wrong]).exact == 0
    assert score_messages([wrong]).slots == 0


def test_a_name_left_out_is_missing_and_another_one_is_false() -> None:
    label = {"number": "1", "name": "張 三🌸", "count": 2, "kind": "plain", "amount": None}
    line = {"text": "#接龙\n党日\n1. 张三 2人\n2. 李四", "is_chain": True, "entries": [label]}
    other = {"text": "党日议程\n1. 张三发言", "is_chain": False, "entries": []}

    found = score_chains([line, other])

    assert (found.precision, found.recall, found.counts, found.fired) == (0.5, 1, 1, 0)
