"""An intent with marks is asked only where one stands; none of its readings may be lost by that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.clock import SHANGHAI
from bot.inbound.intents import Intent
from bot.inbound.read import read
from bot.inbound.utterance import Utterance
from handlers import INTENTS

TESTS = Path(__file__).parents[2]
SETS = ("messages", "members", "secretaries", "ordinary", "orders", "fresh")
NOW = datetime(2026, 3, 12, 10, tzinfo=SHANGHAI)
NOTICE = "3月支部党员大会，3月12日（周四）14:30，社区二楼。签到请回复 到，来不了请回复 请假"
MARKED = [intent for intent in INTENTS if intent.marks]


def _texts() -> Iterator[str]:
    for name in SETS:
        for line in (TESTS / "corpus" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            yield json.loads(line)["text"]
    for intent in INTENTS:
        yield from (*intent.examples, *intent.silent)
    for scenario in sorted((TESTS / "scenarios").glob("*.chat")):
        for line in scenario.read_text(encoding="utf-8").splitlines():
            _, said, words = line.partition(": ")
            if said:
                yield words


@pytest.fixture(scope="module")
def utterances() -> list[Utterance]:
    """Everything said anywhere in the tests: to the bot, among people, and under a notice."""
    return [
        read(text, quoted=quoted, private=private, addressed=private, now=NOW)
        for text in dict.fromkeys(_texts())
        for private, quoted in ((True, None), (False, None), (False, NOTICE))
    ]


@pytest.mark.parametrize("intent", MARKED, ids=lambda intent: intent.name)
def test_nothing_without_a_mark_would_have_been_read(
    intent: Intent, utterances: list[Utterance]
) -> None:
    unasked = [one for one in utterances if intent.marks.isdisjoint(one.marks)]
    assert [one.text for one in unasked if intent.recognise(one)] == []
    assert len(unasked) > len(utterances) / 4  # else its marks spare nothing
