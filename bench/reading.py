"""How long reading takes: microseconds a message, and what the first one costs."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bot.inbound.parse import parse_line
from handlers import INTENTS

_SETS = Path(__file__).parents[1] / "tests" / "corpus"
_BEST_OF = 3
_FIRST = """
import time
from bot.inbound.parse import parse_line
from handlers import INTENTS
started = time.perf_counter()
parse_line({"text": "我和老伴都到了，党费3月30也交了", "now": "2026-03-12T10:00:00+08:00"}, INTENTS)
print(time.perf_counter() - started)
"""


def measure() -> list[tuple[str, float]]:
    """Return (what, µs): median and 99th percentile over labelled messages, and the first of a process."""
    lines = [
        json.loads(line)
        for name in ("messages", "members", "secretaries", "ordinary", "orders", "fresh")
        for line in (_SETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    for line in lines[:100]:
        parse_line(line, INTENTS)
    took = sorted(_time(line) for line in lines)
    return [
        (
            f"reading one of {len(took)} labelled messages with every intent, median",
            took[len(took) // 2],
        ),
        ("the same, 99th percentile", took[len(took) * 99 // 100]),
        ("the first message of a new process, whatever it still imports", _first()),
    ]


def _time(line: dict[str, object]) -> float:
    found = []
    for _ in range(_BEST_OF):
        started = time.perf_counter_ns()
        parse_line(line, INTENTS)
        found.append((time.perf_counter_ns() - started) / 1000)
    return min(found)


def _first() -> float:
    runs = [
        float(
            subprocess.run([sys.executable, "-c", _FIRST], capture_output=True, check=True).stdout
        )
        for _ in range(_BEST_OF)
    ]
    return statistics.median(runs) * 1e6
