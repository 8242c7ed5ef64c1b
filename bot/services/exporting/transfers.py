"""The ledger `transfers` as rows: every letter of introduction, and where it stands."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.reads import Seen
from bot.domain.transfers import STATE_NAMES, TransferState
from bot.services.exporting.people import People
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import Transfer, TransferStep, Unit


def rows(session: Session, request: Request) -> Rows:
    """Yield the letters issued on the days asked for, member by member."""
    units = dict(session.execute(select(Unit.id, Unit.name)).all())
    first, until = request.days
    for people in People(session, request).batches():
        letters = session.scalars(
            select(Transfer)
            .where(
                Transfer.member_id.in_(people),
                Transfer.issued_on >= first,
                Transfer.issued_on < until,
            )
            .order_by(Transfer.issued_on, Transfer.id)
        ).all()
        steps = {
            step.transfer_id: step
            for step in session.scalars(
                select(TransferStep)
                .where(TransferStep.transfer_id.in_({letter.id for letter in letters}))
                .order_by(TransferStep.seq)
            )
        }
        labels = labels_of(session, {letter.by_id for letter in letters})
        place = {member: at for at, member in enumerate(people)}
        for letter in sorted(letters, key=lambda letter: place[letter.member_id]):
            step = steps.get(letter.id)
            answered = step if step and step.state is not TransferState.OPEN else None
            yield (
                *people[letter.member_id],
                _end(letter.from_unit_id, letter, units),
                _end(letter.to_unit_id, letter, units),
                letter.letter_no,
                letter.issued_on,
                letter.days,
                str(letter.dues_until),
                STATE_NAMES[answered.state if answered else TransferState.OPEN],
                answered.on_day if answered else None,
                answered.reason if answered else "",
                labels[letter.by_id],
                moment_words(letter.recorded_at),
            )


def _end(unit: int | None, letter: Transfer, units: dict[int, str]) -> str:
    return letter.place if unit is None else units[unit]


EXPORT = Export(rows, dated=True, shows=(Seen.MOVEMENTS,))
