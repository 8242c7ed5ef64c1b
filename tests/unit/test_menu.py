"""The menu under a chat: within the platforms' limits, and every item understood."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.clock import SHANGHAI
from bot.domain.menu import MENU, as_buttons
from bot.inbound.intents import Strength, choose
from bot.inbound.parts import matches_of
from bot.inbound.read import read
from handlers import INTENTS

NOON = datetime(2026, 3, 12, 12, tzinfo=SHANGHAI)
SAYS = [says for _, items in MENU for _, says in items]


def test_it_is_within_the_limits_of_both_platforms() -> None:
    buttons = as_buttons()["button"]

    assert len(buttons) <= 3
    for column in buttons:
        assert len(column["name"]) <= 4
        assert 1 <= len(column["sub_button"]) <= 5
        for item in column["sub_button"]:
            assert len(item["name"]) <= 7
            assert len(item["key"].encode()) <= 128


@pytest.mark.parametrize("says", SAYS)
def test_every_item_says_something_that_is_understood(says: str) -> None:
    utterance = read(says, quoted=None, private=True, addressed=True, now=NOON)
    clear = [m for m in matches_of(utterance, INTENTS) if m.reading.strength > Strength.BARE]

    chosen, tied = choose(clear)

    assert len(chosen) == 1
    assert not tied
