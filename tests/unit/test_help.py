"""Help shows three examples for the post one holds, and each of them works."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.rights import RIGHTS, Role
from bot.inbound.intents import Strength
from bot.inbound.read import read
from handlers import INTENTS
from handlers.help import EXAMPLES_OF

NOW = datetime(2026, 3, 12, 1, 58, tzinfo=UTC)
EXAMPLES = [text for texts in EXAMPLES_OF.values() for text in texts]


def test_everybody_reads_three_examples_of_their_own() -> None:
    assert set(EXAMPLES_OF) == {None, *(role for role in Role if RIGHTS[role])}
    assert {len(texts) for texts in EXAMPLES_OF.values()} == {3}


@pytest.mark.parametrize("text", sorted(set(EXAMPLES)))
def test_every_example_of_help_does_something(text: str) -> None:
    utterance = read(text, quoted=None, private=True, addressed=True, now=NOW)

    found = [reading for intent in INTENTS for reading in intent.recognise(utterance)]

    assert any(reading.strength > Strength.BARE for reading in found)
