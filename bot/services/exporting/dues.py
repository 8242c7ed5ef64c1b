"""The ledger `dues` as rows: every line as it was written, corrections and all, member by member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from bot.clock import day_of
from bot.domain.reads import Seen
from bot.services.exporting.people import People, Whose, in_order
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing import bulk
from bot.services.importing.cells import moment_words
from bot.services.importing.dues_rows import KIND_WORDS, number_of
from bot.services.importing.others import labels_of
from bot.storage.models import DuesEntry, Unit

_AT_ONCE = 200  # members


def rows(session: Session, request: Request) -> Rows:
    """Yield the lines of all members within reach, of the months asked for."""
    units = dict(session.execute(select(Unit.id, Unit.name)).all())
    for people in People(session, request).batches():
        for some in bulk.chunks(list(people), _AT_ONCE):
            yield from _of_members(session, request, some, people, units)


def _of_members(
    session: Session,
    request: Request,
    members: Sequence[int],
    people: Mapping[int, Whose],
    units: Mapping[int, str],
) -> Rows:
    settled = aliased(DuesEntry)
    first, last = request.months
    found = session.execute(
        select(
            DuesEntry.member_id,
            DuesEntry.month,
            DuesEntry.fen,
            DuesEntry.kind,
            DuesEntry.at,
            DuesEntry.receipt_no,
            DuesEntry.payer_id,
            DuesEntry.reason,
            DuesEntry.key,
            DuesEntry.claim,
            DuesEntry.unit_id,
            DuesEntry.by_id,
            settled.key.label("refers_to"),
        )
        .outerjoin(settled, settled.id == DuesEntry.refers_to)
        .where(DuesEntry.member_id.in_(members), DuesEntry.month.between(first, last))
        .order_by(DuesEntry.id)
    ).all()
    labels = labels_of(session, {m for entry in found for m in (entry.payer_id, entry.by_id)})
    for entry in in_order(found, members):
        whose = people[entry.member_id]
        money_of = units[entry.unit_id] if entry.unit_id else whose[1]
        yield (
            *whose,
            str(entry.month),
            yuan_cell(entry.fen),
            KIND_WORDS[entry.kind],
            day_of(entry.at),
            entry.receipt_no,
            labels[entry.payer_id],
            entry.reason,
            number_of(entry.key),
            number_of(entry.refers_to or ""),
            number_of(entry.claim),
            money_of if money_of != whose[1] else "",
            labels[entry.by_id],
            moment_words(entry.at),
        )


def yuan_cell(fen: int) -> int | float:
    """Return yuan as a number that Excel adds up."""
    return fen / 100 if fen % 100 else fen // 100


EXPORT = Export(rows, dated=True, shows=(Seen.DUES,))
