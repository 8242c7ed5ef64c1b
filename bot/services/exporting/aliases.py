"""The ledger `aliases` as rows: every word ever taught, branch by branch, with what became of it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.reads import Seen
from bot.services.exporting.scope import Export, Request, Rows, names_in_order, to_the_second
from bot.services.importing import bulk
from bot.services.importing.aliases import HOW_WORDS, LIVE, OBJECTED, OVER
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of, tails_of
from bot.storage.models import Alias, Member

_AT_ONCE = 200  # branches


def rows(session: Session, request: Request) -> Rows:
    """Yield the words of the branches within reach."""
    names = names_in_order(session, request)
    place = {unit: at for at, unit in enumerate(names)}
    for some in bulk.chunks(list(names), _AT_ONCE):
        found = session.execute(
            select(Alias, Member.name)
            .join(Member, Member.id == Alias.member_id)
            .where(Alias.unit_id.in_(some))
            .order_by(Alias.id)
        ).all()
        people = {m for alias, _ in found for m in (alias.speaker_id, alias.taught_by_id)}
        labels = labels_of(session, people)
        tails = tails_of(session, {alias.member_id for alias, _ in found})
        ordered = sorted(
            found,
            key=lambda row: (place[row[0].unit_id], to_the_second(row[0].taught_at), row[0].text),
        )
        for alias, name in ordered:
            yield (
                name,
                names[alias.unit_id],
                tails.get(alias.member_id, ""),
                alias.text,
                labels[alias.speaker_id],
                HOW_WORDS[alias.consent],
                _state(alias),
                moment_words(alias.revoked_at) if alias.revoked_at else "",
                labels[alias.taught_by_id],
                moment_words(alias.taught_at),
            )


def _state(alias: Alias) -> str:
    if alias.revoked_at is None:
        return LIVE
    return OBJECTED if alias.revoked_by_id == alias.member_id else OVER


EXPORT = Export(rows, dated=False, shows=(Seen.ROLL,))
