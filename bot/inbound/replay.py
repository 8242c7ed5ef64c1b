"""Kept messages through today's parser: which decisions would differ. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.domain.ids import InboundId, MemberId, UnitId
from bot.domain.incoming import Kind
from bot.domain.units import ids_of
from bot.domain.wordings import wording_key
from bot.inbound.intents import Intent, Match, Strength, choose, to_act_on
from bot.inbound.kept import COLUMNS, Kept, open_row, words_of
from bot.inbound.lexicon import Lexicons, lexicon_of
from bot.inbound.normalise import spelled
from bot.inbound.parts import matches_of
from bot.inbound.read import read
from bot.inbound.teaching import read_taught
from bot.services import wordings
from bot.storage.engine import Database
from bot.storage.models import Inbound, Membership, Unit
from bot.storage.sealing import TextSeal

ASK, BARE = "ask", "bare"
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Read:
    """One kept message, read again; nothing of what it says.

    Attributes:
        was: Names of the intents acted on then, `ask`, `bare`, or "" for nothing recognised.
        would_be: The same by today's parser.
        differs: Whether the parser is why; what was open at that moment is not.
        failed: Its handling broke, and may be tried again.
    """

    id: InboundId
    was: str
    would_be: str
    differs: bool
    failed: bool


class Replay:
    """Reads kept messages again, some hundred at a time, so memory does not grow.

    Args:
        intents: Everything people can say.
    """

    def __init__(self, *, database: Database, intents: Sequence[Intent], seal: TextSeal) -> None:
        self._database = database
        self._intents = tuple(intents)
        self._seal = seal

    def read(self, since: datetime) -> Iterator[Read]:
        """Yield the messages received since a moment whose texts are still kept, in order."""
        with self._database.reading() as session:
            lessons = wordings.live_wordings(session)
        last = 0
        while True:
            rows = self._rows(since, last)
            known = self._known(rows)
            for row in rows:
                kept = open_row(row[: len(COLUMNS)], self._seal)
                if kept is not None:
                    state, member_id, _, path = row[len(COLUMNS) :]
                    matches = self._matches(kept, known.get(member_id, ()))
                    yield self._read(kept, matches, lessons, path or "", failed=state == "failed")
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1][0]

    def list_failed(self, since: datetime) -> Iterator[InboundId]:
        """Yield what failed since a moment and can still be handled, in order."""
        last = 0
        while True:
            with self._database.reading() as session:
                found = session.scalars(
                    select(Inbound.id)
                    .where(
                        Inbound.received_at >= since,
                        Inbound.id > last,
                        Inbound.state == "failed",
                        Inbound.sealed_text.is_not(None),
                    )
                    .order_by(Inbound.id)
                    .limit(_AT_ONCE)
                ).all()
            yield from map(InboundId, found)
            if len(found) < _AT_ONCE:
                return
            last = found[-1]

    def _rows(self, since: datetime, last: int) -> Sequence[Sequence[Any]]:
        query = (
            select(*COLUMNS, Inbound.state, Inbound.member_id, Membership.unit_id, Unit.path)
            .outerjoin(
                Membership,
                (Membership.member_id == Inbound.member_id) & Membership.valid_to.is_(None),
            )
            .outerjoin(Unit, Unit.id == Membership.unit_id)
            .where(
                Inbound.received_at >= since,
                Inbound.id > last,
                Inbound.sealed_text.is_not(None),
            )
            .order_by(Inbound.id)
            .limit(_AT_ONCE)
        )
        with self._database.reading() as session:
            return [tuple(row) for row in session.execute(query)]

    def _known(self, rows: Sequence[Sequence[Any]]) -> dict[MemberId, tuple[str, ...]]:
        """Return the words that mean people to the writers of some messages, each asked once."""
        writers = {(member, unit): now for *_, now, _, _, member, unit, _ in rows if unit}
        lexicons = Lexicons()
        with self._database.reading() as session:
            return {
                MemberId(member): lexicons.known(session, UnitId(unit), MemberId(member), now)
                for (member, unit), now in writers.items()
            }

    def _read(
        self,
        kept: Kept,
        matches: Sequence[Match],
        lessons: Mapping[tuple[UnitId, str], str],
        path: str,
        *,
        failed: bool,
    ) -> Read:
        was = ",".join(kept.decision)
        if was == kept.message.kind.value and kept.message.kind is not Kind.TEXT:
            return Read(kept.id, was, was, differs=False, failed=failed)
        would_be = _decision(matches)
        if not would_be:
            would_be = ",".join(match.intent.name for match in self._taught(kept, lessons, path))
        same = was == would_be or (would_be == BARE and _is_bare(was, matches))
        return Read(kept.id, was, would_be, differs=not same, failed=failed)

    def _matches(self, kept: Kept, known: Sequence[str]) -> list[Match]:
        message = kept.message
        words = words_of(message)
        private = message.chat_id is None
        utterance = read(
            words,
            quoted=message.quoted_text,
            private=private,
            addressed=private or message.mentions_bot,
            now=message.sent_at,
            lexicon=lexicon_of(known, words),
        )
        return matches_of(utterance, self._intents)

    def _taught(
        self, kept: Kept, lessons: Mapping[tuple[UnitId, str], str], path: str
    ) -> list[Match]:
        message = kept.message
        private = message.chat_id is None
        if not lessons or not (private or message.mentions_bot):
            return []
        key = wording_key(spelled(message.text))
        targets = (lessons.get((unit, key)) for unit in reversed(ids_of(path)))
        target = next((found for found in targets if found), None)
        if target is None:
            return []
        return read_taught(target, self._intents, message.sent_at, private=private)


def _decision(matches: Sequence[Match]) -> str:
    """Return what the pipeline would decide, as far as that depends on the words alone."""
    chosen, tied = choose([m for m in matches if m.reading.strength > Strength.BARE])
    if tied:
        return ASK
    if chosen:
        return ",".join(match.intent.name for match in to_act_on(chosen))
    return BARE if matches else ""


def _is_bare(was: str, matches: Sequence[Match]) -> bool:
    """Tell whether a decision is one of those a bare word may have come to."""
    return was in {"", ASK, BARE, *(match.intent.name for match in matches)}
