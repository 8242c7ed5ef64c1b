"""Asks a suggester what un-understood wordings may mean; no message ever waits for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.services import wordings
from bot.services.ports import Suggester
from bot.storage.engine import Database
from bot.storage.sealing import TextSeal

log = logging.getLogger(__name__)

AT_ONCE = 20
AGAIN_AFTER = timedelta(hours=6)
"""What the suggester broke on rests, so that it does not stand before the others."""


class Suggesting:
    """Takes what nobody has been asked about, asks outside of any transaction, keeps the answer.

    Args:
        sentences: What a wording may stand for; any other answer is dropped.
    """

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        seal: TextSeal,
        suggester: Suggester,
        sentences: Sequence[str],
    ) -> None:
        self._database = database
        self._clock = clock
        self._seal = seal
        self._suggester = suggester
        self._sentences = tuple(sentences)
        self._broke_on: dict[int, datetime] = {}

    def run(self) -> int:
        """Ask about some wordings; return how many got a suggestion."""
        now = self._clock.now()
        resting = {one for one, at in self._broke_on.items() if now - at < AGAIN_AFTER}
        with self._database.reading() as session:
            open_ones = wordings.list_unsuggested(session, self._seal, AT_ONCE, but=resting)
        found = {unread_id: self._ask(text) for unread_id, text in open_ones}
        with self._database.writing() as session:
            for unread_id, target in found.items():
                if target is not None:
                    wordings.keep_suggestion(session, unread_id, target, now)
        broke = dict.fromkeys((one for one, target in found.items() if target is None), now)
        self._broke_on = {one: self._broke_on[one] for one in resting} | broke
        return sum(bool(target) for target in found.values())

    def _ask(self, text: str) -> str | None:
        """Return a sentence, "" where none fits, None where the suggester broke: ask again."""
        try:
            said = self._suggester.suggest(text, self._sentences)
        except Exception:
            log.exception("the suggester failed")
            return None
        return said if said in self._sentences else ""
