"""Of whom something is asked, where the bot is only done a favour with: 帮我查下王五…."""

from __future__ import annotations

import re

from bot.inbound.names import is_kin, read_names
from bot.inbound.utterance import Utterance

_PLEASE = re.compile(
    r"(?:[帮给替]我|告诉我|麻烦|劳驾|请问|请|我?想|我?要|查|看|问|一?下子?|一查|看看|了解|知道|小助手|，|\s)*"
)


def find_asked(utterance: Utterance) -> tuple[tuple[str, ...], int]:
    """Return who is asked about, and where that ends; kin of one's own belong to no branch."""
    lead = _PLEASE.match(utterance.text)
    start = lead.end() if lead else 0
    names, end = read_names(utterance.text, start, utterance.lexicon)
    return ((), start) if all(map(is_kin, names)) else (names, end)
