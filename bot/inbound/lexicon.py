"""Words that mean a person to this writer and that no pattern would take for a name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import day_of
from bot.domain.ids import MemberId, UnitId
from bot.domain.rights import Actor
from bot.inbound.names import find_name
from bot.inbound.utterance import EMPTY, Lexicon
from bot.services import aliases, people

_SHORTEST = 4  # characters: a name and a word about it
_ROLL_KEPT = timedelta(minutes=10)


class Lexicons:
    """Finds a writer's lexicon: aliases as they stand now, unusual names of the roll lately."""

    def __init__(self) -> None:
        self._unusual: dict[UnitId, tuple[datetime, tuple[str, ...]]] = {}

    def find(self, session: Session, by: Actor, text: str, now: datetime) -> Lexicon:
        """Return the words that stand in a text; none for strangers and the shortest messages."""
        if by.branch_id is None or len(text) < _SHORTEST:
            return EMPTY
        return lexicon_of(self.known(session, by.branch_id, by.member_id, now), text)

    def known(
        self, session: Session, branch_id: UnitId, member_id: MemberId | None, now: datetime
    ) -> tuple[str, ...]:
        """Return all such words of a writer, whatever he says."""
        words = aliases.words_of(session, branch_id, member_id)
        return (*words, *self._unusual_names(session, branch_id, now))

    def _unusual_names(self, session: Session, branch_id: UnitId, now: datetime) -> tuple[str, ...]:
        kept = self._unusual.get(branch_id)
        if kept is not None and kept[0] <= now < kept[0] + _ROLL_KEPT:
            return kept[1]
        members = people.list_members(session, branch_id, day_of(now))
        names = tuple(person.name for person in members if not _is_usual(person.name))
        self._unusual[branch_id] = now, names
        return names


def lexicon_of(known: Sequence[str], text: str) -> Lexicon:
    """Return those of some words that stand in a text, the longest first."""
    if len(text) < _SHORTEST:
        return EMPTY
    words = sorted({word for word in known if word in text}, key=lambda w: (-len(w), w))
    return Lexicon(names=tuple(words)) if words else EMPTY


def _is_usual(name: str) -> bool:
    return find_name(name) == (name, len(name))
