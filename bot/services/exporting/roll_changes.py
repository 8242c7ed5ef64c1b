"""The ledger `roll_changes` as rows: every change of the roll and every counter-entry, in order."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain.reads import Seen
from bot.domain.roll import CHANGE_NAMES, CODE_WORDS
from bot.services.exporting.people import People
from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import RollChange, Unit


def rows(session: Session, request: Request) -> Rows:
    """Yield the changes that took effect on the days asked for, member by member."""
    units = dict(session.execute(select(Unit.id, Unit.name)).all())
    first, until = request.days
    for people in People(session, request).batches():
        found = session.scalars(
            select(RollChange)
            .where(
                RollChange.member_id.in_(people),
                RollChange.on_day >= first,
                RollChange.on_day < until,
            )
            .order_by(RollChange.member_id, RollChange.on_day, RollChange.id)
        ).all()
        labels = labels_of(session, {change.by_id for change in found})
        for change in found:
            back = "撤回" if change.refers_to is not None else ""
            yield (
                change.id,
                *people[change.member_id],
                f"{back}{CHANGE_NAMES[change.kind]}",
                change.on_day,
                "" if change.unit_id is None else units[change.unit_id],
                CODE_WORDS[change.code] if change.code else "",
                change.reason,
                "" if change.refers_to is None else change.refers_to,
                labels[change.by_id],
                moment_words(change.recorded_at),
            )


EXPORT = Export(rows, dated=True, shows=(Seen.MOVEMENTS,))
