"""Labelled messages, and how well they are read: `LABELS.md` says what the labels mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.inbound.parse import parse_line
from handlers import INTENTS
from tests.corpus import score
from tests.corpus.chains import ChainScores, score_chains

__all__ = [
    "CHAINS",
    "HERE",
    "MESSAGES",
    "VALUES",
    "ChainScores",
    "Scores",
    "read_lines",
    "score_chains",
    "score_chatter",
    "score_messages",
    "score_values",
]

HERE = Path(__file__).parent
MESSAGES = (
    "messages",
    "members",
    "secretaries",
    "ordinary",
    "orders",
    "fresh",
    "described",
    "blind",
    "unseen",
    "later",
)
CHAINS = ("chains", "blind_chains")
VALUES = ("values", "values_own", "blind_values")
_evaluate: Callable[..., dict[str, Any]] = score.best_evaluation


@dataclass(frozen=True, slots=True)
class Scores:
    """How well a set of messages was read; each between 0 and 1.

    Attributes:
        fired: Of messages that ask for nothing, the share that was taken for something (low is good).
    """

    intents: float
    slots: float
    exact: float
    fired: float


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a set."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def score_messages(lines: Sequence[dict[str, Any]]) -> Scores:
    """Read messages and return their scores over those people would agree on."""
    counts = {"intent": [0, 0, 0], "slot": [0, 0, 0]}
    clear = [line for line in lines if not line.get("ambiguous")]
    exact = fired = idle = 0
    for line in clear:
        found = _evaluate(line, parse_line(line, INTENTS)["intents"])
        exact += found["exact"]
        if set(found["gi"]) == {"none"}:
            idle += 1
            fired += set(found["pi"]) != {"none"}
        for intent in (set(found["gi"]) | set(found["pi"])) - {"none"}:
            gold, read = found["gi"][intent], found["pi"][intent]
            _add(counts["intent"], min(gold, read), max(read - gold, 0), max(gold - read, 0))
        _add(counts["slot"], *(sum(found[key].values()) for key in ("tp", "fp", "fn")))
    return Scores(
        _f1(counts["intent"]), _f1(counts["slot"]), exact / len(clear), fired / max(idle, 1)
    )


def score_values(lines: Sequence[dict[str, Any]]) -> float:
    """Return the share of single expressions in common forms that were read right."""
    core = [line for line in lines if line.get("core")]
    return sum(_is_right(line) for line in core) / len(core)


def score_chatter(texts: Sequence[str]) -> float:
    """Return the share of chat lines that were taken for something."""
    now = "2026-11-16T09:30:00+08:00"
    read = (parse_line({"text": text, "chat": "group", "now": now}, INTENTS) for text in texts)
    return sum(bool(line["intents"]) for line in read) / max(len(texts), 1)


def _is_right(line: dict[str, Any]) -> bool:
    value = parse_line(line, INTENTS)["value"]
    return value in line["expected"] if line["expected"] else value is None


def _add(counts: list[int], right: int, extra: int, missing: int) -> None:
    for index, number in enumerate((right, extra, missing)):
        counts[index] += number


def _f1(counts: Sequence[int]) -> float:
    right, extra, missing = counts
    return 2 * right / (2 * right + extra + missing) if right else 0.0
