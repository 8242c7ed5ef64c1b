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
        self._roll: dict[UnitId, tuple[datetime, tuple[str, ...], tuple[str, ...]]] = {}

    def find(self, session: Session, by: Actor, text: str, now: datetime) -> Lexicon:
        """Return the words that stand in a text; none for strangers and the shortest messages."""
        if by.branch_id is None or len(text) < _SHORTEST:
            return EMPTY
        known = self.known(session, by.branch_id, by.member_id, now)
        _, usual = self._names(session, by.branch_id, now)
        return lexicon_of((*known, *run_together(usual, text)), text)

    def known(
        self, session: Session, branch_id: UnitId, member_id: MemberId | None, now: datetime
    ) -> tuple[str, ...]:
        """Return all such words of a writer, whatever he says."""
        words = aliases.words_of(session, branch_id, member_id)
        return (*words, *self._names(session, branch_id, now)[0])

    def _names(
        self, session: Session, branch_id: UnitId, now: datetime
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of the roll that no pattern finds, and those that one does."""
        kept = self._roll.get(branch_id)
        if kept is not None and kept[0] <= now < kept[0] + _ROLL_KEPT:
            return kept[1:]
        names = [person.name for person in people.list_members(session, branch_id, day_of(now))]
        usual = tuple(name for name in names if _is_usual(name))
        unusual = tuple(name for name in names if name not in usual)
        self._roll[branch_id] = now, unusual, usual
        return unusual, usual


def run_together(names: Sequence[str], text: str) -> tuple[str, ...]:
    """Return those of some names that stand one right behind the other in a text (张三赵六)."""
    said = [name for name in names if name in text]
    if len(said) < 2:
        return ()
    pairs = [(one, two) for one in said for two in said if one != two and one + two in text]
    return tuple(dict.fromkeys(name for pair in pairs for name in pair))


def lexicon_of(known: Sequence[str], text: str) -> Lexicon:
    """Return those of some words that stand in a text, the longest first."""
    if len(text) < _SHORTEST:
        return EMPTY
    words = sorted({word for word in known if word in text}, key=lambda w: (-len(w), w))
    return Lexicon(names=tuple(words)) if words else EMPTY


def _is_usual(name: str) -> bool:
    return find_name(name) == (name, len(name))
