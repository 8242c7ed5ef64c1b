"""A channel in memory: rehearsals, conversation files and tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.domain.cards import Button, Card
from bot.domain.sending import Pace, Sent

SPACE = "sim"


@dataclass(frozen=True, slots=True)
class Delivered:
    """One text that reached one address, with the buttons under it."""

    address: str
    text: str
    buttons: tuple[Button, ...] = ()


class Simulator:
    """Accepts everything and remembers it.

    Args:
        deliver: Called with every delivery, after it was remembered.

    Attributes:
        delivered: What was sent so far, in order.
    """

    max_recipients = 1000
    max_bytes = 65536
    duplicate_window: timedelta | None = None
    pace: Pace | None = None
    address_pace: Pace | None = None

    def __init__(
        self, name: str = SPACE, deliver: Callable[[Delivered], None] | None = None
    ) -> None:
        self.name = name
        self.delivered: list[Delivered] = []
        self._deliver = deliver

    def compose(self, addresses: Sequence[str], text: str) -> str:
        """Return addresses and text as JSON."""
        return json.dumps({"to": list(addresses), "text": text}, ensure_ascii=False)

    def compose_card(self, addresses: Sequence[str], text: str, card: Card) -> str:
        """Return the same with the buttons."""
        buttons = [[button.label, button.key] for button in card.buttons]
        letter = {"to": list(addresses), "text": text, "buttons": buttons}
        return json.dumps(letter, ensure_ascii=False)

    def send(self, body: str) -> Sent:
        """Deliver one composed body at once."""
        letter = json.loads(body)
        buttons = tuple(Button(label, key) for label, key in letter.get("buttons", ()))
        for address in letter["to"]:
            delivered = Delivered(address, letter["text"], buttons)
            self.delivered.append(delivered)
            if self._deliver is not None:
                self._deliver(delivered)
        return Sent(message_id=f"sim-{len(self.delivered)}")
