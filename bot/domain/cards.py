"""Cards: a text with buttons. Whatever a button does can also be said in words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from bot.clock import day_of
from bot.domain.wording import clock_words, day_words

MOST_TITLE = 26  # characters a card shows of each
MOST_SOURCE = 13
MOST_LABEL = 4


@dataclass(frozen=True, slots=True)
class Button:
    """One button of a card.

    Attributes:
        label: What it says, at most four characters.
        key: What comes back when it is pressed; reads as a message of who pressed it.
    """

    label: str
    key: str


@dataclass(frozen=True, slots=True)
class Card:
    """What a text gets besides its words, on a channel that shows cards.

    Attributes:
        source: Who sends it.
    """

    title: str
    source: str
    buttons: tuple[Button, ...]

    def dump(self) -> str:
        """Return it as it is kept with a row of the outbox."""
        buttons = [[button.label, button.key] for button in self.buttons]
        kept = {"title": self.title, "source": self.source, "buttons": buttons}
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def load_card(kept: str) -> Card:
    """Return a card that was kept with `Card.dump`."""
    found = json.loads(kept)
    buttons = tuple(Button(label, key) for label, key in found["buttons"])
    return Card(found["title"], found["source"], buttons)


def pressed_words(done: str, at: datetime) -> str:
    """Return what a button says after it was pressed: `已收到 · 3月16日 09:02`."""
    return f"{done} · {day_words(day_of(at))} {clock_words(at)}"
