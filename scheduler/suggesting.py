"""Asks a suggester what un-understood wordings may mean; no message ever waits for it."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.clock import Clock
from bot.services import wordings
from bot.services.ports import Suggester
from bot.storage.engine import Database
from bot.storage.sealing import TextSeal

log = logging.getLogger(__name__)

AT_ONCE = 20


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

    def run(self) -> int:
        """Ask about some wordings; return how many got a suggestion."""
        with self._database.reading() as session:
            open_ones = wordings.list_unsuggested(session, self._seal, AT_ONCE)
        found = {unread_id: self._ask(text) for unread_id, text in open_ones}
        with self._database.writing() as session:
            for unread_id, target in found.items():
                if target is not None:
                    wordings.keep_suggestion(session, unread_id, target, self._clock.now())
        return sum(bool(target) for target in found.values())

    def _ask(self, text: str) -> str | None:
        """Return a sentence, "" where none fits, None where the suggester broke: ask again."""
        try:
            said = self._suggester.suggest(text, self._sentences)
        except Exception:
            log.exception("the suggester failed")
            return None
        return said if said in self._sentences else ""
