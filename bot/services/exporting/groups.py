"""The ledger `groups` as rows: every chat group ever bound, unit by unit."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.services.exporting.scope import Export, Request, Rows
from bot.services.importing.cells import moment_words
from bot.services.importing.others import labels_of
from bot.storage.models import ChatGroup, Unit


def rows(session: Session, request: Request) -> Rows:
    """Yield the groups of the units within reach; there are a few for each."""
    found = session.execute(
        select(ChatGroup, Unit.name, Unit.path)
        .join(Unit, Unit.id == ChatGroup.unit_id)
        .order_by(Unit.id, ChatGroup.bound_at, ChatGroup.id)
    ).all()
    labels = labels_of(session, {group.bound_by for group, _, _ in found})
    return (
        (
            name,
            group.channel,
            group.chat_id,
            labels[group.bound_by],
            moment_words(group.bound_at),
            moment_words(group.unbound_at) if group.unbound_at else "",
        )
        for group, name, path in found
        if request.reaches(path)
    )


EXPORT = Export(rows, dated=False, shows=())
